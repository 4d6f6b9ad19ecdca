package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Tx is one transaction; it must not be kept.
type Tx struct {
	store   *Store
	bolt    *bbolt.Tx
	touched section
}

// mode says what a transaction may do.
type mode bool

const (
	reading mode = false
	writing mode = true
)

// session is the file, opened for one transaction.
type session struct {
	path     string
	mode     mode
	patience time.Duration
	file     *os.File
	db       *bbolt.DB
	bolt     *bbolt.Tx
	starting bool // inside bbolt's Begin: a panic there leaves bbolt's locks taken
}

// transact opens the file, runs one transaction and closes it.
func (s *Store) transact(how mode, work func(*Tx) error) (err error) {
	// A file that is shorter than it says makes the memory map fault. Without this the process would die of it.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	session := &session{path: s.path, mode: how, patience: s.patience}
	defer session.end(&err)

	if err := s.trouble("open"); err != nil {
		return err
	}
	if err := session.begin(); err != nil {
		return err
	}
	tx := &Tx{store: s, bolt: session.bolt}
	if err := work(tx); err != nil {
		return err
	}
	if tx.touched == untouched {
		return nil // end rolls back, and nothing is written
	}
	if err := s.trouble("write"); err != nil {
		return err
	}
	if err := session.bolt.Commit(); err != nil {
		return explain("write", s.path, err)
	}
	session.bolt = nil
	return nil
}

// begin opens and locks the file and starts the transaction.
func (s *session) begin() error {
	db, err := bbolt.Open(s.path, 0o600, &bbolt.Options{
		ReadOnly: !bool(s.mode),
		OpenFile: s.openLocked, // the file comes locked, so bbolt's own polling (every 50 ms) never waits
		Timeout:  time.Second,
		// The free list is stored with each commit (NoFreelistSync off): rebuilding it would read the whole file
		// at every write. The array kind loads faster than the hash map, and here it is loaded at every write.
		FreelistType: bbolt.FreelistArrayType,
		NoStatistics: true,
	})
	if err != nil {
		return s.openFailure(err)
	}
	s.db = db
	s.starting = true
	s.bolt, err = db.Begin(bool(s.mode))
	s.starting = false
	if err != nil {
		return explain("read", s.path, err)
	}
	info, err := s.file.Stat()
	if err != nil {
		return explain("read", s.path, err)
	}
	if info.Size() < s.bolt.Size() {
		return damaged(s.path, fmt.Sprintf("it is cut off, %d of %d bytes are there", info.Size(), s.bolt.Size()))
	}
	return nil
}

// openFailure tells a damaged file from one that can't be opened.
func (s *session) openFailure(err error) error {
	var errno syscall.Errno
	switch {
	case errors.Is(err, ErrLocked), errors.Is(err, ErrDamaged):
		return err
	case errors.As(err, &errno), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return explain("open", s.path, err)
	default:
		return damaged(s.path, err.Error())
	}
}

// end closes everything, whatever happened. bbolt panics on pages that make no sense: that is a damaged file,
// and an error. Any other panic is a mistake in the program and goes on.
func (s *session) end(err *error) {
	cause := recover()
	fromFile := cause != nil && blamesFile(cause)
	closing := s.close()
	switch {
	case fromFile:
		*err = damaged(s.path, fmt.Sprint(cause))
	case cause != nil:
		panic(cause)
	case *err == nil && closing != nil:
		*err = explain("close", s.path, closing)
	}
}

// close gives up the lock in every case. After a panic inside bbolt its own locks may never be free again, so
// the database is closed only as far as that can't hang; what stays then is a memory map.
func (s *session) close() error {
	if s.file == nil {
		return nil
	}
	if s.db == nil || s.starting {
		_ = s.file.Close() // closed already, unless bbolt.Open or Begin panicked
		return nil
	}
	defer func() {
		if recover() != nil {
			_ = s.file.Close()
		}
	}()
	if s.bolt != nil {
		if err := s.bolt.Rollback(); err != nil && !errors.Is(err, bolterrors.ErrTxClosed) {
			_ = s.file.Close()
			return err
		}
	}
	return s.db.Close()
}

// blamesFile reports whether a panic came out of bbolt's pages: a fault in the memory map, which carries an address, or
// bbolt's own code on the stack. No callback of ours ever runs inside bbolt, so its frames can't be there otherwise.
func blamesFile(cause any) bool {
	if _, faulted := cause.(interface{ Addr() uintptr }); faulted {
		return true
	}
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "go.etcd.io/bbolt") {
			return true
		}
		if !more {
			return false
		}
	}
}
