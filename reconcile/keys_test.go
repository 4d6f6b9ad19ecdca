package reconcile

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/store"
)

func (w *world) inForce() (settings store.Settings) {
	w.view(func(tx *store.Tx) (err error) { settings, _, err = tx.Settings(); return err })
	return settings
}

func TestADeadKeyIsRememberedUntilItWorksAgain(t *testing.T) {
	w := linked(t, 2)
	w.kisi.RevokeKey(w.to.KisiKey)
	run, err := w.engine.Sync(t.Context(), store.Request{})
	if ExitCode(err) != 12 {
		t.Fatal(err)
	}
	key := w.inForce().Key
	if !key.DiedAt.Equal(run.Finished) || !strings.Contains(key.DiedWhy, "Make a new one in Kisi") {
		t.Errorf("%+v", key)
	}
	key.UserName, key.RoleName = "Nora", "Owner"
	if says := KeyDeath(key, time.UTC); !strings.Contains(says, "The Kisi key of Nora (Owner) stopped working on ") {
		t.Error(says)
	}
	first := key.DiedAt
	w.anySync()
	if key := w.inForce().Key; !key.DiedAt.Equal(first) {
		t.Errorf("it died a second time at %v", key.DiedAt)
	}
	found, err := w.engine.ReplaceKey(t.Context(), " "+w.kisi.AddKey(w.kisi.Owner, "owner", "api")+"\n")
	if err != nil || !found.Owner {
		t.Fatalf("%+v %v", found, err)
	}
	if key := w.inForce().Key; !key.DiedAt.IsZero() || KeyDeath(key, nil) != "" {
		t.Errorf("%+v", key)
	}
	w.sync(0)
	w.change(func(settings *store.Settings) {
		settings.Key.DiedAt, settings.Key.DiedWhy = time.Now(), "it was off for a minute"
	})
	w.sync(0)
	if key := w.inForce().Key; !key.DiedAt.IsZero() {
		t.Errorf("a success does not clear it: %+v", key)
	}
}

func TestAKeyIsReplacedOnlyByOneOfTheSamePlace(t *testing.T) {
	w := linked(t, 3)
	old := w.to.KisiKey
	observer := w.kisi.AddUser(kisi.User{Name: "Eye", Email: "eye@x.example", AccessEnabled: true})
	elsewhere, err := kisitest.Start(kisitest.Options{Seed: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(elsewhere.Close)
	w.refused(t, "nonsense")
	w.refused(t, w.kisi.AddKey(observer, "observer", "api"))
	w.options.KisiURL = elsewhere.URL // another organization answers
	w.change(func(settings *store.Settings) {
		settings.Key.OrganizationID = 99
		settings.Key.OrganizationName = "Riverside"
	})
	w.restart()
	w.refused(t, elsewhere.Key)
	w.options.KisiURL = ""
	w.restart()
	w.change(func(settings *store.Settings) { settings.Key.OrganizationID = 4711; settings.PlaceID += 1000 })
	w.refused(t, w.kisi.AddKey(w.kisi.Owner, "owner", "api"))
	w.change(func(settings *store.Settings) { settings.PlaceID -= 1000 })

	boss := w.kisi.AddUser(kisi.User{Name: "Boss", Email: "boss@x.example", AccessEnabled: true})
	found, err := w.engine.ReplaceKey(t.Context(), w.kisi.AddKey(boss, "administrator", "api"))
	if err != nil || found.UserID != boss.ID || found.Owner {
		t.Fatalf("%+v %v", found, err)
	}
	settings := w.inForce()
	if len(settings.FormerKeyUsers) != 1 || settings.FormerKeyUsers[0] != w.kisi.Owner.ID || len(settings.Associations) != 1 {
		t.Errorf("%+v", settings)
	}
	w.kisi.RevokeKey(old)
	w.member("new", "ms")
	if run := w.sync(0); run.Granted != 1 {
		t.Errorf("%+v", run)
	}
	w.view(func(tx *store.Tx) error {
		entries, err := tx.Journal(0, 100, "")
		for _, entry := range entries {
			if entry.Kind == store.KeyReplaced && strings.Contains(entry.After, "Boss") {
				return err
			}
		}
		t.Errorf("nothing tells of the new key: %+v", entries)
		return err
	})
	if _, err := newWorld(t, 0, 1).engine.ReplaceKey(t.Context(), "k"); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("not set up: %v", err)
	}
}

func (w *world) refused(t *testing.T, key string) {
	t.Helper()
	before := w.inForce()
	if _, err := w.engine.ReplaceKey(t.Context(), key); ExitCode(err) != 12 {
		t.Errorf("%v", err)
	}
	if after := w.inForce(); after.Key.CheckedAt != before.Key.CheckedAt || after.Key.UserID != before.Key.UserID {
		t.Error("a refused key changed what is stored")
	}
	w.view(func(tx *store.Tx) error {
		stored, err := tx.Secret(store.KisiKey)
		if stored != w.to.KisiKey {
			t.Error("a refused key was stored")
		}
		return err
	})
}

func TestLoopLooksAtTheKeyOnceADay(t *testing.T) {
	w := linked(t, 2)
	phone := w.kisi.AddKey(w.kisi.Owner, "owner", "device")
	if _, err := w.engine.ReplaceKey(t.Context(), phone); err != nil {
		t.Fatal(err)
	}
	w.change(func(settings *store.Settings) {
		settings.Key.Problems, settings.Key.LoginType, settings.Key.CheckedAt = nil, "", time.Time{}
	})
	l := &loop{engine: w.engine, keyDue: time.Now()}
	for range 3 {
		if err := l.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	key := w.inForce().Key
	if key.LoginType != "device" || len(key.Problems) != 1 || key.CheckedAt.IsZero() || time.Until(l.keyDue) < 23*time.Hour {
		t.Errorf("%+v, due %v", key, l.keyDue)
	}
	mark := len(w.kisi.Log())
	if err := l.turn(t.Context()); err != nil || len(w.kisi.Log()) != mark {
		t.Errorf("it looked again at once: %v", err)
	}
	w.sync(0)
	if questions := w.questions(); len(questions) != 1 || !strings.Contains(questions[0].Text, "sign-in of a phone or browser") {
		t.Errorf("%+v", questions)
	}
	w.kisi.RevokeKey(phone)
	l.keyDue = time.Now()
	if err := l.turn(t.Context()); err != nil || w.inForce().Key.DiedAt.IsZero() {
		t.Errorf("a dead key goes unseen: %v", err)
	}
}

// A key that Kisi refuses from its n-th request on stops the run at once, whatever it was doing, and the run is journaled.
func TestARefusalAtEveryRequestStopsAtOnce(t *testing.T) {
	t.Parallel()
	for at := int64(1); ; at++ {
		w := linked(t, 4)
		w.cancel("m001")
		w.member("new", "ms")
		var count, after atomic.Int64
		w.kisi.Wrap(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
				if count.Add(1) >= at {
					after.Add(1)
					out.WriteHeader(http.StatusUnauthorized)
					return
				}
				next.ServeHTTP(out, in)
			})
		})
		run, err := w.engine.Sync(t.Context(), store.Request{})
		if err == nil {
			if at < 6 {
				t.Fatalf("a whole sync took only %d requests", at-1)
			}
			return
		}
		if ExitCode(err) != 12 || run.Outcome != store.OutcomeStopped || after.Load() > 1 {
			t.Errorf("refused at request %d: %v, %s, %d requests more", at, err, run.Outcome, after.Load()-1)
		}
		if w.inForce().Key.DiedAt.IsZero() {
			t.Errorf("refused at request %d: nothing says that the key died", at)
		}
		w.view(func(tx *store.Tx) error {
			entries, err := tx.Journal(0, 1, "")
			if entries[0].Kind != store.RunEnded || entries[0].After != store.OutcomeStopped {
				t.Errorf("refused at request %d: %+v", at, entries[0])
			}
			return err
		})
	}
}
