package reconcile

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kisiflow/kisi"
	"kisiflow/store"
)

// sent is one request as it left us, at the bubble's time.
type sent struct {
	at   time.Time
	line string // "GET /v1/members/m001?x=y"
}

// bubble is a world on the clock of testing/synctest: the engine watches at production's pace, and hours cost no time.
type bubble struct {
	*world
	mutex     sync.Mutex
	toGymflow []sent
	toKisi    []sent
	noKisi    bool // the connection to Kisi is cut: nothing leaves
	noGymflow bool
	refusing  func(*http.Request) bool // Kisi is not reached by these
	answered  func(*http.Request) bool // true: Kisi's answer to it is lost
	quiet     map[string]bool          // Gymflow tells of their changes to nobody who asks what changed
	forgetful bool                     // toGymflow and toKisi are not kept
	asked     int                      // requests to Gymflow
	cancel    context.CancelFunc       // tells the loop to stop
	stopLoop  func()
}

// inBubble runs a test in a bubble, beginning at an instant. The simulators listen outside of it and answer inside.
func inBubble(t *testing.T, zone, at string, do func(*bubble)) {
	t.Helper()
	directory, err := os.MkdirTemp("", "kisiflow-watch")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(directory) }()
	gym, gymHandler, doors, doorsHandler := simulators(t, 7)
	defer gym.Close()
	defer doors.Close()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{world: &world{t: t, gymflow: gym, kisi: doors}}
		time.Sleep(time.Until(instant(t, at)))
		b.place = doors.AddPlace(kisi.Place{Name: "HQ", TimeZone: zone, LocksCount: 1})
		for _, name := range []string{"Group A", "Group B"} {
			b.groups = append(b.groups, doors.AddGroup(kisi.Group{Name: name, PlaceID: b.place.ID, LocksCount: 1, LoginEnabled: true}))
		}
		b.to = Access{GymflowURL: gym.URL, GymflowToken: gym.Token, KisiURL: doors.URL, KisiKey: doors.Key}
		b.options = Options{By: "test@here", KisiTransport: b.wire(doorsHandler, &b.toKisi, &b.noKisi, b.kisiAnswered),
			GymflowTransport: b.wire(b.withoutQuiet(gymHandler), &b.toGymflow, &b.noGymflow, nil)}
		b.open(filepath.Join(directory, "state.db"))
		b.engine.retryPause, b.engine.poll = 0, pollEvery
		do(b)
		if b.stopLoop != nil {
			b.stopLoop()
		}
	})
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (b *bubble) kisiAnswered(request *http.Request, _ *http.Response, _ []byte) error {
	if b.answered != nil && b.answered(request) {
		return errCut
	}
	return nil
}

// withoutQuiet is a Gymflow that does not tell of some changes: only a complete list shows them.
func (b *bubble) withoutQuiet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		whole := &answerHeld{header: http.Header{}}
		next.ServeHTTP(whole, in)
		body := whole.body.Bytes()
		if in.URL.Query().Has("updated_since") && whole.status == http.StatusOK {
			var page map[string]any
			if err := json.Unmarshal(body, &page); err != nil {
				b.t.Error(err)
			}
			var told []any
			b.lock(func() {
				told = slices.DeleteFunc(page["data"].([]any), func(row any) bool { return b.quiet[row.(map[string]any)["id"].(string)] })
			})
			page["data"], page["total"] = told, len(told)
			body, _ = json.Marshal(page)
			whole.header.Del("Content-Length")
		}
		maps.Copy(out.Header(), whole.header)
		out.WriteHeader(whole.status)
		_, _ = out.Write(body)
	})
}

func (b *bubble) wire(handler http.Handler, log *[]sent, cut *bool, after func(*http.Request, *http.Response, []byte) error) *wire {
	return &wire{handler: handler, after: after, before: func(request *http.Request) error {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		if log == &b.toGymflow {
			b.asked++
		}
		if !b.forgetful {
			*log = append(*log, sent{time.Now(), request.Method + " " + request.URL.RequestURI()})
		}
		if *cut || b.refusing != nil && b.refusing(request) {
			return errCut
		}
		return nil
	}}
}

// lock changes what the connections do.
func (b *bubble) lock(change func()) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	change()
}

// link sets the link up in a zone and syncs once: ms opens Group A.
func (b *bubble) link(zone string) {
	b.t.Helper()
	b.associate("ms", b.groups[0])
	b.settings.Zone = zone
	b.confirm()
	b.sync(0)
}

// watch starts the loop.
func (b *bubble) watch(pace Pace) {
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	engine := b.engine
	go func() { ended <- engine.Loop(ctx, pace) }()
	b.cancel, b.stopLoop = cancel, func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("the loop ended with %v", err)
		}
		b.stopLoop = nil
	}
}

// pass lets time go by until everything that it brings is done or waits for more time.
func (b *bubble) pass(span time.Duration) {
	time.Sleep(span)
	synctest.Wait()
}

// until lets time go by up to an instant.
func (b *bubble) until(at time.Time) { b.pass(time.Until(at)) }

// writes are the requests to Kisi that change something, from an instant on.
func (b *bubble) writes(from time.Time) (found []sent) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, each := range b.toKisi {
		if !each.at.Before(from) && !strings.HasPrefix(each.line, http.MethodGet) {
			found = append(found, each)
		}
	}
	return found
}

// questions are the requests to Gymflow with this in their address, from an instant on.
func (b *bubble) questions(part string, from time.Time) (found []sent) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, each := range b.toGymflow {
		if !each.at.Before(from) && strings.Contains(each.line, part) {
			found = append(found, each)
		}
	}
	return found
}

// begun are the beginnings of what came in bursts, as a question with its retries does.
func begun(requests []sent, apart time.Duration) (at []time.Time) {
	for i, each := range requests {
		if i == 0 || each.at.Sub(requests[i-1].at) >= apart {
			at = append(at, each.at)
		}
	}
	return at
}

// elsewhere is the same state file as another process has it.
func (b *bubble) elsewhere() *store.Store {
	b.t.Helper()
	other, err := store.Open(b.store.Path())
	if err != nil {
		b.t.Fatal(err)
	}
	return other
}

func (b *bubble) runs() (runs []store.Run) {
	b.view(func(tx *store.Tx) (err error) { runs, err = tx.Runs(0); return err })
	return runs
}
