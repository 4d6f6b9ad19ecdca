package reconcile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kisiflow/access"
	"kisiflow/store"
)

// mostWithoutGroup is a synced gym: four members in the group, and twelve whose membership opens nothing.
func mostWithoutGroup(t *testing.T) *world {
	w := newWorld(t, 0, 1)
	w.members(4, "ms")
	for i := range 12 {
		w.member(fmt.Sprintf("other%02d", i), "none")
	}
	w.setUp("ms", w.groups[0])
	w.sync(0)
	return w
}

// leave takes members out of Gymflow: those that the format names from 0 on.
func (w *world) leave(format string, count int) {
	for i := range count {
		w.gymflow.Gym.Remove(fmt.Sprintf(format, i))
	}
}

func notesOf(run store.Run) string { return strings.Join(run.Notes, " ") }

// A list that lost most of its members is said and asked about at the first read, and nobody's row vanishes with it.
func TestACollapsedListIsHeldAtTheFirstRead(t *testing.T) {
	w := mostWithoutGroup(t)
	inStep := w.freshness()
	if !inStep.InStep() {
		t.Fatalf("%+v", inStep)
	}
	_, _, all := w.gymflow.Gym.Snapshot()
	for _, member := range all[:12] {
		w.gymflow.Gym.Remove(member.ID)
	}
	run := w.sync(4)
	if run.Outcome != store.OutcomeHeld || !strings.Contains(notesOf(run), "Gymflow lists 4 members; the last complete list had 16") {
		t.Errorf("%+v %v", run, run.Notes)
	}
	if questions := w.questions(); len(questions) != 1 || !strings.Contains(questions[0].Text, "had 16") {
		t.Errorf("%+v", questions)
	}
	if now := w.freshness(); now.InStep() || !now.InStepAt.Equal(inStep.InStepAt) || !now.ReadAt.After(inStep.ReadAt) {
		t.Errorf("it counts as in step: %+v, before %+v", now, inStep)
	}
	rows := w.rows()
	if len(rows) != 16 {
		t.Errorf("%d rows are left of 16", len(rows))
	}
	for id, row := range rows {
		if row.Missing {
			t.Errorf("%s is said to be missing in a list that is not believed", id)
		}
	}
}

// Where nobody has a right to lose, the short list is accepted by the fingerprint that the question names.
func TestACollapsedListCanBeAccepted(t *testing.T) {
	w := mostWithoutGroup(t)
	w.leave("other%02d", 12)
	w.sync(4)
	run := w.sync(4)
	if questions := w.questions(); len(questions) != 1 || !strings.Contains(questions[0].Text, "--approve "+run.Fingerprint) {
		t.Errorf("%+v", questions)
	}
	w.sync(0, approve(run.Fingerprint))
	if run := w.sync(0); len(run.Notes) > 0 || len(w.rows()) != 4 {
		t.Errorf("%v, %d rows", run.Notes, len(w.rows()))
	}
}

// One member who is missing is said, shown with the reason, and counted as kept.
func TestOneMissingMemberIsSeen(t *testing.T) {
	w := linked(t, 20)
	before := w.rows()["m003"]
	w.gymflow.Gym.Remove("m003")
	run := w.sync(0)
	if run.Kept != 20 || !strings.Contains(notesOf(run), "1 removal waits for a second complete list") {
		t.Errorf("%+v %v", run, run.Notes)
	}
	row := w.rows()["m003"]
	if !row.Missing || row.Name != before.Name || row.Email != before.Email || row.Standing != access.Waiting || row.Reason == nil ||
		*row.Reason != access.IsWaiting || row.Detail != access.MissingDetail || len(row.Groups) != 1 {
		t.Errorf("%+v", row)
	}
	if run := w.sync(0); run.Revoked != 1 || len(run.Notes) > 0 {
		t.Errorf("%+v %v", run, run.Notes)
	}
	if _, shown := w.rows()["m003"]; shown {
		t.Error("the row outlived the right")
	}
}

// A Gymflow that does not answer for one member is not asked for the others; grants go on all the same.
func TestAReReadThatGetsNoAnswerEndsTheAsking(t *testing.T) {
	t.Parallel()
	w := linked(t, 40)
	w.leave("m%03d", 4)
	w.sync(0)
	w.member("new", "ms")
	asked := map[string]bool{}
	w.answerGymflow(func(out http.ResponseWriter, in *http.Request) bool {
		id, single := strings.CutPrefix(in.URL.Path, "/v1/members/")
		if !single {
			return false
		}
		asked[id] = true
		if id == "m000" {
			return false
		}
		out.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	run := w.sync(75)
	if len(asked) != 2 || run.Granted != 1 || run.Revoked != 1 || run.Outcome != store.OutcomePartial ||
		!strings.Contains(notesOf(run), "no answer about 3 of the 4 members") {
		t.Errorf("asked for %v: %+v %v", asked, run, run.Notes)
	}
	if w.freshness().InStep() {
		t.Error("removals were left, and it counts as in step")
	}
	w.gymflow.Wrap(nil)
	if run := w.sync(0); run.Revoked != 3 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

func (w *world) freshness() (fresh store.Freshness) {
	w.view(func(tx *store.Tx) (err error) { fresh, err = tx.Freshness(); return err })
	return fresh
}
