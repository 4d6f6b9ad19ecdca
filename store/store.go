// Package store keeps everything that outlives a process in one bbolt file: settings,
// associations, ledger, intents, standings, runs, journal, lease. The file is the interface between processes:
// it is opened for one short transaction at a time, so a service, two admins and a script work on it at once.
package store

import (
	"errors"
	"sync"
	"time"
)

// The ways in which the file refuses. Use errors.Is.
var (
	ErrNewer     = errors.New("the state file was written by a newer kisiflow")
	ErrDamaged   = errors.New("the state file is damaged")
	ErrBusy      = errors.New("another kisiflow is at work")  // the lease; see BusyError
	ErrLeaseLost = errors.New("another kisiflow took over")   // the lease is no longer ours
	ErrLocked    = errors.New("the state file stayed locked") // another process held it for longer than the time-out
)

// lockPatience is how long a transaction waits for other processes. Theirs take milliseconds, so a wait this
// long means that somebody hangs or holds the file open with another tool.
const lockPatience = 10 * time.Second

// Store is one state file. It keeps no file open between transactions.
type Store struct {
	path string

	// gate lets the goroutines of this process wait for each other without polling the file's lock. Other
	// processes, and other Stores on the same path, are kept apart by the lock alone.
	gate     sync.RWMutex
	patience time.Duration
	// now is the host's own clock, not the one that KISIFLOW_NOW moves: heartbeats compare processes, and
	// each of them may have been given another business time.
	now func() time.Time

	memory memory
	// fault is a test's (FailWith); nil in every program.
	fault func() error
}

// Open makes the directory (0700) and the file (0600) where they are missing, and checks the schema version.
func Open(path string) (*Store, error) {
	store := &Store{path: path, patience: lockPatience, now: time.Now}
	if err := store.prepare(); err != nil {
		return nil, err
	}
	if err := store.migrate(migrations()); err != nil {
		return nil, err
	}
	if err := tighten(path); err != nil {
		return nil, err
	}
	return store, nil
}

// Path is where the file lies.
func (s *Store) Path() string { return s.path }

// View runs a read transaction on the file. read must not call the store again: a writer that waits in
// between would hold both up for ever.
func (s *Store) View(read func(*Tx) error) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return s.transact(reading, func(t *Tx) error {
		if err := t.checkVersion(); err != nil {
			return err
		}
		return read(t)
	})
}

// Update runs a write transaction on the file and moves the change counter on. write must not call the store again.
// When write fails, or put nothing that differs from what is stored, the file stays as it is.
func (s *Store) Update(write func(*Tx) error) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	return s.transact(writing, func(t *Tx) error {
		// Checked each time: a newer kisiflow may have migrated the file under a service that still runs.
		if err := t.checkVersion(); err != nil {
			return err
		}
		if err := write(t); err != nil {
			return err
		}
		return t.moveCounters()
	})
}
