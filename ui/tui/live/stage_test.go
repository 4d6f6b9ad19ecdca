package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

// stage is a live view over a real state file, without a terminal: commands are run at once, time stands still.
type stage struct {
	t      *testing.T
	file   *store.Store
	live   *Live
	now    time.Time
	last   polled    // the newest look at the file
	asks   []tea.Msg // what the view asked the root for
	engine *fakeEngine

	clipboard string
}

// fakeEngine is the real one over the stage's file, but for the calls that would ask a service.
type fakeEngine struct {
	*reconcile.Engine
	adopted []access.Foreign
	refuse  error // what adopting and a new key answer
	key     string
	steps   []reconcile.Step
	mends   bool
	failure error // what the check ends with
	checks  int
}

func (e *fakeEngine) Adopt(foreign []access.Foreign, _ string) (int, error) {
	e.adopted = append(e.adopted, foreign...)
	return len(foreign), e.refuse
}

func (e *fakeEngine) CheckMember(_ context.Context, id string, step func(reconcile.Step)) (reconcile.MemberCheck, error) {
	e.checks++
	for _, one := range e.steps {
		step(one)
	}
	return reconcile.MemberCheck{MemberID: id, Steps: e.steps, Mends: e.mends}, e.failure
}

func (e *fakeEngine) ReplaceKey(_ context.Context, key string) (store.KeyFacts, error) {
	e.key = key
	return store.KeyFacts{UserID: 8, UserName: "Olga Owner", Owner: true, LoginType: "api"}, e.refuse
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return openStage(t, seeded(t))
}

// seeded is the file of a gym in the middle of its life, made once.
func seeded(t *testing.T) []byte {
	t.Helper()
	seedOnce.Do(func() {
		path := filepath.Join(t.TempDir(), "gym.db")
		file, err := store.Open(path)
		if err == nil {
			err = seed(file)
		}
		if err == nil {
			seedFile, err = os.ReadFile(path)
		}
		if err != nil {
			t.Error(err)
		}
	})
	return seedFile
}

var (
	seedOnce sync.Once
	seedFile []byte
)

// openStage begins with a copy of a file; nil for none.
func openStage(t *testing.T, content []byte) *stage {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gym.db")
	if content != nil {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, file: file, now: seedNow()}
	s.live = newLive(Options{Store: file, By: "nora@gym", Now: func() time.Time { return s.now }})
	s.live.after = func(time.Duration, tea.Msg) tea.Cmd { return nil } // tests say when to poll
	real := reconcile.New(file, reconcile.Options{By: "nora@gym", Now: func() time.Time { return s.now }})
	s.engine = &fakeEngine{Engine: real, steps: seedSteps()}
	s.live.scene.engine = s.engine
	s.live.SetTheme(look.NewTheme(true, false))
	s.size(80, 24)
	s.run(s.live.Init())
	return s
}

// size is the terminal's; the last line is the root's.
func (s *stage) size(width, height int) *stage {
	s.live.SetSize(width, height-1)
	return s
}

// run carries out commands and all that follows from them.
func (s *stage) run(command tea.Cmd) {
	if command == nil {
		return
	}
	switch message := command().(type) {
	case nil:
	case tea.BatchMsg:
		for _, one := range message {
			s.run(one)
		}
	case look.OpenWizard, look.OpenLive, look.Quit:
		s.asks = append(s.asks, message)
	default:
		if strings.HasSuffix(fmt.Sprintf("%T", message), "setClipboardMsg") {
			s.clipboard = fmt.Sprint(message)
		}
		if answer, isPoll := message.(polled); isPoll {
			s.last = answer
		}
		s.run(s.live.Update(message))
	}
}

func (s *stage) poll() *stage {
	s.run(s.live.Update(pollDue{s.live.generation}))
	return s
}

// press types keys, by name or a letter each.
func (s *stage) press(names ...string) *stage {
	for _, name := range names {
		s.run(s.live.Update(keyPress(name)))
	}
	return s
}

func (s *stage) write(text string) *stage {
	for _, letter := range text {
		s.run(s.live.Update(tea.KeyPressMsg{Code: letter, Text: string(letter)}))
	}
	return s
}

func keyPress(name string) tea.KeyPressMsg {
	codes := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
		"right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace,
	}
	if name == "shift+tab" {
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	}
	if code, named := codes[name]; named {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func (s *stage) view() string { return ansi.Strip(s.live.View()) }

func (s *stage) expect(texts ...string) *stage {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.view(), text) && !strings.Contains(strings.Join(strings.Fields(s.view()), " "), text) {
			s.t.Errorf("%q is not on screen:\n%s", text, s.view())
		}
	}
	return s
}

func (s *stage) lacks(texts ...string) *stage {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.view(), text) {
			s.t.Errorf("%q is on screen:\n%s", text, s.view())
		}
	}
	return s
}

func (s *stage) update(write func(*store.Tx) error) *stage {
	s.t.Helper()
	if err := s.file.Update(write); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// requests takes all that were queued.
func (s *stage) requests() []store.Request {
	var queued []store.Request
	s.update(func(tx *store.Tx) error {
		for {
			request, found, err := tx.TakeRequest()
			if err != nil || !found {
				return err
			}
			queued = append(queued, request)
		}
	})
	return queued
}

func (s *stage) selected() string {
	who, found := s.live.members.rows.Selected()
	if !found {
		return ""
	}
	return who.name
}

var errRefused = errors.New("kisiflow is at work on another host")
