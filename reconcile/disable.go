package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

const (
	takeBackKind    = "take back" // a request
	takeBackPurpose = "take back" // a lease
)

// errStillOn refuses to take back while syncs would give again.
var errStillOn = errors.New("the integration is on, so its access rights are not taken back. Switch it off first")

// Disable switches the integration off: no sync, undo or schedule runs any more. With takeBack it also asks for a run that
// takes away every access right in the ledger (see TakeBack); without, all of them stay open, and stay in the ledger.
func (e *Engine) Disable(by string, takeBack bool) error {
	now := e.options.Now()
	by = cmp.Or(by, e.options.By)
	return e.store.Update(func(tx *store.Tx) error {
		settings, set, err := tx.Settings()
		if err != nil {
			return err
		}
		if !set {
			return ErrNotSetUp
		}
		if takeBack && e.Audits(settings) {
			return ErrAudit
		}
		ledger, err := tx.Ledger()
		if err != nil {
			return err
		}
		var failures []error
		if !settings.Disabled() {
			settings.DisabledAt, settings.DisabledBy = now, by
			evidence := countRights(len(ledger)) + " of kisiflow's stay open."
			if takeBack {
				evidence = countRights(len(ledger)) + " of kisiflow's are taken back."
			}
			failures = append(failures, tx.PutSettings(settings), tx.ClearHeld(), journal(tx, store.Entry{
				At: now, Kind: store.SetChanged, By: by, Before: "integration on", After: "integration off", Evidence: sentence(evidence),
			}))
		}
		if takeBack && len(ledger) > 0 {
			_, err := tx.PutRequest(store.Request{Kind: takeBackKind, Trigger: takeBackKind, By: by, At: now})
			failures = append(failures, err)
		}
		return errors.Join(failures...)
	})
}

// Enable switches it on again. The next sync compares both sides anew, behind the guard.
func (e *Engine) Enable(by string) error {
	now := e.options.Now()
	return e.store.Update(func(tx *store.Tx) error {
		settings, set, err := tx.Settings()
		switch {
		case err != nil:
			return err
		case !set:
			return ErrNotSetUp
		case !settings.Disabled():
			return nil
		}
		settings.DisabledAt, settings.DisabledBy = time.Time{}, ""
		return errors.Join(tx.PutSettings(settings), journal(tx, store.Entry{
			At: now, Kind: store.SetChanged, By: cmp.Or(by, e.options.By), Before: "integration off", After: "integration on",
		}))
	})
}

// mayRun refuses work before the lease is taken.
func (e *Engine) mayRun(purpose string) error {
	known, set, err := e.recall()
	switch {
	case err != nil:
		return err
	case !set:
		return ErrNotSetUp
	case known.settings.Disabled() != (purpose == takeBackPurpose):
		if purpose == takeBackPurpose {
			return errStillOn
		}
		return ErrDisabled
	case e.Audits(known.settings) && purpose != "sync":
		return ErrAudit
	}
	return nil
}

// TakeBack takes away every access right in the ledger, as a run of its own: journaled, an intent before each call, so that
// what a crash left open is settled when it is asked for again. It runs only while the integration is switched off, which is
// what an admin confirmed by typing; the guard is not asked. Rights that are not kisiflow's, and people, stay.
func (e *Engine) TakeBack(ctx context.Context, by string) (store.Run, error) {
	return e.takeBack(ctx, store.Request{By: by})
}

func (e *Engine) takeBack(ctx context.Context, request store.Request) (store.Run, error) {
	request.Kind, request.Trigger, request.Run, request.Approve, request.Confirm = takeBackKind, takeBackKind, "", "", ""
	return e.execute(ctx, takeBackPurpose, request, (*syncRun).takeBack)
}

// takeBack is the work of such a run. It reads Kisi only.
func (r *syncRun) takeBack(ctx context.Context) error { return r.workInKisi(ctx, r.planTakeBack) }

func (r *syncRun) planTakeBack(tx *store.Tx) error {
	// What an admin switched on again meanwhile is not taken away.
	settings, _, err := tx.Settings()
	if err != nil {
		return err
	}
	if !settings.Disabled() {
		return fmt.Errorf("the integration was switched on again: %w", context.Canceled)
	}
	if r.roster, err = tx.Roster(); err != nil {
		return err
	}
	r.decide()
	for _, entry := range r.ledger {
		if _, withheld := r.withheld[entry.GroupID]; withheld {
			continue
		}
		r.plan.Revokes = append(r.plan.Revokes, access.Revoke{
			Entry: entry, Name: cleanName(entry.Name), GroupName: r.groupName(entry.GroupID),
			Evidence: access.Strong, Reason: access.Overridden, Why: "The integration was switched off, and its access rights are taken back.",
		})
	}
	slices.SortFunc(r.plan.Revokes, func(a, b access.Revoke) int { return cmp.Compare(a.Entry.RightID, b.Entry.RightID) })
	r.state = r.asRead()
	r.plan.Fingerprint = access.Fingerprint(r.plan.RemovalKeys())
	r.rows = r.previous
	r.record.Planned, r.record.Members, r.record.Fingerprint = true, len(r.roster.Members), r.plan.Fingerprint
	return tx.PutRun(r.record)
}
