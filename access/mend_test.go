package access

import (
	"slices"
	"strings"
	"testing"

	"kisiflow/gymflow"
)

// TestWhatIsHeldSaysWhatMendsIt: the fix of "held" speaks of approving a list, which helps only where the guard holds one.
func TestWhatIsHeldSaysWhatMendsIt(t *testing.T) {
	const follow = "(kisiflow override m1 --follow)"
	expired := ann(holding(unlimited, gymflow.Expired))
	linked := func(state State) State { state.Links["m1"] = 7; return state }
	lostTwice := linked(newState(t, activeAnn()))
	lostTwice.Lost[RightKey{allHours, 7}] = 2
	over := linked(newState(t, activeAnn()))
	dated := right(101, allHours, 7, "ann@example.com")
	past := noon(t).AddDate(0, 0, -1)
	dated.ValidUntil = &past
	over.Rights[allHours] = append(over.Rights[allHours], dated)
	clocks := linked(newState(t, activeAnn()))
	decision := clocks.Decisions["m1"]
	decision.HoldGroups = map[int64]bool{allHours: true}
	clocks.Decisions["m1"] = decision

	// Following the rules ends an override in force: the advice must not.
	const allow = "(kisiflow override m1 --allow-until 2026-11-10)" // that is today
	overridden := func(state State, kind OverrideKind, until gymflow.Date) State {
		state.Rules.Overrides = map[string]Override{"m1": {MemberID: "m1", Kind: kind, Until: until}}
		state.Decisions = Decide(state.Now, state.Roster, state.Rules)
		return state
	}
	allowed := linked(overridden(newState(t, expired), Allow, november(10)))
	lostAllowed, lostAfter := linked(overridden(newState(t, expired), Allow, november(10))), linked(overridden(newState(t, activeAnn()), Allow, november(9)))
	lostAllowed.Lost[RightKey{allHours, 7}], lostAfter.Lost[RightKey{allHours, 7}] = 2, 2
	blocked := overridden(withOurs(newState(t, activeAnn()), 101, allHours, 7, "m1", "ann@example.com"), Block, gymflow.Date{})

	for name, test := range map[string]struct {
		state State
		want  string
		asks  bool
	}{
		"allowed, removed twice by hand": {lostAllowed, allow, true},
		"an allow that is over":          {lostAfter, follow, true},
		"allowed, an undo keeps it away": {held(allowed, Hold{MemberID: "m1", GroupID: allHours, Run: "r3"}), allow, false},
		"blocked, an undo keeps it":      {held(blocked, Hold{MemberID: "m1", GroupID: allHours, Wanted: true, Run: "r3"}), "(kisiflow override m1 --block)", false},
		"removed twice by hand":          {lostTwice, follow, true},
		"its time is over":               {over, "Remove it in Kisi, or change its dates there.", true},
		"an undo keeps it away":          {held(newState(t, activeAnn()), Hold{MemberID: "m1", GroupID: allHours, Run: "r3"}), follow, false},
		"an undo keeps it":               {held(withOurs(newState(t, expired), 101, allHours, 7, "m1", "ann@example.com"), Hold{MemberID: "m1", GroupID: allHours, Wanted: true, Run: "r3"}), follow, false},
		"an undo keeps the missing":      {held(withOurs(newState(t), 101, allHours, 7, "m1", "ann@example.com"), Hold{MemberID: "m1", GroupID: allHours, Wanted: true, Run: "r3"}), follow, false},
		"clocks disagree":                {clocks, "clock right", false},
	} {
		t.Run(name, func(t *testing.T) {
			row := rowOf(t, test.state, Outcome{}, "m1")
			if reasonOf(row) != IsHeld || !strings.Contains(row.Fix(), test.want) || test.want != follow && strings.Contains(row.Fix(), "--follow") || strings.Contains(row.Fix(), "approve") {
				t.Errorf("%q, to mend: %q, want %q", row.Detail, row.Fix(), test.want)
			}
			asked := slices.ContainsFunc(MakePlan(test.state).Questions, func(question Question) bool {
				return question.MemberID == "m1" && strings.Contains(question.Text, test.want)
			})
			if asked != test.asks {
				t.Errorf("asked: %v", MakePlan(test.state).Questions)
			}
		})
	}
}

// TestTheFixIsTheReasonsOwnElsewhere: what the guard holds is approved in a list, and plain access needs no mending.
func TestTheFixIsTheReasonsOwnElsewhere(t *testing.T) {
	expired := withOurs(newState(t, ann(holding(unlimited, gymflow.Expired))), 101, allHours, 7, "m1", "ann@example.com")
	row := rowOf(t, expired, Outcome{Held: map[int64]bool{101: true}}, "m1")
	if row.Fix() != IsHeld.Fix() {
		t.Errorf("%+v", row)
	}
	row = rowOf(t, withOurs(newState(t, activeAnn()), 101, allHours, 7, "m1", "ann@example.com"), Outcome{}, "m1")
	if row.Fix() != "" {
		t.Errorf("%+v", row)
	}
	byAnother := newState(t, ann(holding(unlimited, gymflow.Expired)))
	byAnother.Rights[allHours] = append(byAnother.Rights[allHours], right(101, allHours, 7, "ann@example.com"))
	row = rowOf(t, byAnother, Outcome{}, "m1")
	if row.Standing != Problem || !strings.Contains(row.Fix(), "remove them from All hours in Kisi") {
		t.Errorf("%+v, to mend: %q", row, row.Fix())
	}
}
