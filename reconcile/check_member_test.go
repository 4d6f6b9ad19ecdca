package reconcile

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// check runs the check and proves that it wrote nothing, neither to Kisi nor to the state file.
func (w *world) check(id string) (MemberCheck, error) {
	w.t.Helper()
	changes := func() (change store.Change) {
		w.view(func(tx *store.Tx) (err error) { change, err = tx.Changes(); return err })
		return change
	}
	before, mark := changes(), len(w.kisi.Log())
	var told []Step
	result, err := w.engine.CheckMember(w.t.Context(), id, func(step Step) { told = append(told, step) })
	w.unchanged(mark)
	if changes() != before {
		w.t.Error("the check wrote to the state file")
	}
	if len(told) != len(result.Steps) {
		w.t.Errorf("%d steps were told, %d are in the result", len(told), len(result.Steps))
	}
	return result, err
}

func (w *world) checked(id string) MemberCheck {
	w.t.Helper()
	result, err := w.check(id)
	if err != nil || len(result.Steps) != stepDifference {
		w.t.Fatalf("%v, %d steps", err, len(result.Steps))
	}
	return result
}

func (c MemberCheck) words(number int) string {
	var lines []string
	for _, line := range c.Steps[number-1].Lines {
		lines = append(lines, string(line.State)+": "+line.Text)
	}
	return strings.Join(lines, "\n")
}

func (c MemberCheck) states() string {
	var states []string
	for _, step := range c.Steps {
		states = append(states, string(step.State))
	}
	return strings.Join(states, ", ")
}

func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func TestCheckOfAMemberInStep(t *testing.T) {
	w := linked(t, 3)
	result := w.checked("m001")
	if result.states() != "ok, ok, ok, ok, ok, ok" || result.Mends || result.Name != "First m001" {
		t.Errorf("%s %+v", result.states(), result)
	}
	says(t, result.words(stepRules), "ok: ms opens Group A.", "ok: So access to Group A is deserved.")
	says(t, result.words(stepPerson), "One person in Kisi")
	says(t, result.words(stepKisi), "An access right of kisiflow's to Group A.", "Nothing in Kisi stands in the way.")
	says(t, result.words(stepDifference), "Kisi has what the rules say")
}

func TestCheckSeesWhatASyncWouldMend(t *testing.T) {
	t.Parallel()
	w := linked(t, 3)
	w.cancel("m001")
	w.member("new", "ms")
	w.member("none")
	gone := w.checked("m001")
	if gone.states() != "ok, differs, differs, ok, differs, differs" || !gone.Mends {
		t.Errorf("%s %v\n%s", gone.states(), gone.Mends, gone.words(stepDifference))
	}
	says(t, gone.words(stepMember), "changed something")
	says(t, gone.words(stepRules), "differs: ms is cancelled.")
	says(t, gone.words(stepDifference), "not deserved any more: a sync takes it away")
	fresh := w.checked("new")
	if !fresh.Mends {
		t.Error("a new member is not mended")
	}
	says(t, fresh.words(stepPerson), "differs: Kisi knows nobody")
	says(t, fresh.words(stepDifference), "is missing: a sync gives it")
	if nothing := w.checked("none"); nothing.Mends || nothing.Steps[stepDifference-1].State != CheckOK {
		t.Errorf("%+v", nothing)
	}
	w.sync(0)
	for _, id := range []string{"m001", "new"} {
		if again := w.checked(id); again.Mends {
			t.Errorf("%s: still to mend after the sync: %s", id, again.words(stepDifference))
		}
	}
}

func TestCheckNamesOtherWaysInAndHindrances(t *testing.T) {
	w := linked(t, 3)
	user := w.rowUser("m001")
	w.kisi.AddRight("Group", w.groups[1].ID, kisi.RoleManager, "User", user, w.kisi.Owner.ID)
	w.kisi.AddRight("Place", w.place.ID, "place_basic", "User", user, w.kisi.Owner.ID)
	w.kisi.AddRight("Organization", 4711, "organization_basic", "User", user, w.kisi.Owner.ID)
	w.kisi.SetSuspended(user, true)
	result := w.checked("m001")
	says(t, result.words(stepKisi), "access group Group B (group_manager)", "whole place (place_basic)", "whole organization (organization_basic)",
		"differs: Suspended in Kisi")
}

func TestCheckNamesTheGroupsRestrictions(t *testing.T) {
	w := newWorld(t, 0, 1)
	odd := w.kisi.AddGroup(kisi.Group{Name: "Odd", PlaceID: w.place.ID, TimeRestricted: true, PrimaryDeviceRestricted: true})
	w.members(2, "ms")
	w.setUp("ms", odd)
	w.sync(0)
	says(t, w.checked("m001").words(stepKisi), "has no doors", "App access is off", "cannot tell: Odd opens only at certain times", "primary device")
}

func TestCheckWithSeveralPeopleOfOneAddress(t *testing.T) {
	w := linked(t, 2)
	w.kisi.AddUser(kisi.User{Name: "Twin", Email: "new@x.example", AccessEnabled: true})
	other := w.kisi.AddUser(kisi.User{Name: "Other", Email: "other@x.example", AccessEnabled: true})
	w.member("new", "ms")
	w.stored(func(tx *store.Tx) error { return tx.PutLink("new", other.ID) })
	result := w.checked("new")
	if result.Steps[stepPerson-1].State != CheckDiffers {
		t.Error(result.states())
	}
	says(t, result.words(stepPerson), "Several people in Kisi match: Other", "Twin")
}

func TestCheckGoesOnWhenAServiceIsDown(t *testing.T) {
	w := linked(t, 3)
	w.gymFault("unauthorized")
	result := w.checked("m001")
	if got := result.states(); !strings.HasPrefix(got, "cannot tell, cannot tell, ok, ok, ok, ok") {
		t.Errorf("Gymflow down: %s", got)
	}
	says(t, result.words(stepMember), "goes by what the last sync read")
	w.gymFault("")
	w.kisi.RevokeKey(w.to.KisiKey)
	result = w.checked("m001")
	if got := result.states(); got != "ok, ok, ok, cannot tell, cannot tell, cannot tell" || result.Mends {
		t.Errorf("Kisi down: %s", got)
	}
}

func TestCheckOfSomebodyWhoIsGone(t *testing.T) {
	w := linked(t, 3)
	if _, err := w.check("nobody"); !errors.Is(err, ErrNoMember) {
		t.Errorf("%v", err)
	}
	w.gymflow.Gym.Remove("m001")
	result := w.checked("m001")
	if result.Mends {
		t.Error("a missing member is weak evidence: no sync mends it at once")
	}
	says(t, result.words(stepMember), "no member with this id any more")
	says(t, result.words(stepDifference), "second complete read")
	if _, err := New(emptyState(t), Options{}).CheckMember(t.Context(), "m001", nil); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("%v", err)
	}
}

func emptyState(t *testing.T) *store.Store {
	t.Helper()
	state, err := store.Open(t.TempDir() + "/empty.db")
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestCheckIsStopped(t *testing.T) {
	w := linked(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	w.onRequest(http.MethodGet, "/users", 1, cancel)
	result, err := w.engine.CheckMember(ctx, "m001", nil)
	if !errors.Is(err, context.Canceled) || len(result.Steps) != stepRules {
		t.Errorf("%v after %d steps", err, len(result.Steps))
	}
}

func TestCheckOfAHeldRemoval(t *testing.T) {
	t.Parallel()
	w := linked(t, 6)
	for _, id := range []string{"m000", "m001", "m002", "m003", "m004", "m005"} {
		w.cancel(id)
	}
	w.sync(4)
	result := w.checked("m001")
	if result.Mends {
		t.Error("what the guard holds is not mended by a sync")
	}
	says(t, result.words(stepDifference), "its removal is held. Approve it under Sync")
}

func TestCheckCleansWhatComesFromOutside(t *testing.T) {
	w := linked(t, 2)
	w.gymflow.Gym.Put(gymflow.Member{ID: "odd", FirstName: "\x1b[31mRed", LastName: "Line\nbreak", Email: "odd@x.example"})
	result := w.checked("odd")
	for number := range result.Steps {
		if strings.ContainsAny(strings.ReplaceAll(result.words(number+1), "\n", ""), "\x1b\r\a") {
			t.Errorf("%q", result.words(number+1))
		}
	}
	if strings.ContainsAny(result.Name, "\x1b\n") {
		t.Errorf("%q", result.Name)
	}
}
