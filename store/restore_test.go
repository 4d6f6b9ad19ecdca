package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// backedUp is a state with a link and a secret, and a backup of it with its identity.
func backedUp(t *testing.T) (store *Store, backup string) {
	store = newStore(t)
	update(t, store, func(tx *Tx) error {
		_, err := tx.PutRequest(Request{Kind: "sync"})
		return errors.Join(err, tx.PutLink("m1", 7), tx.PutSecret(KisiKey, "the key"), tx.PutProgress(Progress{Running: true}))
	})
	backup = filepath.Join(t.TempDir(), "copy.db")
	if err := store.Backup(backup); err != nil {
		t.Fatal(err)
	}
	if name, err := store.BackupIdentity(backup); err != nil || name != backup+".identity" || permissions(t, name) != 0o600 {
		t.Fatalf("%q %v", name, err)
	}
	return store, backup
}

func links(t *testing.T, store *Store) (links map[string]int64) {
	t.Helper()
	view(t, store, func(tx *Tx) (err error) { links, err = tx.Links(); return err })
	return links
}

func TestRestorePutsABackupInItsPlaceAndKeepsWhatWasThere(t *testing.T) {
	store, backup := backedUp(t)
	for number := range 2 {
		update(t, store, func(tx *Tx) error { return tx.PutLink("m1", int64(8+number)) })
		before := changesOf(t, store)
		result, err := Restore(store.Path(), backup)
		if err != nil {
			t.Fatal(err)
		}
		if got := links(t, store)["m1"]; got != 7 {
			t.Errorf("the link is %d", got)
		}
		kept, err := Open(result.Kept)
		if err != nil || links(t, kept)["m1"] != int64(8+number) || !strings.Contains(result.Kept, ".before-restore") {
			t.Errorf("%+v %v", result, err)
		}
		after := changesOf(t, store)
		if after.Settings <= before.Settings || after.Standings <= before.Standings || after.Runs <= before.Runs {
			t.Errorf("a screen would not see it: %+v after %+v", after, before)
		}
		view(t, store, func(tx *Tx) error {
			progress, _ := tx.Progress()
			secret, err := tx.Secret(KisiKey)
			if progress.Running || secret != "the key" {
				t.Errorf("%+v %q", progress, secret)
			}
			return err
		})
		update(t, store, func(tx *Tx) error {
			if _, found, _ := tx.TakeRequest(); found {
				t.Error("a request of the past is carried out")
			}
			return nil
		})
		checkPages(t, store.Path())
		if permissions(t, store.Path()) != 0o600 {
			t.Error("others can read it")
		}
	}
}

func TestRestoreOnANewMachine(t *testing.T) {
	_, backup := backedUp(t)
	path := filepath.Join(t.TempDir(), "new", "gym.db")
	result, err := Restore(path, backup)
	if err != nil || result.Kept != "" || !result.Identity {
		t.Fatalf("%+v %v", result, err)
	}
	store, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	view(t, store, func(tx *Tx) error {
		secret, err := tx.Secret(KisiKey)
		if secret != "the key" {
			t.Errorf("%q", secret)
		}
		return err
	})
}

func TestRestoreRefuses(t *testing.T) {
	store, backup := backedUp(t)
	update(t, store, func(tx *Tx) error { return tx.PutLink("m1", 8) })
	content, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newer := file("newer", content)
	withBolt(t, newer, setVersion(schemaVersion+1))
	for name, from := range map[string]string{
		"nothing":   filepath.Join(folder, "none"),
		"a folder":  folder,
		"text":      file("text", []byte("hello")),
		"empty":     file("empty", nil),
		"cut off":   file("cut", content[:len(content)/2]),
		"scrambled": file("scrambled", append(bytes.Clone(content[:8192]), bytes.Repeat([]byte{0xaa}, len(content)-8192)...)),
		"newer":     newer,
	} {
		if result, err := Restore(store.Path(), from); err == nil {
			t.Errorf("%s was put in place: %+v", name, result)
		}
	}
	lease, err := store.Acquire("sync")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(store.Path(), backup); !errors.Is(err, ErrBusy) {
		t.Errorf("beside a run: %v", err)
	}
	if links(t, store)["m1"] != 8 {
		t.Error("a refused backup changed the file")
	}
	_ = lease.Release()
	left, err := os.ReadDir(filepath.Dir(store.Path()))
	if err != nil || len(left) != 2 {
		t.Errorf("files are left behind: %v %v", left, err)
	}
}

func TestADamagedFileIsReplaced(t *testing.T) {
	store, backup := backedUp(t)
	if err := os.WriteFile(store.Path(), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := Restore(store.Path(), backup)
	if err != nil || links(t, store)["m1"] != 7 {
		t.Fatalf("%+v %v", result, err)
	}
	if kept, err := os.ReadFile(result.Kept); string(kept) != "rubbish" {
		t.Errorf("%q %v", kept, err)
	}
}

func TestAnotherIdentityIsKeptAside(t *testing.T) {
	_, backup := backedUp(t)
	store := newStore(t)
	update(t, store, func(tx *Tx) error { return tx.PutSecret(KisiKey, "another key") })
	result, err := Restore(store.Path(), backup)
	if err != nil || result.KeptIdentity == "" {
		t.Fatalf("%+v %v", result, err)
	}
	view(t, store, func(tx *Tx) error {
		secret, err := tx.Secret(KisiKey)
		if secret != "the key" {
			t.Errorf("%q", secret)
		}
		return err
	})
}

func TestABackupOfVersion1IsRestored(t *testing.T) {
	store := newStore(t)
	if _, err := Restore(store.Path(), unpack(t, "schema1.db")); err != nil {
		t.Fatal(err)
	}
	if links(t, store)["m_1"] != 55 {
		t.Error("the link is lost")
	}
}

func TestInspectChangesNothing(t *testing.T) {
	store, _ := backedUp(t)
	before, _ := os.ReadFile(store.Path())
	facts, err := Inspect(store.Path())
	after, _ := os.ReadFile(store.Path())
	if err != nil || !facts.Needed || !facts.Present || facts.Schema != schemaVersion || facts.Mode != 0o600 || !bytes.Equal(before, after) {
		t.Errorf("%+v %v", facts, err)
	}
	missing := filepath.Join(t.TempDir(), "none.db")
	if _, err := Inspect(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("looking made a file")
	}
}
