package line

import (
	"context"
	"time"

	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// lookTime and installTime are longer than all that systemctl may take by the service package's own bounds.
const (
	lookTime    = time.Minute
	installTime = 4 * time.Minute
)

// keep says what keeps both sides in step when this ends, and offers the service where there is none yet. The link works without
// it, so that a failure, or input that ends here, is no fault of the set-up.
func (w *wizard) keep(ctx context.Context) {
	switch {
	case w.update || w.again: // who came from the live view goes back there
		return
	case w.terminal.Keeping == nil:
		w.say(setup.WithoutService)
		return
	}
	found, err := w.lookAtService(ctx)
	if ctx.Err() != nil {
		return
	}
	summary := found.Summary()
	if err != nil {
		summary = setup.LookFailed(err)
	}
	w.sentences(summary)
	if err == nil && found.Offered() {
		w.offerService(ctx, found)
	}
	w.say(setup.Pushes)
}

func (w *wizard) lookAtService(ctx context.Context) (setup.Service, error) {
	limited, stop := context.WithTimeout(ctx, lookTime)
	defer stop()
	return w.terminal.Keeping.Look(limited)
}

func (w *wizard) sentences(all []string) {
	for _, each := range all {
		w.say(words.Clean(each))
	}
}

// offerService asks once, with no as what Enter takes: a service is started only by who says so.
func (w *wizard) offerService(ctx context.Context, found setup.Service) {
	above, below := found.Offer()
	w.say(above)
	for _, fact := range found.Facts() {
		w.say(fact.Name, ": ", fact.Text)
	}
	if below != "" {
		w.say(words.Clean(below))
	}
	agreed, err := w.typed(ctx, "Type yes to install and start the service, or press Enter to go on without it", "yes")
	if err != nil || !agreed {
		if ctx.Err() == nil {
			w.say("No service was made. To make it later: kisiflow service install")
		}
		return
	}
	w.say("Installing it. systemd starts it and waits until it says that it runs, for two minutes at most.")
	limited, stop := context.WithTimeout(ctx, installTime)
	defer stop()
	installed, done, err := w.terminal.Keeping.Install(limited)
	if err != nil {
		problem, after := setup.InstallFailed(done, err)
		w.say("Problem: ", problem)
		w.sentences(after)
		return
	}
	w.sentences(installed.Installed())
}
