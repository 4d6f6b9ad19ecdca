package listen

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// TestFromPushToWrite measures, and reports: from a signed push over real HTTP to the moment that Kisi gets the write, in a gym
// with nothing else to do and beside a long run of grants. It judges nothing but that each write comes. The short form keeps
// Kisi's limiter out of the way; KISIFLOW_MEASURE=1 takes a gym of 2,000, 200 changes, a backlog of 2,000 grants and the usual 4
// requests a second, and takes about eight minutes.
func TestFromPushToWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures")
	}
	idle, backlog := measurement{members: 200, changes: 30, rate: 100_000}, measurement{members: 60, changes: 6, rate: 200, grants: 150}
	if os.Getenv("KISIFLOW_MEASURE") != "" {
		idle = measurement{members: 2000, changes: 200, apart: 1300 * time.Millisecond}
		backlog = measurement{members: 2000, changes: 200, apart: 1300 * time.Millisecond, grants: 2000}
	}
	t.Run("idle", func(t *testing.T) { t.Log("idle: " + idle.run(t)) })
	t.Run("beside a backlog", func(t *testing.T) { t.Log("beside a backlog: " + backlog.run(t)) })
}

// measurement is one scene.
type measurement struct {
	members int
	changes int
	rate    float64       // 0: as it is usually
	apart   time.Duration // between two changes: Kisi allows five requests a second, and a look makes two
	grants  int           // in the run beside it
}

func (m measurement) run(t *testing.T) string {
	w := newWorld(t, m.members)
	removed := make(chan time.Time, 10_000)
	given := make(chan time.Time, 100_000)
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			w.mutex.Lock()
			w.writes = append(w.writes, time.Now())
			w.mutex.Unlock()
			switch in.Method {
			case http.MethodDelete:
				removed <- time.Now()
			case http.MethodPost:
				given <- time.Now()
			}
			next.ServeHTTP(out, in)
		})
	})
	for i := range m.grants {
		w.put(fmt.Sprintf("late%04d", i), gymflow.Active)
	}
	w.update(func(tx *store.Tx) error { // the guard would stop so many removals member by member
		settings, _, err := tx.Settings()
		if err != nil {
			return err
		}
		settings.Limits.StrongCount, settings.Limits.StrongPercent = 10_000, 100
		return tx.PutSettings(settings)
	})
	w.listening(m.rate, &reconcile.Pace{})
	if m.grants > 0 {
		if err := w.engine.WantSync("a backlog"); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			<-given
		}
	}
	var took []time.Duration
	for i := range m.changes {
		if m.apart > 0 { // spread, so that not each of them meets the limiter in the same state
			time.Sleep(m.apart + time.Duration(rand.Int64N(int64(300*time.Millisecond))))
		}
		w.put(memberID(i), gymflow.Overdue)
		began := time.Now()
		if status := w.push(fmt.Sprintf("evt_%d", i), memberID(i)); status != http.StatusAccepted {
			t.Fatalf("status %d", status)
		}
		select {
		case at := <-removed:
			took = append(took, at.Sub(began))
		case <-time.After(5 * time.Minute):
			t.Fatalf("change %d never reached Kisi; the log says:\n%s", i, w.log.String())
		}
	}
	if m.grants > 0 && len(given) >= 2*m.grants {
		t.Errorf("the backlog ended before the changes did: it measured nothing")
	}
	slices.Sort(took)
	return fmt.Sprintf("%d changes in a gym of %d, backlog of %d: median %v, 99th percentile %v, longest %v; at most %d requests in any second",
		len(took), m.members, m.grants, took[len(took)/2], took[len(took)*99/100], took[len(took)-1], w.most())
}

// most is how many requests reached Kisi in the busiest second.
func (w *world) most() (most int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for from, at := range w.writes {
		until := from
		for until < len(w.writes) && w.writes[until].Sub(at) < time.Second {
			until++
		}
		most = max(most, until-from)
	}
	return most
}
