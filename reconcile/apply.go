package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

const (
	callTime  = 150 * time.Second // one write with all its retries and look-ups
	callGrace = 20 * time.Second  // what is left of that once the run was told to stop
)

// apply does the plan in the order of design.md 5.6: lone removals, then each person's grants, then the removals of those who
// move, once all their grants are there.
func (r *syncRun) apply(ctx context.Context) error {
	r.heardAt = time.Now()
	lone, moves := r.removals()
	r.meter.phase(phaseWriting, 0, len(lone)+len(moves)+len(r.plan.Grants))
	for _, revoke := range lone {
		if err := r.next(ctx, func(call context.Context) error { return r.revoke(call, revoke) }); err != nil {
			return err
		}
	}
	for _, grants := range byPerson(r.plan.Grants) {
		for _, grant := range grants {
			if err := r.next(ctx, func(call context.Context) error { return r.grant(call, grant) }); err != nil {
				return err
			}
		}
		for _, revoke := range moves {
			if !concerns(revoke, grants) || !r.allReached(revoke) {
				continue
			}
			if err := r.next(ctx, func(call context.Context) error { return r.revoke(call, revoke) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// removals splits the plan's removals; none when they are held.
func (r *syncRun) removals() (lone, moves []access.Revoke) {
	if r.hold {
		return nil, nil
	}
	for _, revoke := range r.plan.Revokes {
		if revoke.Move {
			moves = append(moves, revoke)
		} else {
			lone = append(lone, revoke)
		}
	}
	return lone, moves
}

// next does one write. The call in hand is finished also when ctx ends, within a grace.
func (r *syncRun) next(ctx context.Context, write func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	late := make(chan *time.Timer, 1)
	stop := context.AfterFunc(ctx, func() { late <- time.AfterFunc(callGrace, cancel) })
	defer func() {
		if !stop() {
			(<-late).Stop()
		}
	}()
	return write(call)
}

// byPerson keeps the plan's order, with everything of one Kisi user together.
func byPerson(grants []access.Grant) [][]access.Grant {
	var persons [][]access.Grant
	at := map[string]int{}
	for _, grant := range grants {
		key := personOf(grant)
		if _, known := at[key]; !known {
			at[key] = len(persons)
			persons = append(persons, nil)
		}
		persons[at[key]] = append(persons[at[key]], grant)
	}
	return persons
}

func personOf(grant access.Grant) string {
	if grant.UserID != 0 {
		return fmt.Sprintf("user %d", grant.UserID)
	}
	return "e-mail " + kisi.FoldEmail(grant.Email)
}

// concerns: the removal is the other half of these grants.
func concerns(revoke access.Revoke, grants []access.Grant) bool {
	return slices.ContainsFunc(grants, func(grant access.Grant) bool { return sameSide(revoke, grant) })
}

func sameSide(revoke access.Revoke, grant access.Grant) bool {
	return grant.MemberID == revoke.Entry.MemberID || grant.UserID != 0 && grant.UserID == revoke.Entry.UserID
}

// allReached: every grant of the person who moves has succeeded in this run.
func (r *syncRun) allReached(revoke access.Revoke) bool {
	reached := false
	for _, grant := range r.plan.Grants {
		if !sameSide(revoke, grant) {
			continue
		}
		if !r.reached[place(grant)] {
			return false
		}
		reached = true
	}
	return reached
}

func place(grant access.Grant) string { return fmt.Sprintf("%s in %d", grant.MemberID, grant.GroupID) }

// intend stores what is about to be done, before it is done.
func (r *syncRun) intend(intent store.Intent) (store.Intent, error) {
	intent.Undoes = r.record.Undoes
	intent.Run, intent.At, intent.HostAt = r.record.ID, r.serviceNow(), time.Now().Add(r.skew)
	err := r.commit(func(tx *store.Tx) (err error) {
		if err := r.engine.stillMay(tx); err != nil {
			return err
		}
		intent.ID, err = tx.OpenIntent(intent)
		return err
	})
	return intent, err
}

// revoke takes one right of ours away.
func (r *syncRun) revoke(ctx context.Context, revoke access.Revoke) error {
	entry := revoke.Entry
	if _, withheld := r.withheld[entry.GroupID]; withheld {
		return nil
	}
	if mine, err := r.turn(ctx, entry.MemberID, entry.UserID); err != nil || !mine {
		return err
	}
	intent, err := r.intend(store.Intent{
		Kind: store.IntentRevoke, MemberID: entry.MemberID, Name: revoke.Name, Email: entry.Email,
		UserID: entry.UserID, GroupID: entry.GroupID, RightID: entry.RightID, Why: revoke.Why,
	})
	if err != nil {
		return err
	}
	gone, err := r.services.kisi.DeleteRight(ctx, entry.RightID)
	if err != nil {
		return r.fail(ctx, failure{entry.MemberID, revoke.Name, entry.GroupID, intent, "taking away the access right to " + revoke.GroupName, err})
	}
	r.answered()
	note := r.revokeEntry(revoke, store.Revoked)
	if gone {
		note.Before, note.Evidence = goneAlready, note.Evidence+" It was gone from Kisi already."
	}
	r.outcome.Revoked[entry.RightID] = true
	r.record.Revoked++
	row, shown := r.without(entry)
	err = r.commit(func(tx *store.Tx) error {
		failures := []error{
			tx.CloseIntent(intent.ID), tx.DeleteLedger(entry.RightID), tx.PutLost(entry.Key(), 0), journal(tx, note), r.putHold(tx, intent),
		}
		return withRow(tx, row, shown, failures...)
	})
	r.meter.step(func(progress *store.Progress) { progress.Revoked++ })
	return err
}

func (r *syncRun) revokeEntry(revoke access.Revoke, kind store.EntryKind) store.Entry {
	entry := revoke.Entry
	return store.Entry{
		At: r.engine.options.Now(), Kind: kind, Run: r.record.ID, By: r.by, MemberID: entry.MemberID, Name: cleanName(revoke.Name),
		GroupID: entry.GroupID, Group: revoke.GroupName, UserID: entry.UserID, RightID: entry.RightID,
		Before: withRight, After: withoutRight, Evidence: revoke.Why,
	}
}
