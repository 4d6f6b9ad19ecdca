package tui

import (
	"context"
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/tui/wizard"
)

// root is the program's model. It owns the terminal's size, the theme, the help and the way out; everything else is
// a screen's.
type root struct {
	context context.Context // of the screens' commands; ends with the program
	options Options
	keys    look.Keys
	theme   *look.Theme

	width, height int
	wizard        *wizard.Wizard // nil while the live view is in sight
	live          look.Screen    // kept while the wizard is open, so that cursor and filter survive; nil until first needed
	help          bool
	helpOffset    int  // its first line in sight
	leaving       bool // the person asked to leave once
	asking        bool // a run is going in this process: the help line asks whether to leave it
}

func newRoot(ctx context.Context, options Options) (*root, error) {
	r := &root{
		context: ctx, options: options, keys: look.NewKeys(),
		theme: look.NewTheme(options.Theme != "light", !options.NoColour),
	}
	begin := options.Wizard || options.Update
	if !begin && !options.StartLive {
		isSet := false
		err := options.Store.View(func(tx *store.Tx) (err error) {
			_, isSet, err = tx.Settings()
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading the settings: %w", err)
		}
		begin = !isSet
	}
	if begin {
		r.wizard = r.newWizard(look.OpenWizard{Update: options.Update}, options.Again)
	} else {
		r.live = newLive(options)
	}
	return r, nil
}

func (r *root) newWizard(wanted look.OpenWizard, again bool) *wizard.Wizard {
	return wizard.New(r.context, wizard.Options{
		Store: r.options.Store, Engine: r.options.Engine, By: r.options.By, Now: r.options.Now, Update: wanted.Update, From: wanted.From, Again: again,
		Prefill: r.options.Prefill, Hint: r.options.Hint, Keeping: r.options.Keeping,
	})
}

// screen is the one in sight.
func (r *root) screen() look.Screen {
	if r.wizard != nil {
		return r.wizard
	}
	return r.live
}

// Init begins the first screen and asks the terminal for its background.
func (r *root) Init() tea.Cmd {
	begin := r.open(r.screen())
	if r.options.NoColour || r.options.Theme == "dark" || r.options.Theme == "light" {
		return begin
	}
	return tea.Batch(tea.RequestBackgroundColor, begin)
}

// open gives a new screen its room and its theme, and begins it.
func (r *root) open(screen look.Screen) tea.Cmd {
	screen.SetTheme(r.theme)
	screen.SetSize(r.width, r.height-helpHeight)
	return screen.Init()
}

// Update takes one message.
func (r *root) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case tea.WindowSizeMsg:
		r.width, r.height = message.Width, message.Height
		r.each(func(screen look.Screen) { screen.SetSize(r.width, r.height-helpHeight) })
		return r, nil
	case tea.BackgroundColorMsg:
		r.theme = look.NewTheme(message.IsDark(), !r.options.NoColour)
		r.each(func(screen look.Screen) { screen.SetTheme(r.theme) })
		return r, nil
	case tea.KeyPressMsg:
		return r, r.press(message)
	case tea.PasteMsg:
		if r.help || r.small() {
			return r, nil
		}
		return r, r.screen().Update(message)
	case look.OpenWizard:
		r.wizard = r.newWizard(message, true)
		return r, r.open(r.wizard)
	case look.OpenLive:
		return r, r.openLive()
	case look.Quit:
		return r, r.leave()
	case leaveMessage:
		if !message.running {
			return r, tea.Quit
		}
		r.asking = r.leaving
		return r, nil
	}
	// Results of commands go to both screens: the live view goes on behind the wizard, and each knows its own.
	var commands []tea.Cmd
	r.each(func(screen look.Screen) { commands = append(commands, screen.Update(message)) })
	return r, tea.Batch(commands...)
}

func (r *root) each(do func(look.Screen)) {
	if r.wizard != nil {
		do(r.wizard)
	}
	if r.live != nil {
		do(r.live)
	}
}

func (r *root) openLive() tea.Cmd {
	r.wizard = nil
	if r.live != nil {
		return nil
	}
	r.live = newLive(r.options)
	return r.open(r.live)
}

// press keeps the way out and the help for the root; all other keys are the screen's.
func (r *root) press(message tea.KeyPressMsg) tea.Cmd {
	typing := r.screen().Typing()
	switch {
	case key.Matches(message, r.keys.Leave), !typing && !r.help && key.Matches(message, r.keys.Quit):
		return r.leave()
	case r.asking:
		r.asking, r.leaving = false, false // any other key stays
		return nil
	case r.small():
		return nil
	case r.help:
		r.pressInHelp(message)
		return nil
	case !typing && key.Matches(message, r.keys.Help):
		r.help, r.helpOffset = true, 0
		return nil
	}
	r.leaving = false
	return r.screen().Update(message)
}

// View is the whole terminal.
func (r *root) View() tea.View {
	view := tea.NewView(r.content())
	view.AltScreen = true
	view.WindowTitle = "kisiflow"
	if r.small() || r.help {
		return view
	}
	if cursor := r.screen().Cursor(); cursor != nil {
		cursor.Blink = false // a still screen writes nothing, and neither does the terminal
		view.Cursor = cursor
	}
	return view
}
