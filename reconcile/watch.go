package reconcile

import (
	"context"
	"errors"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// fewLooks is up to how many members are looked at one by one; where more changed at once, a complete sync costs less.
const fewLooks = 20

// attend does the looks that are due, the most urgent first, under one lease.
func (l *loop) attend(ctx context.Context) error {
	_, found, err := l.engine.due(nil)
	if err != nil || !found {
		return err
	}
	lease, err := l.engine.store.Acquire("watch")
	if errors.Is(err, store.ErrBusy) {
		return nil // whoever holds it makes way
	}
	if err != nil {
		return err
	}
	defer func() { _ = lease.Release() }()
	ctx, stop := keepAlive(ctx, lease)
	defer stop()
	l.looked = false
	for ctx.Err() == nil {
		asked, found, err := l.engine.due(nil)
		if err != nil || !found {
			return err
		}
		done, err := l.engine.attend(ctx, lease, asked, nil)
		if err == nil {
			l.tell(done)
			continue
		}
		l.engine.options.Log.Warn("looking at one member", "cause", asked.Cause, "error", err)
		if ExitCode(err) == exitRefused {
			return l.stopUntilChanged()
		}
		if errors.Is(err, store.ErrLeaseLost) {
			return nil
		}
		if _, waiting, err := l.next(); err != nil || waiting {
			return err // what an admin asked for comes first
		}
	}
	return nil
}

// tell logs what a look changed.
func (l *loop) tell(done *look) {
	if done != nil && done.begun {
		l.engine.options.Log.Info("looked at some members", "run", done.record.ID, "cause", done.record.Trigger,
			"granted", done.record.Granted, "revoked", done.record.Revoked, "failed", done.record.Failed)
	}
}

// edges are the instants at which dates alone change somebody's access.
type edges struct {
	seen  uint64    // the standings' counter under which they were read
	until time.Time // up to where they were asked for; zero: a process that has just begun
	next  time.Time // zero: none
}

// watchDates asks for looks at those for whom a date begins or ends something now. The instants come from the standings,
// in the place's own days, so that a change of the clocks or a night asleep moves nothing. Whoever was decided about after an edge
// has a later one in the standings, so that an edge that is past says that nobody has looked since, whichever process that was.
func (l *loop) watchDates(change store.Change) error {
	now := l.engine.options.Now()
	if l.edges.seen == change.Standings && (l.edges.next.IsZero() || now.Before(l.edges.next)) {
		return nil
	}
	var due []store.Look
	next := time.Time{}
	err := l.engine.store.View(func(tx *store.Tx) error {
		rows, _, err := tx.Standings()
		if err != nil {
			return err
		}
		for _, row := range rows {
			switch {
			case row.NextChange == nil:
			case !row.NextChange.After(now):
				if row.NextChange.After(l.edges.until) {
					due = append(due, store.Look{MemberID: row.ID, Urgency: store.LookDated, Cause: "dates"})
				}
			case next.IsZero() || row.NextChange.Before(next):
				next = *row.NextChange
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.edges = edges{seen: change.Standings, until: now, next: next}
	return l.want(due, "dates changed much at once")
}

// want asks for these looks, or for a complete sync where they are many.
func (l *loop) want(looks []store.Look, why string) error {
	switch {
	case len(looks) == 0:
		return nil
	case len(looks) > fewLooks:
		l.looked = false
		return l.engine.store.Update(func(tx *store.Tx) error { return wantSync(tx, why, l.engine.options.Now()) })
	}
	return l.engine.Ask(looks...)
}

// polling asks Gymflow what changed.
type polling struct {
	every  time.Duration
	due    time.Time
	since  time.Time // Gymflow's own word on how far its last answer went
	failed int
	never  bool // this source does not tell
	asked  bool // a push asks for this question
}

// askingWhatChanged is how long one question may take, retries included.
const askingWhatChanged = 30 * time.Second

// ask asks Gymflow what changed since the last time, and for a look at each who did.
func (l *loop) ask(ctx context.Context) error {
	if err := l.pollNow(); err != nil {
		return err
	}
	if l.poll.every <= 0 || wall().Before(l.poll.due) || l.poll.never {
		return nil
	}
	changed, asOf, err := l.changed(ctx)
	switch {
	case err == nil:
		if err := l.want(changed, "much changed in Gymflow at once"); err != nil {
			return err // nobody is asked for yet, so the same question comes again
		}
		if !asOf.IsZero() {
			l.poll.since = asOf
		}
		l.poll.asked = false
		l.poll.failed, l.poll.due = 0, wall().Add(jittered(l.poll.every))
		return nil
	case errors.Is(err, ErrNotSetUp), errors.Is(err, ErrDisabled):
		l.poll.due = wall().Add(l.poll.every)
		return nil
	case errors.Is(err, gymflow.ErrNoChanges):
		l.poll.never = true
		if l.poll.asked {
			l.looked = false
			return l.engine.WantSync("a push about somebody whom the last list does not have")
		}
		return nil
	case ctx.Err() != nil:
		return nil
	}
	l.poll.failed++
	l.poll.due = wall().Add(jittered(min(l.poll.every<<min(l.poll.failed, 6), mostWait)))
	l.engine.options.Log.Warn("asking Gymflow what changed", "error", err)
	if ExitCode(err) == exitRefused {
		return l.stopUntilChanged()
	}
	return nil
}

// changed are looks at the members whom Gymflow now tells otherwise than they are stored.
func (l *loop) changed(ctx context.Context) (looks []store.Look, asOf time.Time, err error) {
	e := l.engine
	known, set, err := e.recallConnection()
	switch {
	case err != nil:
		return nil, asOf, err
	case !set:
		return nil, asOf, ErrNotSetUp
	case known.settings.Disabled():
		return nil, asOf, ErrDisabled
	}
	if l.poll.since.IsZero() {
		if l.poll.since = known.readAt; l.poll.since.IsZero() {
			return nil, asOf, ErrNotSetUp // never read: the first complete sync comes first
		}
		l.poll.since = l.poll.since.Add(-clockTolerance) // it is our clock's word, not Gymflow's
	}
	services, err := e.connect(known.to, known.settings.Rate)
	if err != nil {
		return nil, asOf, err
	}
	defer services.close()
	ctx, cancel := context.WithTimeout(ctx, askingWhatChanged)
	defer cancel()
	members, asOf, err := services.gymflow.Changed(ctx, l.poll.since)
	if err != nil {
		return nil, asOf, explainGymflow(err)
	}
	err = e.store.View(func(tx *store.Tx) error {
		for _, member := range members {
			before, found, err := tx.Member(member.ID)
			if err != nil {
				return err
			}
			if !found || !sameMember(before, member) {
				looks = append(looks, store.Look{MemberID: member.ID, Urgency: store.LookPolled, Cause: "changed in Gymflow"})
			}
		}
		return nil
	})
	return looks, asOf, err
}

// connectionFacts are what is needed to reach the services.
type connectionFacts struct {
	settings store.Settings
	to       Access
	readAt   time.Time // when Gymflow was last read whole
}

func (e *Engine) recallConnection() (known connectionFacts, set bool, err error) {
	err = e.store.View(func(tx *store.Tx) (err error) {
		if known.settings, set, err = tx.Settings(); err != nil || !set {
			return err
		}
		if known.to, err = secretsInForce(tx, known.settings); err != nil {
			return err
		}
		_, known.readAt, err = tx.RosterFacts()
		return err
	})
	return known, set, err
}

// LooksFor gives looks at all members who have a Kisi user, by the stored ids: what somebody changed there by hand shows at
// once.
func (e *Engine) LooksFor(userID int64, cause string) ([]store.Look, error) {
	var looks []store.Look
	err := e.store.View(func(tx *store.Tx) error {
		links, err := tx.Links()
		if err != nil {
			return err
		}
		ledger, err := tx.Ledger()
		if err != nil {
			return err
		}
		members := map[string]bool{}
		for id, user := range links {
			members[id] = members[id] || user == userID
		}
		for _, entry := range ledger {
			members[entry.MemberID] = members[entry.MemberID] || entry.UserID == userID
		}
		for id, theirs := range members {
			if theirs && id != "" {
				looks = append(looks, store.Look{MemberID: id, Urgency: store.LookPushed, Cause: cause})
			}
		}
		return nil
	})
	return looks, err
}

// LooksAt gives looks at all members of an address, by the last roster. None may mean that Gymflow has a new member whom
// no complete list has shown yet.
func (e *Engine) LooksAt(email, cause string) ([]store.Look, error) {
	var looks []store.Look
	err := e.store.View(func(tx *store.Tx) error {
		rows, _, err := tx.Standings()
		for _, row := range rows {
			if kisi.SameEmail(row.Email, email) {
				looks = append(looks, store.Look{MemberID: row.ID, Urgency: store.LookPushed, Cause: cause})
			}
		}
		return err
	})
	return looks, err
}

// WantSync asks for a complete sync, unless one is asked for already.
func (e *Engine) WantSync(why string) error {
	err := e.store.Update(func(tx *store.Tx) error { return wantSync(tx, why, e.options.Now()) })
	if err == nil {
		e.Wake()
	}
	return err
}
