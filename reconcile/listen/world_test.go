package listen

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/reconcile"
	"kisiflow/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pushSecret = "a push secret that is long enough"

// world is a gym that is in step, its state file, and a listener with the engine behind it.
type world struct {
	t       *testing.T
	gymflow *gymflowtest.Server
	kisi    *kisitest.Server
	group   kisi.Group
	store   *store.Store
	metrics *Metrics
	client  *http.Client
	log     lockedText

	mutex  sync.Mutex
	writes []time.Time       // when a write reached Kisi
	wrote  chan string       // and which
	url    string            // of the listener, once it is on
	engine *reconcile.Engine // the one that listens
}

// lockedText is a log that may be read while it is written.
type lockedText struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *lockedText) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(text)
}

func (l *lockedText) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// newWorld links a gym of so many members, and brings it in step.
func newWorld(t *testing.T, members int) *world {
	t.Helper()
	gym, err := gymflowtest.Start(gymflowtest.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gym.Close)
	doors, err := kisitest.Start(kisitest.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(doors.Close)
	w := &world{t: t, gymflow: gym, kisi: doors, wrote: make(chan string, 100_000), metrics: NewMetrics(), client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(w.client.CloseIdleConnections)
	place := doors.AddPlace(kisi.Place{Name: "Dublin HQ", TimeZone: "Europe/Dublin", LocksCount: 2})
	w.group = doors.AddGroup(kisi.Group{Name: "All hours", PlaceID: place.ID, LocksCount: 1, LoginEnabled: true})
	for i := range members {
		w.put(memberID(i), gymflow.Active)
	}
	if w.store, err = store.Open(filepath.Join(t.TempDir(), "state.db")); err != nil {
		t.Fatal(err)
	}
	settings := store.Settings{
		GymflowURL: gym.URL, KisiURL: doors.URL, PlaceID: place.ID, PlaceName: place.Name, Zone: "Europe/Dublin", Unlocking: store.Managed,
		Limits: access.DefaultLimits(), Key: store.KeyFacts{UserID: doors.Owner.ID, Owner: true, OrganizationID: 4711},
		Associations: []access.Association{{MembershipID: "ms", MembershipName: "ms", GroupID: w.group.ID, GroupName: w.group.Name}},
	}
	to := reconcile.Access{GymflowURL: gym.URL, GymflowToken: gym.Token, KisiURL: doors.URL, KisiKey: doors.Key}
	engine := reconcile.New(w.store, reconcile.Options{Rate: 100_000, By: "test@here"})
	preview, err := engine.Preview(t.Context(), settings, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Confirm(reconcile.Confirmation{Settings: settings, Access: to, Preview: preview, By: "test@here"}); err != nil {
		t.Fatal(err)
	}
	if run, err := engine.Sync(t.Context(), store.Request{Kind: "sync", Trigger: "admin"}); err != nil || run.Exit != 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	w.update(func(tx *store.Tx) error { return tx.PutSecret(store.PushSecret, pushSecret) })
	doors.Wrap(w.noteWrites)
	return w
}

func memberID(i int) string { return fmt.Sprintf("m%04d", i) }

// noteWrites tells of each write the moment that it arrives.
func (w *world) noteWrites(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if in.Method != http.MethodGet {
			w.mutex.Lock()
			w.writes = append(w.writes, time.Now())
			w.mutex.Unlock()
			w.wrote <- in.Method
		}
		next.ServeHTTP(out, in)
	})
}

func (w *world) put(id string, status gymflow.Status) {
	w.gymflow.Gym.Put(gymflow.Member{ID: id, Email: id + "@x.example", FirstName: "First", LastName: id, Holdings: []gymflow.Holding{{
		ID: "h_" + id, MembershipID: "ms", Status: status, StartsOn: gymflow.Date{Year: 2024, Month: 1, Day: 1}}}})
}

func (w *world) update(write func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(write); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view(read func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.View(read); err != nil {
		w.t.Fatal(err)
	}
}

// listening serves on a free port; with a pace the engine works behind it until the test ends.
func (w *world) listening(rate float64, pace *reconcile.Pace, change ...func(*Options)) *Server {
	w.t.Helper()
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.engine = reconcile.New(w.store, reconcile.Options{Rate: rate, By: "watch@here", Log: log, Witness: w.metrics})
	options := Options{Engine: w.engine, Store: w.store, Metrics: w.metrics, Log: log, Every: time.Hour}
	for _, each := range change {
		each(&options)
	}
	server := New(options)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.url = "http://" + listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	parts := 1
	go func() { ended <- server.Serve(ctx, listener) }()
	if pace != nil {
		parts++
		go func() { ended <- w.engine.Loop(ctx, *pace) }()
	}
	w.t.Cleanup(func() {
		cancel()
		w.client.CloseIdleConnections()
		for range parts {
			if err := <-ended; err != nil {
				w.t.Errorf("it ended with %v", err)
			}
		}
	})
	return server
}

// post sends a body and gives the status and what came.
func (w *world) post(path, body string, headers ...string) (int, string, http.Header) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return w.send(request)
}

func (w *world) send(request *http.Request) (int, string, http.Header) {
	w.t.Helper()
	response, err := w.client.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, string(said), response.Header
}

func (w *world) get(path string) (int, string) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	status, said, _ := w.send(request)
	return status, said
}

// push sends a signed push of Gymflow's about a member.
func (w *world) push(event, id string) int {
	w.t.Helper()
	body := fmt.Sprintf(`{"id":%q,"type":"member.updated","member_id":%q,"created_at":"2026-01-01T00:00:00Z"}`, event, id)
	status, _, _ := w.post("/hooks/gymflow", body, "X-Gymflow-Signature", gymflow.SignPush(pushSecret, []byte(body)))
	return status
}

// nextWrite waits for the next write to reach Kisi.
func (w *world) nextWrite() string {
	w.t.Helper()
	select {
	case method := <-w.wrote:
		return method
	case <-time.After(2 * time.Minute):
		w.t.Fatalf("nothing was written; the log says:\n%s", w.log.String())
		return ""
	}
}

func (w *world) looks() (looks []store.Look) {
	w.view(func(tx *store.Tx) (err error) { looks, err = tx.Looks(time.Now()); return err })
	return looks
}

// wanted is the complete sync that is asked for, and drops it.
func (w *world) wanted() (why string) {
	w.update(func(tx *store.Tx) error {
		request, found, err := tx.TakeRequest()
		if found {
			why = request.By
		}
		return err
	})
	return why
}

// lookedAt takes the list of those to be looked at, and empties it.
func (w *world) lookedAt() (ids []string) {
	for _, look := range w.looks() {
		ids = append(ids, look.MemberID)
		w.update(func(tx *store.Tx) error { return tx.DropLook(look) })
	}
	slices.Sort(ids)
	return ids
}
