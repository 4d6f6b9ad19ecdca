package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
)

// helpPage is the full help of the screen in sight, from where it was scrolled to.
func (r *root) helpPage() string {
	_, full := r.bindings()
	page := r.theme.HelpPage(full, r.width-2*look.Margin, r.height-helpHeight, r.helpOffset)
	return look.Fill(look.Indent(strings.Split(page, "\n"), look.Margin), r.width, r.height-helpHeight)
}

// pressInHelp scrolls where the help is taller than the screen; any other key closes it.
func (r *root) pressInHelp(message tea.KeyPressMsg) {
	_, full := r.bindings()
	last := r.theme.HelpLast(full, r.width-2*look.Margin, r.height-helpHeight)
	offset := min(r.helpOffset, last)
	switch {
	case last == 0:
		r.help = false
	case key.Matches(message, r.keys.Up):
		offset--
	case key.Matches(message, r.keys.Down):
		offset++
	case key.Matches(message, r.keys.PageUp):
		offset -= r.height
	case key.Matches(message, r.keys.PageDown, r.keys.Space):
		offset += r.height
	default:
		r.help = false
	}
	r.helpOffset = max(min(offset, last), 0)
}
