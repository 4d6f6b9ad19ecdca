package reconcile

import (
	"strings"
	"testing"

	"kisiflow/store"
)

// TestAnUndoLeavesWhatItCannotGiveBack: the group of a right that the run took is gone, or the key may not see it. The undo says
// so and does the rest; where the group can be seen again, the undo done again gives the right, and then nothing is left.
func TestAnUndoLeavesWhatItCannotGiveBack(t *testing.T) {
	for _, refused := range []bool{false, true} {
		w := twoGroups(t)
		w.sync(0)
		w.cancel("m001")
		w.cancel("b1")
		run := w.sync(0)
		if refused {
			w.fault("forbidden-group")
		} else {
			w.kisi.RemoveGroup(w.groups[0].ID)
			w.change(func(settings *store.Settings) { settings.Associations = settings.Associations[1:] })
		}
		undone := w.undo(3, run.ID)
		if undone.Granted != 1 || !strings.Contains(notesOf(undone), w.groups[0].Name) {
			t.Errorf("refused %v: %+v", refused, undone)
		}
		w.is(w.groups[1], "b0", "b1", "b2", "b3")
		if !refused {
			continue
		}
		w.fault("")
		w.undo(0, run.ID)
		w.is(w.groups[0], "m000", "m001", "m002", "m003")
		if plan, err := w.engine.PlanUndo(run.ID); err != nil || !plan.Empty() {
			t.Errorf("%+v %v", plan, err)
		}
		w.consistent()
	}
}
