package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// prepare makes the folder and the file where they are missing.
func (s *Store) prepare() error {
	info, err := os.Stat(s.path)
	switch {
	case err == nil && info.IsDir():
		return explain("open", s.path, unix.EISDIR)
	case err == nil && !info.Mode().IsRegular():
		return damaged(s.path, "it is not a regular file")
	case err == nil:
		return nil
	case !errors.Is(err, os.ErrNotExist):
		return explain("open", s.path, err)
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return explain("make the folder for", s.path, err)
	}
	return s.create()
}

// create builds a whole file beside the path and then gives it its name, so that no other process ever sees
// an empty or half-made one. When two processes do this at once, the first wins and the other uses its file.
func (s *Store) create() error {
	draft, err := os.CreateTemp(filepath.Dir(s.path), "."+filepath.Base(s.path)+".new-*") // 0600
	if err != nil {
		return explain("make", s.path, err)
	}
	defer os.Remove(draft.Name())
	if err := draft.Close(); err != nil {
		return explain("make", s.path, err)
	}
	db, err := bbolt.Open(draft.Name(), 0o600, nil)
	if err != nil {
		return explain("make", s.path, err)
	}
	if err := db.Update(layOut); err != nil {
		_ = db.Close()
		return explain("make", s.path, err)
	}
	if err := db.Close(); err != nil {
		return explain("make", s.path, err)
	}
	if err := nameOnce(draft.Name(), s.path); err != nil && !errors.Is(err, os.ErrExist) {
		return explain("make", s.path, err)
	}
	return nil
}

// nameOnce gives a finished file its name and never replaces one that is there.
func nameOnce(draft, path string) error {
	err := os.Link(draft, path)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		// Some network and FUSE file systems have no hard links; there the look and the renaming are two steps.
		if _, missing := os.Lstat(path); missing == nil {
			return os.ErrExist
		}
		err = os.Rename(draft, path)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name survive a power cut.
func syncFolder(folder string) error {
	handle, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer handle.Close()
	if err := handle.Sync(); err != nil && !errors.Is(err, unix.EINVAL) { // some file systems can't, and need not
		return err
	}
	return nil
}

// tighten takes a file away from group and others: it holds names and e-mail addresses.
func tighten(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return explain("open", path, err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("%s can be read by others, and that can't be changed: run `chmod 600 %s` as its owner: %w", path, path, err)
	}
	return nil
}
