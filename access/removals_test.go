package access

import (
	"strings"
	"testing"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

func onlyRevoke(t *testing.T, plan Plan) Revoke {
	t.Helper()
	if len(plan.Revokes) != 1 {
		t.Fatalf("%d removals, want one: %+v", len(plan.Revokes), plan)
	}
	return plan.Revokes[0]
}

func TestStrongRemoval(t *testing.T) {
	overdue := holding(unlimited, gymflow.Overdue)
	overdue.OverdueSince = november(3)
	plan := MakePlan(withOurs(newState(t, ann(overdue)), 101, allHours, 7, "m1", "ann@example.com"))
	wantShape(t, plan, shape{revokes: 1})
	got := onlyRevoke(t, plan)
	if got.Evidence != Strong || got.Reason != MissedPayment || got.Move || got.Name != "Member m1" || got.GroupName != "All hours" ||
		got.Why != "Unlimited Monthly: overdue since 3 Nov 2026." {
		t.Errorf("%+v", got)
	}
}

// Somebody changed the e-mail: the member is found by the id for whom the right was made.
func TestRemovalOfAMemberFoundByTheLedger(t *testing.T) {
	state := withOurs(newState(t, member("m1", "new@example.com", holding(unlimited, gymflow.Expired))), 101, allHours, 7, "m1", "old@example.com")
	if got := onlyRevoke(t, MakePlan(state)); got.Evidence != Strong || got.Reason != IsExpired {
		t.Errorf("%+v", got)
	}
}

func TestWeakRemovalWaits(t *testing.T) {
	for _, test := range []struct {
		absence Absence
		done    bool
	}{
		{Absence{}, false},
		{Absence{Reads: 1}, false},
		{Absence{Reads: 1, Confirmed: true}, false},
		{Absence{Reads: 2}, false},
		{Absence{Reads: 2, Confirmed: true}, true},
		{Absence{Reads: 5, Confirmed: true}, true},
	} {
		state := withOurs(newState(t), 101, allHours, 7, "m1", "ann@example.com")
		state.Absences["m1"] = test.absence
		plan := MakePlan(state)
		if !test.done {
			wantShape(t, plan, shape{unconfirmed: 1})
			continue
		}
		wantShape(t, plan, shape{revokes: 1})
		if got := plan.Revokes[0]; got.Evidence != Weak || got.Reason != NoMembership || got.Name != "Member m1" {
			t.Errorf("%+v", got)
		}
	}
}

func TestRemovedAssociationIsStrongEvidence(t *testing.T) {
	for name, test := range map[string]struct {
		members []gymflow.Member
		madeFor string
	}{
		"the member is there":          {[]gymflow.Member{activeAnn()}, "m1"},
		"no member is known behind it": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			state := withOurs(newState(t, test.members...), 101, allHours, 7, test.madeFor, "ann@example.com")
			state.Rules.Associations = state.Rules.Associations[1:]
			got := onlyRevoke(t, MakePlan(decided(state)))
			if got.Evidence != Strong || got.Reason != NotIncluded || !strings.Contains(got.Why, "association was removed") {
				t.Errorf("%+v", got)
			}
		})
	}
}

// Somebody whom a short list misses may be moving to another group: taking the old right at once would leave them without any.
func TestRemovedAssociationOfMissingMemberWaits(t *testing.T) {
	state := withOurs(newState(t), 101, allHours, 7, "m1", "ann@example.com")
	state.Rules.Associations = state.Rules.Associations[1:]
	state.Absences["m1"] = Absence{Reads: 1}
	wantShape(t, MakePlan(decided(state)), shape{unconfirmed: 1})
	state.Absences["m1"] = Absence{Reads: 2, Confirmed: true}
	if got := onlyRevoke(t, MakePlan(decided(state))); got.Evidence != Weak || got.Reason != NoMembership {
		t.Errorf("%+v", got)
	}
}

func TestMove(t *testing.T) {
	moved := func() State {
		state := newState(t, ann(holding(offPeak, gymflow.Active)), member("m2", "bo@example.com", holding(unlimited, gymflow.Expired)))
		state = withOurs(state, 101, allHours, 7, "m1", "ann@example.com")
		return withOurs(state, 102, allHours, 8, "m2", "bo@example.com")
	}
	t.Run("grant first, then revoke, after the lone ones", func(t *testing.T) {
		plan := MakePlan(moved())
		wantShape(t, plan, shape{grants: 1, revokes: 2})
		if plan.Revokes[0].Entry.RightID != 102 || plan.Revokes[0].Move || !plan.Revokes[1].Move {
			t.Errorf("order: %+v", plan.Revokes)
		}
		if plan.Revokes[1].Reason != NotIncluded || !strings.Contains(plan.Revokes[1].Why, "opens All hours") {
			t.Errorf("%+v", plan.Revokes[1])
		}
	})
	for name, spoil := range map[string]func(*State){
		"the new group is held":        func(s *State) { s.HeldGroups[quiet] = "Kisi answered 403 for Quiet hours." },
		"the new group is gone":        func(s *State) { s.Rules.GoneGroups = map[int64]bool{quiet: true} },
		"the new right was lost twice": func(s *State) { s.Lost[RightKey{quiet, 7}] = 2 },
		"the new right is not listed":  func(s *State) { s.Ledger = append(s.Ledger, entry(103, quiet, 7, "m1")) },
	} {
		t.Run("the old right stays while "+name, func(t *testing.T) {
			state := moved()
			spoil(&state)
			plan := MakePlan(decided(state))
			if got := onlyRevoke(t, plan); got.Entry.MemberID != "m2" || len(plan.Grants) != 0 {
				t.Errorf("%+v", plan)
			}
		})
	}
	t.Run("another deserved right in force is enough", func(t *testing.T) {
		state := moved()
		state = withOurs(state, 103, quiet, 7, "m1", "ann@example.com")
		plan := MakePlan(state)
		wantShape(t, plan, shape{revokes: 2, kept: 1})
		if plan.Revokes[0].Move || plan.Revokes[1].Move {
			t.Error("nothing is granted, so nothing is a move")
		}
	})
	t.Run("the removed group has a holding of its own that ended", func(t *testing.T) {
		state := withOurs(newState(t, ann(holding(offPeak, gymflow.Active), holding(unlimited, gymflow.Expired))), 101, allHours, 7, "m1", "ann@example.com")
		if got := onlyRevoke(t, MakePlan(state)); got.Reason != IsExpired || !got.Move {
			t.Errorf("%+v", got)
		}
	})
}

// An id in the ledger that Kisi shows for another role or another person is not the right that we made.
func TestOnlyOurOwnBasicRightIsRevoked(t *testing.T) {
	for name, change := range map[string]func(*kisi.Right){
		"another role":   func(r *kisi.Right) { r.RoleID = kisi.RoleManager },
		"another person": func(r *kisi.Right) { r.AssigneeID = 99 },
	} {
		t.Run(name, func(t *testing.T) {
			state := withOurs(newState(t, ann(holding(unlimited, gymflow.Expired))), 101, allHours, 7, "m1", "ann@example.com")
			change(&state.Rights[allHours][0])
			wantShape(t, MakePlan(state), shape{kept: 1})
		})
	}
}

func TestBlocksRevoke(t *testing.T) {
	blocked := activeAnn()
	blocked.Blocked = true
	if got := onlyRevoke(t, MakePlan(withOurs(newState(t, blocked), 101, allHours, 7, "m1", ""))); got.Reason != IsBlocked || got.Evidence != Strong {
		t.Errorf("%+v", got)
	}
	state := withOurs(newState(t, activeAnn()), 101, allHours, 7, "m1", "")
	state.Rules.Overrides = map[string]Override{"m1": {Kind: Block}}
	if got := onlyRevoke(t, MakePlan(decided(state))); got.Reason != Overridden || got.Evidence != Strong {
		t.Errorf("%+v", got)
	}
}

// Found by the model in reconcile: a list that misses the member for whom a right was made, while another member with the
// same e-mail is there and has cancelled. The second one says nothing about the first.
func TestAnotherMemberOfTheSameAddressDoesNotSpeakForTheMissingOne(t *testing.T) {
	for name, linked := range map[string]bool{"made for the missing one": false, "linked to the missing one": true} {
		t.Run(name, func(t *testing.T) {
			madeFor := "m1"
			if linked {
				madeFor = "m2"
			}
			state := withOurs(newState(t, member("m2", "ann@example.com", holding(unlimited, gymflow.Cancelled))), 101, allHours, 7, madeFor, "ann@example.com")
			if linked {
				state.Links["m1"] = 7
			}
			for _, test := range []struct {
				absence Absence
				want    shape
			}{
				{Absence{Reads: 1}, shape{unconfirmed: 1}},
				{Absence{Reads: 2}, shape{unconfirmed: 1}},
				{Absence{Reads: 2, Confirmed: true}, shape{revokes: 1}},
			} {
				state.Absences["m1"] = test.absence
				plan := MakePlan(state)
				wantShape(t, plan, test.want)
				for _, revoke := range append(plan.Revokes, plan.Unconfirmed...) {
					if revoke.Evidence != Weak || len(revoke.Missing) != 1 || revoke.Missing[0] != "m1" {
						t.Errorf("%+v", revoke)
					}
				}
			}
		})
	}
}
