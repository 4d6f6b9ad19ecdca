package reconcile

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

func TestSettingsAreChangedWithinBoundsAndJournaled(t *testing.T) {
	w := linked(t, 2)
	err := w.engine.ChangeSettings("nora@here", func(settings *store.Settings) {
		settings.GraceDays, settings.Rate, settings.StaleAfter = 900, 80, time.Minute
		settings.Limits = access.Limits{StrongCount: 9999, WeakPercent: 100}
		settings.Unlocking = store.Invited
		settings.PlaceID, settings.Associations, settings.KisiURL = 0, nil, "https://elsewhere.example"
		settings.Key = store.KeyFacts{}
	})
	if err != nil {
		t.Fatal(err)
	}
	now := w.inForce()
	if now.GraceDays != mostGraceDays || now.Rate != mostRate || now.StaleAfter != leastStaleAfter || now.Unlocking != store.Invited ||
		now.Limits != now.Limits.Bounded() || now.Limits.StrongCount >= 9999 {
		t.Errorf("%+v", now)
	}
	if now.PlaceID != w.place.ID || len(now.Associations) != 1 || now.KisiURL != w.kisi.URL || now.Key.UserID == 0 {
		t.Errorf("more was changed than may be: %+v", now)
	}
	var entry store.Entry
	w.view(func(tx *store.Tx) error {
		entries, err := tx.Journal(0, 1, "")
		entry = entries[0]
		return err
	})
	if entry.Kind != store.SetChanged || entry.By != "nora@here" || entry.Sequence == 0 {
		t.Errorf("%+v", entry)
	}
	says(t, entry.Before, "0 days of grace", "4.0 requests a second", "members managed", "data may be 24 hours old")
	says(t, entry.After, "60 days of grace", "5.0 requests a second", "members invited", "data may be 1 hour old")
	if err := w.engine.ChangeSettings("", func(*store.Settings) {}); err != nil {
		t.Fatal(err)
	}
	w.view(func(tx *store.Tx) error {
		entries, err := tx.Journal(0, 1, "")
		if entries[0].Sequence != entry.Sequence {
			t.Error("changing nothing was journaled")
		}
		return err
	})
	if err := New(emptyState(t), Options{}).ChangeSettings("", func(*store.Settings) {}); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("%v", err)
	}
}

func TestSwitchedOffNothingRuns(t *testing.T) {
	w := linked(t, 4)
	w.cancel("m001")
	if err := w.engine.Disable("nora@here", false); err != nil {
		t.Fatal(err)
	}
	mark := len(w.kisi.Log())
	if _, err := w.engine.Sync(t.Context(), store.Request{}); !errors.Is(err, ErrDisabled) || ExitCode(err) != 10 {
		t.Errorf("%v %d", err, ExitCode(err))
	}
	if _, err := w.engine.Undo(t.Context(), "r1", ""); !errors.Is(err, ErrDisabled) {
		t.Errorf("%v", err)
	}
	l := &loop{engine: w.engine, every: time.Nanosecond, due: time.Now().Add(-time.Hour)}
	if err := l.turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.unchanged(mark)
	w.allIn(w.groups[0], 4)
	if err := w.engine.Enable("nora@here"); err != nil {
		t.Fatal(err)
	}
	if run := w.sync(0); run.Revoked != 1 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

func TestSwitchedOffAllThatIsOursIsTakenBack(t *testing.T) {
	w := linked(t, 12)
	other := w.kisi.AddUser(kisi.User{Name: "Cleaner", Email: "clean@x.example", AccessEnabled: true})
	foreign := w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", other.ID, other.ID)
	if _, err := w.engine.TakeBack(t.Context(), ""); err == nil {
		t.Fatal("an integration that is on was taken back")
	}
	if err := w.engine.Disable("nora@here", true); err != nil {
		t.Fatal(err)
	}
	users := len(w.kisi.Users())
	l := &loop{engine: w.engine}
	if err := l.turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rights := w.ledger(); len(rights) != 0 {
		t.Errorf("still ours: %+v", rights)
	}
	w.is(w.groups[0], "clean")
	if len(w.kisi.Users()) != users || foreign.ID == 0 {
		t.Error("people were deleted")
	}
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(1)
		if runs[0].Revoked != 12 || runs[0].Outcome != store.OutcomeDone || runs[0].Trigger != takeBackKind {
			t.Errorf("%+v", runs[0])
		}
		return err
	})
	w.consistent()
	// Whoever sets it up again gets what they deserve.
	w.confirm()
	if run := w.sync(0); run.Granted != 12 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

func TestTakingBackThatWasStoppedIsFinishedByTheNextProcess(t *testing.T) {
	w := linked(t, 6)
	if err := w.engine.Disable("", true); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.onRequest(http.MethodDelete, "/role_assignments", 2, cancel)
	if err := (&loop{engine: w.engine}).turn(ctx); err != nil {
		t.Fatal(err)
	}
	if left := len(w.ledger()); left == 0 || left == 6 {
		t.Fatalf("%d are left, it was not stopped in the middle", left)
	}
	w.kisi.Wrap(nil)
	w.restart()
	if err := (&loop{engine: w.engine}).turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := w.ledger(); len(left) != 0 {
		t.Errorf("%+v", left)
	}
	w.consistent()
}

// A process that dies at any write while it takes back leaves nothing that a second try does not finish.
func TestTakingBackSurvivesACrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	killed := errors.New("killed")
	for at := 1; ; at++ {
		w := linked(t, 3)
		if err := w.engine.Disable("", true); err != nil {
			t.Fatal(err)
		}
		count := 0
		w.engine.commits = func(lease *store.Lease, write func(*store.Tx) error) error {
			if count++; count >= at {
				return killed
			}
			return lease.Update(write)
		}
		_, err := w.engine.TakeBack(t.Context(), "")
		if err == nil {
			return
		}
		w.restart()
		if run, err := w.engine.TakeBack(t.Context(), ""); err != nil || run.Outcome != store.OutcomeDone {
			t.Fatalf("killed at write %d: %+v %v", at, run, err)
		}
		if len(w.ledger()) != 0 || len(w.in(w.groups[0])) != 0 {
			t.Errorf("killed at write %d: %v are in, %v ours", at, w.in(w.groups[0]), w.ledger())
		}
		w.consistent()
	}
}
