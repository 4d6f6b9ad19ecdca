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

	for name, test := range map[string]struct {
		state State
		want  string
		asks  bool
	}{
		"removed twice by hand":     {lostTwice, follow, true},
		"its time is over":          {over, "Remove it in Kisi, or change its dates there.", true},
		"an undo keeps it away":     {held(newState(t, activeAnn()), Hold{MemberID: "m1", GroupID: allHours, Run: "r3"}), follow, false},
		"an undo keeps it":          {held(withOurs(newState(t, expired), 101, allHours, 7, "m1", "ann@example.com"), Hold{MemberID: "m1", GroupID: allHours, Wanted: true, Run: "r3"}), follow, false},
		"an undo keeps the missing": {held(withOurs(newState(t), 101, allHours, 7, "m1", "ann@example.com"), Hold{MemberID: "m1", GroupID: allHours, Wanted: true, Run: "r3"}), follow, false},
		"clocks disagree":           {clocks, "clock right", false},
	} {
		t.Run(name, func(t *testing.T) {
			row := rowOf(t, test.state, Outcome{}, "m1")
			if reasonOf(row) != IsHeld || !strings.Contains(row.Fix(), test.want) || strings.Contains(row.Fix(), "approve") {
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
