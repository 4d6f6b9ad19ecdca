package access

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

func rowOf(t *testing.T, state State, outcome Outcome, id string) Row {
	t.Helper()
	for _, row := range Rows(state, MakePlan(state), outcome) {
		if row.ID == id {
			return row
		}
	}
	t.Fatalf("no row for %s", id)
	return Row{}
}

func reasonOf(row Row) Reason {
	if row.Reason == nil {
		return ""
	}
	return *row.Reason
}

func TestStandings(t *testing.T) {
	expired := ann(holding(unlimited, gymflow.Expired))
	managed := func(s State) State {
		manager := right(101, allHours, 7, "ann@example.com")
		manager.RoleID = kisi.RoleManager
		s.Rights[allHours] = append(s.Rights[allHours], manager)
		return s
	}
	foreign := func(s State) State {
		s.Rights[allHours] = append(s.Rights[allHours], right(101, allHours, 7, "ann@example.com"))
		return s
	}
	ours := func(s State) State { return withOurs(s, 101, allHours, 7, "m1", "ann@example.com") }
	suspended := func(s State) State {
		s.Users[7] = kisi.User{ID: 7, Email: "ann@example.com"}
		return s
	}
	lost := func(s State) State {
		s.Links["m1"], s.Lost[RightKey{allHours, 7}] = 7, 2
		return s
	}
	heldGroup := func(s State) State {
		s.HeldGroups[allHours] = "Kisi answered 403 for All hours."
		return s
	}
	as := func(s State) State { return s }
	sharing := member("m2", "Ann@Example.com", holding(offPeak, gymflow.Overdue))
	granted := Outcome{Granted: map[string]map[int64]int64{"m1": {allHours: 7}}}
	for _, test := range []struct {
		name     string
		members  []gymflow.Member
		change   func(State) State
		outcome  Outcome
		standing Standing
		reason   Reason
		inForce  []int64
		detail   string
	}{
		{"in force", []gymflow.Member{activeAnn()}, ours, Outcome{}, HasAccess, "", []int64{allHours}, "is active"},
		{"in force by another hand", []gymflow.Member{activeAnn()}, foreign, Outcome{}, HasAccess, "", []int64{allHours}, ""},
		{"manager", []gymflow.Member{activeAnn()}, managed, Outcome{}, HasAccess, "", []int64{allHours}, ""},
		{"planned", []gymflow.Member{activeAnn()}, as, Outcome{}, Waiting, IsWaiting, nil, "next run"},
		{"planned, data too old", []gymflow.Member{activeAnn()}, as, Outcome{Stale: true}, Waiting, Stale, nil, "too old"},
		{"granted", []gymflow.Member{activeAnn()}, as, granted, HasAccess, "", []int64{allHours}, ""},
		{"failed", []gymflow.Member{activeAnn()}, as, Outcome{Failed: map[string]string{"m1": "Kisi answered 422."}}, Problem, Failed, nil, "Kisi answered 422."},
		{"no e-mail", []gymflow.Member{member("m1", "", holding(unlimited, gymflow.Active))}, as, Outcome{}, Problem, NoEmail, nil, "no e-mail address"},
		{"suspended", []gymflow.Member{activeAnn()}, func(s State) State { return suspended(ours(s)) }, Outcome{}, NoAccess, IsSuspended, []int64{allHours}, "suspended"},
		{"removed by hand twice", []gymflow.Member{activeAnn()}, lost, Outcome{}, Held, IsHeld, nil, "again"},
		{"group held", []gymflow.Member{activeAnn()}, heldGroup, Outcome{}, Held, IsHeld, nil, "403"},
		{"unknown status", []gymflow.Member{ann(holding(unlimited, "frozen"))}, ours, Outcome{}, Held, UnknownStatus, []int64{allHours}, "frozen"},
		{"not deserved, nothing there", []gymflow.Member{expired}, as, Outcome{}, NoAccess, IsExpired, nil, "expired"},
		{"removal planned", []gymflow.Member{expired}, ours, Outcome{}, NoAccess, IsExpired, []int64{allHours}, ""},
		{"removal planned, data too old", []gymflow.Member{expired}, ours, Outcome{Stale: true}, Held, Stale, []int64{allHours}, ""},
		{"removed", []gymflow.Member{expired}, ours, Outcome{Revoked: map[int64]bool{101: true}}, NoAccess, IsExpired, nil, ""},
		{"removal held", []gymflow.Member{expired}, ours, Outcome{Held: map[int64]bool{101: true}}, Held, IsHeld, []int64{allHours}, "expired"},
		{"removal failed", []gymflow.Member{expired}, ours, Outcome{Failed: map[string]string{"m1": "Kisi answered 500."}}, Problem, Failed, []int64{allHours}, ""},
		{"removal in a held group", []gymflow.Member{expired}, func(s State) State { return heldGroup(ours(s)) }, Outcome{}, Held, IsHeld, []int64{allHours}, "403"},
		{"not deserved, another hand's right", []gymflow.Member{expired}, foreign, Outcome{}, Problem, IsExpired, []int64{allHours}, "kisiflow did not make"},
		{"not deserved, suspended", []gymflow.Member{expired}, func(s State) State { return suspended(foreign(s)) }, Outcome{}, NoAccess, IsExpired, []int64{allHours}, ""},
		{"not deserved, manager", []gymflow.Member{expired}, managed, Outcome{}, HasAccess, IsExpired, []int64{allHours}, "another role"},
		{"shares its address with one who deserves", []gymflow.Member{sharing, activeAnn()}, ours, Outcome{}, HasAccess, SharedEmail, []int64{allHours}, "same e-mail"},
		{"nothing associated", []gymflow.Member{ann(holding(pool, gymflow.Active))}, as, Outcome{}, NoAccess, NotIncluded, nil, "Pool"},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := rowOf(t, test.change(newState(t, test.members...)), test.outcome, test.members[0].ID)
			if row.Standing != test.standing || reasonOf(row) != test.reason {
				t.Errorf("%q because %q, want %q because %q (%s)", row.Standing, reasonOf(row), test.standing, test.reason, row.Detail)
			}
			if got := len(row.Groups); got != len(test.inForce) || (got > 0 && row.Groups[0].ID != test.inForce[0]) {
				t.Errorf("in force %v, want %v", row.Groups, test.inForce)
			}
			if !strings.Contains(row.Detail, test.detail) {
				t.Errorf("evidence %q does not say %q", row.Detail, test.detail)
			}
		})
	}
}

func TestStandingOfAMemberWhoseGroupIsGone(t *testing.T) {
	state := withOurs(newState(t, activeAnn()), 101, allHours, 7, "m1", "ann@example.com")
	state.Rules.GoneGroups = map[int64]bool{allHours: true}
	if row := rowOf(t, decided(state), Outcome{}, "m1"); row.Standing != Problem || reasonOf(row) != GroupGone {
		t.Errorf("%q because %q", row.Standing, reasonOf(row))
	}
}

func TestBothWhoShareAnAddressSaySo(t *testing.T) {
	state := withOurs(newState(t, activeAnn(), member("m2", "ann@example.com", holding(unlimited, gymflow.Active))), 101, allHours, 7, "m1", "ann@example.com")
	for _, row := range Rows(state, MakePlan(state), Outcome{}) {
		if row.Standing != HasAccess || reasonOf(row) != SharedEmail || row.UserID != 7 {
			t.Errorf("%+v", row)
		}
	}
}

func TestAGrantCountsForBothWhoShareAnAddress(t *testing.T) {
	state := newState(t, activeAnn(), member("m2", "ann@example.com", holding(unlimited, gymflow.Active)))
	outcome := Outcome{Granted: map[string]map[int64]int64{"m1": {allHours: 9}}}
	for _, row := range Rows(state, MakePlan(state), outcome) {
		if row.Standing != HasAccess || row.UserID != 9 || len(row.Groups) != 1 {
			t.Errorf("%+v", row)
		}
	}
}

func TestHeldThroughASharedAddress(t *testing.T) {
	state := newState(t, activeAnn(), member("m2", "ann@example.com", holding(offPeak, "frozen")))
	if row := rowOf(t, state, Outcome{}, "m1"); row.Standing != Waiting || reasonOf(row) != IsWaiting {
		t.Errorf("the other one's own is given: %+v", row)
	}
	unpaid := withOurs(newState(t, ann(holding(unlimited, gymflow.Overdue)), member("m2", "ann@example.com", holding(offPeak, "frozen"))), 101, allHours, 7, "m1", "ann@example.com")
	if row := rowOf(t, unpaid, Outcome{}, "m1"); row.Standing != Held || reasonOf(row) != UnknownStatus || !strings.Contains(row.Detail, "Member m2") {
		t.Errorf("what is open stays open for both: %+v", row)
	}
	state = withOurs(state, 101, allHours, 7, "m1", "ann@example.com")
	if row := rowOf(t, state, Outcome{}, "m1"); row.Standing != HasAccess {
		t.Errorf("all is there: %+v", row)
	}
}

func TestTwoUsersWithOneAddressInGymflow(t *testing.T) {
	state := newState(t, activeAnn(), member("m2", "ann@example.com", holding(unlimited, gymflow.Active)))
	state.Links["m1"], state.Links["m2"] = 7, 8
	state = withOurs(state, 101, allHours, 7, "m1", "ann@example.com")
	if row := rowOf(t, state, Outcome{}, "m1"); row.Standing != HasAccess || reasonOf(row) != SharedEmail {
		t.Errorf("%+v", row)
	}
}

func TestGroupsOfARowAreOurs(t *testing.T) {
	state := newState(t, activeAnn())
	state.Links["m1"] = 7
	state.Rights[55] = []kisi.Right{right(103, 55, 7, "ann@example.com")}
	if row := rowOf(t, state, Outcome{}, "m1"); len(row.Groups) != 0 {
		t.Errorf("a group without an association is none of ours: %+v", row.Groups)
	}
	state = withOurs(state, 104, 55, 7, "m1", "ann@example.com")
	if row := rowOf(t, state, Outcome{}, "m1"); len(row.Groups) != 1 || row.Groups[0].ID != 55 {
		t.Errorf("our right is still in force there: %+v", row.Groups)
	}
}

func TestAccessWithASurplus(t *testing.T) {
	state := withOurs(newState(t, ann(holding(offPeak, gymflow.Active))), 101, quiet, 7, "m1", "ann@example.com")
	state = withOurs(state, 102, allHours, 7, "m1", "ann@example.com")
	held := rowOf(t, state, Outcome{Held: map[int64]bool{102: true}}, "m1")
	if held.Standing != HasAccess || !strings.Contains(held.Detail, "The removal from All hours is held.") || len(held.Groups) != 2 {
		t.Errorf("%+v", held)
	}
}

func TestRowAsJSON(t *testing.T) {
	ends := holding(unlimited, gymflow.Cancelling)
	ends.EndsOn = november(20)
	state := withOurs(newState(t, ann(ends, holding("ms_lost", gymflow.Expired)), member("m2", "")), 101, allHours, 7, "m1", "ann@example.com")
	text, err := json.Marshal(Rows(state, MakePlan(state), Outcome{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"id":"m1","name":"Member m1","email":"ann@example.com",` +
		`"memberships":[{"id":"ms_unlimited","name":"Unlimited Monthly","status":"cancelling"},{"id":"ms_lost","name":"ms_lost","status":"expired"}],` +
		`"entitled":[{"id":1,"name":"All hours"}],"groups":[{"id":1,"name":"All hours"}],"standing":"access","reason":null,` +
		`"since":"2026-11-10T12:00:00Z","next_change":"2026-11-21T00:00:00Z"},` +
		`{"id":"m2","name":"Member m2","email":"","memberships":[],"entitled":[],"groups":[],"standing":"no access","reason":"no_membership",` +
		`"since":"2026-11-10T12:00:00Z","next_change":null}]`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
}

func TestRowsAreSortedByNameThenID(t *testing.T) {
	a, b, c := member("3", ""), member("2", ""), member("1", "")
	a.FirstName, a.LastName, b.FirstName, b.LastName, c.FirstName, c.LastName = "Ann", "Lee", "Ann", "Lee", "Zoe", ""
	state := newState(t, c, a, b)
	var order []string
	for _, row := range Rows(state, MakePlan(state), Outcome{}) {
		order = append(order, row.Name+" "+row.ID)
	}
	if got := strings.Join(order, ", "); got != "Ann Lee 2, Ann Lee 3, Zoe 1" {
		t.Error(got)
	}
}

func TestSince(t *testing.T) {
	overdue := holding(unlimited, gymflow.Overdue)
	overdue.OverdueSince = november(3)
	started := holding(unlimited, gymflow.Active)
	started.StartsOn = november(2)
	announced := holding(unlimited, gymflow.Overdue)
	announced.OverdueSince = november(12)
	signedOut := ann(started)
	signedOut.App = &gymflow.App{SignedIn: yes(false)}
	third, second := StartOfDay(november(3), dublin(t)), StartOfDay(november(2), dublin(t))
	yesterday := noon(t).Add(-24 * time.Hour)
	missed, paused := MissedPayment, IsPaused
	for _, test := range []struct {
		name   string
		member gymflow.Member
		before *Row
		want   time.Time
	}{
		{"from the dates", ann(overdue), nil, third},
		{"from the row before", ann(overdue), &Row{Standing: NoAccess, Reason: &missed, Since: yesterday}, yesterday},
		{"another reason before", ann(overdue), &Row{Standing: NoAccess, Reason: &paused, Since: yesterday}, third},
		{"another standing before", ann(overdue), &Row{Standing: Waiting, Reason: &missed, Since: yesterday}, third},
		{"a date that has not come", ann(announced), nil, noon(t)},
		{"the app has no dates", signedOut, nil, noon(t)},
		{"no date", ann(holding(unlimited, gymflow.Overdue)), nil, noon(t)},
		{"access from the start", ann(started), nil, second},
		{"access before, no reason", ann(started), &Row{Standing: HasAccess, Since: yesterday}, yesterday},
		{"a debt was paid: the start tells nothing", ann(started), &Row{Standing: NoAccess, Reason: &missed, Since: yesterday}, noon(t)},
		{"waited, then it started", ann(started), &Row{Standing: NoAccess, Reason: &paused, Since: second.Add(-time.Hour)}, second},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := newState(t, test.member)
			if len(state.Decisions["m1"].Entitled) > 0 {
				state = withOurs(state, 101, allHours, 7, "m1", "ann@example.com")
			}
			if test.before != nil {
				state.Previous["m1"] = *test.before
			}
			if got := rowOf(t, state, Outcome{}, "m1").Since; !got.Equal(test.want) {
				t.Errorf("since %s, want %s", got, test.want)
			}
		})
	}
}

func TestWhatDatesSayAboutSince(t *testing.T) {
	none := gymflow.Date{}
	for name, test := range map[string]struct {
		holding gymflow.Holding
		want    int // day of November, 0 for none
	}{
		"paused":          {dates(holding(unlimited, gymflow.Paused), none, none, november(4), none), 4},
		"expired":         {dates(holding(unlimited, gymflow.Expired), none, november(4), none, none), 5},
		"cancelled early": {dates(holding(unlimited, gymflow.Cancelled), none, november(30), none, none), 0},
		"resumed":         {dates(holding(unlimited, gymflow.Active), november(1), none, november(4), november(6)), 6},
		"to resume":       {dates(holding(unlimited, gymflow.Active), november(1), none, november(14), november(16)), 1},
		"not started":     {dates(holding(unlimited, gymflow.Pending), november(12), none, none, none), 0},
	} {
		want := time.Time{}
		if test.want > 0 {
			want = StartOfDay(november(test.want), dublin(t))
		}
		if got := decideOne(t, rules(t), ann(test.holding)).Since; !got.Equal(want) {
			t.Errorf("%s: since %s, want %s", name, got, want)
		}
	}
}

func TestReasonsHaveWords(t *testing.T) {
	if len(Reasons()) != 19 {
		t.Fatalf("%d reasons", len(Reasons()))
	}
	labels := map[string]bool{"": true}
	for _, reason := range Reasons() {
		if labels[reason.Label()] {
			t.Errorf("%s: the label %q is empty or taken", reason, reason.Label())
		}
		labels[reason.Label()] = true
		if reason.Sentence() == string(reason) || !strings.HasSuffix(reason.Sentence(), ".") {
			t.Errorf("%s: %q is no sentence", reason, reason.Sentence())
		}
		if reason.Fix() == "" && reason != IsWaiting {
			t.Errorf("%s: nothing says what mends it", reason)
		}
	}
	if Reason("").Label() != "" || Reason("").Sentence() != "" || Reason("").Fix() != "" {
		t.Error("plain access needs no words")
	}
}
