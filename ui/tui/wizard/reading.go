package wizard

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// reading is the whole text of a question on a screen that has no room for it beside the answer.
type reading struct {
	open  bool
	first int // the line at the top
}

// wholeKey opens the whole text. While text is typed, i is a letter.
func (w *Wizard) wholeKey() key.Binding {
	if w.page.typing() {
		return look.Named(w.keys.Next, "text") // beside enter and ctrl+c there is room for a word
	}
	return w.keys.Whole
}

// read takes the keys of the whole text; false when they are the page's.
func (w *Wizard) read(message tea.KeyPressMsg) bool {
	if !w.reading.open {
		w.reading.open = key.Matches(message, w.wholeKey()) && w.omits()
		w.reading.first = 0
		return w.reading.open
	}
	const page = 5
	switch {
	case key.Matches(message, w.keys.Up):
		w.reading.first--
	case key.Matches(message, w.keys.Down):
		w.reading.first++
	case key.Matches(message, w.keys.PageUp):
		w.reading.first -= page
	case key.Matches(message, w.keys.PageDown, w.keys.Space):
		w.reading.first += page
	default:
		w.reading.open = false
	}
	width, height := w.room()
	w.reading.first = max(0, min(w.reading.first, len(w.wholeText(width))-height))
	return true
}

// room is what the frame leaves for a page.
func (w *Wizard) room() (width, height int) {
	return w.pageWidth(), max(1, w.height-len(w.head(width)))
}

// wholeText is all that the question says.
func (w *Wizard) wholeText(width int) []string {
	question := w.question
	var lines []string
	for _, each := range w.opening(question, width) {
		lines = append(append(lines, each.lines...), "")
	}
	for _, option := range question.Options {
		lines = append(lines, look.Paragraph(look.Clean(option.Label), width)...)
		lines = append(lines, styled(w.theme.Faint.Render, look.Paragraph(look.Clean(option.Detail), width))...)
		if option.Warning != "" {
			lines = append(lines, w.warning(option.Warning, width)...)
		}
		lines = append(lines, "")
	}
	return lines[:max(0, len(lines)-1)]
}

// omits tells that something of what the question says has no room on the page. A list within a page asks nothing.
func (w *Wizard) omits() bool {
	if w.within() || w.question.Kind == setup.Work || w.question.Kind == setup.Run {
		return false
	}
	width, height := w.room()
	drawn, _ := w.page.draw(width, height)
	shown := inOneLine(strings.Join(drawn, " "))
	said := append(append([]string{}, w.question.Body...), w.question.Warnings...)
	for _, paragraph := range said {
		if !strings.Contains(shown, inOneLine(look.Clean(w.hint(paragraph)))) {
			return true
		}
	}
	if len(w.question.Options) > mostExplained {
		return false // hundreds are searched, not read
	}
	for _, option := range w.question.Options {
		if !strings.Contains(shown, inOneLine(look.Clean(option.Detail))) || !strings.Contains(shown, inOneLine(look.Clean(option.Warning))) {
			return true
		}
	}
	return false
}

func inOneLine(text string) string { return strings.Join(strings.Fields(ansi.Strip(text)), " ") }

// within tells that the page has something open over the question.
func (w *Wizard) within() bool {
	switch p := w.page.(type) {
	case *associatePage:
		return p.chooser != nil || p.find.active
	case *peoplePage:
		return p.others != nil && len(p.people) > 0 || p.list.find.active
	case *reviewPage:
		return p.typed != nil || p.names != nil
	case *choosePage:
		return p.list.find.active
	case *runPage:
		return p.service.open
	}
	return false
}

func (w *Wizard) drawWhole(width, height int) []string {
	lines := w.wholeText(width)
	first := max(0, min(w.reading.first, len(lines)-height))
	return lines[first:min(len(lines), first+height)]
}

func (w *Wizard) readingBindings() []key.Binding {
	return []key.Binding{look.Named(w.keys.Enter, "back"), look.Named(w.keys.Move(), "read on")}
}
