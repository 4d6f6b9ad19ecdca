package access

import (
	"testing"

	"pgregory.net/rapid"
)

func TestLimitsAreBounded(t *testing.T) {
	for name, test := range map[string]struct{ given, want Limits }{
		"nothing set":     {Limits{}, DefaultLimits()},
		"the default":     {DefaultLimits(), DefaultLimits()},
		"below nothing":   {Limits{-1, -1, -1, -1, -1}, DefaultLimits()},
		"the least":       {Limits{1, 1, 1, 1, 1}, Limits{1, 1, 1, 1, 1}},
		"the most":        {Limits{200, 50, 200, 50, 50}, Limits{200, 50, 200, 50, 50}},
		"beyond the most": {Limits{201, 51, 201, 51, 51}, Limits{200, 50, 200, 50, 50}},
		"switched off":    {Limits{1 << 40, 100, 1 << 40, 100, 1 << 40}, Limits{200, 50, 200, 50, 50}},
		"one of them":     {Limits{StrongCount: 40}, Limits{10, 10, 40, 25, 5}},
	} {
		if got := test.given.Bounded(); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// Whatever the settings say, the guard holds a plan that takes more than half of many rights, and one that empties a
// group of fifty.
func TestNoSettingSwitchesTheGuardOff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string) int { return rapid.IntRange(-1<<40, 1<<40).Draw(t, name) }
		limits := Limits{number("weak"), number("weak %"), number("strong"), number("strong %"), number("empty")}
		evidence := rapid.SampledFrom([]Evidence{Weak, Strong}).Draw(t, "evidence")
		state, plan := manyRemovals(401, 201, evidence)
		if !Guard(state, plan, limits).Hold {
			t.Fatalf("201 of 401 removals go through under %+v", limits)
		}
		state, plan = manyRemovals(50, 50, evidence)
		if !Guard(state, plan, limits).Hold {
			t.Fatalf("a group of 50 is emptied under %+v", limits)
		}
	})
}

// manyRemovals is a group with so many rights of ours, and a plan that takes some of them.
func manyRemovals(ours, removed int, evidence Evidence) (State, Plan) {
	state := State{Rules: Rules{}, Rights: nil}
	plan := Plan{}
	rights := map[int64][]int64{}
	for i := range ours {
		id := int64(1000 + i)
		rights[allHours] = append(rights[allHours], id)
		entry := entry(id, allHours, id, "m")
		state.Ledger = append(state.Ledger, entry)
		if i < removed {
			plan.Revokes = append(plan.Revokes, Revoke{Entry: entry, Evidence: evidence})
		}
	}
	state.Rights = listed(rights)
	return state, plan
}
