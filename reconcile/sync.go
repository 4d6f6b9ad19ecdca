package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// heartbeat is how often the lease is renewed.
const heartbeat = 5 * time.Second

// syncRun is one run: a survey, its plan, and what came of it.
type syncRun struct {
	*survey
	weighed
	request store.Request
	lease   *store.Lease
	record  store.Run
	meter   *meter
	outcome access.Outcome
	rows    map[string]access.Row // the standings as they are shown now
	by      string

	created  map[string]int64 // folded e-mail → user that this run found or made
	reached  map[string]bool  // "member group" of grants that are done
	refused  map[int64]bool   // groups that answered 403 while writing
	silent   int              // failures in a row for want of an answer
	unheard  bool             // some write got no good answer: trying it again may help
	heardAt  time.Time        // when Kisi last gave a good answer to a write, or the writing began
	newcomer []access.Foreign // rights that turned out to be there, and not ours

	looking        bool            // it is about a few members only
	overtaken      map[string]bool // members whom a look decided about while this run wrote
	overtakenUsers map[int64]bool  // and their Kisi users
}

// Sync takes the lease and runs once. The Run is stored and also given back when an error stopped it (Planned tells how
// far it got). Errors: *store.BusyError, ErrNotSetUp, or a sentence wrapping kisi's or gymflow's kind.
// Ending ctx finishes the call in hand, stores its result and ends the run as stopped.
func (e *Engine) Sync(ctx context.Context, request store.Request) (store.Run, error) {
	request.Run = "" // only an undo is about another run
	return e.execute(ctx, "sync", request, (*syncRun).work)
}

// execute is one run, whatever its work is.
func (e *Engine) execute(ctx context.Context, purpose string, request store.Request, work func(*syncRun, context.Context) error) (store.Run, error) {
	if err := e.mayRun(purpose); err != nil {
		return store.Run{}, err
	}
	lease, err := e.store.Acquire(purpose)
	if err != nil {
		return store.Run{}, err
	}
	defer func() { _ = lease.Release() }()
	ctx, stop := keepAlive(ctx, lease)
	defer stop()

	run, err := e.begin(lease, request)
	if err != nil {
		return store.Run{}, err
	}
	err = run.withServices(ctx, work)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, store.ErrLeaseLost) {
		err = cause
	}
	if ctx.Err() != nil && err != nil && !errors.Is(err, store.ErrLeaseLost) && ExitCode(err) != exitRefused {
		err = fmt.Errorf("the run was stopped: %w", context.Canceled)
	}
	return run.end(err)
}

// keepAlive renews the lease until stop is called. Losing it ends the context.
func keepAlive(ctx context.Context, lease *store.Lease) (alive context.Context, stop func()) {
	alive, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(heartbeat)
		defer ticker.Stop()
		for {
			select {
			case <-alive.Done():
				return
			case <-ticker.C:
			}
			if err := lease.Beat(); errors.Is(err, store.ErrLeaseLost) {
				cancel(err)
				return
			}
		}
	}()
	return alive, func() {
		cancel(nil)
		<-done
	}
}

// newRun is a run that has not begun.
func (e *Engine) newRun(lease *store.Lease, request store.Request) *syncRun {
	return &syncRun{
		request: request, lease: lease, by: cmp.Or(request.By, e.options.By),
		outcome: access.Outcome{Granted: map[string]map[int64]int64{}, Revoked: map[int64]bool{}, Failed: map[string]string{}},
		rows:    map[string]access.Row{}, created: map[string]int64{}, reached: map[string]bool{}, refused: map[int64]bool{},
		overtaken: map[string]bool{}, overtakenUsers: map[int64]bool{},
		record: store.Run{
			Trigger: cmp.Or(request.Trigger, "admin"), Undoes: request.Run, Started: e.options.Now(), Outcome: store.OutcomeRunning,
			Fingerprint: access.Fingerprint(nil),
		},
	}
}

// begin gives the run its id and says that it is under way.
func (e *Engine) begin(lease *store.Lease, request store.Request) (*syncRun, error) {
	run := e.newRun(lease, request)
	now := run.record.Started
	// What is known is read under the lease: another run may have ended just before.
	known, _, err := e.recall()
	if err != nil {
		return nil, err
	}
	run.survey = &survey{remembered: known, engine: e}
	err = run.commit(func(tx *store.Tx) error {
		if err := errors.Join(takeUp(tx, request), closeDeadRuns(tx, now)); err != nil {
			return err
		}
		var err error
		if run.record.ID, err = tx.NextRun(); err != nil {
			return err
		}
		failures := []error{
			tx.PutRun(run.record),
			tx.PutProgress(store.Progress{Run: run.record.ID, Running: true, Phase: phaseGymflow, Started: now, UpdatedAt: now}),
		}
		if run.record.Trigger != scheduled {
			failures = append(failures, journal(tx, store.Entry{
				At: now, Kind: store.RunStarted, Run: run.record.ID, By: run.by, Evidence: "asked for by: " + run.askedBy(),
			}))
		}
		return errors.Join(failures...)
	})
	if err != nil {
		return nil, err
	}
	run.meter = &meter{
		now:     e.options.Now,
		current: store.Progress{Run: run.record.ID, Running: true, Phase: phaseGymflow, Started: now},
		write: func(progress store.Progress) error {
			return run.commit(func(tx *store.Tx) error { return tx.PutProgress(progress) })
		},
	}
	return run, nil
}

// askedBy is what asked for the run.
func (r *syncRun) askedBy() string {
	if r.record.Undoes != "" {
		return "undo of run " + r.record.Undoes
	}
	return cleanName(r.record.Trigger)
}

// closeDeadRuns ends the runs of processes that were killed: whoever holds the lease knows that no other run is alive.
func closeDeadRuns(tx *store.Tx, now time.Time) error {
	runs, err := tx.Runs(10)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.Outcome != store.OutcomeRunning {
			continue
		}
		run.Outcome, run.Finished, run.Exit = store.OutcomeStopped, now, exitFailed
		run.Notes = append(run.Notes, "The process ended in the middle of this run. The next run found out how far it had got.")
		if err := tx.PutRun(run); err != nil {
			return err
		}
	}
	return nil
}

// commit is one transaction under the lease.
func (r *syncRun) commit(write func(*store.Tx) error) error {
	if r.engine.commits != nil {
		return r.engine.commits(r.lease, write)
	}
	return r.lease.Update(write)
}

// withServices does the work with both services open, and counts what it asked of them.
func (r *syncRun) withServices(ctx context.Context, work func(*syncRun, context.Context) error) error {
	services, err := r.engine.connect(r.to, r.settings.Rate)
	if err != nil {
		return err
	}
	defer services.close()
	defer func() { r.record.Requests, r.record.Throttled = services.requests() }()
	survey, err := r.engine.newSurvey(r.remembered, services, r.meter.phase)
	if err != nil {
		return err // the end of the run needs the survey that it began with
	}
	r.survey = survey
	return work(r, ctx)
}

// workInKisi is a run whose plan needs no word of Gymflow's: it reads Kisi, plans in one transaction and applies.
func (r *syncRun) workInKisi(ctx context.Context, plan func(*store.Tx) error) error {
	if err := r.readKisi(ctx); err != nil {
		return err
	}
	r.compareClocks()
	if err := r.settle(ctx); err != nil {
		return err
	}
	if err := r.askForUnlisted(ctx); err != nil {
		return err
	}
	r.meter.phase(phasePlanning, 0, 0)
	err := r.commit(func(tx *store.Tx) error {
		if err := r.keepFindings(tx); err != nil {
			return err
		}
		return plan(tx)
	})
	if err != nil {
		return err
	}
	return r.apply(ctx)
}

// work reads, plans and applies.
func (r *syncRun) work(ctx context.Context) error {
	if err := r.readBothSides(ctx); err != nil {
		return err
	}
	r.meter.phase(phasePlanning, 0, 0)
	r.countAbsences()
	r.decide()
	if err := r.readPeople(ctx, peopleIfCheaper); err != nil {
		return err
	}
	approved, err := r.engine.seen(r.request.Approve)
	if err != nil {
		return err
	}
	confirmed, err := r.engine.seen(r.request.Confirm)
	if err != nil {
		return err
	}
	if r.weighed, err = r.weigh(ctx, approved, confirmed, false); err != nil {
		return err
	}
	if r.audits() {
		r.asAudit()
	}
	if err := r.commit(r.storePlan); err != nil || r.audits() {
		return err
	}
	return r.apply(ctx)
}

// storePlan keeps everything that the reading found out, the plan's list of removals and the standings before the first write.
func (r *syncRun) storePlan(tx *store.Tx) error {
	r.record.Planned = true
	r.record.Members, r.record.Kept = len(r.roster.Members), len(r.plan.Kept)+len(r.plan.Unconfirmed)
	r.record.Foreign, r.record.Fingerprint = len(r.plan.Foreign), r.plan.Fingerprint
	if r.hold {
		r.record.Held = len(r.plan.Revokes)
	}
	if err := errors.Join(r.storeFindings(tx), r.storeDrift(tx), tx.PutWithheld(r.withheld)); err != nil {
		return err
	}
	r.outcome.Held, r.outcome.Stale = r.heldRights(), r.verdict.Stale
	if r.stale != "" && !r.hold {
		r.note("%s", r.stale)
	}
	r.noteWaiting()
	if err := r.judgeTold(tx); err != nil {
		return err
	}
	rows := r.survey.rows(r.weighed, access.Outcome{Held: r.outcome.Held})
	for _, row := range rows {
		r.rows[row.ID] = row
	}
	audited := func() error { return tx.PutAudited(nil) } // what is done now need not be told
	if r.record.Audit {
		audited = func() error { return r.journalAudit(tx) }
	}
	if err := audited(); err != nil {
		return err
	}
	return errors.Join(
		tx.PutAbsences(r.missed),
		r.storePicture(tx, r.weighed, rows, r.plan.Foreign),
		r.storeRemovals(tx),
		tx.PutRun(r.record),
	)
}

// storeDrift lets looks that pass while this run writes count what it takes away; its end begins the count anew.
func (r *syncRun) storeDrift(tx *store.Tx) error {
	drift := store.Drift{Removed: map[int64]int{}}
	if !r.hold {
		for _, revoke := range r.plan.Revokes {
			drift.Removed[revoke.Entry.GroupID]++
		}
	}
	return tx.PutDrift(drift)
}

// keepFindings stores what the reading proved.
func (r *syncRun) keepFindings(tx *store.Tx) error {
	for _, found := range r.findings {
		if err := found(tx); err != nil {
			return err
		}
	}
	r.findings = nil
	return nil
}

// storeFindings keeps what the reading proved, and forgets the holds with which the rules agree by now.
func (r *syncRun) storeFindings(tx *store.Tx) error {
	if err := r.keepFindings(tx); err != nil {
		return err
	}
	for _, hold := range access.AgreedHolds(r.state) {
		if err := tx.DeleteHold(hold.Key()); err != nil {
			return err
		}
	}
	return nil
}

// storeRemovals keeps the list under its fingerprint, and says what is held that was not held before.
func (r *syncRun) storeRemovals(tx *store.Tx) error {
	if len(r.plan.Revokes) == 0 {
		return tx.ClearHeld()
	}
	list := r.list(r.record.ID, r.survey)
	if err := tx.PutApprovable(list); err != nil {
		return err
	}
	if !list.Held {
		if err := tx.ClearHeld(); err != nil || r.request.Approve == "" {
			return err
		}
		return journal(tx, store.Entry{
			At: r.engine.options.Now(), Kind: store.Approved, Run: r.record.ID, By: r.by,
			Evidence: fmt.Sprintf("%d removals were approved as list %s.", len(r.plan.Revokes), r.request.Approve),
		})
	}
	before := map[int64]bool{}
	if r.held.Held {
		for _, revoke := range r.held.Removals {
			before[revoke.Entry.RightID] = true
		}
	}
	for _, revoke := range r.plan.Revokes {
		if before[revoke.Entry.RightID] {
			continue
		}
		entry := r.revokeEntry(revoke, store.HeldBack)
		entry.After = "access right, its removal held"
		if err := journal(tx, entry); err != nil {
			return err
		}
	}
	return nil
}
