package reconcile

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"kisiflow/store"
)

// runsEnded is a log that tells of each run that ended.
type runsEnded struct {
	slog.Handler
	ended chan string
}

// Handle implements slog.Handler.
func (r runsEnded) Handle(_ context.Context, record slog.Record) error {
	if !strings.HasPrefix(record.Message, "watching the folder") { // that the watch was broken is the test's own doing
		r.ended <- record.Message
	}
	return nil
}

// looping runs the loop until the test ends it. next waits for the next run to end.
func (w *world) looping(every time.Duration) (next func(), stop func()) {
	log := runsEnded{slog.NewTextHandler(io.Discard, nil), make(chan string, 1000)}
	w.options.Log = slog.New(log)
	w.restart()
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.engine.Loop(ctx, Pace{Every: every}) }()
	next = func() {
		w.t.Helper()
		select {
		case message := <-log.ended:
			if message != "the run ended" {
				w.t.Errorf("the loop says: %s", message)
			}
		case <-time.After(2 * time.Minute):
			w.t.Fatal("no run ended")
		}
	}
	return next, func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("the loop ended with %v", err)
		}
	}
}

func (w *world) ask(request store.Request) {
	w.t.Helper()
	if err := w.store.Update(func(tx *store.Tx) error { _, err := tx.PutRequest(request); return err }); err != nil {
		w.t.Fatal(err)
	}
}

func TestLoopTakesRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0, 1)
	w.members(3, "ms")
	w.associate("ms", w.groups[0])
	next, stop := w.looping(0)
	defer stop()
	preview, err := w.engine.Preview(t.Context(), w.settings, w.to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.Confirm(Confirmation{Settings: w.settings, Access: w.to, Preview: preview, Sync: true}); err != nil {
		t.Fatal(err)
	}
	next()
	if len(w.in(w.groups[0])) != 3 {
		t.Errorf("in the group: %v", w.in(w.groups[0]))
	}
	w.member("new", "ms")
	w.ask(store.Request{Kind: "sync", Trigger: "admin"})
	next()
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(0)
		if len(runs) != 2 || runs[0].Trigger != "admin" || runs[1].Trigger != "setup" || runs[0].Granted != 1 {
			t.Errorf("%+v", runs)
		}
		if last, found, _ := tx.LastSync(); !found || time.Since(last) > time.Minute {
			t.Errorf("last sync %v %v", last, found)
		}
		return err
	})
}

func TestLoopLeavesWorkToWhoHoldsTheLease(t *testing.T) {
	w := linked(t, 2)
	lease, err := w.store.Acquire("somebody")
	if err != nil {
		t.Fatal(err)
	}
	w.ask(store.Request{Kind: "sync", Trigger: "admin"})
	l := &loop{engine: w.engine, every: time.Nanosecond, due: time.Now()}
	mark := len(w.kisi.Log())
	for range 3 {
		if err := l.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.kisi.Log()) != mark {
		t.Error("it ran beside the holder")
	}
	if err := lease.Release(); err != nil {
		t.Fatal(err)
	}
	if err := l.turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(1)
		if len(runs) != 1 || runs[0].ID != "r2" || runs[0].Trigger != "admin" || runs[0].Outcome != store.OutcomeDone {
			t.Errorf("%+v", runs)
		}
		return err
	})
}

func TestARequestStaysWhileAnotherIsAtWork(t *testing.T) {
	w := linked(t, 2)
	lease, err := w.store.Acquire("somebody")
	if err != nil {
		t.Fatal(err)
	}
	l := &loop{engine: w.engine}
	w.ask(store.Request{Kind: "sync", Trigger: "approve", Approve: "abc"})
	asked, _ := w.queued()
	if err := l.run(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	if err := lease.Release(); err != nil {
		t.Fatal(err)
	}
	request, found, err := l.next()
	if err != nil || !found || request.Approve != "abc" {
		t.Errorf("%+v %v %v", request, found, err)
	}
}

func TestLoopBySchedule(t *testing.T) {
	w := linked(t, 2)
	now := time.Now()
	w.options.Now = func() time.Time { return now }
	w.restart()
	l := &loop{engine: w.engine, every: time.Hour}
	l.scheduleFirst()
	if wait := time.Until(l.due); wait < 50*time.Minute || wait > 66*time.Minute {
		t.Errorf("the first run is due in %v, a moment after a sync", wait)
	}
	now = now.Add(3 * time.Hour)
	l.scheduleFirst()
	if wait := time.Until(l.due); wait > 0 {
		t.Errorf("three hours after a sync it is due in %v", wait)
	}
	if err := l.turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(0)
		if len(runs) != 2 || runs[0].Trigger != "schedule" {
			t.Errorf("%+v", runs)
		}
		entries, _ := tx.Journal(0, 100, "")
		for _, entry := range entries {
			if entry.Run == runs[0].ID {
				t.Errorf("a scheduled run that changed nothing is journaled: %+v", entry)
			}
		}
		return err
	})
	if wait := time.Until(l.due); wait < 50*time.Minute {
		t.Errorf("the next is due in %v", wait)
	}
}

func TestLoopRestsAfterARefusedKey(t *testing.T) {
	w := linked(t, 2)
	key := w.to.KisiKey
	w.kisi.RevokeKey(key)
	l := &loop{engine: w.engine, every: time.Nanosecond}
	l.due = time.Now()
	turn := func(want int) {
		t.Helper()
		if err := l.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.due = time.Now()
		w.view(func(tx *store.Tx) error {
			runs, err := tx.Runs(0)
			if len(runs) != want {
				t.Errorf("%d runs, want %d", len(runs), want)
			}
			return err
		})
	}
	turn(2)
	turn(2)
	turn(2)
	w.ask(store.Request{Kind: "sync", Trigger: "admin"})
	turn(3) // asked for by a person: it tries
	turn(3)
	w.to.KisiKey = w.kisi.AddKey(w.kisi.Owner, "owner", "api")
	w.confirm()
	turn(4)
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(1)
		if runs[0].Outcome != store.OutcomeDone {
			t.Errorf("%+v", runs[0])
		}
		entries, _ := tx.Journal(0, 100, "")
		told := 0
		for _, entry := range entries {
			if entry.Kind == store.RunEnded && strings.Contains(entry.Evidence, "Make a new one in Kisi") {
				told++
			}
		}
		if told != 2 {
			t.Errorf("the refused key is journaled %d times", told)
		}
		return err
	})
}

func TestANightWithoutGymflowIsOneEntry(t *testing.T) {
	w := linked(t, 2)
	if err := w.gymflow.SetFault("short-page"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.engine.Sync(t.Context(), store.Request{Trigger: scheduled}); ExitCode(err) != 75 {
			t.Fatal(err)
		}
	}
	w.view(func(tx *store.Tx) error {
		entries, err := tx.Journal(0, 100, "")
		told := 0
		for _, entry := range entries {
			if entry.After == store.OutcomeFailed {
				told++
			}
		}
		progress, _ := tx.Progress()
		if told != 1 || len(progress.Troubles) != 1 {
			t.Errorf("told %d times; %+v", told, progress.Troubles)
		}
		return err
	})
}
