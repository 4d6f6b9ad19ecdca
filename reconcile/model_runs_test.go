package reconcile

import (
	"context"
	"maps"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// confirm is the wizard's fourth and fifth step: an association is added, changed or removed.
func (m *model) confirm(d deed) {
	settings := m.settings
	settings.Associations = slices.Clone(settings.Associations)
	membership, group := membershipOf(d.A), pick(m.groups, d.B)
	settings.Associations = slices.DeleteFunc(settings.Associations, func(a access.Association) bool { return a.MembershipID == membership })
	switch d.C % 4 {
	case 0: // removed
	case 1:
		settings.Associations = append(settings.Associations, access.Association{MembershipID: membership, MembershipName: membership})
	default:
		settings.Associations = append(settings.Associations, access.Association{
			MembershipID: membership, MembershipName: membership, GroupID: group.ID, GroupName: group.Name,
		})
	}
	if d.C%5 == 0 { // and whatever names a group that is gone is given another one
		for i, association := range settings.Associations {
			if association.GroupID != 0 && !m.stands(association.GroupID) {
				settings.Associations[i].GroupID, settings.Associations[i].GroupName = group.ID, group.Name
			}
		}
	}
	m.putInForce(settings)
}

// putInForce previews and confirms; false when one of the sides did not answer.
func (m *model) putInForce(settings store.Settings) bool {
	engine := m.engine()
	preview, err := engine.Preview(context.Background(), settings, m.to, nil)
	if err != nil {
		return false
	}
	if err := engine.Confirm(Confirmation{Settings: settings, Access: m.to, Preview: preview, By: "model"}); err != nil {
		m.violated("confirming: %v", err)
		return false
	}
	m.settings, m.seen = settings, preview.Plan.Fingerprint
	m.noteAdopted()
	return true
}

// adopt takes one right over, as the admin may at any time.
func (m *model) adopt(d deed) {
	var foreign []access.Foreign
	m.view(func(tx *store.Tx) (err error) { foreign, err = tx.Foreign(); return err })
	foreign = slices.DeleteFunc(foreign, func(f access.Foreign) bool { return !f.Entitled })
	if len(foreign) == 0 {
		return
	}
	_, err := m.engine().Adopt([]access.Foreign{pick(foreign, d.A)}, "model")
	m.must(err)
	m.noteAdopted()
}

func (m *model) noteAdopted() {
	for id, entry := range m.ledger() {
		if entry.Adopted && !m.adopted[id] {
			delete(m.undone, entry.Key())
			m.adopted[id] = true
		}
	}
}

// push says of some members that they changed, whether they did or not.
func (m *model) push(d deed) {
	ids := slices.Sorted(maps.Keys(m.known))
	for i := range []int{1, 1, 2, 5, len(ids)}[d.B%5] {
		if id := pick(ids, d.A+i); id != "" {
			m.must(m.engine().Ask(store.Look{MemberID: id, Urgency: store.LookPushed, Cause: "push"}))
			m.pushed++
		}
	}
}

// sync runs once, in one of several ways.
func (m *model) sync(d deed) (store.Run, error) {
	if m.run != nil {
		return store.Run{}, nil
	}
	request := store.Request{Kind: "sync", Trigger: "admin"}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m.run = &watched{
		started: time.Now(), pictures: []picture{m.picture()}, associations: m.settings.Associations, ours: m.inForce(),
		roster: map[string]bool{}, notFound: map[string]bool{}, byHand: map[int64]bool{}, removed: map[int64]int{}, events: map[int]func(){},
		faulty: d.Kind == "kill" || d.Kind == "kill looks" || m.dying != nil || m.faults,
	}
	for _, during := range d.During {
		m.run.events[during.At] = func() { m.do(during) }
	}
	switch d.Kind {
	case "kill":
		m.reaper = &reaper{at: 1 + d.A%90}
	case "stop":
		m.run.events[1+d.A%30] = cancel
	case "approve":
		m.view(func(tx *store.Tx) error {
			held, _, err := tx.HeldList()
			request.Approve, m.run.approved = held.Fingerprint, held.Fingerprint != ""
			return err
		})
	case "sync confirmed":
		request.Confirm = m.seen
	case "kill looks":
		m.reaper = &reaper{at: 1 + d.A%25}
	}
	if m.dying != nil {
		m.reaper = m.dying
	}
	m.run.looking = d.Kind == "looks" || d.Kind == "kill looks"
	var record store.Run
	var err error
	if engine := m.engine(); m.run.looking {
		err = (&loop{engine: engine}).attend(ctx)
	} else {
		record, err = engine.Sync(ctx, request)
	}
	if m.reaper != nil && m.reaper.dead {
		m.tally.kills++
	}
	m.reaper = nil
	m.afterRun(record, err)
	m.run = nil
	return record, err
}
