package gymflowtest

import "kisiflow/gymflow"

// good: an active holding and nothing in the way.
func (m *maker) good() {
	// The first members are plain ones: a pass of one day would look odd there.
	membership := UnlimitedMonthly
	if m.people >= 3 {
		membership = soldWith(m.random)
	}
	m.buy(m.anyone(), membership)
}

// onlyOnline: a good holding of what opens no door.
func (m *maker) onlyOnline() { m.buy(m.anyone(), OnlineCoaching) }

// phoneTrouble: a good holding, but the phone can't unlock.
func (m *maker) phoneTrouble() {
	member := m.anyone()
	m.buy(member, recurringWith(m.random))
	member.App = &gymflow.App{SignedIn: new(true), Bluetooth: new(true), Location: new(true), PrimaryDevice: new(true)}
	switch m.random.IntN(4) {
	case 0:
		*member.App = gymflow.App{SignedIn: new(false)} // what a signed-out app sees is not known
	case 1:
		member.App.PrimaryDevice = new(false)
	case 2:
		member.App.Bluetooth = new(false)
	case 3:
		member.App.Location = new(false)
	}
}

// cancelling: cancelled for a later day, still running.
func (m *maker) cancelling() {
	holding := m.buy(m.anyone(), recurringWith(m.random))
	holding.Status, holding.EndsOn = gymflow.Cancelling, m.days(0, 30)
}

// twoMemberships: off-peak in the gym and coaching online.
func (m *maker) twoMemberships() {
	member := m.anyone()
	m.buy(member, OffPeak)
	m.buy(member, OnlineCoaching)
}

// upgraded: the off-peak membership gave way to the unlimited one.
func (m *maker) upgraded() {
	member := m.anyone()
	changed := m.days(-200, 0)
	m.hold(member, gymflow.Holding{
		MembershipID: OffPeak, Status: gymflow.Expired,
		StartsOn: changed.AddDays(-100), EndsOn: changed.AddDays(-1),
	})
	m.hold(member, gymflow.Holding{MembershipID: UnlimitedMonthly, Status: gymflow.Active, StartsOn: changed})
}

// family: one pays, two share.
func (m *maker) family() {
	payer, name := m.person(spelled{})
	primary, held := payer.ID, *m.buy(payer, recurringWith(m.random))
	for range 2 {
		sharer, _ := m.person(name)
		shared := held
		shared.PrimaryMemberID = primary
		m.hold(sharer, shared)
	}
}

// orphanedFamily: the payer cancelled; what was shared still reads active.
func (m *maker) orphanedFamily() {
	payer, name := m.person(spelled{})
	holding := m.buy(payer, UnlimitedMonthly)
	primary, shared := payer.ID, *holding
	holding.StartsOn = m.today.AddDays(-200)
	shared.StartsOn = holding.StartsOn
	holding.Status, holding.EndsOn = gymflow.Cancelled, m.days(-40, -2)
	sharer, _ := m.person(name)
	shared.PrimaryMemberID = primary
	m.hold(sharer, shared)
}

// sharedEmail: two of a family with one address, spelled in two ways.
func (m *maker) sharedEmail() {
	parent, name := m.person(spelled{})
	m.buy(parent, UnlimitedMonthly)
	address := parent.Email
	child, _ := m.person(name)
	child.Email = string(address[0]-'a'+'A') + address[1:]
	m.buy(child, StudentMonthly)
}

// noEmail: a good holding, and no address to find the person by.
func (m *maker) noEmail() {
	member := m.anyone()
	member.Email = ""
	m.buy(member, UnlimitedMonthly)
}

// overdue: the last payment failed.
func (m *maker) overdue() {
	member := m.anyone()
	holding := m.buy(member, recurringWith(m.random))
	holding.StartsOn = m.days(-900, -40)
	holding.Status, holding.OverdueSince = gymflow.Overdue, m.days(-30, 0)
	member.OverdueSince = holding.OverdueSince
}

// oldDebt: cancelled with a debt, back with a new membership, and still not let in
// (gymflow-facts.md 2.4).
func (m *maker) oldDebt() {
	member := m.anyone()
	ended := m.days(-300, -60)
	m.hold(member, gymflow.Holding{
		MembershipID: OffPeak, Status: gymflow.Cancelled, StartsOn: ended.AddDays(-150), EndsOn: ended,
		OverdueSince: ended.AddDays(-20),
	})
	member.OverdueSince = ended.AddDays(-20)
	m.hold(member, gymflow.Holding{MembershipID: UnlimitedMonthly, Status: gymflow.Active, StartsOn: m.days(-50, -1)})
}

// paused: until a day, or until somebody resumes it.
func (m *maker) paused() {
	holding := m.buy(m.anyone(), recurringWith(m.random))
	holding.StartsOn = m.days(-900, -40)
	holding.Status, holding.PausedFrom = gymflow.Paused, m.days(-30, 0)
	if m.random.IntN(3) > 0 {
		holding.ResumesOn = m.days(1, 60)
	}
}

// pauseToday: a pause that covers today, while the status still reads active.
func (m *maker) pauseToday() {
	holding := m.buy(m.anyone(), UnlimitedMonthly)
	holding.StartsOn = m.days(-900, -40)
	holding.PausedFrom, holding.ResumesOn = m.days(-10, 0), m.days(1, 30)
}

// pauseAhead: active now, with a pause already set for later.
func (m *maker) pauseAhead() {
	holding := m.buy(m.anyone(), UnlimitedMonthly)
	holding.PausedFrom = m.days(3, 20)
	holding.ResumesOn = holding.PausedFrom.AddDays(14)
}

// pending: bought, begins later.
func (m *maker) pending() {
	membership := soldWith(m.random)
	holding := m.buy(m.anyone(), membership)
	holding.Status, holding.StartsOn = gymflow.Pending, m.days(1, 21)
	if days := length(membership); days > 0 {
		holding.EndsOn = holding.StartsOn.AddDays(days - 1)
	}
}

// blocked: paid, but staff do not let the person in.
func (m *maker) blocked() {
	member := m.anyone()
	member.Blocked = true
	m.buy(member, UnlimitedMonthly)
}

// expired: a bought period that is over.
func (m *maker) expired() {
	membership := []string{SixMonthPass, TenDayTrial, DayPass}[m.random.IntN(3)]
	holding := m.buy(m.anyone(), membership)
	holding.Status, holding.EndsOn = gymflow.Expired, m.days(-200, -1)
	holding.StartsOn = holding.EndsOn.AddDays(1 - length(membership))
}

// cancelled: left, with nothing owed.
func (m *maker) cancelled() {
	holding := m.buy(m.anyone(), recurringWith(m.random))
	holding.Status, holding.EndsOn = gymflow.Cancelled, m.days(-300, -1)
	holding.StartsOn = holding.EndsOn.AddDays(-30 - m.random.IntN(600))
}

// nothing: a lead, or a customer who bought a shirt.
func (m *maker) nothing() { m.anyone() }

// unknownStatus: a word that no article of Gymflow's has.
func (m *maker) unknownStatus() {
	m.buy(m.anyone(), UnlimitedMonthly).Status = "frozen_by_staff"
}
