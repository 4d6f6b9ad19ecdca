package line

import (
	"context"
	"slices"
	"time"

	"kisiflow/store"
	"kisiflow/ui/setup"
)

// setUpAgain asks at which step to go through the set-up again.
func (l *live) setUpAgain(ctx context.Context) error {
	facts, err := setup.Load(l.state, false)
	if err != nil {
		return err
	}
	l.say("Go through the set-up again. All stored answers are kept, and Enter takes them. Nothing is changed before you confirm the review.")
	steps := setup.Entries(facts)
	labels := make([]string, len(steps))
	for i, step := range steps {
		labels[i] = step.String()
	}
	number, err := l.pick(ctx, "Begin the set-up again at", labels, 1, 1)
	if err != nil {
		return err
	}
	return l.setUpFrom(ctx, steps[number-1])
}

// changeInSetUp leads to one of its steps, when that is wanted.
func (l *live) changeInSetUp(ctx context.Context, why string, step int) error {
	l.say(why, " The later steps are asked again; Enter takes the stored answers.")
	sure, err := l.typed(ctx, "Type yes to go through the set-up from "+setup.Step(step).String()+" on, Enter to leave it as it is", "yes")
	if err != nil || !sure {
		return orBack(err)
	}
	return l.setUpFrom(ctx, setup.Step(step))
}

func (l *live) setUpFrom(ctx context.Context, step setup.Step) error {
	facts, err := setup.Load(l.state, false)
	if err != nil {
		return err
	}
	if !slices.Contains(setup.Entries(facts), step) {
		l.sayf("Something before %s is not answered yet, so it begins there.", step)
	}
	facts.From = step
	if err := l.saySwitchedOff(); err != nil {
		return err
	}
	w := &wizard{dialogue: l.dialogue, engine: l.engine, state: l.state, by: l.terminal.By, again: true}
	if err := w.run(ctx, facts); err != nil {
		return err
	}
	return l.readZone()
}

// saySwitchedOff: whoever confirms a plan wants it done.
func (l *live) saySwitchedOff() error {
	settings, err := l.inForce()
	if err == nil && settings.Disabled() {
		l.say("The integration is switched off. To confirm the review switches it on.")
	}
	return err
}

// readZone takes the time zone that is in force.
func (l *live) readZone() error {
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	if zone, err := time.LoadLocation(settings.Zone); err == nil && settings.Zone != "" {
		l.zone = zone
	}
	return nil
}

// unconfirmed reports that answers were left behind which are not in force.
func unconfirmed(state *store.Store) (drafted bool, err error) {
	err = state.View(func(tx *store.Tx) error {
		_, drafted, err = tx.Draft()
		return err
	})
	return drafted, err
}
