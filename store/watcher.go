package store

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"
)

const watcherKey = "watcher"

// WatcherBeat is how often a watcher gives its sign of life, WatcherTimeout how old the last one may be before the watcher
// counts as gone. The lease tells only who runs something now; a watcher idles most of its time.
const (
	WatcherBeat    = 20 * time.Second
	WatcherTimeout = 90 * time.Second
)

// Watcher is the sign of life of a process that keeps both sides in step.
type Watcher struct {
	store  *Store
	holder Holder
}

// Watch gives this process's first sign of life. Where several watch, the newest sign is the one that is told.
func (s *Store) Watch() (*Watcher, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("can't tell this host's name, which the sign of life needs: %w", err)
	}
	watcher := &Watcher{store: s, holder: Holder{ID: rand.Text(), Host: host, PID: os.Getpid(), Purpose: "watch", Since: s.now()}}
	return watcher, watcher.Beat()
}

// Beat gives the next one; call it every WatcherBeat.
func (w *Watcher) Beat() error {
	w.holder.Heartbeat = w.store.now()
	return w.store.Update(func(t *Tx) error {
		return putSingle(t, watcherKey, leaseRecord{Holder: w.holder, Process: markOf(w.holder.PID)}, other)
	})
}

// End takes the sign away, unless it is another's by now.
func (w *Watcher) End() error {
	return w.store.Update(func(t *Tx) error {
		record, found, err := single[leaseRecord](t, watcherKey)
		if err != nil || !found || record.Holder.ID != w.holder.ID {
			return err
		}
		return t.drop(singlesBucket, []byte(watcherKey), other)
	})
}

// Watched tells who watches. alive is false where the process died, or gave no sign for WatcherTimeout; found where none ever
// did, or all ended as they should.
func (t *Tx) Watched() (holder Holder, alive, found bool, err error) {
	record, found, err := single[leaseRecord](t, watcherKey)
	if err != nil || !found {
		return Holder{}, false, false, err
	}
	age := t.store.now().Sub(record.Holder.Heartbeat)
	alive = lifeOf(record.Holder.Host, record.Holder.PID, record.Process) != dead && age < WatcherTimeout && age > -WatcherTimeout
	return record.Holder, alive, true, nil
}
