package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Restored is what Restore did.
type Restored struct {
	Kept         string // where the replaced file lies now; "" when there was none
	KeptIdentity string // the same for the identity file, when another one was put in its place
	Identity     bool   // the backup brought its identity file along
	SyncedAt     time.Time
}

// Restore puts a backup in the place of a state file. The backup must be a sound state file of a known version; the replaced
// file is kept beside it; whoever looks sees the one or the other, never half of one. It refuses with a *BusyError
// while a run is at work. A damaged file is replaced too: that is what backups are for.
func Restore(path, from string) (Restored, error) {
	if _, err := Inspect(from); err != nil {
		return Restored{}, fmt.Errorf("that is no backup to go back to: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Restored{}, explain("make the folder for", path, err)
	}
	draft, err := copyBeside(path, from)
	if err != nil {
		return Restored{}, err
	}
	defer os.Remove(draft)
	var result Restored
	if result.SyncedAt, err = ready(draft, from, changesAt(path)); err != nil {
		return Restored{}, err
	}
	replace := func() error { return result.replace(path, from, draft) }
	current := &Store{path: path, patience: lockPatience, now: time.Now}
	err = current.transact(writing, func(t *Tx) error {
		holder, alive, err := t.Leased()
		if err != nil {
			return err
		}
		if alive {
			return &BusyError{Holder: holder}
		}
		return replace()
	})
	if errors.Is(err, ErrDamaged) || errors.Is(err, os.ErrNotExist) {
		err = replace()
	}
	if err != nil {
		return Restored{}, err
	}
	return result, nil
}

// copyBeside copies the backup next to where it is to lie, so that it can take the place in one step.
func copyBeside(path, from string) (draft string, err error) {
	source, err := os.Open(from)
	if err != nil {
		return "", explain("open", from, err)
	}
	defer source.Close()
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return "", explain("make", path, err)
	}
	_, err = io.Copy(file, source)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		_ = os.Remove(file.Name())
		return "", explain("make", path, err)
	}
	return file.Name(), nil
}

// ready checks every page of the copy, brings it up to date, and takes out what was true only at the moment of the backup:
// a lease, a run under way, requests that nobody waits for any more. Its counters move beyond those of the replaced file,
// so that every screen reads anew.
func ready(draft, from string, before Change) (syncedAt time.Time, err error) {
	store, err := Open(draft)
	if err != nil {
		return time.Time{}, fmt.Errorf("the backup %s can't be used: %w", from, err)
	}
	err = store.View(func(t *Tx) error {
		var unsound error
		for problem := range t.bolt.Check() { // to its end: the check runs in a goroutine of its own
			if unsound == nil {
				unsound = damaged(from, problem.Error())
			}
		}
		return unsound
	})
	if err != nil {
		return time.Time{}, err
	}
	err = store.Update(func(t *Tx) error {
		if syncedAt, _, err = t.LastRead(); err != nil {
			return err
		}
		if _, _, err := t.Settings(); err != nil {
			return err
		}
		progress, err := t.Progress()
		if err != nil {
			return err
		}
		progress.Running = false
		for found := true; found && err == nil; {
			_, found, err = t.TakeRequest()
		}
		before.Settings, before.Standings = before.Settings+1, before.Standings+1
		before.Progress, before.Runs = before.Progress+1, before.Runs+1
		return errors.Join(err, t.PutProgress(progress), t.drop(singlesBucket, []byte(leaseKey), progressPart),
			t.put(metaBucket, []byte(changesKey), before.encode(), other))
	})
	return syncedAt, err
}

// changesAt are the counters of the file that is replaced, as far as it can be read.
func changesAt(path string) (change Change) {
	store := &Store{path: path, patience: lockPatience, now: time.Now}
	_ = store.transact(reading, func(t *Tx) (err error) {
		change, err = t.Changes()
		return err
	})
	return change
}

// replace moves the draft into its place; what was there gets another name first.
func (r *Restored) replace(path, from, draft string) error {
	if err := r.replaceIdentity(identityPath(path), identityPath(from)); err != nil {
		return err
	}
	kept, err := keep(path)
	if err != nil {
		return err
	}
	r.Kept = kept
	if err := os.Rename(draft, path); err != nil {
		return explain("replace", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// replaceIdentity takes the backup's identity along where one lies beside it and differs.
func (r *Restored) replaceIdentity(path, from string) error {
	wanted, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return explain("open", from, err)
	}
	r.Identity = true
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, wanted) {
		return nil
	}
	draft, err := copyBeside(path, from)
	if err != nil {
		return err
	}
	defer os.Remove(draft)
	if r.KeptIdentity, err = keep(path); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// keep gives a file a second name that was not taken; "" when there is no file.
func keep(path string) (string, error) {
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	for number := 1; number < 1000; number++ {
		name := path + ".before-restore"
		if number > 1 {
			name = fmt.Sprintf("%s-%d", name, number)
		}
		err := os.Link(path, name)
		if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
			if _, missing := os.Lstat(name); missing == nil {
				continue
			}
			err = os.Rename(path, name) // no hard links there: for a moment no file has the name
		}
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return "", explain("keep", path, err)
		}
	}
	return "", fmt.Errorf("%s was replaced a thousand times: remove some of the kept files beside it", path)
}

// BackupIdentity copies the identity file beside a backup; there is none before a secret was stored.
func (s *Store) BackupIdentity(backup string) (copied string, err error) {
	content, err := os.ReadFile(identityPath(s.path))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", explain("open", identityPath(s.path), err)
	}
	name := identityPath(backup)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("can't make %s: %w", name, err)
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		_ = os.Remove(name)
		return "", fmt.Errorf("can't write %s, so it was removed again: %w", name, err)
	}
	return name, nil
}

// IdentityPath is where the identity file of this state file lies.
func (s *Store) IdentityPath() string { return identityPath(s.path) }
