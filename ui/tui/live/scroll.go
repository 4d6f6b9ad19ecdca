package live

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
)

// scroll is a text that may be taller than its place.
type scroll struct {
	text   []string
	offset int
	width  int
	height int
}

// show replaces the text and stays where it was read.
func (t *scroll) show(text []string) {
	t.text = text
	t.settle()
}

func (t *scroll) resize(width, height int) bool {
	changed := width != t.width
	t.width, t.height = width, height
	t.settle()
	return changed
}

func (t *scroll) settle() { t.offset = max(min(t.offset, len(t.text)-t.height), 0) }

// press scrolls; it tells whether the key was for that.
func (t *scroll) press(k keys, press tea.KeyPressMsg) bool {
	page := max(t.height-2, 1) // the first and the last line may tell of more
	switch {
	case matches(press, k.Up):
		t.offset--
	case matches(press, k.Down):
		t.offset++
	case matches(press, k.PageUp):
		t.offset -= page
	case matches(press, k.PageDown), matches(press, k.Space):
		t.offset += page
	case matches(press, k.First):
		t.offset = 0
	case matches(press, k.Last):
		t.offset = len(t.text)
	default:
		return false
	}
	t.settle()
	return true
}

// above tells that the first line in sight is given to saying that there is more above.
func (t *scroll) above() bool {
	return t.offset > 0 && t.height >= leastWithAbove
}

// leastWithAbove is the height from which on a line can be spared for that.
const leastWithAbove = 12

// from is the offset at which this line is the first to be read.
func (t *scroll) from(line int) int {
	if line > 0 && t.height >= leastWithAbove {
		return line - 1
	}
	return line
}

// lines gives what is in sight. Where there is more above or below, the first or the last line says so.
func (t *scroll) lines(theme *look.Theme) []string {
	end := min(t.offset+t.height, len(t.text))
	shown := append([]string(nil), t.text[min(t.offset, end):end]...)
	if t.above() && len(shown) > 0 {
		shown[0] = " " + theme.Faint.Render("more above ↑")
	}
	if end < len(t.text) && len(shown) > 1 {
		shown[len(shown)-1] = " " + theme.Faint.Render("more below ↓")
	}
	return shown
}

// cursor stands at the first words in sight, where a screen reader begins.
func (t *scroll) cursor() (x, y int, found bool) {
	for line, text := range t.text[min(t.offset, len(t.text)):] {
		if line == 0 && t.above() {
			continue
		}
		if line < t.height && strings.TrimSpace(text) != "" {
			return look.Margin, line, true
		}
	}
	return 0, 0, false
}

// composer sets text in the house's manner: a margin, headings, labelled facts, sentences that wrap.
type composer struct {
	theme *look.Theme
	width int // inside the margins
	out   []string
}

func (s *scene) composer(width int) *composer {
	return &composer{theme: s.theme, width: max(width-2*look.Margin, 1)}
}

func (c *composer) line(styled string) { c.out = append(c.out, " "+look.Cut(styled, c.width)) }

func (c *composer) blank() { c.out = append(c.out, "") }

func (c *composer) heading(text string) {
	if len(c.out) > 0 {
		c.blank()
	}
	c.line(c.theme.Title.Render(text))
}

// say sets a sentence, indented.
func (c *composer) say(text string, indent int) {
	for _, line := range look.Paragraph(text, c.width-indent) {
		c.out = append(c.out, look.Indent([]string{" " + line}, indent)...)
	}
}

const labelWidth = 13

// fact sets a label and its text, which wraps beside it.
func (c *composer) fact(label, text string) {
	if text == "" {
		return
	}
	for index, line := range look.Paragraph(text, c.width-labelWidth) {
		if index > 0 {
			label = ""
		}
		c.out = append(c.out, " "+c.theme.Faint.Render(look.PadRight(label, labelWidth))+line)
	}
}
