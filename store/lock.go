package store

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The pause between two tries for the lock grows between these. bbolt's own 50 ms would be felt in the live
// view; a transaction takes well under a millisecond to read and a few to write.
const (
	firstPause   = 100 * time.Microsecond
	longestPause = 3 * time.Millisecond
)

// openLocked opens the file and takes its lock, shared for reading. It never creates: a file that is gone, or
// empty, must not be replaced by a fresh one without the ledger.
func (s *session) openLocked(path string, flag int, _ os.FileMode) (*os.File, error) {
	deadline := time.Now().Add(s.patience)
	for {
		file, err := os.OpenFile(path, flag&^os.O_CREATE, 0)
		if err != nil {
			return nil, err
		}
		if err := s.lock(file, deadline); err != nil {
			_ = file.Close()
			return nil, err
		}
		current, err := stillThere(path, file)
		if err == nil && current {
			s.file = file
			return file, nil
		}
		_ = file.Close()
		if err != nil {
			return nil, err
		}
		// A backup was moved into its place while we waited for the lock on the old one: open again.
	}
}

// lock takes the file's lock before the deadline.
func (s *session) lock(file *os.File, deadline time.Time) error {
	kind := unix.LOCK_SH
	if s.mode == writing {
		kind = unix.LOCK_EX
	}
	for pause := firstPause; ; pause = min(pause*2, longestPause) {
		err := unix.Flock(int(file.Fd()), kind|unix.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case !errors.Is(err, unix.EWOULDBLOCK):
			return &os.PathError{Op: "lock", Path: s.path, Err: err}
		case time.Now().After(deadline):
			return fmt.Errorf("%w: another process has held %s for %s. Try again; if it stays so, find that process with `fuser %s`",
				ErrLocked, s.path, s.patience, s.path)
		}
		time.Sleep(pause)
	}
}

// stillThere reports whether the opened file is sound enough to hand on and still the one at path.
func stillThere(path string, file *os.File) (bool, error) {
	opened, err := file.Stat()
	if err != nil {
		return false, err
	}
	if !opened.Mode().IsRegular() {
		return false, damaged(path, "it is not a regular file")
	}
	if opened.Size() == 0 {
		return false, damaged(path, "it is empty") // bbolt would take it for a new one
	}
	named, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	return os.SameFile(opened, named), nil
}
