package access

import (
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// shape is a plan in numbers.
type shape struct{ grants, revokes, unconfirmed, kept, foreign, questions int }

func shapeOf(p Plan) shape {
	return shape{len(p.Grants), len(p.Revokes), len(p.Unconfirmed), len(p.Kept), len(p.Foreign), len(p.Questions)}
}

func wantShape(t *testing.T, plan Plan, want shape) {
	t.Helper()
	if got := shapeOf(plan); got != want {
		t.Fatalf("plan is %+v, want %+v\n%+v", got, want, plan)
	}
}

func activeAnn() gymflow.Member { return ann(holding(unlimited, gymflow.Active)) }

func TestGrantToANewPerson(t *testing.T) {
	plan := MakePlan(newState(t, activeAnn()))
	wantShape(t, plan, shape{grants: 1})
	want := Grant{MemberID: "m1", Name: "Member m1", Email: "ann@example.com", GroupID: allHours, GroupName: "All hours", Why: "Unlimited Monthly is active"}
	if plan.Grants[0] != want {
		t.Errorf("grants %+v", plan.Grants[0])
	}
	if plan.Empty() || plan.Fingerprint == "" {
		t.Error("the plan writes, and every plan has a fingerprint")
	}
}

func TestGrantToAKnownPerson(t *testing.T) {
	state := newState(t, member("m1", " ANN@Example.com ", holding(unlimited, gymflow.Active)))
	state.Users[7] = kisi.User{ID: 7, Email: "ann@example.com", AccessEnabled: true}
	plan := MakePlan(state)
	wantShape(t, plan, shape{grants: 1})
	if plan.Grants[0].UserID != 7 {
		t.Errorf("granted to user %d, want 7", plan.Grants[0].UserID)
	}
}

func TestWhyAnOverrideGrants(t *testing.T) {
	state := newState(t, ann(holding(unlimited, gymflow.Overdue)))
	state.Rules.Overrides = map[string]Override{"m1": {Kind: Allow, Until: november(12), By: "eve"}}
	if plan := MakePlan(decided(state)); len(plan.Grants) != 1 || plan.Grants[0].Why != "allowed until 12 Nov 2026 by eve" {
		t.Errorf("%+v", plan.Grants)
	}
}

func TestSuspendedPeopleStillGetRights(t *testing.T) {
	state := newState(t, activeAnn())
	state.Users[7] = kisi.User{ID: 7, Email: "ann@example.com"}
	wantShape(t, MakePlan(state), shape{grants: 1})
}

func TestForeignRights(t *testing.T) {
	state := newState(t, activeAnn(), member("m2", "bo@example.com", holding(unlimited, gymflow.Overdue)))
	manager := right(104, allHours, 10, "boss@example.com")
	manager.RoleID = kisi.RoleManager
	team := right(105, allHours, 9, "")
	team.AssigneeType = "Team"
	state.Rights[allHours] = []kisi.Right{
		right(101, allHours, 7, "ann@example.com"), right(102, allHours, 8, "bo@example.com"),
		right(103, allHours, 9, "coach@example.com"), manager, team,
	}
	state.Rights[55] = []kisi.Right{right(106, 55, 7, "ann@example.com")} // not one of our groups
	plan := MakePlan(state)
	wantShape(t, plan, shape{foreign: 3})
	for i, want := range []struct {
		right    int64
		member   string
		entitled bool
	}{{101, "m1", true}, {102, "m2", false}, {103, "", false}} {
		got := plan.Foreign[i]
		if got.Right.ID != want.right || got.MemberID != want.member || got.Entitled != want.entitled || got.Name == "" {
			t.Errorf("foreign %d is %+v, want %+v", i, got, want)
		}
	}
}

func TestASecondRightBesideOursIsForeign(t *testing.T) {
	state := withOurs(newState(t, activeAnn()), 101, allHours, 7, "m1", "ann@example.com")
	state.Rights[allHours] = append(state.Rights[allHours], right(102, allHours, 7, "ann@example.com"))
	wantShape(t, MakePlan(state), shape{kept: 1, foreign: 1})
}

func TestAManagerNeedsNoRight(t *testing.T) {
	state := newState(t, activeAnn())
	manager := right(101, allHours, 7, "ann@example.com")
	manager.RoleID = kisi.RoleManager
	state.Rights[allHours] = []kisi.Right{manager}
	wantShape(t, MakePlan(state), shape{})
}

func TestATeamsRightIsNoPersonsRight(t *testing.T) {
	state := newState(t, activeAnn())
	state.Users[7] = kisi.User{ID: 7, Email: "ann@example.com", AccessEnabled: true}
	team := right(101, allHours, 7, "")
	team.AssigneeType = "Team"
	state.Rights[allHours] = []kisi.Right{team}
	wantShape(t, MakePlan(state), shape{grants: 1})
}

func TestSharedEmail(t *testing.T) {
	unpaid := member("m2", "ANN@example.com", holding(offPeak, gymflow.Overdue))
	t.Run("one user gets the union", func(t *testing.T) {
		plan := MakePlan(newState(t, activeAnn(), member("m2", "ANN@example.com", holding(unlimited, gymflow.Active), holding(offPeak, gymflow.Active))))
		wantShape(t, plan, shape{grants: 2})
		if plan.Grants[0].GroupID == plan.Grants[1].GroupID {
			t.Error("the same group twice")
		}
	})
	t.Run("revoked only when none deserves it", func(t *testing.T) {
		state := withOurs(newState(t, activeAnn(), unpaid), 101, allHours, 7, "m2", "ann@example.com")
		wantShape(t, MakePlan(state), shape{kept: 1})
		both := withOurs(newState(t, ann(holding(unlimited, gymflow.Expired)), unpaid), 101, allHours, 7, "m2", "ann@example.com")
		plan := MakePlan(both)
		wantShape(t, plan, shape{revokes: 1})
		if plan.Revokes[0].Reason != MissedPayment {
			t.Errorf("the nearest reason is missed payment, got %s", plan.Revokes[0].Reason)
		}
	})
	t.Run("a held one keeps what is there, and the other one's own is given", func(t *testing.T) {
		state := withOurs(newState(t, ann(holding(unlimited, gymflow.Expired)), member("m2", "ann@example.com", holding(offPeak, "frozen"))), 101, allHours, 7, "m1", "ann@example.com")
		wantShape(t, MakePlan(state), shape{kept: 1})
		grant := newState(t, activeAnn(), member("m2", "ann@example.com", holding(offPeak, "frozen")))
		wantShape(t, MakePlan(grant), shape{grants: 1})
	})
	t.Run("whoever shares a linked member's new address is that user", func(t *testing.T) {
		state := newState(t, member("m1", "new@example.com"), member("m2", "new@example.com", holding(unlimited, gymflow.Active)))
		state.Links["m1"] = 7
		state.Users[7] = kisi.User{ID: 7, Email: "old@example.com", AccessEnabled: true}
		plan := MakePlan(state)
		wantShape(t, plan, shape{grants: 1})
		if plan.Grants[0].UserID != 7 {
			t.Errorf("a second user for a shared address: %+v", plan.Grants[0])
		}
	})
}

func TestChangedEmailMakesNoSecondUser(t *testing.T) {
	for name, link := range map[string]bool{"by the stored link": true, "by the ledger": false} {
		t.Run(name, func(t *testing.T) {
			state := withOurs(newState(t, member("m1", "new@example.com", holding(unlimited, gymflow.Active), holding(offPeak, gymflow.Active))), 101, allHours, 7, "m1", "old@example.com")
			if link {
				state.Links["m1"] = 7
			}
			plan := MakePlan(state)
			wantShape(t, plan, shape{grants: 1, kept: 1})
			if plan.Grants[0].UserID != 7 || plan.Grants[0].GroupID != quiet {
				t.Errorf("granted %+v", plan.Grants[0])
			}
		})
	}
}

func TestALinkOutranksAnEmail(t *testing.T) {
	state := newState(t, activeAnn())
	state.Links["m1"] = 7
	state.Users[8] = kisi.User{ID: 8, Email: "ann@example.com", AccessEnabled: true}
	if plan := MakePlan(state); len(plan.Grants) != 1 || plan.Grants[0].UserID != 7 {
		t.Errorf("%+v", plan.Grants)
	}
}

func TestAnAddressThatKisiHasTwice(t *testing.T) {
	state := newState(t, ann(holding(unlimited, gymflow.Active), holding(offPeak, gymflow.Active)))
	state.Users[6] = kisi.User{ID: 6, Email: "ANN@example.com", AccessEnabled: true}
	state = withOurs(state, 101, allHours, 7, "before", "ann@example.com")
	plan := MakePlan(state)
	wantShape(t, plan, shape{grants: 1, kept: 1})
	if plan.Grants[0].UserID != 7 {
		t.Errorf("the user with rights of ours counts, not %d", plan.Grants[0].UserID)
	}
}

func TestRemovedByHand(t *testing.T) {
	for lost, want := range map[int]shape{0: {grants: 1}, 1: {grants: 1}, 2: {questions: 1}, 3: {questions: 1}} {
		state := newState(t, activeAnn())
		state.Links["m1"] = 7
		state.Lost[RightKey{allHours, 7}] = lost
		plan := MakePlan(state)
		wantShape(t, plan, want)
		if len(plan.Grants) == 1 && plan.Grants[0].Again != (lost == 1) {
			t.Errorf("lost %d: again is %v", lost, plan.Grants[0].Again)
		}
	}
}

func TestNoEmailIsAsked(t *testing.T) {
	plan := MakePlan(newState(t, member("m1", " ", holding(unlimited, gymflow.Active))))
	wantShape(t, plan, shape{questions: 1})
	if plan.Questions[0].Reason != NoEmail || plan.Questions[0].MemberID != "m1" {
		t.Errorf("%+v", plan.Questions[0])
	}
	linked := newState(t, member("m1", "", holding(unlimited, gymflow.Active)))
	linked.Links["m1"] = 7
	wantShape(t, MakePlan(linked), shape{grants: 1})
}

func TestMembersWithoutEmailAreNotOnePerson(t *testing.T) {
	plan := MakePlan(newState(t, member("m1", "", holding(unlimited, gymflow.Active)), member("m2", "", holding(unlimited, gymflow.Active))))
	wantShape(t, plan, shape{questions: 2})
}

func TestHeldAndGoneGroups(t *testing.T) {
	state := newState(t, activeAnn(), member("m2", "bo@example.com", holding(unlimited, gymflow.Expired)))
	state = withOurs(state, 101, allHours, 8, "m2", "bo@example.com")
	state.HeldGroups[allHours] = "Kisi did not show half of the rights in All hours."
	plan := MakePlan(state)
	wantShape(t, plan, shape{kept: 1, questions: 1})
	if plan.Questions[0].MemberID != "" || plan.Questions[0].GroupID != allHours {
		t.Errorf("asked about %+v", plan.Questions[0])
	}

	gone := withOurs(newState(t, activeAnn()), 101, allHours, 7, "m1", "ann@example.com")
	gone.Rules.GoneGroups = map[int64]bool{allHours: true}
	plan = MakePlan(decided(gone))
	wantShape(t, plan, shape{kept: 1, questions: 1})
	if plan.Questions[0].Reason != GroupGone {
		t.Errorf("asked about %+v", plan.Questions[0])
	}
}

func TestClocksDisagreeHoldsTheRight(t *testing.T) {
	state := withOurs(newState(t, ann(holding(unlimited, gymflow.Expired))), 101, allHours, 7, "m1", "ann@example.com")
	other := Decide(state.Now, roster(activeAnn()), state.Rules)
	HoldWhereClocksDisagree(state.Decisions, other)
	wantShape(t, MakePlan(state), shape{kept: 1})
	grant := newState(t, activeAnn())
	HoldWhereClocksDisagree(grant.Decisions, Decide(state.Now, roster(ann()), state.Rules))
	wantShape(t, MakePlan(grant), shape{})
}

func TestRightsOutsideTheirValidity(t *testing.T) {
	past, future := noon(t).Add(-time.Hour), noon(t).Add(time.Hour)
	for name, test := range map[string]struct {
		from, until *time.Time
		want        shape
	}{
		"over":      {nil, &past, shape{foreign: 1, questions: 1}},
		"to come":   {&future, nil, shape{foreign: 1, questions: 1}},
		"in force":  {&past, &future, shape{foreign: 1}},
		"unlimited": {nil, nil, shape{foreign: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			state := newState(t, activeAnn())
			timed := right(101, allHours, 7, "ann@example.com")
			timed.ValidFrom, timed.ValidUntil = test.from, test.until
			state.Rights[allHours] = []kisi.Right{timed}
			wantShape(t, MakePlan(state), test.want)
		})
	}
}

func TestAnEntryThatTheListDoesNotShow(t *testing.T) {
	deserved := newState(t, activeAnn())
	deserved.Ledger = []LedgerEntry{entry(101, allHours, 7, "m1")}
	wantShape(t, MakePlan(deserved), shape{kept: 1})
	over := newState(t, ann(holding(unlimited, gymflow.Expired)))
	over.Ledger = []LedgerEntry{entry(101, allHours, 7, "m1")}
	wantShape(t, MakePlan(over), shape{revokes: 1})
}

func TestAnUndecidedMemberIsKept(t *testing.T) {
	state := withOurs(newState(t, ann(holding(unlimited, gymflow.Expired))), 101, allHours, 7, "m1", "ann@example.com")
	state.Decisions = map[string]Decision{}
	wantShape(t, MakePlan(state), shape{kept: 1})
}

func TestFingerprintAndCeiling(t *testing.T) {
	if Fingerprint(nil) == "" || Fingerprint(nil) == Fingerprint([]string{"1:1:1"}) {
		t.Error("an empty list has a fingerprint of its own")
	}
	if Fingerprint([]string{"a", "b"}) != Fingerprint([]string{"b", "a"}) || len(Fingerprint(nil)) != fingerprintLength {
		t.Error("the order counts")
	}
	if !Covers([]string{"a", "b"}, []string{"b"}) || !Covers(nil, nil) || Covers([]string{"a"}, []string{"a", "b"}) {
		t.Error("approval is a ceiling")
	}
	plan := Plan{Revokes: []Revoke{{Entry: entry(12, 1, 7, "")}, {Entry: entry(11, 2, 8, "")}}}
	if got := strings.Join(plan.RemovalKeys(), " "); got != "11:2:8 12:1:7" {
		t.Errorf("keys %s", got)
	}
}
