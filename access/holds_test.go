package access

import (
	"strings"
	"testing"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// listed are Kisi's lists of rights with these ids, each of a person of the same number.
func listed(ids map[int64][]int64) map[int64][]kisi.Right {
	lists := map[int64][]kisi.Right{}
	for group, rights := range ids {
		for _, id := range rights {
			lists[group] = append(lists[group], right(id, group, id, ""))
		}
	}
	return lists
}

func held(state State, holds ...Hold) State {
	state.Holds = map[HoldKey]Hold{}
	for _, hold := range holds {
		state.Holds[hold.Key()] = hold
	}
	return state
}

func TestAHoldKeepsWhatAnUndoGaveBack(t *testing.T) {
	stays := Hold{MemberID: "m1", GroupID: allHours, Wanted: true, Run: "r3"}
	expired := ann(holding(unlimited, gymflow.Expired))
	for name, members := range map[string][]gymflow.Member{"expired": {expired}, "missing": nil} {
		state := withOurs(newState(t, members...), 101, allHours, 7, "m1", "ann@example.com")
		state.Absences["m1"] = Absence{MemberID: "m1", Reads: 2, Confirmed: true}
		wantShape(t, MakePlan(state), shape{revokes: 1})
		state = held(state, stays)
		wantShape(t, MakePlan(state), shape{kept: 1})
		if agreed := AgreedHolds(state); len(agreed) != 0 {
			t.Errorf("%s: the rules agree with %+v", name, agreed)
		}
		state.Rules.Associations = state.Rules.Associations[1:]
		wantShape(t, MakePlan(decided(state)), shape{kept: 1})
	}
	row := rowOf(t, held(withOurs(newState(t, expired), 101, allHours, 7, "m1", "ann@example.com"), stays), Outcome{}, "m1")
	if row.Standing != Held || reasonOf(row) != IsHeld || !strings.Contains(row.Detail, "run r3 was undone") {
		t.Errorf("%+v", row)
	}
	again := held(withOurs(newState(t, activeAnn()), 101, allHours, 7, "m1", "ann@example.com"), stays)
	if agreed := AgreedHolds(again); len(agreed) != 1 {
		t.Errorf("the member deserves it again, and the rules agree with %+v", agreed)
	}
}

func TestAHoldGivesNotAgainWhatAnUndoTook(t *testing.T) {
	without := Hold{MemberID: "m1", GroupID: allHours, Run: "r3"}
	state := held(newState(t, activeAnn()), without)
	wantShape(t, MakePlan(state), shape{})
	if agreed := AgreedHolds(state); len(agreed) != 0 {
		t.Errorf("the rules agree with %+v", agreed)
	}
	if row := rowOf(t, state, Outcome{}, "m1"); row.Standing != Held || reasonOf(row) != IsHeld || !strings.Contains(row.Detail, "Run r3 was undone") {
		t.Errorf("%+v", row)
	}
	other := held(newState(t, activeAnn()), Hold{MemberID: "m1", GroupID: quiet, Run: "r3"})
	wantShape(t, MakePlan(other), shape{grants: 1})
	over := held(newState(t, ann(holding(unlimited, gymflow.Expired))), without)
	if agreed := AgreedHolds(over); len(agreed) != 1 {
		t.Errorf("the membership is over, and the rules agree with %+v", agreed)
	}
}

// The same e-mail is one Kisi user: what was undone for one of the members counts for the person.
func TestAHoldCountsForThePerson(t *testing.T) {
	both := []gymflow.Member{activeAnn(), member("m2", "ann@example.com", holding(unlimited, gymflow.Active))}
	state := held(newState(t, both...), Hold{MemberID: "m2", GroupID: allHours, Run: "r3"})
	wantShape(t, MakePlan(state), shape{})
}

// While nothing can be said of a member, the hold waits.
func TestAHoldOutlivesWhatCantBeJudged(t *testing.T) {
	hold := Hold{MemberID: "m1", GroupID: allHours, Run: "r3"}
	unknown := held(newState(t, ann(holding(unlimited, "frozen"))), hold)
	gone := held(newState(t), hold)
	refused := held(newState(t, ann(holding(unlimited, gymflow.Expired))), hold)
	refused.HeldGroups[allHours] = "Kisi answered 403 for All hours."
	for name, state := range map[string]State{"an unknown status": unknown, "missing": gone, "a held group": refused} {
		if agreed := AgreedHolds(state); len(agreed) != 0 {
			t.Errorf("%s: the rules agree with %+v", name, agreed)
		}
	}
}
