package setup

import (
	"context"
	"errors"
	"time"
	"unicode"
	"unicode/utf8"

	"kisiflow/reconcile"
)

// Access names the two services with the answers so far.
func (f Facts) Access() reconcile.Access {
	if fromFile(f) {
		return reconcile.Access{Roster: f.Draft.Roster, KisiURL: f.Draft.KisiURL, KisiKey: string(f.Key)}
	}
	return reconcile.Access{
		GymflowURL: f.Draft.GymflowURL, GymflowToken: string(f.Token),
		KisiURL: f.Draft.KisiURL, KisiKey: string(f.Key),
	}
}

// Perform does the work of a Work state and gives the answer to feed to Next (Move Done). progress may be nil; it is called
// from the goroutine that works. Ending ctx ends the work; Next says then that it was stopped.
func Perform(ctx context.Context, engine *reconcile.Engine, facts Facts, progress func(phase string, done, total int)) Answer {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	result := Result{State: facts.State, Attempt: facts.Attempt}
	switch facts.State {
	case CheckGymflow:
		account, err := engine.CheckGymflow(ctx, facts.Access())
		result.Account, result.Err = &account, err
	case ReadRoster:
		file, told, err := understandRoster(ctx, facts.Draft.Roster)
		result.Roster, result.RosterPath, result.Err = told, file.Path, err
	case CheckKey:
		health, err := engine.CheckKey(ctx, facts.Access())
		result.Health, result.Err = &health, err
	case LoadPlaces:
		result.Places, result.Err = engine.Places(ctx, facts.Access())
	case LoadChoices:
		choices, err := engine.ReadChoices(ctx, facts.Access(), facts.Draft.PlaceID, facts.Draft.Zone,
			func(read, total int) { progress("reading Gymflow", read, total) })
		result.Choices, result.Err = &choices, err
	case LoadReview:
		preview, err := engine.Preview(ctx, facts.Draft, facts.Access(), progress)
		result.Preview, result.Err = &preview, err
	}
	if ctx.Err() != nil {
		// Whatever the call made of it, it was ended from outside.
		result.Err = errors.Join(context.Cause(ctx), result.Err)
	}
	result.At = time.Now().UTC()
	return Answer{Move: Done, Result: result}
}

// Confirm puts the reviewed draft in force and queues the first sync. Called by fronts when the state has become Syncing.
// An error is fed back with Move Done and Result{State: Syncing, Err: …}, which leads back to the review.
func Confirm(engine *reconcile.Engine, facts Facts, approve bool, by string) error {
	if facts.Preview == nil {
		return errors.New("confirming: there is no plan to confirm, plan again first")
	}
	return engine.Confirm(reconcile.Confirmation{
		Settings: facts.Draft, Access: facts.Access(), Preview: *facts.Preview,
		Approve: approve, Sync: true, By: by,
	})
}

// PhaseWords says what a phase of work does, as the steps of a run are named in the state file.
func PhaseWords(phase string) string {
	switch phase {
	case "reading Gymflow":
		return "Reading members and memberships"
	case "reading Kisi":
		return "Reading people and access rights from Kisi"
	case "planning":
		return "Comparing the two"
	case "writing":
		return "Giving and taking away access rights in Kisi"
	}
	return sentenceStart(phase)
}

func sentenceStart(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
