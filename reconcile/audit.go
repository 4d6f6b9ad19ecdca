package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"kisiflow/access"
	"kisiflow/store"
)

// ErrAudit refuses what would change something in Kisi while only an audit was asked for.
var ErrAudit = errors.New("audit only: kisiflow reads both sides and changes nothing in Kisi, so this is not done. To let it work: kisiflow setup --no-input --audit=false")

// Audits reports that nothing may be changed in Kisi: the admin said so at set-up, or for this process.
func (e *Engine) Audits(settings store.Settings) bool { return e.options.Audit || settings.Audit }

// readOnly lets no request through that could change something. It lies below everything that speaks to Kisi, so that an
// audit does not depend on anybody's remembering it.
type readOnly struct{ below http.RoundTripper }

// RoundTrip answers what is not a reading with ErrAudit; the request never leaves.
func (t readOnly) RoundTrip(request *http.Request) (*http.Response, error) {
	// Kisi wants a POST to look at what happened at the doors; it changes nothing.
	looks := request.Method == http.MethodPost && strings.HasSuffix(request.URL.Path, "/event_sets")
	if request.Method != http.MethodGet && request.Method != http.MethodHead && !looks {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, ErrAudit
	}
	return t.below.RoundTrip(request)
}

// SetAudit switches between an audit and working, and journals it. It waits for no run: while one writes it answers a
// *store.BusyError.
func (e *Engine) SetAudit(by string, audit bool) error {
	lease, err := e.store.Acquire("settings")
	if err != nil {
		return err
	}
	defer func() { _ = lease.Release() }()
	return lease.Update(func(tx *store.Tx) error {
		settings, set, err := tx.Settings()
		switch {
		case err != nil:
			return err
		case !set:
			return ErrNotSetUp
		case settings.Audit == audit:
			return nil
		}
		before := settings.Audit
		settings.Audit = audit
		return errors.Join(tx.PutSettings(settings), tx.ClearHeld(), e.journalAuditChange(tx, before, audit, by))
	})
}

func (e *Engine) journalAuditChange(tx *store.Tx, before, after bool, by string) error {
	if before == after {
		return nil
	}
	word := map[bool]string{true: "audit only", false: "keeps Kisi in step"}
	return journal(tx, store.Entry{
		At: e.options.Now(), Kind: store.SetChanged, By: cmp.Or(by, e.options.By), Before: word[before], After: word[after],
	})
}

// audits: this run may only look.
func (r *syncRun) audits() bool { return r.engine.Audits(r.settings) }

// stillMay refuses a write that is about to begin when an audit was asked for meanwhile.
func (e *Engine) stillMay(tx *store.Tx) error {
	settings, _, err := tx.Settings()
	if err == nil && e.Audits(settings) {
		return ErrAudit
	}
	return err
}

// asAudit makes a weighed plan one that is only told. Nothing is held, since nothing would go; why it would be held is said.
func (r *syncRun) asAudit() {
	r.record.Audit = true
	r.record.WouldGrant, r.record.WouldRevoke = len(r.plan.Grants), len(r.plan.Revokes)
	r.note("Audit only: nothing was changed in Kisi. To bring it in step, %s would be given and %d taken away.",
		countRights(r.record.WouldGrant), r.record.WouldRevoke)
	if r.hold {
		r.note("The removals would wait for you first.")
		r.notes = append(r.notes, r.why...)
	}
	r.hold, r.why, r.request.Approve = false, nil, ""
}

// journalAudit tells for each member what would be done, once: an audit that finds the same again adds nothing.
func (r *syncRun) journalAudit(tx *store.Tx) error {
	before, err := tx.Audited()
	if err != nil {
		return err
	}
	told := map[string]string{}
	for key, why := range before {
		if member, _, _ := strings.Cut(key, " "); r.looking && !r.isAbout(member) {
			told[key] = why // a look at others says nothing about this one
		}
	}
	tell := func(entry store.Entry) {
		key := fmt.Sprintf("%s %d %s", entry.MemberID, entry.GroupID, entry.Kind)
		told[key] = entry.Evidence
		if before[key] == entry.Evidence {
			return
		}
		entry.At, entry.Run, entry.By = r.engine.options.Now(), r.record.ID, r.by
		err = errors.Join(err, journal(tx, entry))
	}
	for _, grant := range r.plan.Grants {
		tell(store.Entry{
			Kind: store.WouldGrant, MemberID: grant.MemberID, Name: cleanName(grant.Name), GroupID: grant.GroupID, Group: cleanName(grant.GroupName),
			UserID: grant.UserID, Before: withoutRight, After: "access right, if this were no audit", Evidence: grant.Why,
		})
	}
	for _, revoke := range r.plan.Revokes {
		entry := r.revokeEntry(revoke, store.WouldRevoke)
		entry.After = "no access right, if this were no audit"
		tell(entry)
	}
	return errors.Join(err, tx.PutAudited(told))
}

// isAbout: the run decided about this member.
func (r *syncRun) isAbout(member string) bool {
	_, decided := r.decisions[member]
	return decided
}

// AuditFinding compares who should have access with who does, in rights: a member's place in a group.
type AuditFinding struct {
	Agree   int `json:"should_and_do"`
	Lacking int `json:"should_and_do_not"`
	Surplus int `json:"do_and_should_not"` // others in the groups who are no members are part of it
}

// FindingOf counts it from the standings, and from the rights that are not kisiflow's.
func FindingOf(rows []access.Row, foreign []access.Foreign) AuditFinding {
	var found AuditFinding
	for i := range rows {
		has := map[int64]bool{}
		for _, group := range rows[i].Groups {
			has[group.ID] = true
		}
		for _, group := range rows[i].Entitled {
			if has[group.ID] {
				found.Agree++
			} else {
				found.Lacking++
			}
			delete(has, group.ID)
		}
		found.Surplus += len(has)
	}
	for _, other := range foreign {
		if other.MemberID == "" {
			found.Surplus++
		}
	}
	return found
}

// Words says it in one sentence.
func (f AuditFinding) Words() string {
	return fmt.Sprintf("Audit only: nothing is changed in Kisi. %s as Gymflow says, %d are missing in Kisi, %d are there without a membership that opens the group.",
		countRights(f.Agree), f.Lacking, f.Surplus)
}
