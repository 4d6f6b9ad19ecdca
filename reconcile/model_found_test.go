package reconcile

import (
	"slices"
	"strings"
	"testing"

	"kisiflow/store"
)

// What the model found, each as a small test of its own.

// A couple shares an e-mail. The list misses the one for whom the right was made; the other has cancelled.
func TestWhoIsMissingFromTheListIsNotJudgedByTheirFamily(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.members(12, "ms")
	gone := w.member("z1", "ms")
	w.setUp("ms", w.groups[0])
	w.sync(0)
	other := w.member("z2", "ms")
	other.Email = strings.ToUpper(gone.Email)
	w.gymflow.Gym.Put(other)
	w.sync(0)
	w.cancel("z2")
	w.gymflow.Gym.Remove("z1")
	if run := w.sync(0); run.Revoked != 0 {
		t.Fatalf("z1 lost access after one list without them: %+v", run)
	}
	w.gymflow.Gym.Put(gone)
	w.sync(0)
	if !slices.Contains(w.in(w.groups[0]), "z1") {
		t.Error("z1 is out")
	}
	w.gymflow.Gym.Remove("z1")
	w.sync(0)
	run, err := w.engine.Sync(t.Context(), store.Request{})
	if err != nil || run.Revoked != 1 || slices.Contains(w.in(w.groups[0]), "z1") {
		t.Errorf("two lists and a single question later: %+v %v", run, err)
	}
	w.consistent()
}
