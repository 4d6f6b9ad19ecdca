package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/line"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui"
)

// conversation is what a person is shown: the wizard or the live view, with the engine running behind it.
type conversation struct {
	state   *store.Store
	engine  *reconcile.Engine
	wizard  bool // begin with the wizard
	again   bool // the integration is set up already
	demo    bool
	passing bool // the state file goes when the process ends
	now     func() time.Time
	every   time.Duration // how often the engine syncs by itself
	poll    time.Duration // how often it asks Gymflow what changed
	prefill *setup.Prefill
}

// runDefault is `kisiflow` without a command: the wizard when not set up, else the live view.
func (a *application) runDefault(command *cobra.Command, _ []string) error {
	state, err := a.openStore()
	if err != nil {
		return err
	}
	settings, set, err := settingsOf(state)
	if err != nil {
		return err
	}
	if a.json || (!a.fullScreen() && !a.wantsLines() && !isTerminal(a.in)) {
		if !set {
			return fmt.Errorf("%w, or with all answers as flags: kisiflow setup --no-input --help", reconcile.ErrNotSetUp)
		}
		status := a.statusCommand()
		return status.RunE(status, nil)
	}
	if set {
		if err := a.storedKeyStays(settings); err != nil {
			return err
		}
	}
	engine, err := a.engine(state, settings.GymflowURL, settings.KisiURL)
	if err != nil {
		return err
	}
	return a.converse(command.Context(), conversation{state: state, engine: engine, wizard: !set, again: set, every: everyFiveMinutes, poll: usualPoll, prefill: a.prefill()})
}

// converse shows the screens, or plain lines, while the engine works in this process. The engine never waits for the
// screen; both meet in the state file.
func (a *application) converse(ctx context.Context, talk conversation) error {
	working, stop := context.WithCancel(ctx)
	engineDone := make(chan struct{})
	var engineErr error
	go func() {
		defer close(engineDone)
		engineErr = talk.engine.Loop(working, reconcile.Pace{Every: talk.every, Poll: talk.poll})
	}()
	screenDone := make(chan struct{})
	var screenErr error
	go func() {
		defer close(screenDone)
		screenErr = a.show(ctx, talk)
	}()
	select {
	case <-screenDone:
	case <-ctx.Done():
	}
	stop()
	<-engineDone
	a.leaveStalledScreen(screenDone)
	if errors.Is(screenErr, context.Canceled) || errors.Is(screenErr, tui.ErrStalled) {
		screenErr = nil // nobody could read it: saying so on a stalled terminal would block for ever
	}
	return errors.Join(screenErr, engineErr)
}

func (a *application) show(ctx context.Context, talk conversation) error {
	by := whoActs()
	var kept setup.Keeping
	if !talk.demo {
		kept = keeping{a}
	}
	if a.fullScreen() {
		return tui.Run(ctx, tui.Options{Engine: talk.engine, Store: talk.state, By: by, Now: talk.now, Wizard: talk.wizard, Again: talk.again,
			NoColour: a.withoutColour(), Theme: a.theme, Demo: talk.demo, Audit: a.audit, Prefill: talk.prefill, Hint: a.hint, Keeping: kept})
	}
	// One reader for both: what was typed ahead in the wizard belongs to the view after it.
	terminal := line.Terminal{In: bufio.NewReader(a.in), Out: a.plain(), SecretFD: -1, Now: talk.now, Temporary: talk.passing, Keeping: kept}
	if file, isFile := a.in.(*os.File); isFile && isTerminal(a.in) {
		terminal.SecretFD = int(file.Fd())
	}
	if talk.wizard {
		if err := line.Wizard(ctx, terminal, talk.engine, talk.state, by, talk.prefill); err != nil {
			return err
		}
		if _, set, err := settingsOf(talk.state); err != nil || !set {
			return err
		}
	}
	return line.Live(ctx, terminal, talk.engine, talk.state)
}
