package reconcile

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"kisiflow/store"
)

// A request that the state file did not let begin was dropped: the undo, or the taking back, that an admin had asked for
// never came, and only the log said so.
func TestARequestOutlivesTroubleWithTheStateFile(t *testing.T) {
	bubbled(t, func(w *world) {
		w.ask(store.Request{Kind: "undo", Run: w.undoable, Trigger: "undo"})
		l := &loop{engine: w.engine}
		for range 3 {
			w.engine.commits = func(*store.Lease, func(*store.Tx) error) error { return syscall.EIO }
			if err := l.turn(w.t.Context()); !errors.Is(err, syscall.EIO) {
				w.t.Fatalf("the trouble is not told: %v", err)
			}
			w.engine.commits = nil
			if _, waits := w.queued(); !waits {
				w.t.Fatal("the request is lost")
			}
			mark := len(w.kisi.Log())
			w.must(l.turn(w.t.Context()))
			if _, _, log := w.calls(mark); len(log) > 0 {
				w.t.Errorf("it is tried again at once: %v", log)
			}
			time.Sleep(requestRetry)
		}
		w.must(l.turn(w.t.Context()))
		if _, waits := w.queued(); waits || len(w.holds()) != 1 {
			w.t.Errorf("waiting %v, holds %v", waits, w.holds())
		}
	})
}
