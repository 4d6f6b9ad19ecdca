package line

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/words"
)

// runsOffered is how many runs can be chosen to be undone; older ones by their name.
const runsOffered = 10

// undo asks which run, says by name what that does, and asks again.
func (l *live) undo(ctx context.Context) error {
	var runs []store.Run
	var settings store.Settings
	err := l.state.View(func(tx *store.Tx) (err error) {
		if settings, _, err = tx.Settings(); err != nil {
			return err
		}
		runs, err = tx.Runs(runsOffered)
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the runs: %w", err)
	}
	if settings.Disabled() {
		l.say(switchedOff)
		return nil
	}
	for _, run := range runs {
		l.sayf("%s, %s, %s: %s given, %s taken away.", words.Clean(run.ID), words.When(run.Started, l.now(), l.zone), outcomeWords(run.Outcome),
			words.Count(run.Granted, "access right"), words.Number(run.Revoked))
	}
	for {
		text, err := l.choice(ctx, "Which run to undo, like r12, Enter to go back")
		if err != nil || text == "" {
			return err
		}
		plan, err := l.engine.PlanUndo(strings.ToLower(text))
		switch {
		case errors.Is(err, reconcile.ErrNoRun):
			l.sayf("There is no run %s.", quoted(text))
			continue
		case err != nil:
			return err
		case plan.Empty():
			l.say("Nothing of that run is left to undo.")
			return nil
		}
		return l.confirmUndo(ctx, plan, settings)
	}
}

func (l *live) confirmUndo(ctx context.Context, plan reconcile.UndoPlan, settings store.Settings) error {
	for _, grant := range plan.Give {
		l.sayf("%s gets %s back.", named(grant.Name), words.Clean(grant.GroupName))
	}
	for _, revoke := range plan.Take {
		l.sayf("%s loses %s.", named(revoke.Name), words.Clean(revoke.GroupName))
	}
	for _, note := range plan.Notes {
		l.say("Note: ", words.Clean(note))
	}
	l.say("They are held like that until the rules agree, or until you choose Follow the rules again for a member.")
	// As many removals as the guard would hold are not a matter of one word.
	asked := "undo"
	if len(plan.Take) > settings.Limits.Bounded().StrongCount {
		asked = "UNDO " + plan.Run.ID
	}
	sure, err := l.typed(ctx, "Type "+words.Clean(asked)+" to do it, Enter to leave everything as it is", asked)
	if err != nil {
		return err
	}
	if !sure {
		l.say("Nothing is undone.")
		return nil
	}
	return l.request(ctx, store.Request{Kind: "undo", Trigger: "undo", Run: plan.Run.ID})
}
