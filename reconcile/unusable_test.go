package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// asked is everything that can be asked of an engine, by name.
func asked(w *world) map[string]func(*Engine) error {
	ctx := context.Background()
	return map[string]func(*Engine) error{
		"sync":         func(e *Engine) error { _, err := e.Sync(ctx, store.Request{}); return err },
		"undo":         func(e *Engine) error { _, err := e.Undo(ctx, w.undoable, "test"); return err },
		"plan an undo": func(e *Engine) error { _, err := e.PlanUndo(w.undoable); return err },
		"take back":    func(e *Engine) error { _, err := e.TakeBack(ctx, "test"); return err },
		"disable":      func(e *Engine) error { return e.Disable("test", true) },
		"enable":       func(e *Engine) error { return e.Enable("test") },
		"override": func(e *Engine) error {
			_, err := e.Override(access.Override{MemberID: "m001", Kind: access.Block}, false)
			return err
		},
		"preview": func(e *Engine) error { _, err := e.PreviewStored(ctx); return err },
		"draft":   func(e *Engine) error { _, err := e.Preview(ctx, w.settings, w.to, nil); return err },
		"choices": func(e *Engine) error {
			_, err := e.ReadChoices(ctx, w.to, w.place.ID, w.settings.Zone, nil)
			return err
		},
		"gymflow":        func(e *Engine) error { _, err := e.CheckGymflow(ctx, w.to); return err },
		"key":            func(e *Engine) error { _, err := e.CheckKey(ctx, w.to); return err },
		"places":         func(e *Engine) error { _, err := e.Places(ctx, w.to); return err },
		"new key":        func(e *Engine) error { _, err := e.ReplaceKey(ctx, w.to.KisiKey); return err },
		"look at key":    func(e *Engine) error { return e.checkStoredKey(ctx) },
		"check a member": func(e *Engine) error { _, err := e.CheckMember(ctx, "m001", nil); return err },
		"doctor": func(e *Engine) error {
			checks, err := e.Doctor(ctx)
			for _, check := range checks {
				if !check.OK {
					err = errors.Join(err, errors.New(check.Text))
				}
			}
			return err
		},
	}
}

// TestNothingIsDoneWithoutAUsableSetup asks everything of engines whose settings can't be worked with: none at all, addresses
// that are none, no time zone. Each answer is an error in words that say what is wrong, and no request leaves.
func TestNothingIsDoneWithoutAUsableSetup(t *testing.T) {
	points := 0
	for _, setup := range []struct {
		name   string
		change func(*world)
		says   string
		spared []string // what does not need it
	}{
		{"not set up", nil, "not set up yet", []string{"draft", "choices", "gymflow", "key", "places", "look at key"}},
		{"no address of Kisi", func(w *world) { w.to.KisiURL, w.settings.KisiURL = "kisi", "kisi" }, "address",
			[]string{"plan an undo", "take back", "disable", "enable", "override", "gymflow"}},
		{"no address of Gymflow", func(w *world) { w.to.GymflowURL, w.settings.GymflowURL = "gymflow", "gymflow" }, "address",
			[]string{"undo", "plan an undo", "take back", "disable", "enable", "override", "key", "places", "new key", "look at key"}},
		{"no time zone", func(w *world) { w.settings.Zone, w.settings.PlaceZone, w.settings.GymflowZone = "", "", "" }, "time zone",
			[]string{"plan an undo", "take back", "disable", "enable", "override", "gymflow", "key", "places", "new key", "look at key", "choices"}},
		{"an unknown time zone", func(w *world) { w.settings.Zone = "Nowhere/Land" }, "Nowhere/Land",
			[]string{"plan an undo", "take back", "disable", "enable", "override", "gymflow", "key", "places", "new key", "look at key"}},
		{"no address of Kisi, and switched off", func(w *world) { w.settings.KisiURL, w.settings.DisabledAt = "kisi", time.Now() }, "address", nil},
	} {
		w := linked(t, 2)
		w.view(func(tx *store.Tx) error {
			runs, err := tx.Runs(1)
			w.undoable = runs[0].ID
			return err
		})
		if setup.change == nil {
			w.open(t.TempDir() + "/empty.db")
		} else {
			w.settings = w.inForce()
			setup.change(w)
			w.stored(func(tx *store.Tx) error { return tx.PutSettings(w.settings) })
		}
		mark, requests := len(w.kisi.Log()), w.gymflow.Requests()
		for name, ask := range asked(w) {
			if slices.Contains(setup.spared, name) || w.settings.Disabled() && name != "take back" {
				continue
			}
			points++
			w.restart()
			if err := ask(w.engine); err == nil || !strings.Contains(err.Error(), setup.says) {
				t.Errorf("%s, %s: %v", setup.name, name, err)
			}
		}
		if setup.says == "address" || setup.change == nil {
			if _, writes, log := w.calls(mark); writes > 0 || setup.change == nil && (len(log) > 0 || w.gymflow.Requests() > requests) {
				t.Errorf("%s: %v", setup.name, log)
			}
		}
	}
	t.Logf("%d points", points)
}
