package access

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kisiflow/gymflow"
)

// The conditions and the decision are two ways of saying the same: a member without an override deserves something exactly
// when the member's own conditions hold and all of some holding's do.
func TestConditionsAgreeWithTheDecision(t *testing.T) {
	where := dublin(t)
	rapid.Check(t, func(t *rapid.T) {
		state := drawState(t, where)
		decisions := Decide(state.Now, state.Roster, state.Rules)
		r := newReading(state.Now, state.Roster, state.Rules)
		for i := range state.Roster.Members {
			member := r.members[state.Roster.Members[i].ID]
			if r.overrideOn(member.ID, r.today) != nil || member.Unreadable != "" || r.strangeHolding(member) != nil {
				continue
			}
			opens := false
			for j := range member.Holdings {
				opens = opens || allHold(r.conditionsOf(&member.Holdings[j]))
			}
			deserves := opens && !member.Blocked && r.debtOn(member, r.today) == nil
			if got := len(decisions[member.ID].Entitled) > 0; got != deserves {
				t.Fatalf("%s: entitled is %v, but the conditions say %v: %+v", member.ID, got, deserves, r.conditions(member))
			}
		}
	})
}

func allHold(list []Condition) bool {
	for _, one := range list {
		if !one.Holds {
			return false
		}
	}
	return true
}

func TestConditionsAreSentences(t *testing.T) {
	where := dublin(t)
	rapid.Check(t, func(t *rapid.T) {
		state := drawState(t, where)
		for _, member := range state.Roster.Members {
			for _, one := range Conditions(state.Now, state.Roster, state.Rules, member.ID) {
				if !strings.HasSuffix(one.Text, ".") {
					t.Errorf("%q does not end", one.Text)
				}
			}
		}
	})
}

func TestConditionsOfNobody(t *testing.T) {
	if got := Conditions(StartOfDay(november(10), dublin(t)), gymflow.Roster{}, Rules{}, "x"); got != nil {
		t.Errorf("%v", got)
	}
}
