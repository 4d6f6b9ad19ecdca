// Package tui is the full-screen program: it opens the wizard or the live view, switches between them, and leaves
// the terminal as it was.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/wide"
	"kisiflow/ui/words"
)

// ErrStalled says that the terminal no longer reads, so that the screen could not be put back as it was.
var ErrStalled = errors.New("the terminal has stopped reading")

// Options are what the program works with.
type Options struct {
	Engine   *reconcile.Engine
	Store    *store.Store
	By       string           // who acts: user@host
	Now      func() time.Time // nil for time.Now
	Zone     *time.Location   // nil for the integration's, as stored
	NoColour bool             // NO_COLOR with any value, --no-color
	Theme    string           // "dark", "light", or "auto" (also ""): ask the terminal

	Wizard    bool                // begin with the wizard, also when everything is set up
	Again     bool                // everything is set up already: this is not the first setup
	Update    bool                // "Update Integration": the wizard begins at Associate
	StartLive bool                // the live view, even when nothing is set up
	Prefill   *setup.Prefill      // defaults for the wizard that the caller brings along; nil for none
	Hint      func(string) string // makes the command lines in a text fit to be pasted; nil where they are already
	Audit     bool                // this process changes nothing in Kisi, whatever is stored
	Demo      bool                // nothing outlives this program: no word about going on later
	Keeping   setup.Keeping       // what the wizard offers at its end, to go on without a screen; nil for nothing

	Input       io.Reader // nil for the terminal
	Output      io.Writer // nil for standard output
	Environment []string  // nil for the process's own
}

// patience is how long a stalled terminal may hold up the end (tui.md 2.4).
const patience = 2 * time.Second

// Run shows the program until the person leaves it or ctx ends. It handles no signals: the caller ends ctx on one.
//
// Run comes back within two seconds after ctx ended, also when the terminal no longer reads: then it gives ErrStalled,
// a goroutine is stuck in a write for ever, and the caller should let the engine stop and save, and then call os.Exit.
// An ended ctx is no error of Run's.
func Run(ctx context.Context, options Options) error {
	if options.Now == nil {
		options.Now = time.Now
	}
	root, err := newRoot(ctx, options)
	if err != nil {
		return err
	}
	program := tea.NewProgram(marked{root}, programOptions(ctx, options)...)
	done := make(chan error, 1)
	go func() {
		_, err := program.Run()
		done <- err
	}()
	select {
	case err = <-done:
	case <-ctx.Done():
		select {
		case err = <-done:
		case <-time.After(patience):
			return ErrStalled
		}
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("showing the screen: %w", err)
	}
	if farewell := root.farewell(); farewell != "" {
		output := options.Output
		if output == nil {
			output = os.Stdout
		}
		_, err = fmt.Fprintln(output, words.Clean(farewell))
		return err
	}
	return nil
}

func programOptions(ctx context.Context, options Options) []tea.ProgramOption {
	output := options.Output
	if output == nil {
		output = os.Stdout
	}
	chosen := []tea.ProgramOption{tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithOutput(wide.To(output))}
	if options.NoColour {
		chosen = append(chosen, tea.WithColorProfile(colorprofile.ASCII))
	}
	if options.Input != nil {
		chosen = append(chosen, tea.WithInput(options.Input))
	}
	if options.Environment != nil {
		chosen = append(chosen, tea.WithEnvironment(options.Environment))
	}
	return chosen
}
