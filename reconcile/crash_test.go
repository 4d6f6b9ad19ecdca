package reconcile

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"kisiflow/kisi"
	"kisiflow/store"
)

var errDead = errors.New("the process is dead")

// reaper ends a run at its nth step, as SIGKILL would: from then on no transaction is committed and no request leaves. A step
// is the moment before a transaction, after it, before a request has its effect, or after it and before the answer.
type reaper struct {
	mutex sync.Mutex
	at    int // 0: never
	steps int
	dead  bool
}

func (r *reaper) step() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.steps++
	if r.steps == r.at {
		r.dead = true
	}
	if r.dead {
		return errDead
	}
	return nil
}

func (r *reaper) commit(lease *store.Lease, write func(*store.Tx) error) error {
	if err := r.step(); err != nil {
		return err
	}
	if err := lease.Update(write); err != nil {
		return err
	}
	return r.step()
}

// RoundTrip implements http.RoundTripper. Reads have no effect: killing before them is enough.
func (r *reaper) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := r.step(); err != nil {
		return nil, err
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil || request.Method == http.MethodGet {
		return response, err
	}
	if err := r.step(); err != nil {
		_ = response.Body.Close()
		return nil, err
	}
	return response, nil
}

// crashScene is a small plan with one of everything: a new member, a known one, one who leaves, one who moves.
func crashScene(t *testing.T) *world {
	w := newWorld(t, 0, 2)
	for _, id := range []string{"m000", "m001", "m002"} {
		w.member(id, "ms")
		user := w.kisi.AddUser(kisi.User{Name: id, Email: id + "@x.example", AccessEnabled: true})
		w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", user.ID, w.kisi.Owner.ID)
	}
	w.setUp("ms", w.groups[0], "ms2", w.groups[1])
	w.member("new", "ms")
	w.kisi.AddUser(kisi.User{Name: "Known", Email: "known@x.example", AccessEnabled: true})
	w.member("known", "ms2")
	w.cancel("m000")
	w.member("m001", "ms2")
	return w
}

func (w *world) endState() string {
	return fmt.Sprint(w.in(w.groups[0]), w.in(w.groups[1]), len(w.kisi.Users()), len(w.ledger()))
}

// runInto runs once with the reaper in the way of the state file and of Kisi.
func (w *world) runInto(reaper *reaper) error {
	options := w.options
	options.KisiTransport = reaper
	engine := New(w.store, options)
	engine.retryPause = 1
	engine.commits = reaper.commit
	_, err := engine.Sync(w.t.Context(), store.Request{Trigger: scheduled})
	return err
}

func TestAKilledRunConvergesWhereverItIsKilled(t *testing.T) {
	t.Parallel()
	w := crashScene(t)
	whole := &reaper{}
	if err := w.runInto(whole); err != nil {
		t.Fatal(err)
	}
	want := w.endState()
	if !strings.Contains(want, "[known m001]") {
		t.Fatalf("the scene ends as %s", want)
	}
	t.Logf("%d points at which the process dies; the end is %s", whole.steps, want)
	for at := 1; at <= whole.steps; at++ {
		w := crashScene(t)
		dying := &reaper{at: at}
		_ = w.runInto(dying)
		if !dying.dead {
			t.Fatalf("point %d was not reached", at)
		}
		w.sync(0)
		mark := len(w.kisi.Log())
		w.sync(0)
		if _, writes, log := w.calls(mark); writes > 0 {
			t.Errorf("killed at %d: the plan after the next run is not empty: %v", at, log)
		}
		if got := w.endState(); got != want {
			t.Errorf("killed at %d: %s, want %s", at, got, want)
		}
		w.consistent()
		w.gymflow.Close()
		w.kisi.Close()
		if t.Failed() {
			t.Fatalf("stopped at point %d", at)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestKilledTwiceInARow(t *testing.T) {
	t.Parallel()
	w := crashScene(t)
	probe := &reaper{}
	if err := w.runInto(probe); err != nil {
		t.Fatal(err)
	}
	want := w.endState()
	for _, pair := range [][2]int{{20, 12}, {22, 20}, {26, 24}, {30, 14}, {34, 16}} {
		w := crashScene(t)
		_ = w.runInto(&reaper{at: pair[0]})
		_ = w.runInto(&reaper{at: pair[1]})
		w.sync(0)
		if got := w.endState(); got != want {
			t.Errorf("killed at %v: %s, want %s", pair, got, want)
		}
		w.consistent()
		w.gymflow.Close()
		w.kisi.Close()
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestACrashIsToldInTheNextRun(t *testing.T) {
	w := crashScene(t)
	_ = w.runInto(&reaper{at: 12})
	w.sync(0)
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(2)
		if len(runs) != 2 || runs[1].Outcome != store.OutcomeStopped || len(runs[1].Notes) == 0 {
			t.Errorf("%+v", runs)
		}
		return err
	})
	if !slices.Equal(w.in(w.groups[1]), []string{"known", "m001"}) {
		t.Error(w.in(w.groups[1]))
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}
