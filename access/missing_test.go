package access

import (
	"testing"
	"time"

	"kisiflow/gymflow"
)

// A right in force is never without a row: whoever is missing from the roster keeps one as long as a right of ours is there.
func TestMissingMemberKeepsARow(t *testing.T) {
	firstSeen := noon(t).Add(-time.Hour)
	base := func() State {
		state := withOurs(newState(t), 101, allHours, 7, "m1", "ann@example.com")
		state.Absences["m1"] = Absence{MemberID: "m1", Reads: 1, FirstSeen: firstSeen}
		return state
	}
	row := rowOf(t, base(), Outcome{}, "m1")
	if row.Name != "Member m1" || row.Email != "ann@example.com" || !row.Missing || row.UserID != 7 || row.Detail != MissingDetail ||
		row.Standing != Waiting || reasonOf(row) != IsWaiting || !row.Since.Equal(firstSeen) ||
		len(row.Groups) != 1 || row.Groups[0].ID != allHours || row.Entitled == nil || row.Memberships == nil {
		t.Errorf("waiting: %+v", row)
	}
	state := base()
	state.Previous = map[string]Row{"m1": {ID: "m1", Name: "Ann Lee", Email: "Ann@Example.com", Standing: HasAccess}}
	if row := rowOf(t, state, Outcome{}, "m1"); row.Name != "Ann Lee" || row.Email != "Ann@Example.com" {
		t.Errorf("the last row is not taken up: %+v", row)
	}
	if row := rowOf(t, base(), Outcome{Held: map[int64]bool{101: true}}, "m1"); row.Standing != Held || reasonOf(row) != IsHeld {
		t.Errorf("held: %+v", row)
	}
	if row := rowOf(t, base(), Outcome{Failed: map[string]string{"m1": "It did not work."}}, "m1"); row.Standing != Problem || row.Detail != "It did not work." {
		t.Errorf("failed: %+v", row)
	}
	state = base()
	state.HeldGroups[allHours] = "Kisi answered 403."
	if row := rowOf(t, state, Outcome{}, "m1"); row.Standing != Held || reasonOf(row) != IsHeld {
		t.Errorf("in a group that is held: %+v", row)
	}
	if rows := Rows(base(), MakePlan(base()), Outcome{Revoked: map[int64]bool{101: true}}); len(rows) != 0 {
		t.Errorf("the right is gone, and the row with it: %+v", rows)
	}
}

// Gymflow made the member anew under another id: the right is the new one's, and the old one is no ghost in the list.
func TestRightOfAMemberMadeAnewHasOneRow(t *testing.T) {
	state := withOurs(newState(t, member("m9", "ann@example.com", holding(unlimited, gymflow.Active))), 101, allHours, 7, "m1", "ann@example.com")
	if rows := Rows(state, MakePlan(state), Outcome{}); len(rows) != 1 || rows[0].ID != "m9" {
		t.Errorf("%+v", rows)
	}
}
