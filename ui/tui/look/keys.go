package look

import "charm.land/bubbles/v2/key"

// Keys are all bindings of the program. Every screen takes its keys from here, so that the same key does the same
// thing everywhere, and the help is made from them.
type Keys struct {
	Up, Down, Left, Right key.Binding
	PageUp, PageDown      key.Binding
	First, Last           key.Binding
	Next, Previous        key.Binding // tabs, fields
	Enter, Space          key.Binding
	Search, Filter        key.Binding
	Sync                  key.Binding
	Help                  key.Binding
	Quit                  key.Binding // never while text is typed
	Back                  key.Binding // esc, or b for links on which a lone escape is lost
	Escape                key.Binding // esc alone: while text is typed, b is a letter
	Leave                 key.Binding // ctrl+c, everywhere

	// The wizard's.
	Accept    key.Binding // the suggestion of this row
	AcceptAll key.Binding
	NoAccess  key.Binding
	Continue  key.Binding
	Again     key.Binding // plans again
	Whole     key.Binding // all that a question says, where the screen is too small for it
	Watch     key.Binding // opens the live view while the sync runs
	Keep      key.Binding // offers the service that goes on without a screen

	// The live view's.
	Approve  key.Binding
	Check    key.Binding
	Override key.Binding
	Undo     key.Binding
	Edit     key.Binding
	Adopt    key.Binding
	Forecast key.Binding
	Copy     key.Binding
	Doors    key.Binding // also the wizard's, on its last page
}

// NewKeys makes the bindings.
func NewKeys() Keys {
	bind := func(shown, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
	}
	return Keys{
		Up:       bind("↑/k", "up", "up", "k"),
		Down:     bind("↓/j", "down", "down", "j"),
		Left:     bind("←/h", "left", "left", "h"),
		Right:    bind("→/l", "right", "right", "l"),
		PageUp:   bind("pgup", "a page up", "pgup"),
		PageDown: bind("pgdn", "a page down", "pgdown"),
		First:    bind("g", "first", "g", "home"),
		Last:     bind("G", "last", "G", "end"),
		Next:     bind("tab", "next", "tab"),
		Previous: bind("shift+tab", "previous", "shift+tab"),
		Enter:    bind("enter", "open", "enter"),
		Space:    bind("space", "choose", "space"),
		Search:   bind("/", "search", "/"),
		Filter:   bind("f", "filter", "f"),
		Sync:     bind("s", "sync now", "s"),
		Help:     bind("?", "help", "?"),
		Quit:     bind("q", "quit", "q"),
		Back:     bind("esc/b", "back", "esc", "b"),
		Escape:   bind("esc", "back", "esc"),
		Leave:    bind("ctrl+c", "leave", "ctrl+c"),

		Accept:    bind("a", "accept suggestion", "a"),
		AcceptAll: bind("A", "accept all suggestions", "A"),
		NoAccess:  bind("x", "no access", "x"),
		Continue:  bind("c", "continue", "c"),
		Again:     bind("r", "again", "r"),
		Whole:     bind("i", "all text", "i"),
		Watch:     bind("v", "live view", "v"),
		Keep:      bind("s", "service", "s"),

		Approve:  bind("p", "approve", "p"),
		Check:    bind("c", "check now", "c"),
		Override: bind("o", "override", "o"),
		Undo:     bind("u", "undo", "u"),
		Edit:     bind("e", "edit", "e"),
		Adopt:    bind("t", "take over", "t"),
		Forecast: bind("n", "tonight", "n"),
		Copy:     bind("y", "copy", "y"),
		Doors:    bind("d", "doors", "d"),
	}
}

// Named is the binding with another word for what it does here.
func Named(binding key.Binding, does string) key.Binding {
	binding.SetHelp(binding.Help().Key, does)
	return binding
}

// Move is the pair of keys for going up and down, as one entry of a short help.
func (k Keys) Move() key.Binding {
	return key.NewBinding(key.WithKeys("up", "down", "k", "j"), key.WithHelp("↑↓", "move"))
}
