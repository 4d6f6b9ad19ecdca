package live

import (
	"context"
	"fmt"
	"testing"
	"time"

	"kisiflow/reconcile"
)

// LastUnlocks is what a test wants it to be.
func (e *fakeEngine) LastUnlocks(ctx context.Context, id string) (reconcile.Unlocks, error) {
	if err := ctx.Err(); err != nil {
		return reconcile.Unlocks{}, err
	}
	return reconcile.Unlocks{MemberID: id, Name: "Ann Lee", InKisi: true, Events: []reconcile.UnlockEvent{
		{At: seedNow().Add(-time.Hour), Door: "Main entrance", Opened: true, With: "app"},
		{At: seedNow().Add(-25 * time.Hour), Door: "Pool\x1b[2J", Code: "34ffaa", Why: "The access group was outside its hours.", Mends: "They come within the group's hours."},
	}}, e.failure
}

func TestLastUnlocksAreReadInACommandAndShown(t *testing.T) {
	s := newStage(t).size(100, 60).press("enter")
	s.lacks("Last unlocks")
	command := s.live.Update(keyPress("d"))
	s.expect("Last unlocks, asked today 09:30", "Asking Kisi.").lacks("Main entrance")
	s.run(command)
	s.expect("today 08:30", "Main entrance (app): opened.", "yesterday 08:30", "Pool: refused. The access group was outside its hours. They come within the group's hours.").
		lacks("Asking Kisi.")
}

func TestAskingForUnlocksCanBeStopped(t *testing.T) {
	s := newStage(t).size(100, 60).press("enter")
	command := s.live.Update(keyPress("d"))
	s.press("d").expect("Kisi is being asked.")
	s.press("esc").expect("The asking was stopped. d asks again.")
	s.run(command)
	s.expect("The asking was stopped.").lacks("Main entrance").press("d").expect("Main entrance (app): opened.")
	s.press("esc").expect("Name ↑")
}

func TestWhyUnlocksCannotBeShownStandsWhereTheyWould(t *testing.T) {
	s := newStage(t).size(100, 60).press("enter")
	s.engine.failure = fmt.Errorf("%w: have the role widened", reconcile.ErrNoEvents)
	s.press("d").expect("They can't be shown: the Kisi key may not read unlock events: have the role widened.").lacks("Main entrance")
	s.engine.failure = context.DeadlineExceeded
	s.press("d").expect("Kisi took too long. d asks again.")
}
