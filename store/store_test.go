package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newStore is a fresh file in a folder of its own.
func newStore(t testing.TB) *Store {
	t.Helper()
	store, err := Open(filepath.Join(t.TempDir(), "state", "gym.db"))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func update(t testing.TB, store *Store, write func(*Tx) error) {
	t.Helper()
	if err := store.Update(write); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, store *Store, read func(*Tx) error) {
	t.Helper()
	if err := store.View(read); err != nil {
		t.Fatal(err)
	}
}

func changesOf(t testing.TB, store *Store) (change Change) {
	t.Helper()
	view(t, store, func(tx *Tx) (err error) {
		change, err = tx.Changes()
		return err
	})
	return change
}

func permissions(t testing.TB, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestOpenKeepsOthersOut(t *testing.T) {
	store := newStore(t)
	if got := permissions(t, store.Path()); got != 0o600 {
		t.Errorf("the file has mode %o", got)
	}
	if got := permissions(t, filepath.Dir(store.Path())); got != 0o700 {
		t.Errorf("the folder has mode %o", got)
	}
	if err := os.Chmod(store.Path(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(store.Path()); err != nil {
		t.Fatal(err)
	}
	if got := permissions(t, store.Path()); got != 0o600 {
		t.Errorf("a file that others could read kept mode %o", got)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(store.Path()), ".*")); len(left) > 0 {
		t.Errorf("drafts were left behind: %v", left)
	}
}

func TestOpenAtOnceMakesOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gym.db")
	results := make(chan error)
	for range 8 {
		go func() {
			store, err := Open(path)
			if err == nil {
				err = store.Update(func(tx *Tx) error { _, err := tx.NextRun(); return err })
			}
			results <- err
		}()
	}
	for range 8 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	store, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	update(t, store, func(tx *Tx) error {
		id, err := tx.NextRun()
		if id != "r9" {
			t.Errorf("the ninth run is %s: one Open replaced another's file", id)
		}
		return err
	})
}

func TestAFileThatGoesAwayIsNotMadeAgain(t *testing.T) {
	store := newStore(t)
	if err := os.Remove(store.Path()); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"View":   store.View(func(*Tx) error { return nil }),
		"Update": store.Update(func(tx *Tx) error { _, err := tx.NextRun(); return err }),
	} {
		if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "no longer there") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(store.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Error("an empty file took the place of the ledger")
	}
}

func TestAFailedUpdateKeepsNothing(t *testing.T) {
	store := newStore(t)
	before := changesOf(t, store)
	refused := errors.New("refused")
	err := store.Update(func(tx *Tx) error {
		if err := tx.PutLink("m1", 7); err != nil {
			return err
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatalf("got %v", err)
	}
	view(t, store, func(tx *Tx) error {
		links, err := tx.Links()
		if len(links) != 0 {
			t.Errorf("kept %v", links)
		}
		return err
	})
	if after := changesOf(t, store); after != before {
		t.Errorf("counted %+v after %+v", after, before)
	}
}

func TestAPanicOfTheProgramGoesOnAndFreesTheFile(t *testing.T) {
	store := newStore(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a mistake in the program was swallowed")
			}
		}()
		_ = store.Update(func(*Tx) error { panic("mistake") })
	}()
	update(t, store, func(tx *Tx) error { return tx.PutLink("m1", 7) })
}

func TestAReadTransactionWritesNothing(t *testing.T) {
	store := newStore(t)
	for name, write := range map[string]func(*Tx) error{
		"PutLink":    func(tx *Tx) error { return tx.PutLink("m1", 7) },
		"DeleteLink": func(tx *Tx) error { return tx.DeleteLink("m1") },
		"NextRun":    func(tx *Tx) error { _, err := tx.NextRun(); return err },
		"PutSecret":  func(tx *Tx) error { return tx.PutSecret(KisiKey, "k") },
	} {
		if err := store.View(write); !errors.Is(err, errReadOnly) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDefaultPath(t *testing.T) {
	home := t.TempDir()
	state := filepath.Join(home, "state")
	for _, c := range []struct{ profile, xdgState, home, want string }{
		{"", state, home, filepath.Join(state, "kisiflow", "default.db")},
		{"dublin.2", state, home, filepath.Join(state, "kisiflow", "dublin.2.db")},
		{"", "", home, filepath.Join(home, ".local", "state", "kisiflow", "default.db")},
		{"", "relative", home, filepath.Join(home, ".local", "state", "kisiflow", "default.db")},
		{"", state, "", filepath.Join(state, "kisiflow", "default.db")},
		{"", "", "", ""},
		{".hidden", state, home, ""},
		{"../up", state, home, ""},
		{"a b", state, home, ""},
		{"..", state, home, ""},
		{strings.Repeat("x", 101), state, home, ""},
	} {
		t.Setenv("XDG_STATE_HOME", c.xdgState)
		t.Setenv("HOME", c.home)
		got, err := DefaultPath(c.profile)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("DefaultPath(%q) with XDG_STATE_HOME=%q HOME=%q: %q, %v; want %q", c.profile, c.xdgState, c.home, got, err, c.want)
		}
	}
}

func TestBackup(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error { return tx.PutLink("m1", 7) })
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Backup(copied); err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(copied); err == nil || !strings.Contains(err.Error(), "overwrites nothing") {
		t.Errorf("a second backup over the first: %v", err)
	}
	if got := permissions(t, copied); got != 0o600 {
		t.Errorf("the copy has mode %o", got)
	}
	update(t, store, func(tx *Tx) error { return tx.PutLink("m1", 8) })
	other, err := Open(copied)
	if err != nil {
		t.Fatal(err)
	}
	view(t, other, func(tx *Tx) error {
		links, err := tx.Links()
		if links["m1"] != 7 {
			t.Errorf("the copy holds %v", links)
		}
		return err
	})
	// A copy moved into place is what the next transaction reads.
	if err := os.Rename(copied, store.Path()); err != nil {
		t.Fatal(err)
	}
	view(t, store, func(tx *Tx) error {
		links, err := tx.Links()
		if links["m1"] != 7 {
			t.Errorf("after putting the backup back: %v", links)
		}
		return err
	})
}

func TestAReplacedFileIsNoticed(t *testing.T) {
	store := newStore(t)
	opened, err := os.Open(store.Path()) // as a transaction that waits for the lock has
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if current, err := stillThere(store.Path(), opened); !current || err != nil {
		t.Errorf("the file itself: %v, %v", current, err)
	}
	copied := store.Path() + ".copy"
	if err := store.Backup(copied); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(copied, store.Path()); err != nil {
		t.Fatal(err)
	}
	if current, err := stillThere(store.Path(), opened); current || err != nil {
		t.Errorf("after a backup took its place: %v, %v", current, err)
	}
}
