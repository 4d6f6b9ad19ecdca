package live

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
)

// keys are the program's, and some that only lists have.
type keys struct {
	look.Keys
	Sort     key.Binding
	Export   key.Binding
	AdoptAll key.Binding
	Tab      key.Binding
}

func newKeys() keys {
	return keys{
		Keys:     look.NewKeys(),
		Sort:     key.NewBinding(key.WithKeys("S"), key.WithHelp("S", "sort by the next column")),
		Export:   key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "export")),
		Tab:      key.NewBinding(key.WithKeys("1", "2", "3", "4", "5"), key.WithHelp("1-5", "a tab")),
		AdoptAll: key.NewBinding(key.WithKeys("A"), key.WithHelp("A", "take over all matched")),
	}
}

// bindings are the keys that work now.
type bindings struct {
	short []key.Binding
	full  []key.Binding // beside those of moving, which all have
}

func matches(press tea.KeyPressMsg, binding key.Binding) bool { return key.Matches(press, binding) }

// Bindings gives the keys that work now, for the help.
func (l *Live) Bindings() (short []key.Binding, full [][]key.Binding) {
	k := l.scene.keys
	if l.scene.prompt != nil {
		shown := l.scene.prompt.bindings(k)
		return shown, [][]key.Binding{shown}
	}
	shown := l.current().bindings()
	if l.Typing() {
		return shown.short, [][]key.Binding{shown.full}
	}
	short = append(shown.short, k.Next)
	if !l.scene.facts.settings.Disabled() { // then s syncs nothing
		short = append(shown.short, k.Sync, k.Next)
	}
	if l.scene.facts.loaded && !l.scene.facts.settings.set {
		begin := look.Named(k.Edit, "set up")
		return []key.Binding{begin, k.Next}, [][]key.Binding{{begin, look.Named(k.Next, "next tab"), look.Named(k.Previous, "previous tab")}}
	}
	moving := []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.First, k.Last}
	everywhere := []key.Binding{look.Named(k.Next, "next tab"), look.Named(k.Previous, "previous tab"), k.Tab, k.Sync}
	return short, [][]key.Binding{shown.full, moving, everywhere}
}
