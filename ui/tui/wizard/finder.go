package wizard

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// finder is the search line above a list.
type finder struct {
	*shared
	input  textinput.Model
	active bool // it has the keyboard
}

func newFinder(shared *shared) finder { return finder{shared: shared, input: newInput(shared)} }

// sought is what rows must hold, in small letters.
func (f *finder) sought() string { return strings.ToLower(strings.TrimSpace(f.input.Value())) }

// begins opens the search when the key says so.
func (f *finder) begins(message tea.Msg) bool {
	pressed, isKey := message.(tea.KeyPressMsg)
	if !isKey || f.active || !key.Matches(pressed, f.keys.Search) {
		return false
	}
	f.active = true
	return true
}

// ends gives the keyboard back when the key says so; what was typed stays in force.
func (f *finder) ends(message tea.Msg) bool {
	pressed, isKey := message.(tea.KeyPressMsg)
	if !isKey || !f.active || !key.Matches(pressed, f.keys.Enter) {
		return false
	}
	f.active = false
	return true
}

// types takes a letter or a paste while the search has the keyboard; arrows are the list's.
func (f *finder) types(message tea.Msg) bool {
	if !f.active {
		return false
	}
	switch message := message.(type) {
	case tea.KeyPressMsg:
		if name := message.String(); name == "up" || name == "down" {
			return false
		}
	case tea.PasteMsg:
	default:
		return false
	}
	f.input, _ = f.input.Update(message)
	return true
}

// clear ends the search; false when there was none.
func (f *finder) clear() bool {
	if !f.active && f.input.Value() == "" {
		return false
	}
	f.active = false
	f.input.Reset()
	return true
}

const searchLabel = "Search: "

// line is the search line; "" where nothing is sought and the list is short.
func (f *finder) line(shown, all, width int) string {
	count := f.theme.Faint.Render(words.Number(shown) + " of " + words.Number(all))
	value := f.input.Value()
	switch {
	case f.active:
		dress(&f.input, f.theme)
		f.input.SetWidth(max(1, width-len(searchLabel)-look.Width(count)-2))
		return look.Sides(f.theme.Faint.Render(searchLabel)+f.input.View(), count, width)
	case value != "":
		return look.Sides(f.theme.Faint.Render(searchLabel+look.Clean(value)), count, width)
	case all >= filterFrom:
		return f.theme.Faint.Render(words.Number(all) + ", / to search")
	}
	return ""
}

// cursor is where the hardware cursor stands in that line; nil when it has not the keyboard.
func (f *finder) cursor() *tea.Cursor {
	if !f.active {
		return nil
	}
	cursor := f.input.Cursor()
	if cursor != nil {
		cursor.X += len(searchLabel)
	}
	return cursor
}
