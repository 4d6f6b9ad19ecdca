package reconcile

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

func (w *world) undo(exit int, run string) store.Run {
	w.t.Helper()
	undone, err := w.engine.Undo(w.t.Context(), run, "nora@here")
	code := undone.Exit
	if err != nil {
		code = ExitCode(err)
	}
	if code != exit {
		w.t.Fatalf("the undo ended with %d (%v), want %d; %+v", code, err, exit, undone)
	}
	return undone
}

func (w *world) holds() (holds map[access.HoldKey]access.Hold) {
	w.view(func(tx *store.Tx) (err error) { holds, err = tx.Holds(); return err })
	return holds
}

// mixed is a run that gave two rights and took one away.
func mixed(t *testing.T) (*world, store.Run) {
	w := linked(t, 8)
	w.cancel("m001")
	w.member("new1", "ms")
	w.member("new2", "ms")
	run := w.sync(0)
	if run.Granted != 2 || run.Revoked != 1 {
		t.Fatalf("%+v", run)
	}
	return w, run
}

func TestUndoGivesBackAndTakesBack(t *testing.T) {
	w, run := mixed(t)
	plan, err := w.engine.PlanUndo(run.ID)
	if err != nil || len(plan.Give) != 1 || len(plan.Take) != 2 || plan.Give[0].MemberID != "m001" || plan.Give[0].Email != "m001@x.example" {
		t.Fatalf("%+v %v", plan, err)
	}
	users := len(w.kisi.Users())
	asked := w.gymflow.Requests()
	undone := w.undo(0, run.ID)
	if undone.Granted != 1 || undone.Revoked != 2 || undone.Trigger != "undo" || undone.Undoes != run.ID || undone.Outcome != store.OutcomeDone {
		t.Errorf("%+v", undone)
	}
	if w.gymflow.Requests() != asked {
		t.Error("the undo asked Gymflow, which may be what is wrong")
	}
	if got := strings.Join(w.in(w.groups[0]), " "); got != "m000 m001 m002 m003 m004 m005 m006 m007" {
		t.Errorf("in the group: %s", got)
	}
	for _, id := range []string{"m001", "new1", "new2"} {
		if row := w.rows()[id]; row.Standing != access.Held || *row.Reason != access.IsHeld || !strings.Contains(row.Detail, run.ID+" was undone") {
			t.Errorf("%s: %+v %s", id, row, row.Detail)
		}
	}
	for range 2 {
		if again := w.sync(0); again.Granted+again.Revoked+again.Held > 0 {
			t.Errorf("the next sync did again what was undone: %+v", again)
		}
	}
	if row := w.rows()["m001"]; row.Standing != access.Held {
		t.Errorf("after a sync: %+v", row)
	}
	if len(w.kisi.Users()) != users {
		t.Error("people were made or deleted")
	}
	w.consistent()
}

func TestTheHoldsOfAnUndoEndWhenTheRulesAgree(t *testing.T) {
	w, run := mixed(t)
	w.undo(0, run.ID)
	if len(w.holds()) != 3 {
		t.Fatalf("%+v", w.holds())
	}
	w.member("m001", "ms") // back again: deserves what the undo gave back
	w.cancel("new1")       // over: lacks what the undo took
	w.sync(0)
	if holds := w.holds(); len(holds) != 1 || holds[access.HoldKey{MemberID: "new2", GroupID: w.groups[0].ID}].Run != run.ID {
		t.Errorf("%+v", holds)
	}
	w.cancel("m001")
	w.member("new1", "ms")
	if after := w.sync(0); after.Granted != 1 || after.Revoked != 1 {
		t.Errorf("the rules decide again: %+v", after)
	}
	told, err := w.engine.Override(access.Override{MemberID: "new2"}, false)
	if err != nil || told.Released != 1 || told.After != "follow the rules" {
		t.Errorf("%+v %v", told, err)
	}
	if after := w.sync(0); after.Granted != 1 {
		t.Errorf("after the follow: %+v", after)
	}
	w.consistent()
}

func TestUndoOfAnUndo(t *testing.T) {
	w, run := mixed(t)
	first := w.undo(0, run.ID)
	second := w.undo(0, first.ID)
	if second.Granted != 2 || second.Revoked != 1 {
		t.Errorf("%+v", second)
	}
	if after := w.sync(0); after.Granted+after.Revoked > 0 || len(w.holds()) != 0 {
		t.Errorf("%+v, holds %v", after, w.holds())
	}
	if third := w.undo(0, run.ID); third.Granted != 1 || third.Revoked != 0 {
		t.Errorf("the rights that the first run gave are not those that are there now: %+v", third)
	}
	w.consistent()
}

func TestUndoTouchesOnlyWhatIsOursAndGivesNothingTwice(t *testing.T) {
	w, run := mixed(t)
	robot := w.kisi.AddUser(kisi.User{Name: "Robot", Email: "robot@x.example", AccessEnabled: true})
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", w.rowUser("m001"), robot.ID)
	taken := w.rightOf("new1", w.groups[0])
	w.kisi.RemoveRight(taken.ID)
	other := w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", taken.AssigneeID, robot.ID)
	undone := w.undo(0, run.ID)
	if undone.Granted != 0 || undone.Revoked != 1 {
		t.Errorf("%+v", undone)
	}
	still := false
	for _, right := range w.kisi.Rights() {
		still = still || right.ID == other.ID
	}
	if !still {
		t.Error("a right of somebody else's was taken away")
	}
	w.consistent()
}

func TestAMoveIsUndoneWithoutAGap(t *testing.T) {
	w := linked(t, 8)
	w.settings.Associations = append(w.settings.Associations, access.Association{MembershipID: "ms2", GroupID: w.groups[1].ID, GroupName: "Group B"})
	w.confirm()
	w.member("m001", "ms2")
	run := w.sync(0)
	mark := len(w.kisi.Log())
	w.undo(0, run.ID)
	_, _, log := w.calls(mark)
	order := ""
	for _, line := range log {
		if method, _, _ := strings.Cut(line, " "); method != http.MethodGet {
			order += method + " "
		}
	}
	if order != "POST DELETE " || len(w.in(w.groups[1])) != 0 || len(w.in(w.groups[0])) != 8 {
		t.Errorf("the writes came as %s", order)
	}
	if after := w.sync(0); after.Granted+after.Revoked > 0 {
		t.Errorf("%+v", after)
	}
	w.consistent()
}

func TestUndoRefusesWhatItDoesNotKnow(t *testing.T) {
	w := linked(t, 2)
	for _, run := range []string{"r99", "", "nonsense"} {
		if _, err := w.engine.Undo(t.Context(), run, ""); !errors.Is(err, ErrNoRun) {
			t.Errorf("%q: %v", run, err)
		}
	}
	fresh := newWorld(t, 0, 1)
	if _, err := fresh.engine.Undo(t.Context(), "r1", ""); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("not set up: %v", err)
	}
	lease, err := w.store.Acquire("somebody")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Undo(t.Context(), "r1", ""); !errors.Is(err, store.ErrBusy) {
		t.Errorf("busy: %v", err)
	}
	_ = lease.Release()
}

func TestAnUndoStoppedByADeadKeyGoesOnLater(t *testing.T) {
	w := linked(t, 6)
	for i := range 3 {
		w.member(fmt.Sprintf("n%d", i), "ms")
	}
	run := w.sync(0)
	w.onRequest(http.MethodDelete, "/role_assignments", 2, func() { w.kisi.RevokeKey(w.to.KisiKey) })
	undone, err := w.engine.Undo(t.Context(), run.ID, "")
	if ExitCode(err) != 12 || undone.Outcome != store.OutcomeStopped || undone.Revoked != 1 {
		t.Fatalf("%+v %v", undone, err)
	}
	w.kisi.Wrap(nil)
	w.to.KisiKey = w.kisi.AddKey(w.kisi.Owner, "owner", "api")
	w.confirm()
	if rest := w.undo(0, run.ID); rest.Revoked != 2 {
		t.Errorf("%+v", rest)
	}
	if after := w.sync(0); after.Granted > 0 {
		t.Errorf("%+v", after)
	}
	w.consistent()
}

// A process that dies at any write of the state file during an undo leaves nothing double, nothing orphaned, and no member
// for whom the next sync does again what the undo had done.
func TestUndoSurvivesACrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	killed := errors.New("killed")
	for at := 1; ; at++ {
		w, run := mixed(t)
		count := 0
		w.engine.commits = func(lease *store.Lease, write func(*store.Tx) error) error {
			if count++; count >= at {
				return killed
			}
			return lease.Update(write)
		}
		_, err := w.engine.Undo(t.Context(), run.ID, "")
		if err == nil {
			return
		}
		w.restart()
		before := strings.Join(w.in(w.groups[0]), " ")
		if after := w.sync(0); after.Granted+after.Revoked > 0 {
			t.Errorf("killed at write %d: the sync after it gave %d and took %d (%s, now %v)", at, after.Granted, after.Revoked, before, w.in(w.groups[0]))
		}
		w.undo(0, run.ID)
		if got := strings.Join(w.in(w.groups[0]), " "); got != "m000 m001 m002 m003 m004 m005 m006 m007" {
			t.Errorf("killed at write %d, and undone again: %s", at, got)
		}
		if after := w.sync(0); after.Granted+after.Revoked > 0 {
			t.Errorf("killed at write %d, after all: %+v", at, after)
		}
		w.consistent()
	}
}

func TestLoopUndoes(t *testing.T) {
	w, run := mixed(t)
	l := &loop{engine: w.engine}
	w.ask(store.Request{Kind: "undo", Trigger: "undo", Run: run.ID, By: "nora@here"})
	if err := l.turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(1)
		if runs[0].Undoes != run.ID || runs[0].Outcome != store.OutcomeDone {
			t.Errorf("%+v", runs[0])
		}
		entries, _ := tx.Journal(0, 1, "")
		if entries[0].By != "nora@here" {
			t.Errorf("%+v", entries[0])
		}
		return err
	})
}

func TestAStoppedUndoFinishesTheCallInHand(t *testing.T) {
	w, run := mixed(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.onRequest(http.MethodDelete, "/role_assignments", 1, cancel)
	undone, err := w.engine.Undo(ctx, run.ID, "")
	if ExitCode(err) != 130 || undone.Outcome != store.OutcomeStopped || undone.Revoked != 1 {
		t.Errorf("%+v %v", undone, err)
	}
	w.kisi.Wrap(nil)
	w.undo(0, run.ID)
	w.consistent()
}
