package access

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

const fitness = int64(3)

// drawState draws a small gym in any condition: shared and changed addresses, rights of ours and of others, debts,
// pauses, unknown words, gone and held groups.
func drawState(t *rapid.T, where *time.Location) State {
	state := State{
		Now: time.Date(2026, time.November, 10, 12, 0, 0, 0, where),
		Rules: Rules{
			Zone: where, GraceDays: rapid.IntRange(0, 4).Draw(t, "grace"), Overrides: map[string]Override{}, GoneGroups: map[int64]bool{},
			Associations: []Association{{unlimited, "Unlimited Monthly", allHours, "All hours"}, {offPeak, "Off-peak", quiet, "Quiet hours"}},
		},
		Rights:     map[int64][]kisi.Right{allHours: nil, quiet: nil, fitness: nil},
		HeldGroups: map[int64]string{}, Links: map[string]int64{}, Users: map[int64]kisi.User{},
		Absences: map[string]Absence{}, Lost: map[RightKey]int{}, Confirmed: map[int64]bool{},
	}
	if rapid.Bool().Draw(t, "third association") {
		state.Rules.Associations = append(state.Rules.Associations, Association{pool, "Pool", fitness, "Fitness"})
	}
	if rapid.IntRange(0, 9).Draw(t, "gone") == 0 {
		state.Rules.GoneGroups[quiet] = true
	}
	if rapid.IntRange(0, 9).Draw(t, "held") == 0 {
		state.HeldGroups[allHours] = "held"
	}
	var members []gymflow.Member
	for i := range rapid.IntRange(0, 7).Draw(t, "members") {
		members = append(members, drawMember(t, i, &state))
	}
	state.Roster = roster(members...)
	drawRights(t, &state)
	for _, user := range state.Links { // whoever is linked has been seen
		state.Users[user] = kisi.User{ID: user, Email: addressInKisi(user), AccessEnabled: true}
	}
	return decided(state)
}

func drawEmail(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "a@x.ie", "A@X.ie ", "b@x.ie", "c@x.ie", "d@x.ie", "e@x.ie"}).Draw(t, "email")
}

func drawMember(t *rapid.T, i int, state *State) gymflow.Member {
	m := member("m"+strconv.Itoa(i), drawEmail(t))
	for j := range rapid.IntRange(0, 3).Draw(t, "holdings") {
		m.Holdings = append(m.Holdings, drawHolding(t, j))
	}
	rare := func(label string) bool { return rapid.IntRange(0, 9).Draw(t, label) == 0 }
	if rare("owes") {
		m.OverdueSince = drawDate(t)
	}
	m.Blocked = rare("blocked")
	if rare("unreadable") {
		m.Unreadable = "A date is malformed."
	}
	if rare("override") {
		state.Rules.Overrides[m.ID] = Override{MemberID: m.ID, Kind: rapid.SampledFrom([]OverrideKind{Allow, Block}).Draw(t, "kind"), Until: drawDate(t)}
	}
	if rare("linked") {
		state.Links[m.ID] = rapid.Int64Range(1, 6).Draw(t, "link")
	}
	return m
}

func drawDate(t *rapid.T) gymflow.Date {
	if rapid.Bool().Draw(t, "no date") {
		return gymflow.Date{}
	}
	return november(10).AddDays(rapid.IntRange(-4, 4).Draw(t, "days off"))
}

func drawHolding(t *rapid.T, j int) gymflow.Holding {
	h := gymflow.Holding{
		ID:           "h" + strconv.Itoa(j),
		MembershipID: rapid.SampledFrom([]string{unlimited, unlimited, offPeak, pool}).Draw(t, "membership"),
		Status: rapid.SampledFrom([]gymflow.Status{
			gymflow.Active, gymflow.Active, gymflow.Active, gymflow.Active, gymflow.Active, gymflow.Cancelling, gymflow.Pending,
			gymflow.Paused, gymflow.Overdue, gymflow.Cancelled, gymflow.Expired, "frozen",
		}).Draw(t, "status"),
		StartsOn: drawDate(t), EndsOn: drawDate(t), PausedFrom: drawDate(t), ResumesOn: drawDate(t),
	}
	if h.Status == gymflow.Overdue {
		h.OverdueSince = drawDate(t)
	}
	if rapid.IntRange(0, 9).Draw(t, "shared") == 0 {
		h.PrimaryMemberID = "m0"
	}
	return h
}

// addressInKisi: Kisi can't change an address, whatever becomes of the member's (kisi-api.md trap 15).
func addressInKisi(user int64) string {
	return []string{"a@x.ie", "b@x.ie", "c@x.ie", "d@x.ie", "e@x.ie", "f@x.ie"}[user-1]
}

func drawRights(t *rapid.T, state *State) {
	for i := range rapid.IntRange(0, 8).Draw(t, "rights") {
		group := rapid.SampledFrom([]int64{allHours, quiet, fitness}).Draw(t, "group")
		user := rapid.Int64Range(1, 6).Draw(t, "user")
		r := right(int64(100+i), group, user, addressInKisi(user))
		kind := rapid.IntRange(0, 9).Draw(t, "kind of right")
		if kind == 0 {
			r.RoleID = kisi.RoleManager
		}
		if kind == 1 {
			past := state.Now.Add(-time.Hour)
			r.ValidUntil = &past
		}
		if kind != 2 { // else the list does not show it
			state.Rights[group] = append(state.Rights[group], r)
		}
		if kind >= 2 && rapid.IntRange(0, 3).Draw(t, "ours") > 0 {
			owner := "m" + strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "made for"))
			state.Ledger = append(state.Ledger, LedgerEntry{RightID: r.ID, GroupID: group, UserID: user, MemberID: owner, Email: r.AssigneeEmail})
			if _, linked := state.Links[owner]; !linked { // the store keeps the user of every right that it gave or took over
				state.Links[owner] = user
			}
			state.Absences[owner] = Absence{Reads: rapid.IntRange(0, 3).Draw(t, "reads"), Confirmed: rapid.Bool().Draw(t, "confirmed")}
		}
		if rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
			state.Lost[RightKey{group, user}] = rapid.IntRange(1, 2).Draw(t, "times")
		}
	}
}

// grantInto is what a run does to the state when Kisi took the grant.
func grantInto(state *State, grant Grant, newID int64) int64 {
	user := grant.UserID
	if user == 0 {
		for id, known := range state.Users {
			if kisi.SameEmail(known.Email, grant.Email) {
				user = id
			}
		}
	}
	if user == 0 {
		user = 1000 + newID
		state.Users[user] = kisi.User{ID: user, Email: grant.Email, AccessEnabled: true}
	}
	email := state.Users[user].Email
	if email == "" {
		email = addressInKisi(user)
	}
	state.Links[grant.MemberID] = user
	state.Rights[grant.GroupID] = append(slices.Clone(state.Rights[grant.GroupID]), right(newID, grant.GroupID, user, email))
	state.Ledger = append(slices.Clone(state.Ledger), LedgerEntry{RightID: newID, GroupID: grant.GroupID, UserID: user, MemberID: grant.MemberID, Email: grant.Email})
	return user
}

func revokeFrom(state *State, revoke Revoke) {
	group := revoke.Entry.GroupID
	state.Rights[group] = slices.DeleteFunc(slices.Clone(state.Rights[group]), func(r kisi.Right) bool { return r.ID == revoke.Entry.RightID })
	state.Ledger = slices.DeleteFunc(slices.Clone(state.Ledger), func(e LedgerEntry) bool { return e.RightID == revoke.Entry.RightID })
}

// apply carries out the plan in the order of design.md 5.6, looking at the state after every call.
func apply(state *State, plan Plan, look func()) {
	for _, revoke := range plan.Revokes {
		if !revoke.Move {
			revokeFrom(state, revoke)
			look()
		}
	}
	for i, grant := range plan.Grants {
		grantInto(state, grant, int64(500+i))
		look()
	}
	for _, revoke := range plan.Revokes {
		if revoke.Move {
			revokeFrom(state, revoke)
			look()
		}
	}
}

func withDrawnState(t *testing.T, check func(t *rapid.T, state State)) {
	t.Helper()
	where := dublin(t)
	rapid.Check(t, func(t *rapid.T) { check(t, drawState(t, where)) })
}

func TestAPlanAfterASuccessfulApplyIsEmpty(t *testing.T) {
	withDrawnState(t, func(t *rapid.T, state State) {
		first := MakePlan(state)
		apply(&state, first, func() {})
		if again := MakePlan(state); !again.Empty() {
			t.Fatalf("first %+v\nthen %+v", first, again)
		}
	})
}

func TestOnlyTheLedgerIsRevoked(t *testing.T) {
	withDrawnState(t, func(t *rapid.T, state State) {
		plan := MakePlan(state)
		for _, revoke := range append(plan.Revokes, plan.Unconfirmed...) {
			if !slices.Contains(state.Ledger, revoke.Entry) {
				t.Fatalf("not ours: %+v", revoke)
			}
			for _, r := range state.Rights[revoke.Entry.GroupID] {
				if r.ID == revoke.Entry.RightID && r.RoleID != kisi.RoleBasic {
					t.Fatalf("not a basic right: %+v", revoke)
				}
			}
			if revoke.Reason == "" || revoke.Why == "" {
				t.Fatalf("no reason: %+v", revoke)
			}
		}
		if got := len(plan.Revokes) + len(plan.Unconfirmed) + len(plan.Kept); got != len(state.Ledger) {
			t.Fatalf("%d entries weighed of %d", got, len(state.Ledger))
		}
	})
}

func TestNobodyIsGrantedTwice(t *testing.T) {
	withDrawnState(t, func(t *rapid.T, state State) {
		seen := map[string]bool{}
		for _, grant := range MakePlan(state).Grants {
			who := fmt.Sprint(grant.UserID)
			if grant.UserID == 0 {
				who = kisi.FoldEmail(grant.Email)
			}
			key := fmt.Sprint(who, grant.GroupID)
			if seen[key] || who == "" {
				t.Fatalf("twice, or for nobody: %+v", grant)
			}
			seen[key] = true
			for _, r := range state.Rights[grant.GroupID] {
				if r.AssigneeID == grant.UserID && (r.ValidUntil == nil || r.ValidUntil.After(state.Now)) {
					t.Fatalf("has it already: %+v", grant)
				}
			}
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	withDrawnState(t, func(t *rapid.T, state State) {
		plan, rows := MakePlan(state), Rows(state, MakePlan(state), Outcome{})
		other := state
		other.Roster.Members = rapid.Permutation(state.Roster.Members).Draw(t, "members' order")
		other.Ledger = rapid.Permutation(state.Ledger).Draw(t, "ledger's order")
		other.Rights = map[int64][]kisi.Right{}
		for _, group := range []int64{allHours, quiet, fitness} {
			other.Rights[group] = rapid.Permutation(state.Rights[group]).Draw(t, "rights' order")
		}
		other = decided(other)
		if diff := cmp.Diff(state.Decisions, other.Decisions); diff != "" {
			t.Fatal(diff)
		}
		again := MakePlan(other)
		if diff := cmp.Diff(plan, again); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(rows, Rows(other, again, Outcome{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestOneMoreGoodMembershipNeverRemovesAccess(t *testing.T) {
	withDrawnState(t, func(t *rapid.T, state State) {
		if len(state.Roster.Members) == 0 {
			t.Skip()
		}
		richer := slices.Clone(state.Roster.Members)
		i := rapid.IntRange(0, len(richer)-1).Draw(t, "who")
		good := gymflow.Holding{ID: "good", Status: gymflow.Active, MembershipID: rapid.SampledFrom([]string{unlimited, offPeak, pool, sauna}).Draw(t, "good")}
		richer[i].Holdings = append(slices.Clone(richer[i].Holdings), good)
		after := Decide(state.Now, roster(richer...), state.Rules)
		for id, before := range state.Decisions {
			if lost := beyond(before.Groups(), after[id].Groups()); len(lost) > 0 {
				t.Fatalf("%s lost %v", id, lost)
			}
		}
	})
}

func TestHeldMembersStayAsTheyAre(t *testing.T) {
	withDrawnState(t, func(t *rapid.T, state State) {
		held := map[string]bool{}
		for id, decision := range state.Decisions {
			held[id] = decision.Hold
			if decision.Hold && (len(decision.Entitled) > 0 || decision.Reason != UnknownStatus || decision.Detail == "") {
				t.Fatalf("%+v", decision)
			}
		}
		plan := MakePlan(state)
		for _, grant := range plan.Grants {
			if held[grant.MemberID] {
				t.Fatalf("granted to a held member: %+v", grant)
			}
		}
		for _, revoke := range append(plan.Revokes, plan.Unconfirmed...) {
			if held[revoke.Entry.MemberID] {
				t.Fatalf("revoked from a held member: %+v", revoke)
			}
		}
		for _, row := range Rows(state, plan, Outcome{}) {
			if held[row.ID] && row.Standing != Held {
				t.Fatalf("%+v", row)
			}
		}
	})
}

// Somebody who has a right and deserves one, the same or another, never finds every door closed during a run.
func TestWhoMovesIsNeverWithoutAnyRight(t *testing.T) {
	withDrawnState(t, func(t *rapid.T, state State) {
		plan := MakePlan(state)
		deserving := map[int64]bool{}
		for _, who := range compare(state).people {
			if who.userID != 0 && len(who.claims) > 0 && holdsAny(state, who.userID) {
				deserving[who.userID] = true
			}
		}
		apply(&state, plan, func() {
			for user := range deserving {
				if !holdsAny(state, user) {
					t.Fatalf("user %d is without any right under %+v", user, plan)
				}
			}
		})
	})
}

func holdsAny(state State, user int64) bool {
	for _, rights := range state.Rights {
		for _, r := range rights {
			if r.AssigneeID == user && (r.ValidUntil == nil || r.ValidUntil.After(state.Now)) {
				return true
			}
		}
	}
	return false
}

// What Next says is what the rules say when that instant comes, and nothing changes before.
func TestNextIsTheFirstChange(t *testing.T) {
	withDrawnState(t, func(t *rapid.T, state State) {
		for _, m := range state.Roster.Members {
			for i := range m.Holdings {
				// That a pending or paused word will change is Gymflow's to do, not the date's alone.
				if m.Holdings[i].Status == gymflow.Pending || m.Holdings[i].Status == gymflow.Paused {
					m.Holdings[i].Status = gymflow.Active
				}
			}
		}
		state = decided(state)
		for day := november(11); day.Before(november(25)); day = day.AddDays(1) {
			at := StartOfDay(day, state.Rules.Zone)
			for id, later := range Decide(at, state.Roster, state.Rules) {
				now := state.Decisions[id]
				reached := now.Next != nil && !at.Before(now.Next.At)
				changed := !slices.Equal(now.Groups(), later.Groups())
				switch {
				case later.Hold || now.Hold:
				case changed && !reached:
					t.Fatalf("%s changes on %s, but next is %+v", id, day, now.Next)
				case reached && now.Next.At.Equal(at) && !changed:
					t.Fatalf("%s does not change on %s", id, day)
				}
			}
		}
	})
}
