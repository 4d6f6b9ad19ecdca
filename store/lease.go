package store

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"
)

// Holder is who holds the lease.
type Holder struct {
	ID        string // unique to this process and moment
	Host      string
	PID       int
	Purpose   string // "sync", "watch", "live view"
	Since     time.Time
	Heartbeat time.Time
}

// Lease is the right to run: one process at a time.
type Lease struct {
	store  *Store
	holder Holder
}

// LeaseTimeout is how old a heartbeat may be before the lease counts as stale. A dead pid on this host is stale at once.
const LeaseTimeout = 30 * time.Second

// renewAfter is how old a heartbeat may be before a write renews it along the way.
const renewAfter = 2 * time.Second

const leaseKey = "lease"

// leaseRecord is the lease as it is stored.
type leaseRecord struct {
	Holder  Holder
	Process processMark
}

// BusyError is ErrBusy with who holds the lease.
type BusyError struct{ Holder Holder }

// Error says who is at work.
func (e *BusyError) Error() string {
	holder := e.Holder
	return fmt.Sprintf("%v: %s, process %d on %s, since %s. Let it finish, or end it there with `kill %d`; after a crash on another host it counts as gone %d seconds after its last sign of life",
		ErrBusy, printable(holder.Purpose), holder.PID, printable(holder.Host), holder.Since.Local().Format("2 Jan 15:04:05"),
		holder.PID, int(LeaseTimeout.Seconds()))
}

// Unwrap gives ErrBusy.
func (e *BusyError) Unwrap() error { return ErrBusy }

// Acquire takes the lease or answers a *BusyError.
func (s *Store) Acquire(purpose string) (*Lease, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("can't tell this host's name, which the lease needs: %w", err)
	}
	pid, now := os.Getpid(), s.now()
	record := leaseRecord{
		Holder:  Holder{ID: rand.Text(), Host: host, PID: pid, Purpose: purpose, Since: now, Heartbeat: now},
		Process: markOf(pid),
	}
	err = s.Update(func(t *Tx) error {
		holder, alive, err := t.Leased()
		if err != nil {
			return err
		}
		if alive {
			return &BusyError{Holder: holder}
		}
		return putSingle(t, leaseKey, record, progressPart)
	})
	if err != nil {
		return nil, err
	}
	return &Lease{store: s, holder: record.Holder}, nil
}

// Leased tells who holds a lease that is alive now.
func (t *Tx) Leased() (holder Holder, alive bool, err error) {
	record, found, err := single[leaseRecord](t, leaseKey)
	if err != nil || !found {
		return Holder{}, false, err
	}
	process := lifeOf(record.Holder.Host, record.Holder.PID, record.Process)
	return record.Holder, counts(process, t.store.now().Sub(record.Holder.Heartbeat)), nil
}

// counts decides whether a lease is alive. A heartbeat far in the future means that a clock jumped back, so its age
// tells nothing: then only a process that we see living keeps the lease. Taking it from one that lives unseen on
// another host costs that one a stopped run, since each of its writes checks the lease first. Waiting for the clock to
// catch up could mean that for days nobody's doors are kept in step.
func counts(process life, age time.Duration) bool {
	switch {
	case process == dead:
		return false
	case age > LeaseTimeout:
		return false // it hangs, or was suspended: it learns so at its next write
	case age < -LeaseTimeout:
		return process == living
	default:
		return true
	}
}

// Update is Store.Update, refused with ErrLeaseLost when another process took the lease over.
func (l *Lease) Update(write func(*Tx) error) error {
	return l.store.Update(func(t *Tx) error {
		if err := l.check(t, renewAfter); err != nil {
			return err
		}
		return write(t)
	})
}

// Beat renews the heartbeat; call it every few seconds.
func (l *Lease) Beat() error {
	return l.store.Update(func(t *Tx) error { return l.check(t, 0) })
}

// check refuses when the lease is not ours any more, and renews a heartbeat of that age.
func (l *Lease) check(t *Tx, age time.Duration) error {
	record, found, err := single[leaseRecord](t, leaseKey)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w: the lease of this one was given back meanwhile, so it stops here", ErrLeaseLost)
	}
	if record.Holder.ID != l.holder.ID {
		return fmt.Errorf("%w: %s, process %d on %s, since %s; this one stops here",
			ErrLeaseLost, printable(record.Holder.Purpose), record.Holder.PID, printable(record.Holder.Host),
			record.Holder.Since.Local().Format("2 Jan 15:04:05"))
	}
	now := t.store.now()
	if since := now.Sub(record.Holder.Heartbeat); since >= 0 && since < age {
		return nil
	}
	record.Holder.Heartbeat = now
	return putSingle(t, leaseKey, record, progressPart)
}

// Release gives the lease back; harmless when it was lost.
func (l *Lease) Release() error {
	return l.store.Update(func(t *Tx) error {
		record, found, err := single[leaseRecord](t, leaseKey)
		if err != nil || !found || record.Holder.ID != l.holder.ID {
			return err
		}
		return t.drop(singlesBucket, []byte(leaseKey), progressPart)
	})
}
