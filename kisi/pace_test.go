package kisi

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestNoSecondIsTooFull: whatever is urgent, however it comes and whoever is throttled, no more than 5 requests leave in any
// second, which is what Kisi allows (kisi-api.md section 12), and at a gentler rate no more than 5 in the time of 4.
func TestNoSecondIsTooFull(t *testing.T) {
	for seed := range uint64(60) {
		full := []float64{4, 5, 3, 1, 0.5, 4.5}[seed%6]
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 8))
			p := newPace(full)
			var sent []time.Time
			turn := make(chan struct{}, 1)
			call := func(ctx context.Context) {
				turn <- struct{}{} // calls are serial, as the client's are
				defer func() { <-turn }()
				if err := p.wait(ctx); err != nil {
					t.Error(err)
					return
				}
				sent = append(sent, time.Now())
				if random.IntN(100) < int(seed%3)*3 {
					p.throttled()
				} else {
					p.succeeded()
				}
				time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond)
			}
			for range 150 {
				ctx := t.Context()
				if random.IntN(2) == 0 {
					ctx = Urgent(ctx)
				}
				if random.IntN(3) == 0 {
					time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
				}
				go call(ctx)
			}
			synctest.Wait()
			for len(turn) > 0 {
				time.Sleep(time.Second)
				synctest.Wait()
			}
			if len(sent) != 150 {
				t.Fatalf("%d calls were let through", len(sent))
			}
			const allowed = 5
			span := max(time.Second, time.Duration((allowed-1)/full*float64(time.Second)))
			for at := allowed; at < len(sent); at++ {
				if within := sent[at].Sub(sent[at-allowed]); within < span {
					t.Fatalf("at %v a second, seed %d: %d requests in %v", full, seed, allowed+1, within)
				}
			}
		})
	}
}

// TestUrgentCallsWaitLessThanASlot: beside a run that makes way, the two calls of a look are through within less than the time
// that the limiter leaves between two requests, whenever they come, and the run hardly gets slower.
func TestUrgentCallsWaitLessThanASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(usualRate)
		slot := time.Duration(float64(time.Second) / usualRate)
		began := time.Now()
		const looks, calls = 60, 6 // a look, and so many calls of the run before it
		var waits []time.Duration
		for look := range looks {
			for range calls {
				for pause := p.delay(); pause > 0; pause = p.delay() {
					time.Sleep(pause)
				}
				if err := p.wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(p.delay() * time.Duration(look) / looks) // it comes at any moment between two calls
			began := time.Now()
			for range 2 {
				if err := p.wait(Urgent(t.Context())); err != nil {
					t.Fatal(err)
				}
			}
			waits = append(waits, time.Since(began))
		}
		slices.Sort(waits)
		if longest := waits[looks-1]; longest > slot-slot/8 {
			t.Errorf("a look waited %v, and a slot is %v", longest, slot)
		}
		perSecond := looks * calls / time.Since(began).Seconds()
		if perSecond < 3 {
			t.Errorf("the run got down to %.2f requests a second", perSecond)
		}
		t.Logf("waits: median %v, longest %v; %.2f requests a second beside them", waits[looks/2], waits[looks-1], perSecond)
	})
}

// TestWhoIsToldToSlowDownDoesNotHurry: after a 429 an urgent call waits like any other.
func TestWhoIsToldToSlowDownDoesNotHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(usualRate)
		for range 2 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		p.throttled()
		began := time.Now()
		if err := p.wait(Urgent(t.Context())); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < 450*time.Millisecond {
			t.Errorf("it waited %v at 2 requests a second", waited)
		}
	})
}

// TestUrgentWaitsEndWithTheirContext: who gives up is not kept.
func TestUrgentWaitsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(usualRate)
		ctx, stop := context.WithTimeout(Urgent(t.Context()), 100*time.Millisecond)
		defer stop()
		for range crowd {
			if err := p.wait(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.wait(ctx); err == nil {
			t.Error("a sixth request left at once")
		}
	})
}
