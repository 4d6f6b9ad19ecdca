package access

import (
	"fmt"
	"testing"

	"kisiflow/kisi"
)

// ledgerOf is a state with that many rights of ours, split over both groups, and a plan removing some of them.
func ledgerOf(t *testing.T, rights, weak, strong int) (State, Plan) {
	t.Helper()
	state := newState(t)
	var plan Plan
	for i := range rights {
		id := int64(1000 + i)
		group := allHours + int64(i%2)
		state = withOurs(state, id, group, id, fmt.Sprintf("m%d", i), "")
		revoke := Revoke{Entry: state.Ledger[i], Evidence: Strong}
		switch {
		case i < weak:
			revoke.Evidence = Weak
		case i >= weak+strong:
			continue
		}
		plan.Revokes = append(plan.Revokes, revoke)
	}
	return state, plan
}

func TestGuardCounts(t *testing.T) {
	for _, test := range []struct {
		rights, weak, strong int
		hold                 bool
	}{
		{50, 10, 0, false},  // not more than 10
		{50, 11, 0, true},   // 11, and 22 %
		{110, 11, 0, false}, // exactly 10 %
		{109, 11, 0, true},
		{111, 11, 0, false},
		{50, 0, 25, false}, // not more than 25
		{50, 0, 26, true},
		{104, 0, 26, false}, // exactly 25 %
		{103, 0, 26, true},
		{200, 10, 25, false}, // each on its own
		{60, 10, 25, false},
		{60, 11, 25, true},
		{12, 0, 10, false},
		{0, 0, 0, false},
	} {
		state, plan := ledgerOf(t, test.rights, test.weak, test.strong)
		got := Guard(state, plan, DefaultLimits())
		if got.Hold != test.hold || got.Hold != (len(got.Reasons) > 0) {
			t.Errorf("%d weak, %d strong of %d: hold %v %v", test.weak, test.strong, test.rights, got.Hold, got.Reasons)
		}
		if got.Weak != test.weak || got.Strong != test.strong || got.Ledger != test.rights {
			t.Errorf("counted %d weak, %d strong of %d, want %+v", got.Weak, got.Strong, got.Ledger, test)
		}
	}
}

func TestGuardCountsOnlyRightsInForce(t *testing.T) {
	state, plan := ledgerOf(t, 100, 11, 0)
	for i := 100; i < 200; i++ {
		state.Ledger = append(state.Ledger, entry(int64(9000+i), allHours, int64(i), ""))
	}
	if got := Guard(state, plan, DefaultLimits()); got.Ledger != 100 || !got.Hold {
		t.Errorf("%+v", got)
	}
}

func TestGuardCountsMoves(t *testing.T) {
	state, plan := ledgerOf(t, 50, 0, 26)
	for i := range plan.Revokes {
		plan.Revokes[i].Move = true
	}
	if !Guard(state, plan, DefaultLimits()).Hold {
		t.Error("26 moves of 50 are not held")
	}
}

func TestGuardNeverEmptiesAGroupUnasked(t *testing.T) {
	empties := func(rights int) (State, Plan) {
		state := newState(t)
		var plan Plan
		for i := range rights {
			id := int64(100 + i)
			state = withOurs(state, id, allHours, id, "", "")
			plan.Revokes = append(plan.Revokes, Revoke{Entry: state.Ledger[i], Evidence: Strong})
		}
		return state, plan
	}
	for _, test := range []struct {
		name   string
		rights int
		change func(*State, *Plan)
		hold   bool
	}{
		{"four", 4, nil, false},
		{"five", 5, nil, true},
		{"five, one stays", 5, func(_ *State, p *Plan) { p.Revokes = p.Revokes[1:] }, false},
		{"five, confirmed", 5, func(s *State, _ *Plan) { s.Confirmed[allHours] = true }, false},
		{"five, another group confirmed", 5, func(s *State, _ *Plan) { s.Confirmed[quiet] = true }, true},
		{"five, one is given", 5, func(_ *State, p *Plan) { p.Grants = []Grant{{GroupID: allHours}} }, false},
		{"five, one is given elsewhere", 5, func(_ *State, p *Plan) { p.Grants = []Grant{{GroupID: quiet}} }, true},
		{"five and a manager", 5, func(s *State, _ *Plan) {
			manager := right(99, allHours, 99, "")
			manager.RoleID = kisi.RoleManager
			s.Rights[allHours] = append(s.Rights[allHours], manager)
		}, false},
		{"five, of which one is no longer listed", 5, func(s *State, _ *Plan) { s.Rights[allHours] = s.Rights[allHours][1:] }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			state, plan := empties(test.rights)
			if test.change != nil {
				test.change(&state, &plan)
			}
			if got := Guard(state, plan, DefaultLimits()); got.Hold != test.hold {
				t.Errorf("hold %v, want %v: %v", got.Hold, test.hold, got.Reasons)
			}
		})
	}
}

// The commonest disaster: the source answers with nobody.
func TestAnEmptyRosterRemovesNothing(t *testing.T) {
	state := newState(t)
	for i := range 40 {
		state = withOurs(state, int64(100+i), allHours, int64(i+1), fmt.Sprintf("m%d", i), "")
		state.Absences[fmt.Sprintf("m%d", i)] = Absence{Reads: 2, Confirmed: true}
	}
	plan := MakePlan(state)
	wantShape(t, plan, shape{revokes: 40})
	if got := Guard(state, plan, DefaultLimits()); !got.Hold || len(got.Reasons) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestGuardWithOtherLimits(t *testing.T) {
	state, plan := ledgerOf(t, 50, 0, 3)
	if got := Guard(state, plan, Limits{StrongCount: 2, StrongPercent: 5, WeakCount: 10, WeakPercent: 10, EmptyGroup: 5}); !got.Hold {
		t.Errorf("%+v", got)
	}
}
