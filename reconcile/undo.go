package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// ErrNoRun says that nothing is known of a run.
var ErrNoRun = errors.New("there is no such run")

// How the journal tells what was before and after a write. An undo goes by these words.
const (
	withRight    = "access right"
	withoutRight = "no access right"
	goneAlready  = "access right, until somebody else took it away" // kisiflow did not take it, so an undo does not give it back
)

// UndoPlan is what undoing a run would do. Adoption is not undone: it wrote nothing to Kisi, so there is nothing there to
// give back or to take, and letting go of a right would leave it open with nobody in charge of it.
type UndoPlan struct {
	Run   store.Run
	Give  []access.Grant  // rights that the run took away
	Take  []access.Revoke // rights that the run gave and that are still ours
	Notes []string        // sentences about what stays as it is
}

// Empty reports that nothing is left to undo.
func (p UndoPlan) Empty() bool { return len(p.Give) == 0 && len(p.Take) == 0 }

// groups are those in which something would be undone.
func (p UndoPlan) groups() []int64 {
	var groups []int64
	for _, grant := range p.Give {
		groups = append(groups, grant.GroupID)
	}
	for _, revoke := range p.Take {
		groups = append(groups, revoke.Entry.GroupID)
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// PlanUndo tells from the journal and the ledger what undoing a run would do. It calls neither service.
func (e *Engine) PlanUndo(runID string) (UndoPlan, error) {
	var plan UndoPlan
	err := e.store.View(func(tx *store.Tx) error {
		if settings, set, err := tx.Settings(); err != nil {
			return err
		} else if !set {
			return ErrNotSetUp
		} else if e.Audits(settings) {
			return ErrAudit
		}
		var failure error
		plan, failure = planUndo(tx, runID)
		return failure
	})
	return plan, err
}

func planUndo(tx *store.Tx, runID string) (UndoPlan, error) {
	run, found, err := tx.Run(runID)
	if err != nil {
		return UndoPlan{}, err
	}
	if !found {
		return UndoPlan{}, fmt.Errorf("%w: %q", ErrNoRun, cleanName(runID))
	}
	entries, err := tx.JournalOfRun(runID)
	if err != nil {
		return UndoPlan{}, err
	}
	ledger, err := tx.Ledger()
	if err != nil {
		return UndoPlan{}, err
	}
	u := undoing{plan: UndoPlan{Run: run}, ours: map[int64]access.LedgerEntry{}, has: map[access.RightKey]bool{}}
	for _, entry := range ledger {
		u.ours[entry.RightID], u.has[entry.Key()] = entry, true
	}
	for _, entry := range entries {
		switch {
		case entry.RightID == 0 || entry.GroupID == 0 || entry.UserID == 0:
		case entry.Before == withoutRight && entry.After == withRight:
			u.take(entry)
		case entry.Before == withRight && entry.After == withoutRight:
			if err := u.give(tx, entry); err != nil {
				return UndoPlan{}, err
			}
		}
	}
	return u.done(), nil
}

// undoing turns the entries of a run around.
type undoing struct {
	plan  UndoPlan
	ours  map[int64]access.LedgerEntry
	has   map[access.RightKey]bool // we have a right there now
	gone  int                      // rights that the run gave and that are not ours any more
	there int                      // rights that the run took and that are back
}

// take: only that very right, and only while it is ours.
func (u *undoing) take(entry store.Entry) {
	ours, still := u.ours[entry.RightID]
	if !still || ours.GroupID != entry.GroupID || ours.UserID != entry.UserID {
		u.gone++
		return
	}
	u.plan.Take = append(u.plan.Take, access.Revoke{
		Entry: ours, Name: cmp.Or(entry.Name, ours.Name), GroupName: entry.Group, Evidence: access.Strong, Reason: access.Overridden,
		Why: "Run " + u.plan.Run.ID + " is undone, which gave this access right.",
	})
}

func (u *undoing) give(tx *store.Tx, entry store.Entry) error {
	key := access.RightKey{GroupID: entry.GroupID, UserID: entry.UserID}
	if u.has[key] {
		u.there++
		return nil
	}
	u.has[key] = true
	member, _, err := tx.Member(entry.MemberID)
	if err != nil {
		return err
	}
	u.plan.Give = append(u.plan.Give, access.Grant{
		MemberID: entry.MemberID, Name: entry.Name, Email: member.Email, UserID: entry.UserID,
		GroupID: entry.GroupID, GroupName: entry.Group, Why: "Run " + u.plan.Run.ID + " is undone, which took this access right away.",
	})
	return nil
}

// done marks who is given one group and taken out of another: they get the new right before the old one goes.
func (u *undoing) done() UndoPlan {
	for i := range u.plan.Take {
		revoke := &u.plan.Take[i]
		revoke.Move = slices.ContainsFunc(u.plan.Give, func(grant access.Grant) bool { return sameSide(*revoke, grant) })
	}
	if u.gone > 0 {
		u.plan.Notes = append(u.plan.Notes, sentence(countRights(u.gone)+" that run "+u.plan.Run.ID+" gave: gone meanwhile, so nothing is taken away there"))
	}
	if u.there > 0 {
		u.plan.Notes = append(u.plan.Notes, sentence(countRights(u.there)+" that run "+u.plan.Run.ID+" took away: there again, so nothing is given"))
	}
	return u.plan
}

// Undo gives back what a run took and takes back what it gave, as a run of its own. Each member that it touches is held as
// they are in those groups until the rules agree, or an override decides. It reads Kisi only: Gymflow need not be up to undo
// what its data did. Errors are those of Sync, and ErrNoRun.
func (e *Engine) Undo(ctx context.Context, runID, by string) (store.Run, error) {
	return e.undo(ctx, store.Request{Run: runID, By: by})
}

func (e *Engine) undo(ctx context.Context, request store.Request) (store.Run, error) {
	if _, err := e.PlanUndo(request.Run); err != nil {
		return store.Run{}, err
	}
	request.Kind, request.Trigger, request.Approve, request.Confirm = "undo", "undo", "", ""
	return e.execute(ctx, "undo", request, (*syncRun).undo)
}

// undo is the work of such a run. The groups that the undone run touched are read as well.
func (r *syncRun) undo(ctx context.Context) error {
	plan, err := r.engine.PlanUndo(r.record.Undoes)
	if err != nil {
		return err
	}
	r.also = plan.groups()
	return r.workInKisi(ctx, r.planUndo)
}

// planUndo plans again with what the reading found out: writes that a crash left open are settled by then.
func (r *syncRun) planUndo(tx *store.Tx) error {
	plan, err := planUndo(tx, r.record.Undoes)
	if err != nil {
		return err
	}
	if r.roster, err = tx.Roster(); err != nil {
		return err
	}
	r.decide()
	r.notes = append(r.notes, plan.Notes...)
	plan.Give = slices.DeleteFunc(plan.Give, r.notToGive)
	plan.Take = slices.DeleteFunc(plan.Take, func(revoke access.Revoke) bool {
		_, withheld := r.withheld[revoke.Entry.GroupID]
		return withheld
	})
	r.plan = access.Plan{Grants: plan.Give, Revokes: plan.Take}
	r.plan.Fingerprint = access.Fingerprint(r.plan.RemovalKeys())
	r.rows = r.previous
	r.record.Planned, r.record.Members = true, len(r.roster.Members)
	r.record.Kept, r.record.Fingerprint = len(r.ledger)-len(plan.Take), r.plan.Fingerprint
	return tx.PutRun(r.record)
}

// notToGive: a right of any kind is there already, or the group can't be changed now.
func (r *syncRun) notToGive(grant access.Grant) bool {
	if _, withheld := r.withheld[grant.GroupID]; withheld {
		return true
	}
	if r.gone[grant.GroupID] {
		r.trimmed = true
		r.note("The access group %s no longer exists in Kisi, so %s is not given back to it.", cleanName(grant.GroupName), cleanName(grant.Name))
		return true
	}
	there := slices.ContainsFunc(r.rights[grant.GroupID], func(right kisi.Right) bool {
		return right.AssigneeType == "User" && right.AssigneeID == grant.UserID
	})
	if there {
		r.note("%s is in %s already, by another hand than kisiflow's, so nothing is given.", cleanName(grant.Name), cleanName(grant.GroupName))
	}
	return there
}

// putHold remembers what an undo left, in the transaction that stores its result.
func (s *survey) putHold(tx *store.Tx, intent store.Intent) error {
	if intent.Undoes == "" || intent.MemberID == "" {
		return nil
	}
	return tx.PutHold(s.holdOf(intent))
}

// holdInMemory lets a plan that is made before the finding is stored count with it.
func (s *survey) holdInMemory(intent store.Intent) {
	if intent.Undoes != "" && intent.MemberID != "" {
		hold := s.holdOf(intent)
		s.holds[hold.Key()] = hold
	}
}

func (s *survey) holdOf(intent store.Intent) access.Hold {
	return access.Hold{MemberID: intent.MemberID, GroupID: intent.GroupID, Wanted: intent.Kind == store.IntentGrant,
		Run: intent.Undoes, At: s.engine.options.Now()}
}

// storeUndone judges everybody anew, from Gymflow's last complete list and what Kisi has now.
func (r *syncRun) storeUndone(tx *store.Tx) error {
	if len(r.roster.Members) == 0 {
		return nil
	}
	ledger, err := tx.Ledger()
	if err != nil {
		return err
	}
	holds, err := tx.Holds()
	if err != nil {
		return err
	}
	_, at, err := tx.Standings()
	if err != nil {
		return err
	}
	r.ledger, r.holds = ledger, holds
	r.rights = rightsAfter(r.rights, ledger, r.outcome.Revoked)
	state := r.asRead()
	outcome := access.Outcome{Failed: r.outcome.Failed, Held: map[int64]bool{}}
	if r.held.Held {
		for _, revoke := range r.held.Removals {
			outcome.Held[revoke.Entry.RightID] = true
		}
	}
	return tx.PutStandings(access.Rows(state, access.MakePlan(state), outcome), at)
}

// rightsAfter are Kisi's lists as the run's writes leave them.
func rightsAfter(read map[int64][]kisi.Right, ledger []access.LedgerEntry, revoked map[int64]bool) map[int64][]kisi.Right {
	after, listed := map[int64][]kisi.Right{}, map[int64]bool{}
	for group, rights := range read {
		after[group] = slices.DeleteFunc(slices.Clone(rights), func(right kisi.Right) bool { return revoked[right.ID] })
		for _, right := range rights {
			listed[right.ID] = true
		}
	}
	for _, entry := range ledger {
		if !listed[entry.RightID] {
			after[entry.GroupID] = append(after[entry.GroupID], kisi.Right{
				ID: entry.RightID, RoleID: kisi.RoleBasic, AppliesToType: "Group", AppliesToID: entry.GroupID,
				AssigneeType: "User", AssigneeID: entry.UserID, AssigneeName: entry.Name, AssigneeEmail: entry.Email,
			})
		}
	}
	return after
}
