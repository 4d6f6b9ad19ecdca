package store

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"kisiflow/access"
)

// countOnce writes the same number in several places, which must agree in every state that the file is ever in.
func countOnce(store *Store) error {
	return store.Update(func(tx *Tx) error {
		lost, err := tx.Lost()
		if err != nil {
			return err
		}
		key := access.RightKey{GroupID: 1, UserID: 1}
		if err := tx.PutLost(key, lost[key]+1); err != nil {
			return err
		}
		if err := tx.PutProgress(Progress{Done: lost[key] + 1}); err != nil {
			return err
		}
		_, err = tx.AppendJournal(Entry{MemberID: "m1", After: strings.Repeat("x", lost[key]%3000)})
		return err
	})
}

// counted is the number, after checking that all places agree.
func counted(t testing.TB, store *Store) int {
	t.Helper()
	var count int
	view(t, store, func(tx *Tx) error {
		lost, err := tx.Lost()
		if err != nil {
			return err
		}
		count = lost[access.RightKey{GroupID: 1, UserID: 1}]
		progress, err := tx.Progress()
		if err != nil {
			return err
		}
		entries, err := tx.Journal(0, 0, "m1")
		if err != nil {
			return err
		}
		change, err := tx.Changes()
		if progress.Done != count || len(entries) != count || change != (Change{All: uint64(count), Progress: uint64(count), Runs: uint64(count)}) {
			t.Errorf("the places disagree: %d, progress %d, %d entries, %+v", count, progress.Done, len(entries), change)
		}
		return err
	})
	return count
}

func TestNoUpdateIsLost(t *testing.T) {
	first := newStore(t)
	second, err := Open(first.Path())
	if err != nil {
		t.Fatal(err)
	}
	const each = 200
	var workers sync.WaitGroup
	for _, store := range []*Store{first, first, second, second} {
		workers.Go(func() {
			for range each {
				if err := countOnce(store); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Go(func() {
		for range each {
			counted(t, first)
		}
	})
	workers.Wait()
	if got := counted(t, second); got != 4*each {
		t.Errorf("%d of %d updates are there", got, 4*each)
	}
}

func TestAKilledProcessLeavesAWholeFile(t *testing.T) {
	path := newStore(t).Path()
	store, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for range 10 {
		writer := startChild(t, "count for ever", path)
		writer.ready(t)
		for before := last; last < before+15; { // killed in the middle of its work, wherever that is
			last = counted(t, store)
		}
		if err := writer.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = writer.Wait()
		if now := counted(t, store); now < last {
			t.Errorf("after %d updates were seen, %d are there", last, now)
		}
		checkPages(t, path)
	}
	if err := countOnce(store); err != nil {
		t.Errorf("the file can't be written after the kills: %v", err)
	}
}

// checkPages has bbolt look at every page.
func checkPages(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bbolt.Tx) error {
		for problem := range tx.Check() {
			t.Errorf("bbolt finds: %v", problem)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestALockHeldTooLongIsSaid(t *testing.T) {
	store := newStore(t)
	holder := startChild(t, "hold the lock", store.Path())
	holder.ready(t)
	store.patience = 20 * time.Millisecond
	for name, err := range map[string]error{
		"View":   store.View(func(*Tx) error { return nil }),
		"Update": store.Update(func(*Tx) error { return nil }),
	} {
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), store.Path()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	view(t, store, func(*Tx) error { return nil })
}
