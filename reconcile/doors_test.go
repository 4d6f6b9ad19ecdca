package reconcile

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/kisi"
)

func TestDoorsWithTheGroupsThatOpenThem(t *testing.T) {
	w := newWorld(t, 0, 3)
	w.member("ann", "gold")
	w.setUp("gold", w.groups[1])
	found, err := w.engine.Doors(t.Context())
	if err != nil || found.Place != "Dublin HQ" || len(found.Doors) != 2 {
		t.Fatalf("%+v, %v", found, err)
	}
	floor, entrance := found.Doors[0], found.Doors[1]
	if entrance.Name != "Main entrance" || len(entrance.Groups) != 3 || entrance.Groups[0].Mapped || !entrance.Groups[1].Mapped || len(entrance.Notes()) > 0 {
		t.Errorf("%+v", entrance)
	}
	if floor.Name != "Gym floor" || len(floor.Groups) != 0 || !slices.Equal(floor.Notes(), []string{"No access group opens it."}) {
		t.Errorf("%+v: %q", floor, floor.Notes())
	}
	if _, writes, log := w.calls(0); writes > 0 {
		t.Errorf("looking at doors wrote: %v", log)
	}
}

func TestDoorNotes(t *testing.T) {
	off := false
	for _, scene := range []struct {
		door Door
		want string
	}{
		{Door{Configured: true, Asked: true, LockedDown: true, Groups: []DoorGroup{{Mapped: true}}}, "locked down"},
		{Door{Configured: true, Asked: true, Online: &off, Groups: []DoorGroup{{Mapped: true}}}, "offline"},
		{Door{Asked: true, Groups: []DoorGroup{{Mapped: true}}}, "not set up"},
		{Door{Configured: true}, "not asked"},
		{Door{Configured: true, Asked: true, Groups: []DoorGroup{{}}}, "No membership opens it"},
	} {
		if notes := scene.door.Notes(); len(notes) != 1 || !strings.Contains(notes[0], scene.want) {
			t.Errorf("%+v: %q, want %q", scene.door, notes, scene.want)
		}
	}
}

func TestLastUnlocks(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.member("ann", "gold")
	w.member("bob")
	w.setUp("gold", w.groups[0])
	w.sync(0)
	ann := w.kisi.Users()[slices.IndexFunc(w.kisi.Users(), func(user kisi.User) bool { return user.Email == "ann@x.example" })]
	w.kisi.AddUnlock(ann.ID, w.place.ID, kisi.Unlock{UUID: "odd", At: time.Now().Add(-time.Second), LockID: 7, Code: "zz9zz9", Message: "The door\x1b[2J is shy."})
	found, err := w.engine.LastUnlocks(t.Context(), "ann")
	if err != nil || !found.InKisi || found.Name != "First ann" || len(found.Events) != lastUnlocks || found.Partial {
		t.Fatalf("%+v, %v", found, err)
	}
	newest, next := found.Events[0], found.Events[1]
	if newest.Opened || newest.Door != "door 7" || newest.Why != "Kisi says: The door is shy. (code zz9zz9)" || newest.Mends != "" {
		t.Errorf("%+v", newest)
	}
	if !next.Opened || next.Door != "Main entrance" || next.With != "app" || next.Why != "" {
		t.Errorf("%+v", next)
	}
	w.kisi.SetSuspended(ann.ID, true)
	if found, err = w.engine.LastUnlocks(t.Context(), "ann"); err != nil || !strings.Contains(found.Events[1].Why, "suspended in Kisi") || found.Events[1].Mends == "" {
		t.Errorf("%+v, %v", found.Events, err)
	}
	if found, err := w.engine.LastUnlocks(t.Context(), "bob"); err != nil || found.InKisi || len(found.Events) != 0 {
		t.Errorf("whom Kisi does not know: %+v, %v", found, err)
	}
	if _, err := w.engine.LastUnlocks(t.Context(), "nobody"); !errors.Is(err, ErrNoMember) {
		t.Errorf("%v", err)
	}
	w.consistent()
}

func TestAnAuditMayLookAtUnlocks(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.member("ann", "gold")
	w.setUp("gold", w.groups[0])
	w.sync(0)
	w.options.Audit = true
	w.restart()
	if found, err := w.engine.LastUnlocks(t.Context(), "ann"); err != nil || len(found.Events) == 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestAKeyWithoutEventsSaysHowToGetThem(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.member("ann", "gold")
	una := w.kisi.AddUser(kisi.User{Name: "Una", Email: "una@x.example", AccessEnabled: true, ScimEnabled: true})
	w.to.KisiKey = w.kisi.AddKey(una, "user_manager", "api")
	w.setUp("gold", w.groups[0])
	w.sync(0)
	_, err := w.engine.LastUnlocks(t.Context(), "ann")
	if !errors.Is(err, ErrNoEvents) || ExitCode(err) != exitRefused || !strings.Contains(err.Error(), "events_read") || !strings.Contains(err.Error(), "owner") {
		t.Errorf("%v, exit %d", err, ExitCode(err))
	}
	if _, err := w.engine.Doors(t.Context()); err != nil {
		t.Errorf("the doors need no such right: %v", err)
	}
	w.sync(0)
}

func TestNothingToLookAtBeforeTheSetup(t *testing.T) {
	w := newWorld(t, 0, 1)
	if _, err := w.engine.Doors(t.Context()); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("%v", err)
	}
	if _, err := w.engine.LastUnlocks(t.Context(), "ann"); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("%v", err)
	}
}

func TestUnlocksOfWhomKisiForgot(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.member("ann", "gold")
	w.setUp("gold", w.groups[0])
	w.sync(0)
	ann := w.kisi.Users()[slices.IndexFunc(w.kisi.Users(), func(user kisi.User) bool { return user.Email == "ann@x.example" })]
	w.kisi.RemoveUser(ann.ID)
	if found, err := w.engine.LastUnlocks(t.Context(), "ann"); err != nil || found.InKisi {
		t.Errorf("%+v, %v", found, err)
	}
}
