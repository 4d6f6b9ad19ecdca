package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// How long a look waits after a failure: doubled each time, and no longer than mostWait.
const (
	firstWait = 5 * time.Second
	mostWait  = 10 * time.Minute
)

// Ask puts members on the list of those to be looked at. It returns as soon as that is stored; whichever process runs the
// engine takes it up at once, also in the middle of a long run.
func (e *Engine) Ask(looks ...store.Look) error {
	err := e.store.Update(func(tx *store.Tx) error {
		for _, look := range looks {
			if look.At.IsZero() {
				look.At = e.options.Now()
			}
			if err := tx.PutLook(look); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		e.Wake()
	}
	return err
}

// Wake tells this process's engine that there is work in the state file, without waiting for its next glance.
func (e *Engine) Wake() {
	select {
	case e.woken <- struct{}{}:
	default:
	}
}

// due gives the most urgent look whose time has come and that is not passed over.
func (e *Engine) due(passed map[string]bool) (due store.Look, found bool, err error) {
	now := e.options.Now()
	err = e.store.View(func(tx *store.Tx) error {
		looks, err := tx.Looks(now)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(looks, func(look store.Look) bool { return !look.Waits(now) && !passed[look.MemberID] })
		if found = at >= 0; found {
			due = looks[at]
		}
		return nil
	})
	return due, found, err
}

// attend does one look and takes it off the list; what failed comes back later, and what needs a complete sync asks for one.
func (e *Engine) attend(ctx context.Context, lease *store.Lease, asked store.Look, busy func(string) bool) (*look, error) {
	done, err := e.lookAt(ctx, lease, asked, busy)
	switch {
	case errors.Is(err, errInHand):
		return done, err
	case errors.Is(err, ErrNotSetUp), errors.Is(err, ErrDisabled):
		return done, e.store.Update(func(tx *store.Tx) error { return tx.DropLook(asked) })
	case errors.Is(err, errTooMany):
		err = nil
		if done.sync == "" {
			done.sync = errTooMany.Error()
		}
	case ctx.Err() != nil:
		return done, err // it stays on the list
	}
	// What Kisi refuses for one member stays refused however often it is asked; only what got no good answer is tried again.
	failed := err != nil || done != nil && (done.unanswered > 0 || done.unheard)
	e.witnessed(func(witness Witness) { witness.Looked(asked, failed) })
	if done != nil && done.begun {
		e.witnessed(func(witness Witness) { witness.RunEnded(done.record) })
	}
	stored := e.store.Update(func(tx *store.Tx) error {
		if err := tx.DropLook(asked); err != nil {
			return err
		}
		if failed {
			return e.askAgain(tx, asked)
		}
		if done.sync != "" {
			return wantSync(tx, done.sync, e.options.Now())
		}
		return nil
	})
	return done, errors.Join(err, stored)
}

// askAgain puts a failed look back, to wait.
func (e *Engine) askAgain(tx *store.Tx, failed store.Look) error {
	looks, err := tx.Looks(e.options.Now())
	if err != nil || slices.ContainsFunc(looks, func(look store.Look) bool { return look.MemberID == failed.MemberID }) {
		return err // there was new word about the member meanwhile
	}
	wait := min(firstWait<<min(failed.Tries, 10), mostWait)
	failed.Tries, failed.Urgency = failed.Tries+1, store.LookRetry
	failed.After = e.options.Now().Add(jittered(wait))
	return tx.PutLook(failed)
}

// wantSync asks for a complete sync, unless one is asked for already.
func wantSync(tx *store.Tx, why string, now time.Time) error {
	if _, found, err := tx.NextRequest(); err != nil || found {
		return err
	}
	_, err := tx.PutRequest(store.Request{Kind: "sync", Trigger: scheduled, By: why, At: now})
	return err
}

// glance is how soon a run that writes notices what another process put on the list.
const glance = 100 * time.Millisecond

// turn makes way for what is urgent; mine is false when that decided about this person.
func (r *syncRun) turn(ctx context.Context, member string, user int64) (mine bool, err error) {
	if err := r.makeWay(ctx, member, user); err != nil {
		return false, err
	}
	return !r.isOvertaken(member, user), nil
}

// makeWay lets urgent looks pass before the next write of a long run, and waits for the limiter meanwhile: whoever was pushed
// just now waits for one slot at most, not for the rest of the run. Whom the run is just about to write about are not looked at meanwhile.
func (r *syncRun) makeWay(ctx context.Context, member string, user int64) error {
	if r.looking || r.record.Undoes != "" || r.record.Trigger == takeBackKind {
		return nil
	}
	passed := map[string]bool{}
	busy := func(id string) bool {
		return id == member || user != 0 && r.links[id] == user
	}
	for {
		asked, found, err := r.engine.due(passed)
		if err != nil {
			return err
		}
		if found {
			done, err := r.engine.attend(ctx, r.lease, asked, busy)
			passed[asked.MemberID] = true
			if err := r.overtake(done, err); err != nil {
				return err
			}
			continue
		}
		delay := r.services.kisi.Delay()
		if delay <= 0 {
			return nil
		}
		timer := time.NewTimer(min(delay, glance))
		select {
		case <-timer.C:
		case <-r.engine.woken:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return nil // the call itself says so
		}
	}
}

// overtake leaves the members of a look to what it did. What stops the whole run comes back.
func (r *syncRun) overtake(done *look, err error) error {
	if err != nil && isAny(err, store.ErrLeaseLost, kisi.ErrUnauthorized, kisi.ErrForbidden) {
		return err
	}
	switch {
	case done == nil, !done.decided:
		return nil // this run goes on with them as it had planned
	case done.hold && !done.begun:
		return nil // a look held back what the guard let this run do: it saw the whole
	case err != nil, done.hold, len(done.outcome.Failed) > 0:
		r.trimmed = true // the look is tried again; this run alone brings them not in step
	}
	for id := range done.circle {
		r.overtaken[id] = true
	}
	for user := range done.users {
		r.overtakenUsers[user] = true
	}
	return nil
}

// isOvertaken: a look has decided about this person since this run's plan was made.
func (r *syncRun) isOvertaken(member string, user int64) bool {
	return r.overtaken[member] || user != 0 && r.overtakenUsers[user]
}

// keepOvertaken puts what looks stored in the place of what this run knew about the same members before.
func (r *syncRun) keepOvertaken(tx *store.Tx, rows []access.Row) ([]access.Row, error) {
	if len(r.overtaken) == 0 {
		return rows, nil
	}
	now, _, err := tx.Standings()
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(row access.Row) bool { return r.overtaken[row.ID] })
	for _, row := range now {
		if r.overtaken[row.ID] {
			rows = append(rows, row)
		}
	}
	members := slices.DeleteFunc(slices.Clone(r.roster.Members), func(member gymflow.Member) bool { return r.overtaken[member.ID] })
	for id := range r.overtaken {
		member, found, err := tx.Member(id)
		if err != nil {
			return nil, err
		}
		if found {
			members = append(members, member)
		}
	}
	r.roster.Members = members
	return rows, nil
}
