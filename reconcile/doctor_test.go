package reconcile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kisiflow/kisi"
	"kisiflow/store"
)

func (w *world) doctor() map[string]Check {
	w.t.Helper()
	checks, err := w.engine.Doctor(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	found := map[string]Check{}
	for _, check := range checks {
		if check.OK != (check.Exit == 0) || !strings.HasSuffix(check.Text, ".") {
			w.t.Errorf("%+v", check)
		}
		found[check.Name] = check
	}
	return found
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := linked(t, 2)
	for name, check := range w.doctor() {
		if !check.OK {
			t.Errorf("%s: %s", name, check.Text)
		}
	}
	mark := len(w.kisi.Log())
	w.doctor()
	if _, writes, log := w.calls(mark); writes > 0 {
		t.Errorf("it wrote: %v", log)
	}
	w.options.Now = func() time.Time { return time.Now().Add(30 * time.Hour) }
	w.restart()
	if check := w.doctor()["last sync"]; check.OK || !strings.Contains(check.Text, "30 hours ago") {
		t.Errorf("%+v", check)
	}
	w.options.Now = nil
	w.restart()
	w.fault("clock-ahead")
	if check := w.doctor()["clock, against Kisi"]; check.OK || check.Exit != 1 {
		t.Errorf("%+v", check)
	}
	w.fault("")
	bare := w.kisi.AddGroup(kisi.Group{Name: "Bare", PlaceID: w.place.ID, LoginEnabled: true})
	locked := w.kisi.AddGroup(kisi.Group{Name: "Locked", PlaceID: w.place.ID, LocksCount: 1})
	w.change(func(settings *store.Settings) {
		more := settings.Associations[0]
		more.GroupID, more.GroupName = bare.ID, bare.Name
		settings.Associations = append(settings.Associations, more)
		more.GroupID, more.GroupName = locked.ID, locked.Name
		settings.Associations = append(settings.Associations, more)
		settings.Zone = "Nowhere/Land"
	})
	found := w.doctor()
	for name, says := range map[string]string{"access group Bare": "no doors", "access group Locked": "App access is switched off", "time zone": "Nowhere/Land"} {
		if check := found[name]; check.OK || !strings.Contains(check.Text, says) {
			t.Errorf("%s: %+v", name, check)
		}
	}
	w.kisi.RevokeKey(w.to.KisiKey)
	if err := w.gymflow.SetFault("down"); err != nil {
		t.Fatal(err)
	}
	found = w.doctor()
	if found["Kisi key"].Exit != 12 || found["Gymflow"].Exit != 75 || !found["Kisi"].OK {
		t.Errorf("%+v", found)
	}
	if _, err := newWorld(t, 0, 1).engine.Doctor(t.Context()); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("not set up: %v", err)
	}
}
