package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kisiflow/access"
	"kisiflow/store"
)

// manyMembers: a roster is compared in size with the last one when that had at least so many members.
const manyMembers = 10

// consent is a list of removals that the admin saw, named by its fingerprint.
type consent struct {
	fingerprint string // "" when none was given
	known       bool
	keys        []string
}

// covers: consent is a ceiling.
func (c consent) covers(plan access.Plan) bool {
	return c.fingerprint != "" && c.known && access.Covers(c.keys, plan.RemovalKeys())
}

// seen looks a consent's list up.
func (e *Engine) seen(fingerprint string) (consent, error) {
	fingerprint = strings.ToLower(strings.TrimSpace(fingerprint))
	given := consent{fingerprint: fingerprint}
	if fingerprint == "" {
		return given, nil
	}
	err := e.store.View(func(tx *store.Tx) error {
		list, found, err := tx.Approvable(fingerprint)
		given.known, given.keys = found, list.Keys
		return err
	})
	if fingerprint == access.Fingerprint(nil) { // the empty list is always known
		given.known = true
	}
	return given, err
}

// weighed is a plan with the guard's word and the admin's.
type weighed struct {
	state   access.State
	plan    access.Plan
	verdict access.Verdict
	hold    bool     // all removals of the plan stay undone
	why     []string // sentences

	// unbelieved: Gymflow's list is empty or lost half of its members, and nobody has said that this is right. It does not
	// become the list to compare with, or the next run would believe it.
	unbelieved bool
}

// weigh plans, asks Gymflow about missing members where that can matter, and lets the guard speak. confirmAll is the
// wizard's review: pressing the key there is what confirms that groups without association are emptied. Absences are
// counted and the rules applied by then.
func (s *survey) weigh(ctx context.Context, approved, confirmed consent, confirmAll bool) (weighed, error) {
	w := s.judge(presumed(s.asRead()), approved, confirmed, confirmAll)
	if !w.hold && w.verdict.Weak > 0 {
		if err := s.confirmAbsences(ctx, w.plan.Revokes); err != nil {
			return weighed{}, err
		}
		w = s.judge(s.asRead(), approved, confirmed, confirmAll)
	}
	s.noteSecondWriter(w.plan.Foreign)
	return w, nil
}

func (s *survey) judge(state access.State, approved, confirmed consent, confirmAll bool) weighed {
	w := weighed{state: state, plan: access.MakePlan(state)}
	if confirmAll || confirmed.covers(w.plan) {
		w.state.Confirmed = s.withoutAssociation()
	}
	w.verdict = access.Guard(w.state, w.plan, limitsOf(s.settings))
	w.verdict.Untrusted = s.untrusted()
	if w.verdict.Untrusted && len(w.plan.Revokes) > 0 {
		w.verdict.Hold = true
		w.verdict.Reasons = append(w.verdict.Reasons, s.shrunk())
	}
	if s.stale != "" && len(w.plan.Revokes) > 0 {
		w.verdict.Hold, w.verdict.Stale = true, true
		w.verdict.Reasons = append(w.verdict.Reasons, s.stale)
	}
	switch {
	case w.verdict.Stale: // no approval helps: what was approved is about data that nobody can vouch for
		w.hold = true
	case approved.covers(w.plan):
	case approved.fingerprint != "" && !approved.known:
		w.hold = true
		w.why = append(w.why, fmt.Sprintf("No list of removals has the fingerprint %q, so nothing is taken away.", cleanName(approved.fingerprint)))
	case approved.fingerprint != "":
		w.hold = true
		w.why = append(w.why, "The list of removals grew since it was approved, so all of it is held again. Look at the new list and approve that one.")
	default:
		w.hold = w.verdict.Hold
	}
	if w.hold {
		w.why = append(w.why, w.verdict.Reasons...)
	}
	w.unbelieved = w.verdict.Untrusted && (w.hold || len(w.plan.Unconfirmed) > 0 || !approved.covers(w.plan))
	if w.unbelieved && !slices.Contains(w.why, s.shrunk()) {
		w.why = append(w.why, s.shrunk())
	}
	return w
}

// shrunk is what is said about a list that is not believed.
func (s *survey) shrunk() string {
	return fmt.Sprintf("Gymflow lists %d members; the last complete list had %d. So few may mean that something is wrong there.",
		len(s.roster.Members), s.rosterSize)
}

// untrusted: Gymflow's list is empty, or lost more than half of its members.
func (s *survey) untrusted() bool {
	read := len(s.roster.Members)
	return read == 0 && (s.rosterSize > 0 || len(s.ledger) > 0) || s.rosterSize >= manyMembers && read*2 < s.rosterSize
}

// withoutAssociation are the ledger's groups that no association names.
func (s *survey) withoutAssociation() map[int64]bool {
	mapped, without := s.mapped(), map[int64]bool{}
	for _, entry := range s.ledger {
		if _, still := mapped[entry.GroupID]; !still {
			without[entry.GroupID] = true
		}
	}
	return without
}

// list is the plan's removals as an approval can name them.
func (w weighed) list(run string, s *survey) store.Approvable {
	return store.Approvable{
		Fingerprint: w.plan.Fingerprint, Keys: w.plan.RemovalKeys(), Removals: w.plan.Revokes,
		At: s.engine.options.Now(), Run: run, Held: w.hold && run != "" && len(w.plan.Revokes) > 0, Why: w.why,
		Untrusted: w.verdict.Untrusted, Stale: w.verdict.Stale,
	}
}

// heldRights are the removals that the guard holds.
func (w weighed) heldRights() map[int64]bool {
	if !w.hold {
		return nil
	}
	held := make(map[int64]bool, len(w.plan.Revokes))
	for _, revoke := range w.plan.Revokes {
		held[revoke.Entry.RightID] = true
	}
	return held
}

// questions are the plan's, and one for removals that wait for the admin.
func (w weighed) questions() []access.Question {
	questions := w.plan.Questions
	if w.hold && len(w.plan.Revokes) > 0 {
		text := fmt.Sprintf("%d removals are held.", len(w.plan.Revokes))
		if len(w.plan.Revokes) == 1 {
			text = "1 removal is held."
		}
		for _, why := range w.why {
			text += " " + why
		}
		if !w.verdict.Stale {
			text += " Approve the list, or put right what is wrong."
		}
		return append(questions[:len(questions):len(questions)], access.Question{Reason: access.IsHeld, Text: text})
	}
	if w.unbelieved {
		text := strings.Join(w.why, " ") + " Nobody's access is taken away because of it. Look into Gymflow."
		switch waiting := len(w.plan.Unconfirmed); {
		case waiting > 0:
			text += fmt.Sprintf(" If the list stays so, the next sync asks about %s.", countRights(waiting))
		case len(w.plan.Revokes) == 0:
			text += " If the list is right, say so: kisiflow sync --approve " + w.plan.Fingerprint
		}
		questions = append(questions[:len(questions):len(questions)], access.Question{Reason: access.IsHeld, Text: text})
	}
	return questions
}

// rows are the standings after an outcome. While a list is not believed, whoever it misses stays as the last one had them.
func (s *survey) rows(w weighed, outcome access.Outcome) []access.Row {
	rows := access.Rows(w.state, w.plan, outcome)
	if !w.unbelieved {
		return rows
	}
	shown := make(map[string]bool, len(rows))
	for i := range rows {
		shown[rows[i].ID] = true
		if before, known := s.previous[rows[i].ID]; known && !before.Missing {
			rows[i].Missing = false
		}
	}
	for id, before := range s.previous {
		if !shown[id] && !before.Missing {
			rows = append(rows, before)
		}
	}
	slices.SortFunc(rows, func(a, b access.Row) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return rows
}

// storePicture keeps what the screens show of this reading.
func (s *survey) storePicture(tx *store.Tx, w weighed, rows []access.Row, foreign []access.Foreign) error {
	failures := []error{
		tx.PutStandings(rows, s.engine.options.Now()),
		tx.PutForeign(foreign),
		tx.PutQuestions(slices.Concat(w.questions(), s.writerQuestions, keyQuestions(s.settings.Key))),
	}
	if !w.unbelieved && s.olderFile() == "" { // an older file is not the one to compare the next with
		failures = append(failures, tx.PutRoster(s.roster))
	}
	return errors.Join(failures...)
}
