package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
)

// membershipOf numbers what the model's gym sells: ms_1 to ms_5.
func membershipOf(number int) string { return fmt.Sprintf("ms_%d", 1+number%5) }

// pick takes one of a list by a number; the zero value from an empty list.
func pick[T any](list []T, number int) (one T) {
	if len(list) > 0 {
		one = list[number%len(list)]
	}
	return one
}

// do does one deed.
func (m *model) do(d deed) {
	m.tally.deeds++
	switch {
	case slices.Contains(gymDeeds(), d.Kind):
		m.byHand(func() { m.gymDeed(d) })
	case slices.Contains(kisiDeeds(), d.Kind):
		m.byHand(func() { m.kisiDeed(d) })
	default:
		m.otherDeed(d)
	}
}

func (m *model) otherDeed(d deed) {
	switch d.Kind {
	case "kisi fault":
		m.kisiFault(d)
	case "gymflow fault":
		fault := pick(append(gymflowtest.Faults(), "half-roster", "empty-roster", "down"), d.A)
		if strings.HasPrefix(fault, "unauthorized-after") {
			fault = fmt.Sprintf("unauthorized-after:%d", d.B%9)
		}
		m.must(m.gym.SetFault(fault))
		m.markFaulty()
	case "no faults":
		m.noFaults()
	case "confirm":
		m.confirm(d)
	case "adopt":
		m.adopt(d)
	case "minutes":
		time.Sleep(time.Duration(1+d.A%240) * time.Minute)
	case "hours":
		time.Sleep(time.Duration(1+d.A%30) * time.Hour)
	case "days":
		time.Sleep(time.Duration(1+d.A%20) * 24 * time.Hour)
	case "push":
		m.push(d)
	case "sync", "kill", "stop", "approve", "sync confirmed", "looks", "kill looks":
		m.sync(d)
	default:
		m.violated("nobody knows how to do %s", d.Kind)
	}
}

// noFaults leaves only what the schedule's Kisi is like.
func (m *model) noFaults() {
	m.must(m.doors.SetFault(""))
	m.must(m.gym.SetFault(""))
	if m.doubles {
		m.must(m.doors.SetFault("duplicate-allowed"))
	}
	m.faults = false
}

func (m *model) must(err error) {
	if err != nil {
		m.violated("the model itself: %v", err)
	}
}

func (m *model) markFaulty() {
	m.faults = true
	if m.run != nil {
		m.run.faulty = true
	}
}

// kisiFault switches one on beside those that are on.
func (m *model) kisiFault(d deed) {
	name := pick(kisiFaults(), d.A)
	if d.B%5 == 0 {
		m.kisiFault(deed{A: d.A + 1 + d.C%21, B: d.B + 1 + d.C%3, C: d.C}) // two at once
	}
	switch name {
	case "throttle", "throttle-silent", "server-error", "html-502", "reset-before", "reset-after", "truncated":
		name = fmt.Sprintf("%s:%d", name, 1+d.B%7)
	case "short-page", "repeated-page", "empty-page", "lying-total", "low-total", "cycling", "not-a-list", "no-range":
		if d.B%3 > 0 {
			name = fmt.Sprintf("%s:%d", name, 1+d.C%6)
		}
	case "unauthorized-after":
		name = fmt.Sprintf("%s:%d", name, d.B%40)
	}
	// Rows that are missing and a total that is as much too low agree with each other: nobody can tell such a list from a true one.
	if name == "low-total" || strings.HasPrefix(name, "low-total:") {
		_, _ = m.doors.ClearFault("short-page"), m.doors.ClearFault("empty-page") // an error says that it was not on
	} else if strings.HasPrefix(name, "short-page") || strings.HasPrefix(name, "empty-page") {
		_ = m.doors.ClearFault("low-total")
	}
	m.must(m.doors.SetFault(name))
	m.markFaulty()
}

// gymDeed changes one member.
func (m *model) gymDeed(d deed) {
	_, _, members := m.gym.Gym.Snapshot()
	if d.Kind == "newcomer" || d.Kind == "crowd" || d.Kind == "return" || len(members) == 0 {
		m.newcomers(d)
		return
	}
	if d.Kind == "vanish" {
		for i := range []int{1, 1, 2, 4, len(members) / 3, len(members)}[d.B%6] {
			m.gym.Gym.Remove(pick(members, d.A+i).ID)
		}
		return
	}
	// Most deeds strike a few members; now and then one strikes half of the gym or all of it, as a mistake in Gymflow would.
	count := []int{1, 1, 2, 4, len(members) / 2, len(members)}[d.B%6]
	for i := range max(count, 1) {
		member := pick(members, d.A+i)
		d.C += i
		m.change(&member, d, pick(members, d.B))
		m.put(member)
	}
}

func (m *model) put(member gymflow.Member) {
	m.gym.Gym.Put(member)
	m.known[member.ID] = member
}

func (m *model) change(member *gymflow.Member, d deed, other gymflow.Member) {
	today := dayOf(time.Now(), m.zone)
	for i := range member.Holdings {
		m.changeHolding(&member.Holdings[i], d, today)
	}
	holding := gymflow.Holding{ID: fmt.Sprintf("h_%s_%d", member.ID, d.C), MembershipID: membershipOf(d.C), Status: gymflow.Active, StartsOn: today.AddDays(-d.C % 9)}
	switch d.Kind {
	case "owe":
		member.OverdueSince = today.AddDays(-d.C % 40)
	case "pay":
		member.OverdueSince = gymflow.Date{}
	case "block":
		member.Blocked = !member.Blocked
	case "move", "activate":
		member.Holdings, member.Blocked, member.OverdueSince = []gymflow.Holding{holding}, false, gymflow.Date{}
	case "second":
		member.Holdings = append(member.Holdings, holding)
	case "link":
		if len(other.Holdings) > 0 && other.ID != member.ID {
			holding.PrimaryMemberID, holding.MembershipID = other.ID, other.Holdings[0].MembershipID
			member.Holdings = []gymflow.Holding{holding}
		}
	case "new e-mail":
		member.Email = fmt.Sprintf("%s.%d@y.example", member.ID, d.C)
	case "no e-mail":
		member.Email = ""
	case "share e-mail":
		member.Email = strings.ToUpper(other.Email)
	}
}

func (m *model) changeHolding(holding *gymflow.Holding, d deed, today gymflow.Date) {
	switch d.Kind {
	case "owe":
		if d.B%2 == 0 {
			holding.Status, holding.OverdueSince = gymflow.Overdue, today.AddDays(-d.C%40)
		}
	case "pay", "resume":
		if holding.Status == gymflow.Overdue || holding.Status == gymflow.Paused || holding.Status == "on_ice" {
			holding.Status = gymflow.Active
		}
		holding.OverdueSince, holding.PausedFrom, holding.ResumesOn = gymflow.Date{}, gymflow.Date{}, gymflow.Date{}
	case "pause":
		holding.PausedFrom, holding.ResumesOn = today.AddDays(d.B%4-1), today.AddDays(1+d.C%9)
		if d.C%2 == 0 {
			holding.Status, holding.ResumesOn = gymflow.Paused, gymflow.Date{}
		}
	case "cancel":
		holding.Status = gymflow.Cancelled
		if d.B%3 == 0 {
			holding.Status, holding.EndsOn = gymflow.Cancelling, today.AddDays(d.C%3)
		}
	case "unknown word":
		holding.Status = "on_ice"
	case "ends":
		holding.EndsOn = today.AddDays(d.B%3 - 1)
	case "pending":
		holding.Status, holding.StartsOn = gymflow.Pending, today.AddDays(1+d.B%5)
	}
}

// newcomers come singly or as a crowd, or somebody who had vanished comes back.
func (m *model) newcomers(d deed) {
	if d.Kind == "return" {
		ids := slices.Sorted(maps.Keys(m.known))
		for i := range []int{1, 3, len(ids)}[d.B%3] {
			m.put(m.known[pick(ids, d.A+i)])
		}
		return
	}
	count := 1
	if d.Kind == "crowd" {
		count = 2 + d.C%12
	}
	for i := range count {
		m.add((d.A+i)%20, d.B)
	}
}

// add makes a member of a kind.
func (m *model) add(kind, more int) {
	id := fmt.Sprintf("m%03d", len(m.known))
	today := dayOf(time.Now(), m.zone)
	member := gymflow.Member{ID: id, Email: id + "@x.example", FirstName: "First", LastName: id, Holdings: []gymflow.Holding{
		{ID: "h_" + id, MembershipID: membershipOf(kind + more), Status: gymflow.Active, StartsOn: today.AddDays(-100)},
	}}
	before := slices.Sorted(maps.Keys(m.known))
	switch kind {
	case 12:
		member.Email = ""
	case 13:
		member.Email = strings.ToUpper(m.known[pick(before, more+kind)].Email)
	case 14:
		member.Holdings[0].PrimaryMemberID = pick(before, more+kind)
	case 15:
		member.Holdings[0].Status = "on_ice"
	case 16:
		member.Holdings[0].Status = gymflow.Cancelled
	case 17:
		member.Holdings[0].Status, member.OverdueSince = gymflow.Overdue, today.AddDays(-3)
	case 18:
		member.Holdings = append(member.Holdings, gymflow.Holding{ID: "i_" + id, MembershipID: membershipOf(kind), Status: gymflow.Active, StartsOn: today})
	case 19:
		user := m.doors.AddUser(kisi.User{Name: id, Email: member.Email, AccessEnabled: true})
		m.doors.AddRight("Group", pick(m.groups, more).ID, kisi.RoleBasic, "User", user.ID, m.hand.ID)
	}
	m.put(member)
}

// kisiDeed is another administrator at work.
func (m *model) kisiDeed(d deed) {
	user, group := pick(m.doors.Users(), d.A), pick(m.groups, d.B)
	switch d.Kind {
	case "remove right", "remove our right":
		var rights []kisi.Right
		for _, right := range m.doors.Rights() {
			if right.AppliesToType == "Group" && (d.Kind == "remove right" || m.ours(right.ID)) {
				rights = append(rights, right)
			}
		}
		m.doors.RemoveRight(pick(rights, d.A).ID)
	case "add right", "manager":
		role := kisi.RoleBasic
		if d.Kind == "manager" {
			role = kisi.RoleManager
		}
		for _, right := range m.doors.Rights() {
			if right.AppliesToID == group.ID && right.AssigneeID == user.ID {
				return // Kisi refuses a second role, and a second right like the first
			}
		}
		m.doors.AddRight("Group", group.ID, role, "User", user.ID, m.hand.ID)
	case "suspend":
		m.doors.SetSuspended(user.ID, user.AccessEnabled)
	case "remove user":
		if user.ID != m.hand.ID && user.ID != m.doors.Owner.ID {
			m.doors.RemoveUser(user.ID)
		}
	case "add user":
		known := m.known[pick(slices.Sorted(maps.Keys(m.known)), d.A)]
		taken := slices.ContainsFunc(m.doors.Users(), func(u kisi.User) bool { return kisi.SameEmail(u.Email, known.Email) })
		if known.Email != "" && !taken {
			m.doors.AddUser(kisi.User{Name: known.ID, Email: known.Email, AccessEnabled: d.C%4 > 0})
		}
	case "remove group":
		if group.ID != 0 && len(m.groups) > 1 {
			m.doors.RemoveGroup(group.ID)
			m.groups = slices.DeleteFunc(m.groups, func(g kisi.Group) bool { return g.ID == group.ID })
		}
	case "other roles":
		m.doors.AddRight("Group", group.ID, kisi.RoleBasic, "Team", int64(500+d.C), m.hand.ID)
		m.doors.AddRight("Group", group.ID, kisi.RoleBasic, "Guest", int64(600+d.C), m.hand.ID)
		m.doors.AddRight("Place", m.settings.PlaceID, "place_basic", "User", user.ID, m.hand.ID)
	}
}
