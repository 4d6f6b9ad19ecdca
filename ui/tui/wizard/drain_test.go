package wizard

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kisiflow/ui/setup"
)

// stage runs a wizard without a program: commands run beside it, and their results are fed back one by one.
type stage struct {
	t       *testing.T
	wizard  *Wizard
	results chan tea.Msg
	asked   []tea.Msg // messages that are for the root
}

func play(t *testing.T, w *Wizard) *stage {
	t.Helper()
	w.pace = time.Millisecond
	w.SetSize(80, 23)
	s := &stage{t: t, wizard: w, results: make(chan tea.Msg)}
	s.run(w.Init())
	return s
}

func (s *stage) run(command tea.Cmd) {
	if command == nil {
		return
	}
	go func() {
		select {
		case s.results <- command():
		case <-s.t.Context().Done():
		}
	}()
}

func (s *stage) take(message tea.Msg) {
	switch message := message.(type) {
	case nil:
	case tea.BatchMsg:
		for _, command := range message {
			s.run(command)
		}
	default:
		if !strings.HasPrefix(typeName(message), "wizard.") {
			s.asked = append(s.asked, message)
			return
		}
		s.run(s.wizard.Update(message))
	}
}

// until takes results until the condition holds.
func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	deadline := time.After(2 * time.Minute)
	for !holds() {
		select {
		case message := <-s.results:
			s.take(message)
		case <-deadline:
			s.t.Fatalf("never came to %s; the screen shows:\n%s", what, s.text())
		}
	}
}

func (s *stage) at(state setup.State) {
	s.t.Helper()
	s.until(string(state), func() bool { return s.wizard.question.State == state })
}

func (s *stage) text() string { return ansi.Strip(s.wizard.View()) }

func (s *stage) press(keys ...string) {
	for _, name := range keys {
		s.run(s.wizard.Update(keyOf(name)))
	}
}

func (s *stage) write(text string) {
	for _, r := range text {
		s.run(s.wizard.Update(tea.KeyPressMsg{Code: r, Text: string(r)}))
	}
}

func (s *stage) paste(text string) { s.run(s.wizard.Update(tea.PasteMsg{Content: text})) }

func (s *stage) shows(text string) {
	s.t.Helper()
	if !strings.Contains(s.text(), text) {
		s.t.Errorf("the screen lacks %q:\n%s", text, s.text())
	}
}
