package live

import (
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/tui/table"
	"kisiflow/ui/words"
)

// scene is what all panels see: the facts, the theme, the moment.
type scene struct {
	store  *store.Store
	path   string // of the state file
	engine engine
	audit  bool
	by     string
	clock  func() time.Time
	now    time.Time // of the last message, so that drawing reads no clock
	keys   keys
	theme  *look.Theme
	inks   map[access.Standing]table.Ink
	facts  facts

	tall    bool    // there is room for a blank line above a question
	notice  string  // what the last key did, until the next key
	failed  bool    // the notice is an error
	trouble string  // the state file can't be read; stays until it can
	prompt  *prompt // a question that waits for its answer
	askedAt time.Time
	letGo   string // fingerprint of the list of held removals that was approved last
	checks  int    // of members, begun so far
}

func (s *scene) zone() *time.Location { return s.facts.settings.zone }

func (s *scene) today() gymflow.Date { return gymflow.DateOf(s.now.In(s.zone())) }

func (s *scene) when(instant time.Time) string { return words.When(instant, s.now, s.zone()) }

func (s *scene) day(date gymflow.Date) string { return words.Date(date, s.today()) }

func (s *scene) say(sentence string) { s.notice, s.failed = sentence, false }

func (s *scene) complain(sentence string) { s.notice, s.failed = look.Clean(sentence), true }

func (s *scene) setTheme(theme *look.Theme) {
	s.theme = theme
	s.inks = map[access.Standing]table.Ink{}
	for _, standing := range []access.Standing{access.HasAccess, access.NoAccess, access.Waiting, access.Held, access.Problem} {
		s.inks[standing] = table.InkOf(theme.Standing(standing))
	}
}

func (s *scene) tableInks() table.Inks {
	return table.Inks{
		Header: table.InkOf(s.theme.Faint), Text: table.InkOf(s.theme.Text),
		Selected: table.InkOf(s.theme.Selected), Marker: table.InkOf(s.theme.Accent),
	}
}

// notSetUp stands wherever nothing can be shown before the set-up; e begins it on every tab.
const notSetUp = "Nothing is set up yet. Press e to begin. Six questions lead through it, and nothing is written to Kisi before you have seen the plan."

// roomy is a height from which on lists that smaller screens keep behind a key are shown at once.
const roomy = 30

// foot is what stands above the help line, usually nothing. A blank line separates it from the page.
func (s *scene) foot(width int) []string {
	lines := s.said(width)
	if len(lines) > 0 && s.tall {
		lines = append([]string{""}, lines...)
	}
	return lines
}

// said is the question, the notice or the trouble.
func (s *scene) said(width int) []string {
	text, style := s.notice, s.theme.Text
	switch {
	case s.prompt != nil:
		return s.prompt.lines(s.theme, width-2*look.Margin)
	case text != "" && s.failed:
		style = s.theme.Error
	case text == "" && s.trouble != "":
		text, style = s.trouble, s.theme.Error
	case text == "":
		return nil
	}
	return set(text, style, width-2*look.Margin)
}

// set wraps a sentence at the margin.
func set(text string, style lipgloss.Style, width int) []string {
	lines := look.Paragraph(text, width)
	for index, line := range lines {
		lines[index] = " " + style.Render(line)
	}
	return lines
}

// field makes a line to type in, without a blinking cursor of its own: the terminal's stands there.
func field(label string) textinput.Model {
	input := textinput.New()
	input.Prompt = label
	input.CharLimit = 100
	input.SetVirtualCursor(false)
	input.SetStyles(textinput.Styles{})
	return input
}

// selectionKeys moves a table's selection; it tells whether the key was one of those.
func selectionKeys[ID comparable, Row any](s *scene, press tea.KeyPressMsg, rows *table.Table[ID, Row]) bool {
	switch {
	case matches(press, s.keys.Up):
		rows.Move(-1)
	case matches(press, s.keys.Down):
		rows.Move(1)
	case matches(press, s.keys.PageUp):
		rows.Page(-1)
	case matches(press, s.keys.PageDown):
		rows.Page(1)
	case matches(press, s.keys.First):
		rows.First()
	case matches(press, s.keys.Last):
		rows.Last()
	default:
		return false
	}
	return true
}
