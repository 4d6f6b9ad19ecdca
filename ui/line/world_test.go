package line_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/line"
)

// world is both services, a state file and an engine.
type world struct {
	gymflow *gymflowtest.Server
	kisi    *kisitest.Server
	state   *store.Store
	engine  *reconcile.Engine
	place   kisi.Place
	allDay  kisi.Group
	offPeak kisi.Group
}

func newWorld(t *testing.T, members int) *world {
	t.Helper()
	gymflow, err := gymflowtest.Start(gymflowtest.Options{Members: members, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gymflow.Close)
	simulated, err := kisitest.Start(kisitest.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(simulated.Close)
	state, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{gymflow: gymflow, kisi: simulated, state: state}
	w.engine = reconcile.New(state, reconcile.Options{KisiURL: simulated.URL, Rate: 1000})
	return w
}

func (w *world) furnish() {
	w.place = w.kisi.AddPlace(kisi.Place{Name: "Dublin HQ", Address: "1 Quay", TimeZone: "Europe/Dublin", LocksCount: 3})
	w.allDay = w.kisi.AddGroup(kisi.Group{Name: "All hours", PlaceID: w.place.ID, LocksCount: 3, LoginEnabled: true})
	w.offPeak = w.kisi.AddGroup(kisi.Group{Name: "Off-peak hours", PlaceID: w.place.ID, LocksCount: 2, LoginEnabled: true})
}

// settle puts two people into a group by hand: one who is a member, and one of the staff.
func (w *world) settle(t *testing.T) {
	t.Helper()
	_, _, members := w.gymflow.Gym.Snapshot()
	for _, member := range members {
		if member.Email != "" && len(member.Holdings) == 1 && member.Holdings[0].MembershipID == gymflowtest.UnlimitedMonthly &&
			member.Holdings[0].Status == "active" && member.OverdueSince.IsZero() && !member.Blocked {
			user := w.kisi.AddUser(kisi.User{Name: member.FirstName + " " + member.LastName, Email: member.Email, AccessEnabled: true})
			w.kisi.AddRight("Group", w.allDay.ID, kisi.RoleBasic, "User", user.ID, w.kisi.Owner.ID)
			staff := w.kisi.AddUser(kisi.User{Name: "Stan\x1b[31m Staff", Email: "stan@gym.example", AccessEnabled: true})
			w.kisi.AddRight("Group", w.allDay.ID, kisi.RoleBasic, "User", staff.ID, w.kisi.Owner.ID)
			return
		}
	}
	t.Fatal("no member fits")
}

// safe is an output that a test may read while the wizard writes.
type safe struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (s *safe) Write(text []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.buffer.Write(text)
}

func (s *safe) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.buffer.String()
}

// talk gives the wizard these lines of input, with the engine working beside it.
func (w *world) talk(t *testing.T, front func(context.Context, line.Terminal) error, lines ...string) (output string, err error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	working := make(chan error, 1)
	go func() { working <- w.engine.Loop(ctx, reconcile.Pace{}) }()
	defer func() {
		stop()
		<-working
	}()
	out := &safe{}
	input := strings.Join(lines, "\n")
	if len(lines) > 0 {
		input += "\n"
	}
	err = front(ctx, line.Terminal{In: strings.NewReader(input), Out: out, SecretFD: -1, By: "ann@desk"})
	output = out.String()
	if strings.ContainsAny(output, "\x1b\r│─") {
		t.Errorf("the output moves a cursor or draws boxes: %q", output)
	}
	return output, err
}

func (w *world) wizard(t *testing.T, lines ...string) (string, error) {
	t.Helper()
	output, err := w.talk(t, func(ctx context.Context, terminal line.Terminal) error {
		return line.Wizard(ctx, terminal, w.engine, w.state, "ann@desk", nil)
	}, lines...)
	for _, secret := range []string{w.gymflow.Token, w.kisi.Key} {
		if strings.Contains(output, secret) || (err != nil && strings.Contains(err.Error(), secret)) {
			t.Error("a secret was printed")
		}
	}
	return output, err
}

func (w *world) settings(t *testing.T) (settings store.Settings, set bool) {
	t.Helper()
	err := w.state.View(func(tx *store.Tx) (err error) {
		settings, set, err = tx.Settings()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return settings, set
}

// untouched: nothing is in force and nothing was written to Kisi.
func (w *world) untouched(t *testing.T) {
	t.Helper()
	if _, set := w.settings(t); set {
		t.Error("settings are in force")
	}
	for _, request := range w.kisi.Log() {
		if !strings.HasPrefix(request, "GET ") {
			t.Errorf("Kisi was written to: %s", request)
		}
	}
}

func expect(t *testing.T, output string, wanted ...string) {
	t.Helper()
	for _, text := range wanted {
		if !strings.Contains(output, text) {
			t.Errorf("%q is not in the output:\n%s", text, output)
		}
	}
}
