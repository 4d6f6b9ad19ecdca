package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kisiflow/kisi"
	"kisiflow/store"
)

// patience is how many writes in a row may get no answer before the run stops: Kisi is down then. silence is for how long, over
// all members, where each of them takes its time to fail.
const (
	patience = 5
	silence  = time.Minute
)

// failure is one write that did not succeed.
type failure struct {
	memberID string
	name     string
	groupID  int64
	intent   store.Intent // the one that stays open when nobody knows whether it happened; ID 0: none
	doing    string
	err      error
}

// answered: Kisi is there.
func (r *syncRun) answered() { r.silent, r.heardAt = 0, time.Now() }

// fail decides what a failed write means: for the whole run (an error comes back), for one group, or for this member
// alone.
func (r *syncRun) fail(ctx context.Context, failed failure) error {
	definite := isAny(failed.err, kisi.ErrUnauthorized, kisi.ErrForbidden, kisi.ErrNotFound, kisi.ErrConflict, kisi.ErrInvalid)
	if definite && !kisi.MayHaveWorked(failed.err) && failed.intent.ID != 0 {
		if err := r.commit(func(tx *store.Tx) error { return tx.CloseIntent(failed.intent.ID) }); err != nil {
			return err
		}
	}
	switch {
	case errors.Is(failed.err, kisi.ErrUnauthorized):
		return explainKisi(failed.err)
	case errors.Is(failed.err, kisi.ErrForbidden):
		return r.forbidden(ctx, failed)
	case errors.Is(failed.err, context.Canceled):
		return failed.err // the run was told to stop, and the grace is over
	case definite:
		r.answered()
		return r.putFailure(failed)
	}
	r.silent++
	r.unheard = true
	if err := r.putFailure(failed); err != nil {
		return err
	}
	if r.silent >= patience || time.Since(r.heardAt) >= silence {
		return fmt.Errorf("%s in a row got no good answer from Kisi, so the run stops; the next one finds out what happened and goes on: %w",
			counted(r.silent, "write"), failed.err)
	}
	return nil
}

// forbidden tells a 403 about one group from one about the key: the key is looked at, and where it may write, the
// group is held. A second refused group before any right was given or taken is about the key after all.
func (r *syncRun) forbidden(ctx context.Context, failed failure) error {
	if failed.intent.Kind == store.IntentCreateUser || failed.intent.ID == 0 {
		return explainKisi(failed.err) // no group is involved in making or reading a person
	}
	health, err := r.services.kisi.Health(ctx)
	if err != nil {
		return explainKisi(err)
	}
	if mayWork(health) != nil {
		return explainKisi(failed.err)
	}
	r.refused[failed.groupID] = true
	if len(r.refused) > 1 && len(r.outcome.Granted)+len(r.outcome.Revoked) == 0 {
		return explainKisi(failed.err)
	}
	r.withhold(failed.groupID, "The Kisi key of %s may not change who is in the access group %s, so everybody in it stays as they are. "+
		"Give that person the right to manage the group in Kisi, or enter the owner's key: kisiflow setup.",
		cleanName(r.me.Name), r.groupName(failed.groupID))
	r.answered()
	return nil
}

// putFailure keeps a sentence that names the member and says what to do.
func (r *syncRun) putFailure(failed failure) error {
	text := fmt.Sprintf("%s: %s did not work. %s %s", cleanName(failed.name), failed.doing, sentence(failed.err.Error()), whatToDo(failed.err))
	r.outcome.Failed[failed.memberID] = text
	trouble := store.Trouble{MemberID: failed.memberID, Name: cleanName(failed.name), GroupID: failed.groupID, Text: text, At: r.engine.options.Now()}
	r.record.Problems = append(r.record.Problems, trouble)
	r.meter.trouble(trouble)
	row, shown := r.troubled(failed.memberID, text)
	err := r.commit(func(tx *store.Tx) error {
		entry := store.Entry{
			At: trouble.At, Kind: store.FailedEntry, Run: r.record.ID, By: r.by, MemberID: failed.memberID, Name: trouble.Name,
			GroupID: failed.groupID, Evidence: text,
		}
		if failed.groupID != 0 {
			entry.Group = r.groupName(failed.groupID)
		}
		return withRow(tx, row, shown, journal(tx, entry))
	})
	r.meter.step(func(progress *store.Progress) { progress.Failed = len(r.outcome.Failed) })
	return err
}

func whatToDo(err error) string {
	switch {
	case errors.Is(err, kisi.ErrInvalid):
		return "Look at the member's name and e-mail address in Gymflow."
	case errors.Is(err, kisi.ErrConflict):
		return "Look for the person in Kisi, under another spelling of the address too. The next sync tries again."
	}
	return "The next sync tries again."
}
