package wizard

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

func typeName(value any) string { return fmt.Sprintf("%T", value) }

// gym is both services, a state file and an engine.
type gym struct {
	gymflow *gymflowtest.Server
	kisi    *kisitest.Server
	state   *store.Store
	engine  *reconcile.Engine
}

func newGym(t *testing.T, members int) *gym {
	t.Helper()
	g := &gym{}
	var err error
	if g.gymflow, err = gymflowtest.Start(gymflowtest.Options{Members: members, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.gymflow.Close)
	if g.kisi, err = kisitest.Start(kisitest.Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.kisi.Close)
	place := g.kisi.AddPlace(kisi.Place{Name: "Dublin HQ", Address: "12 Custom House Quay", TimeZone: "Europe/Dublin", LocksCount: 5})
	for _, name := range []string{"Unlimited", "Off-peak"} {
		g.kisi.AddGroup(kisi.Group{Name: name, PlaceID: place.ID, LocksCount: 3, LoginEnabled: true})
	}
	if g.state, err = store.Open(filepath.Join(t.TempDir(), "state.db")); err != nil {
		t.Fatal(err)
	}
	g.engine = reconcile.New(g.state, reconcile.Options{KisiURL: g.kisi.URL, Rate: 5000, By: "tester"})
	return g
}

// work runs the engine until the test ends.
func (g *gym) work(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = g.engine.Loop(ctx, reconcile.Pace{})
	}()
	t.Cleanup(func() { stop(); <-done })
}

func (g *gym) wizard(t *testing.T, update bool) *stage {
	t.Helper()
	return play(t, New(t.Context(), Options{Store: g.state, Engine: g.engine, By: "tester", Update: update}))
}

// TestFromNothingToSynced leads through with nothing but an address, a token, a key and Enter.
func TestFromNothingToSynced(t *testing.T) {
	g := newGym(t, 40)
	g.work(t)
	s := g.wizard(t, false)
	s.at(setup.AskAddress)
	s.write(g.gymflow.URL)
	s.press("enter")
	s.at(setup.AskToken)
	s.paste(" " + g.gymflow.Token[:5] + "\n" + g.gymflow.Token[5:] + "\r\n")
	s.press("enter")
	s.at(setup.AskKey)
	s.paste(g.kisi.Key + "\n")
	if strings.Contains(s.text(), g.kisi.Key[:6]) {
		t.Errorf("the key is on screen:\n%s", s.text())
	}
	s.shows("•••")
	s.press("enter")
	s.enterThrough()
	s.press("enter")
	s.until("the live view", func() bool { return len(s.asked) > 0 })
	if _, ok := s.asked[0].(look.OpenLive); !ok {
		t.Errorf("asked the root for %T, want the live view", s.asked[0])
	}
	given := 0
	for _, right := range g.kisi.Rights() {
		if right.RoleID == kisi.RoleBasic {
			given++
		}
	}
	if run := s.wizard.facts.Run; run == nil || run.Granted == 0 || run.Granted != given || run.Failed != 0 {
		t.Errorf("run %+v, rights in Kisi %d", run, given)
	}
	if farewell := s.wizard.Farewell(); farewell != "" {
		t.Errorf("a finished setup says %q", farewell)
	}
	if err := g.state.View(func(tx *store.Tx) error {
		if _, drafted, err := tx.Draft(); err != nil || drafted {
			t.Errorf("a draft is left over (%v)", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestTakesUpWhereItWasLeft leaves after the token and comes again with a new wizard.
func TestTakesUpWhereItWasLeft(t *testing.T) {
	g := newGym(t, 5)
	s := g.wizard(t, false)
	s.at(setup.AskAddress)
	s.write(g.gymflow.URL)
	s.press("enter")
	s.at(setup.AskToken)
	s.paste(g.gymflow.Token)
	s.press("enter")
	s.at(setup.AskKey)
	s.until("the answers to be kept", func() bool { return !s.wizard.saving })
	if !strings.Contains(s.wizard.Farewell(), "kisiflow setup") {
		t.Errorf("the farewell does not say how to go on: %q", s.wizard.Farewell())
	}
	again := g.wizard(t, false)
	again.at(setup.AskKey)
	again.press("esc", "esc")
	again.at(setup.AskAddress)
	again.shows(g.gymflow.URL)
}

// TestEscapeCancelsWork holds Gymflow's answer back, leaves the check, and sees the late result dropped.
func TestEscapeCancelsWork(t *testing.T) {
	g := newGym(t, 5)
	release := make(chan struct{})
	g.gymflow.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			next.ServeHTTP(w, r)
		})
	})
	t.Cleanup(func() { close(release) })
	s := g.wizard(t, false)
	s.at(setup.AskAddress)
	s.write(g.gymflow.URL)
	s.press("enter")
	s.at(setup.AskToken)
	s.paste(g.gymflow.Token)
	s.press("enter")
	s.at(setup.CheckGymflow)
	s.press("enter", "enter") // typed ahead: ignored
	if s.wizard.question.State != setup.CheckGymflow {
		t.Fatalf("enter walked through work to %s", s.wizard.question.State)
	}
	late := performedMessage{s.wizard.generation, setup.Answer{Move: setup.Done, Result: setup.Result{State: setup.CheckGymflow, Err: context.Canceled}}}
	s.press("esc")
	s.at(setup.AskToken)
	s.take(late)
	if q := s.wizard.question; q.State != setup.AskToken || q.Problem != "" {
		t.Errorf("a late result changed the question: %s, %q", q.State, q.Problem)
	}
}

// TestRefusedTokenIsSaidAndMended leads from a wrong token back to the question and on.
func TestRefusedTokenIsSaidAndMended(t *testing.T) {
	g := newGym(t, 5)
	s := g.wizard(t, false)
	s.at(setup.AskAddress)
	s.write(g.gymflow.URL)
	s.press("enter")
	s.at(setup.AskToken)
	s.paste("gf_wrong")
	s.press("enter")
	s.until("a refusal", func() bool { return s.wizard.question.Problem != "" })
	s.shows("✗ ")
	s.press("esc")
	s.at(setup.AskToken)
	s.paste(g.gymflow.Token)
	s.press("enter")
	s.at(setup.AskKey)
}

// TestNothingIsDrawnWithoutChange: two looks at a state file that did not change give the same screen.
func TestNothingIsDrawnWithoutChange(t *testing.T) {
	w := runScreen(80, 23)
	w.generation = new(stamp)
	w.options.Store, _ = store.Open(filepath.Join(t.TempDir(), "state.db"))
	before := w.View()
	if command := w.watched(watchedMessage{generation: w.generation}); command == nil {
		t.Fatal("the watch ended")
	}
	if w.View() != before {
		t.Error("the screen changed although the file did not")
	}
	if command := w.watched(watchedMessage{generation: new(stamp)}); command != nil {
		t.Error("a stale watch went on")
	}
}

// TestKeysTypedAheadDoNotAnswerReview: somebody hammers on enter while the plan is made.
func TestKeysTypedAheadDoNotAnswerReview(t *testing.T) {
	now := noon
	w := screen(workQuestion(""), 80, 23)
	w.now = func() time.Time { return now }
	pressed(w, "enter")
	now = now.Add(deafness / 2)
	w.deafUntil = time.Time{}
	w.Update(performedMessage{generation: w.generation})
	if !now.Before(w.deafUntil) {
		t.Fatal("keys right behind those typed ahead are heard")
	}
	now = now.Add(deafness)
	if now.Before(w.deafUntil) {
		t.Error("the keyboard stays deaf")
	}
}

// TestANewGroupIsFoundWithoutStartingOver makes a group in Kisi while the list of groups is open.
func TestANewGroupIsFoundWithoutStartingOver(t *testing.T) {
	g := newGym(t, 10)
	s := play(t, New(t.Context(), Options{Store: g.state, Engine: g.engine, By: "tester", Prefill: &setup.Prefill{
		GymflowURL: g.gymflow.URL, Token: setup.SecretText(g.gymflow.Token), Key: setup.SecretText(g.kisi.Key)}}))
	for s.wizard.question.State != setup.AskAssociations {
		s.until("a question", func() bool { return s.wizard.page != nil && s.wizard.question.Kind != setup.Work })
		if s.wizard.question.State != setup.AskAssociations {
			s.press("enter")
		}
	}
	s.press("tab", "x", "enter") // the first is decided, the list of the second is open
	place := g.kisi.AddGroup(kisi.Group{Name: "Brand new", LocksCount: 1, LoginEnabled: true})
	if strings.Contains(s.text(), "Brand new") {
		t.Fatal("it is there before it was read")
	}
	s.press("r")
	s.until("the list read again", func() bool {
		page, ok := s.wizard.page.(*associatePage)
		return ok && page.groups[place.ID].Name == "Brand new"
	})
	s.shows("Access group for")
	s.shows("Brand new")
	s.press("esc")
	s.shows("No access")
	if len(s.wizard.page.(*associatePage).chosen) != 1 {
		t.Errorf("chosen: %v", s.wizard.page.(*associatePage).chosen)
	}
}
