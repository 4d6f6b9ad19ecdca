package tui

import (
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/wide"
)

// marked is the root as the renderer gets to see it: without wide text, which wide.To writes in its stead.
type marked struct{ *root }

// Update takes one message.
func (m marked) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	_, command := m.root.Update(message)
	return m, command
}

// View is the whole terminal.
func (m marked) View() tea.View {
	view := m.root.View()
	view.Content = wide.Mark(view.Content, m.width)
	return view
}
