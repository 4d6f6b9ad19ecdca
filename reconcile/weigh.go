package reconcile

import (
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
}

// weigh plans, asks Gymflow about missing members where that can matter, and lets the guard speak. confirmAll is the
// wizard's review: pressing the key there is what confirms that groups without association are emptied.
func (s *survey) weigh(ctx context.Context, approved, confirmed consent, confirmAll bool) (weighed, error) {
	s.countAbsences()
	s.decide()
	defer s.noteSecondWriter()
	first := s.judge(presumed(s.asRead()), approved, confirmed, confirmAll)
	if first.hold || first.verdict.Weak == 0 {
		return first, nil
	}
	if err := s.confirmAbsences(ctx, first.plan.Revokes); err != nil {
		return weighed{}, err
	}
	return s.judge(s.asRead(), approved, confirmed, confirmAll), nil
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
		w.verdict.Reasons = append(w.verdict.Reasons, fmt.Sprintf(
			"Gymflow lists %d members; the last complete list had %d. So few may mean that something is wrong there.",
			len(s.roster.Members), s.rosterSize))
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
	return w
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
		questions = append(questions[:len(questions):len(questions)], access.Question{Reason: access.IsHeld, Text: text})
	}
	return questions
}

// keepRoster: a list that lost more than half of its members does not become the one to compare with while removals
// depend on it, or the next run would believe it.
func (w weighed) keepRoster() bool {
	return w.verdict.Untrusted && (w.hold || len(w.plan.Unconfirmed) > 0)
}

// storePicture keeps what the screens show of this reading.
func (s *survey) storePicture(tx *store.Tx, w weighed, rows []access.Row, foreign []access.Foreign) error {
	failures := []error{
		tx.PutStandings(rows, s.engine.options.Now()),
		tx.PutForeign(foreign),
		tx.PutQuestions(slices.Concat(w.questions(), s.writerQuestions, keyQuestions(s.settings.Key))),
	}
	if !w.keepRoster() {
		failures = append(failures, tx.PutRoster(s.roster))
	}
	return errors.Join(failures...)
}
