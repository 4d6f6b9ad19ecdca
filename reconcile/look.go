package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// errTooMany says that looking at some members won't do: a complete sync is asked for instead.
var errTooMany = errors.New("too many members depend on each other to be looked at one by one")

// errInHand: the run that makes way is just writing about one of these members.
var errInHand = errors.New("the run is busy with this member")

// look is a run about a few members: the one who was named, and those who can only be decided about together with them.
// Both sides are read anew, of Kisi only what is about these people. Strong evidence alone takes anybody out here; what needs a
// complete list waits for a complete sync.
type look struct {
	*syncRun
	asked  store.Look
	whole  gymflow.Roster // the last complete one
	circle map[string]bool
	users  map[int64]bool
	fresh  []gymflow.Member // read now
	drift  store.Drift
	stored map[int64]string // groups withheld by the last complete sync
	sync   string           // why a complete sync is wanted after this; "" when not
	begun  bool             // it has a run's id

	decided bool          // what it decided is stored: older plans about its members are void
	ledger  int           // our rights before, in all groups
	ours    map[int64]int // the same by group
}

// lookAt does one look under a lease. The run is empty where nothing had to be changed.
func (e *Engine) lookAt(ctx context.Context, lease *store.Lease, asked store.Look, busy func(string) bool) (*look, error) {
	known, set, err := e.recall()
	switch {
	case err != nil:
		return nil, err
	case !set:
		return nil, ErrNotSetUp
	case known.settings.Disabled():
		return nil, ErrDisabled
	}
	services, err := e.connect(known.to, known.settings.Rate)
	if err != nil {
		return nil, err
	}
	defer services.close()
	l := &look{syncRun: e.newRun(lease, store.Request{Trigger: asked.Cause, By: asked.By}), asked: asked}
	l.record.Looked, l.looking = true, true
	l.meter = &meter{now: e.options.Now, write: func(store.Progress) error { return nil }}
	if l.survey, err = e.newSurvey(known, services, nil); err != nil {
		return nil, err
	}
	if err := e.store.View(l.recallWhole); err != nil {
		return nil, err
	}
	ctx = kisi.Urgent(ctx)
	if err := l.readCircle(ctx, busy); err != nil {
		if errors.Is(err, errTooMany) {
			if failed := l.rereadAlone(ctx); failed != nil {
				return l, failed
			}
		}
		return l, err
	}
	if err := l.readTheirRights(ctx); err != nil {
		return l, err
	}
	err = l.act(ctx)
	l.record.Requests, l.record.Throttled = services.requests()
	return l, l.endLook(err)
}

func (l *look) recallWhole(tx *store.Tx) (err error) {
	if l.whole, err = tx.Roster(); err != nil {
		return err
	}
	if l.drift, err = tx.Drift(); err != nil {
		return err
	}
	l.stored, err = tx.Withheld()
	return err
}

// readCircle reads the member and all who depend on them, until nobody is new among them.
func (l *look) readCircle(ctx context.Context, busy func(string) bool) error {
	l.circle = map[string]bool{}
	members := make(map[string]gymflow.Member, len(l.whole.Members))
	for _, member := range l.whole.Members {
		members[member.ID] = member
	}
	links := l.allLinks()
	for {
		around := tiesOf(slices.Collect(maps.Values(members)), links).circle(l.asked.MemberID)
		if len(around) > largestCircle {
			return errTooMany
		}
		next := slices.IndexFunc(around, func(id string) bool { return !l.circle[id] })
		if next < 0 {
			break
		}
		id := around[next]
		if busy != nil && busy(id) {
			return errInHand
		}
		l.circle[id] = true
		member, err := l.services.gymflow.Member(ctx, id)
		switch {
		case err == nil:
			members[id] = member
			l.fresh = append(l.fresh, member)
		case errors.Is(err, gymflow.ErrNotFound):
			delete(members, id)
		case errors.Is(err, gymflow.ErrNoChanges):
			l.sync = "the roster file tells nothing about a single member"
			return errTooMany
		default:
			return explainGymflow(err)
		}
	}
	l.roster = gymflow.Roster{Memberships: l.whole.Memberships, AsOf: l.whole.AsOf, ReadAt: l.whole.ReadAt}
	for _, id := range slices.Sorted(maps.Keys(l.circle)) {
		if member, there := members[id]; there {
			l.roster.Members = append(l.roster.Members, member)
		} else if l.mayHaveRights(id) && l.absences[id].Reads == 0 {
			l.sync = "Gymflow no longer knows a member; only complete lists decide about that"
		}
	}
	return nil
}

// allLinks are the stored ids, and those for whom rights were made.
func (l *look) allLinks() map[string]int64 {
	links := maps.Clone(l.links)
	for _, entry := range l.survey.ledger {
		if entry.MemberID != "" && links[entry.MemberID] == 0 {
			links[entry.MemberID] = entry.UserID
		}
	}
	return links
}

func (l *look) mayHaveRights(id string) bool {
	user := l.allLinks()[id]
	return slices.ContainsFunc(l.survey.ledger, func(entry access.LedgerEntry) bool {
		return entry.MemberID == id || user != 0 && entry.UserID == user
	})
}

// readTheirRights reads what Kisi has about these people, and leaves of what is remembered only what is about them.
func (l *look) readTheirRights(ctx context.Context) error {
	l.me = kisi.CurrentUser{ID: l.settings.Key.UserID, Name: l.settings.Key.UserName}
	l.rememberLedger()
	links := l.allLinks()
	l.users = map[int64]bool{}
	for id := range l.circle {
		if user := links[id]; user != 0 {
			l.users[user] = true
		}
	}
	for i := range l.roster.Members {
		if err := l.findUser(ctx, &l.roster.Members[i], links); err != nil {
			return err
		}
	}
	l.peopleRead = true // whoever was not found just now is not there
	maps.DeleteFunc(l.links, func(id string, user int64) bool { return !l.circle[id] && !l.users[user] })
	l.survey.ledger = slices.DeleteFunc(l.survey.ledger, func(entry access.LedgerEntry) bool { return !l.isTheirs(entry.MemberID, entry.UserID) })
	l.intents = slices.DeleteFunc(l.intents, func(intent store.Intent) bool { return !l.isTheirs(intent.MemberID, intent.UserID) })
	for _, group := range l.groupsToRead() {
		l.rights[group] = nil
		if why, withheld := l.stored[group]; withheld {
			l.withheld[group] = why
		}
	}
	if err := l.rereadPeople(ctx); err != nil {
		return err
	}
	for _, user := range slices.Sorted(maps.Keys(l.users)) {
		rights, err := l.services.kisi.UserRights(ctx, user)
		if err != nil {
			return explainKisi(err)
		}
		for _, right := range rights {
			if _, wanted := l.rights[right.AppliesToID]; wanted && right.AppliesToType == "Group" {
				l.rights[right.AppliesToID] = append(l.rights[right.AppliesToID], right)
			}
		}
	}
	l.missed = map[string]access.Absence{}
	for id := range l.circle {
		if absence, known := l.absences[id]; known {
			l.missed[id] = absence // this was no complete list: it counts nothing
		}
	}
	l.compareClocks()
	if err := l.settle(ctx); err != nil {
		return err
	}
	return l.askForUnlisted(ctx)
}

// rememberLedger counts all rights of ours, for the guard.
func (l *look) rememberLedger() {
	l.ours = map[int64]int{}
	for _, entry := range l.survey.ledger {
		l.ours[entry.GroupID]++
	}
	l.ledger = len(l.survey.ledger)
}

func (l *look) isTheirs(member string, user int64) bool {
	return l.circle[member] || user != 0 && l.users[user]
}

// findUser asks Kisi for the person behind an address that no link knows, once an address.
func (l *look) findUser(ctx context.Context, member *gymflow.Member, links map[string]int64) error {
	folded := kisi.FoldEmail(member.Email)
	if folded == "" || links[member.ID] != 0 {
		return nil
	}
	for _, user := range l.people.Users {
		if l.users[user.ID] && kisi.SameEmail(user.Email, member.Email) {
			return nil
		}
	}
	user, err := l.services.kisi.UserByEmail(ctx, member.Email)
	if errors.Is(err, kisi.ErrNotFound) {
		l.people.Users = slices.DeleteFunc(slices.Clone(l.people.Users), func(known kisi.User) bool { return kisi.SameEmail(known.Email, member.Email) })
		return nil
	}
	if err != nil {
		return explainKisi(err)
	}
	l.users[user.ID] = true
	l.people.Users = withUser(l.people.Users, user)
	return nil
}

// act plans for these members, lets the guard speak, and writes.
func (l *look) act(ctx context.Context) error {
	l.decide()
	l.weighed = weighed{state: l.asRead()}
	l.plan = access.MakePlan(l.state)
	l.hold, l.why = l.guard()
	if err := l.commit(l.storeLookPlan); err != nil {
		return err
	}
	l.decided = true
	if l.plan.Empty() || !l.begun {
		return nil
	}
	return l.apply(ctx)
}

// guard: what is held already stays held, old data takes nobody out, and what looks took away since the last complete sync
// counts together with what this one would take. Where that trips, a complete sync weighs the whole.
func (l *look) guard() (hold bool, why []string) {
	if len(l.plan.Revokes) == 0 {
		return false, nil
	}
	if l.held.Held {
		for _, waiting := range l.held.Removals {
			if slices.ContainsFunc(l.plan.Revokes, func(revoke access.Revoke) bool { return revoke.Entry.RightID == waiting.Entry.RightID }) {
				return true, []string{"The removal waits for the admin."}
			}
		}
	}
	limits, before := limitsOf(l.settings), l.ledger+l.drift.Total()
	removed := l.drift.Total() + len(l.plan.Revokes)
	if removed > limits.StrongCount && removed*100 > limits.StrongPercent*before {
		l.sync = "the guard weighs so many removals together"
		return true, []string{fmt.Sprintf("%s would have gone member by member since the last complete sync. The next one weighs them together.", countRights(removed))}
	}
	left := map[int64]int{}
	for _, revoke := range l.plan.Revokes {
		left[revoke.Entry.GroupID]--
	}
	for group, change := range left {
		if l.ours[group]+l.drift.Removed[group] >= limits.EmptyGroup && l.ours[group]+change <= 0 {
			l.sync = "a group would be emptied"
			return true, []string{l.groupName(group) + " would be emptied. The next complete sync looks whether anybody else is in it."}
		}
	}
	return false, nil
}

// storeLookPlan keeps what was read and decided, in one transaction before the first write.
func (l *look) storeLookPlan(tx *store.Tx) error {
	l.state.HeldGroups = l.withheld
	l.outcome.Held = l.heldRights()
	rows := access.Rows(l.state, l.plan, access.Outcome{Held: l.outcome.Held})
	for _, row := range rows {
		l.rows[row.ID] = row
	}
	failures := []error{l.storeFindings(tx)}
	for _, member := range l.fresh {
		failures = append(failures, tx.PutMember(member))
	}
	failures = append(failures, l.seenAgain(tx))
	for _, row := range rows {
		failures = append(failures, tx.PutStanding(row))
	}
	failures = append(failures, l.storeTheirQuestions(tx))
	if l.audits() {
		return errors.Join(append(failures, l.journalAudit(tx))...)
	}
	writes := len(l.plan.Grants) > 0 || len(l.plan.Revokes) > 0 && !l.hold
	if writes {
		id, err := tx.NextRun()
		l.record.ID, l.begun = id, true
		l.record.Planned, l.record.Members, l.record.Fingerprint = true, len(l.roster.Members), l.plan.Fingerprint
		failures = append(failures, err, tx.PutRun(l.record))
		if !l.hold {
			for _, revoke := range l.plan.Revokes {
				l.drift.Removed[revoke.Entry.GroupID]++
			}
			failures = append(failures, tx.PutDrift(l.drift))
		}
	}
	return errors.Join(failures...)
}

// seenAgain: who was found alone is missing no longer, whatever lists said before; the counting begins anew.
func (l *look) seenAgain(tx *store.Tx) error {
	absences, err := tx.Absences()
	if err != nil {
		return err
	}
	before := len(absences)
	for _, member := range l.fresh {
		delete(absences, member.ID)
	}
	if len(absences) == before {
		return nil
	}
	return tx.PutAbsences(absences)
}

// storeTheirQuestions replaces what was asked about these members, and the rights of theirs that are not ours.
func (l *look) storeTheirQuestions(tx *store.Tx) error {
	questions, err := tx.Questions()
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(questions), func(question access.Question) bool { return l.circle[question.MemberID] })
	for _, question := range l.plan.Questions {
		if question.MemberID != "" {
			kept = append(kept, question)
		}
	}
	foreign := slices.DeleteFunc(slices.Clone(l.foreign), func(other access.Foreign) bool { return l.isTheirs(other.MemberID, other.Right.AssigneeID) })
	return errors.Join(tx.PutQuestions(kept), tx.PutForeign(append(foreign, l.plan.Foreign...)))
}

// endLook stores what came of it.
func (l *look) endLook(cause error) error {
	if !l.begun {
		return cause
	}
	l.record.Finished = l.engine.options.Now()
	l.record.Failed = len(l.outcome.Failed)
	l.record.Notes = append(append(l.record.Notes, l.why...), l.notes...)
	l.record.Outcome, l.record.Exit = l.result(cause)
	if cause != nil {
		l.record.Notes = append(l.record.Notes, sentence(cause.Error()))
	}
	rows := access.Rows(l.state, l.plan, l.outcome)
	err := l.commit(func(tx *store.Tx) error {
		failures := []error{tx.PutRun(l.record), storeKeyLife(tx, cause, l.record.Finished)}
		for _, row := range rows {
			failures = append(failures, tx.PutStanding(row))
		}
		if len(l.newcomer) > 0 {
			foreign, err := tx.Foreign()
			failures = append(failures, err, tx.PutForeign(append(foreign, l.newcomer...)))
		}
		if len(l.created) > 0 && !l.people.ReadAt.IsZero() {
			failures = append(failures, tx.PutPeople(l.people))
		}
		return errors.Join(failures...)
	})
	return cmp.Or(cause, err)
}
