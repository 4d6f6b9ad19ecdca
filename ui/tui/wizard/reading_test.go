package wizard

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"kisiflow/ui/setup"
)

// TestAllThatAQuestionSaysCanBeReadOnTheSmallestScreen reads every question that leaves something out there.
func TestAllThatAQuestionSaysCanBeReadOnTheSmallestScreen(t *testing.T) {
	read := 0
	for _, each := range scenes(t) {
		w := each.wizard
		w.SetSize(40, 9)
		if w.reading.open || !w.omits() {
			continue
		}
		read++
		typed := w.Typing()
		pressed(w, w.wholeKey().Keys()[0])
		seen := inOneLine(w.View())
		for range 60 {
			pressed(w, "down")
			lines := strings.Split(ansi.Strip(w.View()), "\n")
			seen += " " + inOneLine(lines[len(lines)-1])
		}
		seen = inOneLine(seen)
		for _, said := range append(w.question.Body, w.question.Warnings...) {
			for _, word := range strings.Fields(said) {
				if !strings.Contains(seen, word) {
					t.Errorf("%s: %q of %q can't be read:\n%s", each.name, word, said, seen)
				}
			}
		}
		pressed(w, "esc")
		if w.reading.open || w.Typing() != typed {
			t.Errorf("%s: esc did not lead back to the question", each.name)
		}
	}
	if read < 8 {
		t.Errorf("only %d questions leave something out", read)
	}
}

func TestWithRoomForAllThereIsNoKeyForIt(t *testing.T) {
	for _, each := range scenes(t) {
		w := each.wizard
		w.reading = reading{}
		w.SetSize(120, 39)
		if w.omits() && w.question.State != setup.AskPlace && w.question.State != setup.AskRoster { // their lists are as long as they are
			t.Errorf("%s leaves something out at 120×40", each.name)
		}
	}
}
