package store

import (
	"os"
	"testing"
	"time"
)

func expectWatched(t *testing.T, store *Store, wantAlive, wantFound bool) Holder {
	t.Helper()
	var holder Holder
	view(t, store, func(tx *Tx) error {
		found, alive, there, err := tx.Watched()
		if alive != wantAlive || there != wantFound {
			t.Errorf("alive %v, found %v; want %v, %v", alive, there, wantAlive, wantFound)
		}
		holder = found
		return err
	})
	return holder
}

func TestAWatchersSignOfLife(t *testing.T) {
	store := newStore(t)
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	store.now = func() time.Time { return now }
	expectWatched(t, store, false, false)
	watcher, err := store.Watch()
	if err != nil {
		t.Fatal(err)
	}
	if holder := expectWatched(t, store, true, true); holder.PID != os.Getpid() || !holder.Since.Equal(now) {
		t.Errorf("it is %+v", holder)
	}
	now = now.Add(WatcherTimeout)
	expectWatched(t, store, false, true)
	if err := watcher.Beat(); err != nil {
		t.Fatal(err)
	}
	if holder := expectWatched(t, store, true, true); !holder.Since.Before(now) {
		t.Errorf("a beat moved its beginning to %s", holder.Since)
	}
	// A second one takes the sign over; the end of the first takes nothing away.
	second, err := store.Watch()
	if err != nil {
		t.Fatal(err)
	}
	if err := watcher.End(); err != nil {
		t.Fatal(err)
	}
	expectWatched(t, store, true, true)
	if err := second.End(); err != nil {
		t.Fatal(err)
	}
	expectWatched(t, store, false, false)
}

func TestADeadWatcherIsGoneAtOnce(t *testing.T) {
	store := newStore(t)
	if _, err := store.Watch(); err != nil {
		t.Fatal(err)
	}
	update(t, store, func(tx *Tx) error {
		record, _, err := single[leaseRecord](tx, watcherKey)
		if err != nil {
			return err
		}
		record.Process.Start = "another process of that number"
		return putSingle(tx, watcherKey, record, other)
	})
	expectWatched(t, store, false, true)
}
