package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kisiflow/access"
	"kisiflow/store"
)

// linked is a synced gym of so many members in one group.
func linked(t *testing.T, count int) *world {
	w := newWorld(t, 0, 2)
	w.members(count, "ms")
	w.setUp("ms", w.groups[0])
	w.sync(0)
	if len(w.in(w.groups[0])) != count {
		t.Fatalf("%d are in the group", len(w.in(w.groups[0])))
	}
	return w
}

func (w *world) heldList() (list store.Approvable, found bool) {
	w.view(func(tx *store.Tx) (err error) { list, found, err = tx.HeldList(); return err })
	return list, found
}

func TestManyRemovalsAreHeldAndApprovalIsACeiling(t *testing.T) {
	t.Parallel()
	w := linked(t, 60)
	for i := range 30 {
		w.cancel(fmt.Sprintf("m%03d", i))
	}
	w.member("new", "ms")
	held := w.sync(4)
	if held.Held != 30 || held.Revoked != 0 || held.Granted != 1 || held.Outcome != store.OutcomeHeld {
		t.Fatalf("held %d, revoked %d, granted %d, %s", held.Held, held.Revoked, held.Granted, held.Outcome)
	}
	list, found := w.heldList()
	if !found || list.Fingerprint != held.Fingerprint || len(list.Why) == 0 {
		t.Fatalf("the held list: %v %+v", found, list)
	}
	w.view(func(tx *store.Tx) error {
		questions, err := tx.Questions()
		if !slices.ContainsFunc(questions, func(q access.Question) bool { return strings.Contains(q.Text, "30 removals are held") }) {
			t.Errorf("nothing asks about the removals: %+v", questions)
		}
		return err
	})
	if row := w.rows()["m000"]; row.Standing != access.Held {
		t.Errorf("a held member stands as %s", row.Standing)
	}
	if run := w.sync(4, approve("123456789abc")); run.Revoked != 0 || run.Held != 30 {
		t.Errorf("an unknown fingerprint: %+v", run)
	}
	w.cancel("m030")
	grown := w.sync(4, approve(held.Fingerprint))
	if grown.Revoked != 0 || grown.Held != 31 {
		t.Errorf("the list grew, and yet: %+v", grown)
	}
	w.member("m005", "ms") // one fewer than approved is covered
	done := w.sync(0, approve(grown.Fingerprint))
	if done.Revoked != 30 || done.Held != 0 {
		t.Errorf("the approved run: %+v", done)
	}
	if _, found := w.heldList(); found {
		t.Error("a list is still held")
	}
	if run := w.sync(0); run.Granted+run.Revoked > 0 {
		t.Errorf("a plan after an apply is not empty: %+v", run)
	}
	w.consistent()
}

func TestAnUnknownFingerprintHoldsEvenNothing(t *testing.T) {
	w := linked(t, 3)
	w.member("new", "ms")
	run := w.sync(4, approve("ffffffffffff"))
	if run.Outcome != store.OutcomeHeld || run.Granted != 1 || run.Held != 0 {
		t.Errorf("%+v", run)
	}
	if run := w.sync(0, approve(run.Fingerprint)); run.Outcome != store.OutcomeDone {
		t.Errorf("the empty list is not known: %+v", run)
	}
}

func TestMissingMembersWaitForASecondReadAndAReRead(t *testing.T) {
	w := linked(t, 20)
	w.gymflow.Gym.Remove("m003")
	asked := w.gymflow.Requests()
	first := w.sync(0)
	if first.Revoked != 0 || first.Held != 0 {
		t.Fatalf("after one read: %+v", first)
	}
	reads := w.gymflow.Requests() - asked
	second := w.sync(0)
	if second.Revoked != 1 {
		t.Errorf("after two reads: %+v", second)
	}
	if second.Requests.Gymflow != reads+1 {
		t.Errorf("the re-read cost %d requests", second.Requests.Gymflow-reads)
	}
	w.consistent()
}

func TestWhoIsFoundByTheReReadStays(t *testing.T) {
	t.Parallel()
	w := linked(t, 40)
	w.gymFault("half-roster")
	for range 3 {
		if run, err := w.engine.Sync(t.Context(), store.Request{}); run.Revoked > 0 {
			t.Fatalf("somebody lost access although Gymflow knows them: %+v %v", run, err)
		}
	}
	w.gymFault("")
	if run := w.sync(0); run.Revoked > 0 || run.Kept != 40 {
		t.Errorf("%+v", run)
	}
}

func TestAnEmptyRosterRemovesNobody(t *testing.T) {
	w := linked(t, 12)
	w.leave("m%03d", 12)
	first := w.sync(4)
	if first.Outcome != store.OutcomeHeld || first.Held != 0 || first.Kept != 12 || !strings.Contains(strings.Join(first.Notes, " "), "Gymflow lists 0 members") {
		t.Errorf("the first read of an empty list: %+v %v", first, first.Notes)
	}
	for range 3 {
		run := w.sync(4)
		if run.Held != 12 || run.Revoked != 0 {
			t.Fatalf("%+v", run)
		}
	}
	list, _ := w.heldList()
	if run := w.sync(0, approve(list.Fingerprint)); run.Revoked != 12 {
		t.Errorf("approved: %+v", run)
	}
	w.consistent()
}

func TestMoreThanHalfMissingIsHeldThoughTheNumberIsSmall(t *testing.T) {
	w := mostWithoutGroup(t)
	w.leave("other%02d", 9)
	w.cancel("m001")
	if run := w.sync(4); run.Held != 1 || !strings.Contains(strings.Join(run.Notes, " "), "Gymflow lists 7 members") {
		t.Errorf("%+v", run)
	}
	if run := w.sync(4); run.Held != 1 {
		t.Errorf("the second run believed the short list: %+v", run)
	}
	list, _ := w.heldList()
	if run := w.sync(0, approve(list.Fingerprint)); run.Revoked != 1 {
		t.Errorf("%+v", run)
	}
	w.cancel("m002")
	if run := w.sync(0); run.Revoked != 1 {
		t.Errorf("once approved, the new size is the one to compare with: %+v", run)
	}
}

func TestAGroupIsNotEmptiedUnlessItsAssociationWasRemovedAndConfirmed(t *testing.T) {
	w := linked(t, 6)
	w.settings.Associations[0].GroupID = 0
	preview := w.confirm()
	if preview.Verdict.Hold || len(preview.Plan.Revokes) != 6 {
		t.Fatalf("the review: %+v", preview.Verdict)
	}
	if run := w.sync(4); run.Held != 6 {
		t.Errorf("without confirmation: %+v", run)
	}
	run := w.sync(0, func(request *store.Request) { request.Confirm = preview.Plan.Fingerprint })
	if run.Revoked != 6 {
		t.Errorf("with confirmation: %+v", run)
	}
	w.consistent()
}
