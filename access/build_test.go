package access

import (
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// The gym of these tests: two memberships that open a group each, one that has no association, one for which
// "No access" was chosen.
const (
	unlimited = "ms_unlimited"
	offPeak   = "ms_offpeak"
	pool      = "ms_pool"
	sauna     = "ms_sauna"

	allHours = int64(1)
	quiet    = int64(2)
)

func dublin(t testing.TB) *time.Location {
	t.Helper()
	return zone(t, "Europe/Dublin")
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	found, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// noon is 10 November 2026, 12:00 in Dublin: "today" of these tests.
func noon(t testing.TB) time.Time {
	return time.Date(2026, time.November, 10, 12, 0, 0, 0, dublin(t))
}

func november(day int) gymflow.Date { return gymflow.Date{Year: 2026, Month: time.November, Day: day} }

func rules(t testing.TB) Rules {
	return Rules{
		Zone: dublin(t),
		Associations: []Association{
			{unlimited, "Unlimited Monthly", allHours, "All hours"},
			{offPeak, "Off-peak", quiet, "Quiet hours"},
			{sauna, "Sauna", 0, ""},
		},
	}
}

func memberships() []gymflow.Membership {
	return []gymflow.Membership{
		{ID: unlimited, Name: "Unlimited Monthly"}, {ID: offPeak, Name: "Off-peak"},
		{ID: pool, Name: "Pool"}, {ID: sauna, Name: "Sauna"},
	}
}

func roster(members ...gymflow.Member) gymflow.Roster {
	return gymflow.Roster{Memberships: memberships(), Members: members}
}

func member(id, email string, holdings ...gymflow.Holding) gymflow.Member {
	return gymflow.Member{ID: id, Email: email, FirstName: "Member", LastName: id, Holdings: holdings}
}

func holding(membership string, status gymflow.Status) gymflow.Holding {
	return gymflow.Holding{ID: "h_" + membership, MembershipID: membership, Status: status}
}

// ann is m1 with these holdings.
func ann(holdings ...gymflow.Holding) gymflow.Member {
	return member("m1", "ann@example.com", holdings...)
}

func right(id, group, user int64, email string) kisi.Right {
	return kisi.Right{
		ID: id, RoleID: kisi.RoleBasic, AppliesToType: "Group", AppliesToID: group,
		AssigneeType: "User", AssigneeID: user, AssigneeName: "Kisi " + email, AssigneeEmail: email,
	}
}

func entry(id, group, user int64, memberID string) LedgerEntry {
	return LedgerEntry{RightID: id, GroupID: group, UserID: user, MemberID: memberID, Name: "Member " + memberID}
}

// newState is the gym with these members, nobody in Kisi, everything decided.
func newState(t testing.TB, members ...gymflow.Member) State {
	state := State{
		Now: noon(t), Rules: rules(t), Roster: roster(members...),
		Groups:     map[int64]kisi.Group{allHours: {ID: allHours, Name: "All hours"}, quiet: {ID: quiet, Name: "Quiet hours"}},
		Rights:     map[int64][]kisi.Right{allHours: nil, quiet: nil},
		HeldGroups: map[int64]string{},
		Links:      map[string]int64{}, Users: map[int64]kisi.User{},
		Absences: map[string]Absence{}, Lost: map[RightKey]int{},
		Previous: map[string]Row{}, Confirmed: map[int64]bool{},
	}
	return decided(state)
}

func decided(state State) State {
	state.Decisions = Decide(state.Now, state.Roster, state.Rules)
	return state
}

// withOurs adds a right of ours, listed in Kisi and in the ledger.
func withOurs(state State, id, group, user int64, memberID, email string) State {
	state.Rights[group] = append(state.Rights[group], right(id, group, user, email))
	state.Ledger = append(state.Ledger, entry(id, group, user, memberID))
	return state
}

func yes(value bool) *bool { return &value }

func equalGroups(got []int64, want ...int64) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if got[i] != want[i] {
			return false
		}
	}
	return true
}
