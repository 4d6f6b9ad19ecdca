package reconcile

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"kisiflow/store"
)

// pollEvery is how soon a request in the state file is seen.
const pollEvery = 250 * time.Millisecond

// Pace is what the engine does by itself. Looks that somebody asks for, and the edges of dates, need none of it.
type Pace struct {
	Every time.Duration // between complete syncs, a tenth more or less; 0: never
	Poll  time.Duration // between questions to Gymflow what changed; 0: never
}

// requestRetry is how soon a request is tried again that the state file did not let begin.
const requestRetry = 10 * time.Second

// loop is the engine waiting for work.
type loop struct {
	engine   *Engine
	every    time.Duration
	poll     polling
	edges    edges
	due      time.Time // of the next run by schedule; zero: none
	seen     uint64    // the counter under which requests were last looked for
	looked   bool
	refused  bool      // a key or token was refused: nothing runs by schedule
	under    uint64    // the settings' counter at that moment
	keyDue   time.Time // of the next look at the Kisi key; zero: never
	roster   rosterWatch
	settings settingsWatch
	failed   int // complete syncs in a row that a service did not answer
	failedAt time.Time
	later    time.Time // before it no request is tried again: the last one could not begin
}

// Loop takes requests and looks from the state file, and keeps both sides in step by itself at this pace, until ctx ends.
// Errors of runs go to the journal and progress, not to the caller. When another process holds the lease it leaves the work
// to that one.
func (e *Engine) Loop(ctx context.Context, pace Pace) error {
	defer e.keepServices()()
	l := &loop{engine: e, every: pace.Every, poll: polling{every: pace.Poll}, keyDue: wall()}
	l.scheduleFirst()
	ticker := time.NewTicker(e.poll)
	defer ticker.Stop()
	defer l.roster.close()
	for {
		if err := l.turn(ctx); err != nil && ctx.Err() == nil {
			e.options.Log.Warn("looking for work in the state file", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-e.woken:
		case _, open := <-l.roster.events:
			l.roster.noticed(open)
		case err := <-l.roster.errors:
			l.broken(err)
		}
	}
}

// wall is the time without the monotonic clock: that one stands still while a laptop sleeps, and what was due meanwhile is
// due at once when it wakes.
func wall() time.Time { return time.Now().Round(0) }

// scheduleFirst waits for what is left of the interval since the last sync.
func (l *loop) scheduleFirst() {
	if l.every <= 0 {
		return
	}
	var last time.Time
	var found bool
	err := l.engine.store.View(func(tx *store.Tx) (err error) {
		last, found, err = tx.LastRead()
		return err
	})
	l.due = wall()
	if err == nil && found {
		l.due = l.due.Add(max(0, min(jittered(l.every)-l.engine.options.Now().Sub(last), l.every)))
	}
}

func (l *loop) scheduleNext() {
	if l.every > 0 {
		l.due = wall().Add(jittered(l.every))
	}
}

// firstRetry is how soon a complete sync is tried again that a service did not answer; it doubles up to the usual interval.
const firstRetry = 30 * time.Second

// scheduleAgain tries a complete sync again soon where a service was down: after an outage nobody waits for the next one by schedule.
func (l *loop) scheduleAgain(err error) {
	if ExitCode(err) != exitUnavailable || l.every <= 0 {
		l.failed = 0
		return
	}
	l.due = wall().Add(jittered(min(firstRetry<<min(l.failed, 10), l.every)))
	l.failed, l.failedAt = l.failed+1, l.engine.options.Now()
}

// readElsewhere waits on where another process has synced since this one made its schedule: a service and two open screens cost
// one sync an interval, not three.
func (l *loop) readElsewhere() bool {
	var last time.Time
	var found bool
	err := l.engine.store.View(func(tx *store.Tx) (err error) {
		last, found, err = tx.LastRead()
		return err
	})
	age := l.engine.options.Now().Sub(last)
	if err != nil || !found || age < 0 || age >= l.every*9/10 || l.failed > 0 && !last.After(l.failedAt) { // the least that jittered gives
		return false
	}
	l.due = wall().Add(jittered(l.every) - age)
	return wall().Before(l.due)
}

// jittered is up to a tenth more or less, so that many gyms on one service don't move in step.
func jittered(every time.Duration) time.Duration {
	return time.Duration(float64(every) * (0.9 + 0.2*rand.Float64()))
}

// turn looks once whether there is something to do, and does it.
func (l *loop) turn(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	change, busy, err := l.look()
	if err != nil {
		return err
	}
	if err := l.watchSettings(change, busy); err != nil || busy {
		return err
	}
	if l.refused && change.Settings != l.under {
		l.refused = false
		l.poll.due, l.poll.failed = time.Time{}, 0 // what was missed meanwhile is asked for at once
		if l.every > 0 {
			l.due = wall()
		}
	}
	if (!l.looked || change.Progress != l.seen) && !wall().Before(l.later) {
		request, found, err := l.next()
		if err != nil {
			return err
		}
		if found {
			return l.run(ctx, request)
		}
		l.seen, l.looked = change.Progress, true
	}
	if l.refused {
		l.checkKey(ctx)
		return nil
	}
	if err := l.attend(ctx); err != nil || l.refused {
		return err
	}
	l.checkKey(ctx)
	if err := errors.Join(l.watchDates(change), l.watchRoster(change), l.ask(ctx)); err != nil {
		return err
	}
	if l.due.IsZero() || wall().Before(l.due) || l.readElsewhere() {
		return nil
	}
	l.scheduleNext()
	return l.run(ctx, store.Request{Kind: "sync", Trigger: scheduled, At: l.engine.options.Now()})
}

// checkKey looks at the key at the start and once a day: that it is no longer the owner's, or may no longer write, is
// known before a sync fails of it. A sync itself spends no request on that.
func (l *loop) checkKey(ctx context.Context) {
	if l.keyDue.IsZero() || wall().Before(l.keyDue) {
		return
	}
	l.keyDue = wall().Add(keyCheckEvery)
	if err := l.engine.checkStoredKey(ctx); err != nil && ctx.Err() == nil {
		l.keyDue = wall().Add(keyCheckRetry)
		l.engine.options.Log.Warn("looking at the Kisi key", "error", err)
	}
}

// look reads the counters, and whether somebody is at work.
func (l *loop) look() (change store.Change, busy bool, err error) {
	err = l.engine.store.View(func(tx *store.Tx) (err error) {
		if change, err = tx.Changes(); err != nil {
			return err
		}
		_, busy, err = tx.Leased()
		return err
	})
	return change, busy, err
}

// next shows the oldest request. It stays in the file until the run that answers it has begun, so that no death of the process
// between the two loses what an admin asked for.
func (l *loop) next() (request store.Request, found bool, err error) {
	err = l.engine.store.View(func(tx *store.Tx) (err error) {
		request, found, err = tx.NextRequest()
		return err
	})
	return request, found, err
}

// errTaken says that another process was quicker.
var errTaken = errors.New("another process has taken this request up")

// takeUp removes the request that a run answers, in the run's first transaction.
func takeUp(tx *store.Tx, request store.Request) error {
	if request.ID == 0 {
		return nil // it was asked for directly
	}
	there, err := tx.DropRequest(request.ID)
	if err == nil && !there {
		return errTaken
	}
	return err
}

// perform does what a request asks for.
func (e *Engine) perform(ctx context.Context, request store.Request) (store.Run, error) {
	switch request.Kind {
	case "undo":
		return e.undo(ctx, request)
	case takeBackKind:
		return e.takeBack(ctx, request)
	}
	return e.Sync(ctx, request)
}

// run syncs, or undoes. A request that could not begin stays in the queue, unless it never can.
func (l *loop) run(ctx context.Context, request store.Request) error {
	run, err := l.engine.perform(ctx, request)
	l.looked = false
	if run.ID != "" {
		l.engine.witnessed(func(witness Witness) { witness.RunEnded(run) })
	}
	interrupted := ctx.Err() != nil && (!run.Planned || request.Kind == takeBackKind) // taking back is finished by the next process
	switch {
	case errors.Is(err, store.ErrBusy), errors.Is(err, errTaken):
		if request.ID == 0 {
			l.due = wall() // should the other one die, this one goes on; should it end well, readElsewhere sees that
		}
		return nil // a request stays in the queue
	case request.ID != 0 && run.ID == "" && !isAny(err, ErrNotSetUp, ErrDisabled, ErrNoRun, errStillOn, ErrAudit):
		l.wait()
		return err // trouble with the state file answers nothing: it stays in the queue too
	case request.ID != 0:
		if err := l.putBack(request, interrupted); err != nil {
			return err
		}
		if interrupted {
			return nil
		}
	}
	l.scheduleAgain(err)
	switch {
	case err == nil:
		l.scheduleNext()
	case errors.Is(err, ErrNotSetUp), errors.Is(err, ErrDisabled):
		return nil
	case ExitCode(err) == exitRefused:
		err = errors.Join(err, l.stopUntilChanged())
	}
	if err != nil {
		l.engine.options.Log.Warn("the run ended early", "run", run.ID, "error", err)
	} else {
		l.engine.options.Log.Info("the run ended", "run", run.ID, "outcome", run.Outcome, "granted", run.Granted, "revoked", run.Revoked, "held", run.Held, "failed", run.Failed)
	}
	return nil
}

// wait leaves the requests alone for a while.
func (l *loop) wait() { l.later = wall().Add(requestRetry) }

// stopUntilChanged: a refused key or token is not tried again before the settings change.
func (l *loop) stopUntilChanged() error {
	l.refused = true
	change, _, err := l.look()
	l.under = change.Settings
	return err
}

// putBack queues an interrupted request again, where its run had taken it up; one that can never begin goes.
func (l *loop) putBack(request store.Request, again bool) error {
	return l.engine.store.Update(func(tx *store.Tx) error {
		if _, err := tx.DropRequest(request.ID); err != nil || !again {
			return err
		}
		_, err := tx.PutRequest(request)
		return err
	})
}
