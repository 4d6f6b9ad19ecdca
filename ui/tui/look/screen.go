// Package look holds what all screens share: the one keymap, the one theme, the screen contract and text that fits.
package look

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Screen is a part of the program that owns a region. Only the root builds tea.View; a screen gives a string of exactly
// its size (look.Fill), below which the root draws the help line from Bindings. Pointer receivers: Update changes the
// screen and gives the next command. The root keeps ctrl+c for itself, and ? and q unless Typing; esc is the screen's.
type Screen interface {
	Init() tea.Cmd
	Update(message tea.Msg) tea.Cmd
	View() string
	SetSize(width, height int)
	SetTheme(theme *Theme)
	// Bindings are the keys that work now: first the short help's, then all of them by group. The root adds help, quit
	// and leave to both.
	Bindings() (short []key.Binding, full [][]key.Binding)
	// Typing tells that a text field has focus, so that letters are text and q does not quit.
	Typing() bool
	// Cursor is where the hardware cursor stands (row focus or text field), relative to the region; nil hides it.
	Cursor() *tea.Cursor
}
