package reconcile

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// GroupChange is what a plan does to one group.
type GroupChange struct {
	GroupID int64  `json:"id"`
	Name    string `json:"name"`
	Grant   int    `json:"grant"`
	Revoke  int    `json:"revoke"`
	Keep    int    `json:"keep"`
	Held    int    `json:"held"`
	Foreign int    `json:"foreign"`
}

// Preview is a plan with everything a review shows. Nothing was written to Kisi.
type Preview struct {
	Plan      access.Plan
	Verdict   access.Verdict
	Rows      []access.Row // standings as they are before the plan runs
	Groups    []GroupChange
	Adoptable []access.Foreign // people already in a group who deserve it
	Others    []access.Foreign // people already in a group who are left alone
	NewUsers  int              // people whom Kisi does not know yet
	Writes    int              // requests that change something
	Time      time.Duration    // at the known rate
	Mails     int              // people to whom Kisi will send an e-mail
	Members   int
	Warnings  []string // sentences: clocks, key, second writer
	Requests  store.Requests

	read *survey // what Confirm stores; nil when the preview was made elsewhere
}

// usualRate is Kisi's client's own default, for the time that a plan will take.
const usualRate = 4.0

// remembering keeps the last whole reading of Kisi's people between the previews of one wizard, so that going back and
// forth does not cost a page of requests for every hundred people each time.
type remembering struct {
	mutex  sync.Mutex
	key    string
	people store.People
}

func (r *remembering) get(to Access) (store.People, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.people, r.key == to.KisiURL+" "+to.KisiKey
}

func (r *remembering) put(to Access, people store.People) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.key, r.people = to.KisiURL+" "+to.KisiKey, people
}

// Preview reads both sides and plans with the given settings (the draft, in the wizard) as if adoptable people not in
// settings.LeaveRights were adopted. It writes nothing but the list of removals under its fingerprint, so that
// it can be approved. progress may be nil.
func (e *Engine) Preview(ctx context.Context, settings store.Settings, to Access, progress func(phase string, done, total int)) (Preview, error) {
	known, _, err := e.recall()
	if err != nil {
		return Preview{}, err
	}
	known.settings, known.to = settings, to
	if people, same := e.people.get(to); same {
		known.people = people
	}
	return e.preview(ctx, known, progress, true)
}

// PreviewStored is Preview with what is in force.
func (e *Engine) PreviewStored(ctx context.Context) (Preview, error) {
	known, set, err := e.recall()
	if err != nil {
		return Preview{}, err
	}
	if !set {
		return Preview{}, ErrNotSetUp
	}
	return e.preview(ctx, known, nil, false)
}

// preview plans. A review adopts, and confirming it confirms that groups without association are emptied.
func (e *Engine) preview(ctx context.Context, known remembered, progress report, review bool) (Preview, error) {
	services, err := e.connect(known.to, known.settings.Rate)
	if err != nil {
		return Preview{}, err
	}
	defer services.close()
	s, err := e.newSurvey(known, services, progress)
	if err != nil {
		return Preview{}, err
	}
	if err := s.readBothSides(ctx); err != nil {
		return Preview{}, err
	}
	s.report(phasePlanning, 0, 0)
	s.countAbsences()
	s.decide()
	wanted := peopleIfNone
	if review {
		wanted = peopleIfOld
	}
	if err := s.readPeople(ctx, wanted); err != nil {
		return Preview{}, err
	}
	if s.peopleRead {
		e.people.put(known.to, s.people)
	}
	result := Preview{read: s}
	result.sortForeign(access.MakePlan(s.asRead()).Foreign)
	if review {
		s.adopt(toAdopt(result.Adoptable, known.settings))
		s.countAbsences() // of whoever is behind what is ours now
	}
	w, err := s.weigh(ctx, consent{}, consent{}, review)
	if err != nil {
		return Preview{}, err
	}
	err = e.store.Update(func(tx *store.Tx) error {
		if len(w.plan.Revokes) == 0 {
			return nil
		}
		return tx.PutApprovable(w.list("", s))
	})
	if err != nil {
		return Preview{}, err
	}
	result.fill(s, w)
	return result, nil
}

// sortForeign tells apart who can be taken over and who is left alone.
func (p *Preview) sortForeign(foreign []access.Foreign) {
	for _, other := range foreign {
		if adoptable(other) {
			p.Adoptable = append(p.Adoptable, other)
		} else {
			p.Others = append(p.Others, other)
		}
	}
}

// adoptable: a member deserves the group, and the right is of the one kind that we make and take.
func adoptable(other access.Foreign) bool {
	return other.Entitled && other.MemberID != "" && other.Right.RoleID == kisi.RoleBasic && other.Right.ValidUntil == nil
}

// toAdopt leaves out who was unticked.
func toAdopt(people []access.Foreign, settings store.Settings) []access.Foreign {
	if settings.AdoptNone {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(people), func(other access.Foreign) bool {
		return slices.Contains(settings.LeaveRights, other.Right.ID)
	})
}

// adopt counts rights as ours, in memory.
func (s *survey) adopt(people []access.Foreign) {
	for _, other := range people {
		s.ledger = append(s.ledger, adoptedEntry(other, s.engine.options.Now()))
	}
}

func adoptedEntry(other access.Foreign, now time.Time) access.LedgerEntry {
	return access.LedgerEntry{
		RightID: other.Right.ID, GroupID: other.GroupID, UserID: other.Right.AssigneeID, MemberID: other.MemberID,
		Email: other.Right.AssigneeEmail, Name: cleanName(other.Name), GrantedAt: now, Adopted: true,
	}
}

func (p *Preview) fill(s *survey, w weighed) {
	p.Plan, p.Verdict, p.Members = w.plan, w.verdict, len(s.roster.Members)
	p.Rows = s.rows(w, access.Outcome{Held: w.heldRights()})
	p.NewUsers = len(unknownPeople(w.plan.Grants))
	p.Writes = len(w.plan.Grants) + p.NewUsers
	if !w.hold {
		p.Writes += len(w.plan.Revokes)
	}
	rate := s.services.kisi.Stats().Rate
	if rate <= 0 {
		rate = usualRate
	}
	p.Time = time.Duration(float64(p.Writes) / rate * float64(time.Second)).Round(time.Second)
	if s.settings.Unlocking == store.Invited {
		p.Mails = p.NewUsers
	}
	p.Groups = s.groupChanges(w)
	p.Requests, _ = s.services.requests()
	p.Warnings = append(KeyWarnings(s.settings.Key), s.notes...)
	if s.stale != "" && !w.verdict.Stale {
		p.Warnings = append(p.Warnings, s.stale)
	}
	if w.unbelieved && !w.hold {
		p.Warnings = append(p.Warnings, w.why...)
	}
}

// groupChanges is the table of the review: mapped groups and those in which we have rights, by name.
func (s *survey) groupChanges(w weighed) []GroupChange {
	changes := map[int64]*GroupChange{}
	of := func(group int64) *GroupChange {
		if changes[group] == nil {
			changes[group] = &GroupChange{GroupID: group, Name: s.groupName(group)}
		}
		return changes[group]
	}
	for group := range s.mapped() {
		of(group)
	}
	for _, grant := range w.plan.Grants {
		of(grant.GroupID).Grant++
	}
	for _, revoke := range w.plan.Revokes {
		if w.hold {
			of(revoke.Entry.GroupID).Held++
		} else {
			of(revoke.Entry.GroupID).Revoke++
		}
	}
	for _, entry := range w.plan.Kept {
		of(entry.GroupID).Keep++
	}
	for _, revoke := range w.plan.Unconfirmed {
		of(revoke.Entry.GroupID).Keep++
	}
	for _, other := range w.plan.Foreign {
		of(other.GroupID).Foreign++
	}
	var table []GroupChange
	for _, group := range slices.Sorted(maps.Keys(changes)) {
		table = append(table, *changes[group])
	}
	return table
}
