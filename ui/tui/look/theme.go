package look

import (
	"charm.land/lipgloss/v2"

	"kisiflow/access"
)

// Theme is the set of styles, built once from the terminal's background. Status is a word first; the glyph and the
// colour come second, so nothing is lost without colour.
type Theme struct {
	Dark   bool
	Colour bool

	Text     lipgloss.Style // the terminal's own foreground
	Title    lipgloss.Style // what a screen or a section is about
	Faint    lipgloss.Style // what may be read later
	Accent   lipgloss.Style // where you are; used for nothing else
	Selected lipgloss.Style // the row under the cursor
	Good     lipgloss.Style
	Waiting  lipgloss.Style
	Held     lipgloss.Style
	Problem  lipgloss.Style
	Error    lipgloss.Style // a sentence that says what went wrong and what to do
	Warning  lipgloss.Style // a sentence to know before going on
	Key      lipgloss.Style // a key in a help line
	Hint     lipgloss.Style // what the key does
	Rule     lipgloss.Style
}

// palette is one background's foregrounds. Each has a contrast of at least 4.5:1 on its background (a test computes it).
type palette struct{ faint, accent, good, waiting, held, problem string }

func darkPalette() palette {
	return palette{faint: "#9ba2bd", accent: "#8fb8fb", good: "#a6e3a1", waiting: "#f0d58c", held: "#fab387", problem: "#f38ba8"}
}

func lightPalette() palette {
	return palette{faint: "#5a5d73", accent: "#1d56c9", good: "#236b1b", waiting: "#715400", held: "#944400", problem: "#b0122f"}
}

// NewTheme builds the styles for a dark or a light background, with or without colour.
func NewTheme(isDark, colour bool) *Theme {
	colours := lightPalette()
	if isDark {
		colours = darkPalette()
	}
	plain := lipgloss.NewStyle()
	tinted := func(hex string) lipgloss.Style {
		if !colour {
			return plain
		}
		return plain.Foreground(lipgloss.Color(hex))
	}
	return &Theme{
		Dark: isDark, Colour: colour,
		Text:     plain,
		Title:    plain.Bold(true),
		Faint:    tinted(colours.faint),
		Accent:   tinted(colours.accent).Bold(true),
		Selected: plain.Bold(true),
		Good:     tinted(colours.good),
		Waiting:  tinted(colours.waiting),
		Held:     tinted(colours.held),
		Problem:  tinted(colours.problem),
		Error:    tinted(colours.problem),
		Warning:  tinted(colours.waiting),
		Key:      plain,
		Hint:     tinted(colours.faint),
		Rule:     tinted(colours.faint),
	}
}

// Standing gives the style of a standing's word. Having no access is plain: it is no fault.
func (t *Theme) Standing(standing access.Standing) lipgloss.Style {
	switch standing {
	case access.HasAccess:
		return t.Good
	case access.Waiting:
		return t.Waiting
	case access.Held:
		return t.Held
	case access.Problem:
		return t.Problem
	case access.NoAccess:
		return t.Faint
	default:
		return t.Text
	}
}

// Mark is the one-cell glyph that stands before a standing's word.
func Mark(standing access.Standing) string {
	switch standing {
	case access.HasAccess:
		return "✓"
	case access.Waiting:
		return "…"
	case access.Held:
		return "="
	case access.Problem:
		return "!"
	case access.NoAccess:
		return "–"
	default:
		return " "
	}
}

// Cursor marks the row under the cursor; the other rows begin with as many blanks.
const (
	CursorMark = "▸ "
	CursorGap  = "  "
)

// CursorCell is the two cells before a row.
func (t *Theme) CursorCell(selected bool) string {
	if selected {
		return t.Accent.Render(CursorMark)
	}
	return CursorGap
}
