package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
)

// newLive makes the live view.
func newLive(Options) look.Screen { return &placeholder{} }

// placeholder stands where the live view will be.
type placeholder struct {
	width, height int
}

func (p *placeholder) Init() tea.Cmd                                         { return nil }
func (p *placeholder) Update(tea.Msg) tea.Cmd                                { return nil }
func (p *placeholder) View() string                                          { return look.Fill([]string{" The live view."}, p.width, p.height) }
func (p *placeholder) SetSize(width, height int)                             { p.width, p.height = width, height }
func (p *placeholder) SetTheme(*look.Theme)                                  {}
func (p *placeholder) Bindings() (short []key.Binding, full [][]key.Binding) { return nil, nil }
func (p *placeholder) Typing() bool                                          { return false }
func (p *placeholder) Cursor() *tea.Cursor                                   { return nil }
