package reconcile

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"kisiflow/gymflow"
	"kisiflow/store"
)

// How often the roster file is looked at by itself, and how soon again while it is being written. On network folders, where nobody
// tells of changes, this alone finds them.
const (
	rosterEvery    = 5 * time.Second
	rosterSettling = 500 * time.Millisecond
)

// rosterWatch asks for a sync when a newer roster file has been written. A watch on the folder tells at once, the ticker finds
// what the watch misses; where there can be no watch, the ticker does it alone.
type rosterWatch struct {
	file     gymflow.RosterFile
	settings uint64    // the settings' counter under which file was read
	recalled bool      // file was read at all
	due      time.Time // of the next look at the file
	seen     gymflow.RosterStamp
	since    time.Time           // when seen was first seen
	asked    gymflow.RosterStamp // for which a sync was asked
	known    bool                // asked tells something
	watcher  *fsnotify.Watcher
	events   <-chan fsnotify.Event // nil without a watcher, as are errors
	errors   <-chan error
}

// close ends the watch.
func (w *rosterWatch) close() {
	if w.watcher != nil {
		_ = w.watcher.Close()
	}
	w.watcher, w.events, w.errors = nil, nil, nil
}

// noticed: something moved in the folder. What, the next look finds out.
func (w *rosterWatch) noticed(open bool) {
	w.due = time.Time{}
	if !open {
		w.close()
	}
}

// broken: from now on the ticker does it alone.
func (l *loop) broken(err error) {
	l.engine.options.Log.Warn("watching the folder of the roster file; it is looked at every few seconds instead", "error", err)
	l.roster.close()
}

// watchRoster looks whether the roster file is another one than the last that was read, and asks for a sync once it has settled.
func (l *loop) watchRoster(change store.Change) error {
	w := &l.roster
	if !w.recalled || w.settings != change.Settings {
		if err := l.recallRoster(change); err != nil {
			return err
		}
	}
	now := l.engine.host()
	if !w.file.Given() || now.Before(w.due) {
		return nil
	}
	w.due = now.Add(rosterEvery)
	stamp, err := gymflow.StampRoster(w.file.Path)
	if err != nil {
		if !errors.Is(err, gymflow.ErrNoFile) { // between two exports there may be none
			l.engine.options.Log.Warn("looking at the roster file", "error", err)
		}
		return nil
	}
	if !stamp.Same(w.seen) {
		w.seen, w.since = stamp, now
	}
	switch {
	case w.known && stamp.Same(w.asked):
		return nil
	case !stamp.Settled(now, w.since):
		w.due = now.Add(rosterSettling)
		return nil
	}
	w.asked, w.known = stamp, true
	read, err := l.rosterRead(stamp)
	if err != nil || read {
		return err
	}
	l.looked = false
	return l.engine.WantSync("the roster file changed")
}

// rosterRead: the last complete roster is of this very file.
func (l *loop) rosterRead(stamp gymflow.RosterStamp) (read bool, err error) {
	err = l.engine.store.View(func(tx *store.Tx) error {
		asOf, err := tx.RosterAsOf()
		read = asOf.Equal(stamp.ModTime)
		return err
	})
	return read, err
}

// recallRoster takes up which file is meant, from the settings in force, and watches its folder.
func (l *loop) recallRoster(change store.Change) error {
	w := &l.roster
	var settings store.Settings
	err := l.engine.store.View(func(tx *store.Tx) (err error) {
		settings, _, err = tx.Settings()
		return err
	})
	if err != nil {
		return err
	}
	if w.recalled && w.file.Path != settings.Roster.Path {
		w.known = false
	}
	if w.recalled && w.file.Given() != settings.Roster.Given() {
		l.poll.never = false // the new source may tell what changed
	}
	if w.watcher == nil || w.file.Path != settings.Roster.Path {
		w.close()
		l.watchFolder(settings.Roster.Path)
	}
	w.file, w.settings, w.recalled, w.due = settings.Roster, change.Settings, true, time.Time{}
	return nil
}

// watchFolder watches the folder and not the file: whoever writes a file anew and renames it in leaves nothing of the old one.
func (l *loop) watchFolder(path string) {
	if path == "" {
		return
	}
	folder := path
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		folder = filepath.Dir(path)
	}
	watcher, err := l.engine.newWatcher()
	if err != nil {
		l.broken(err)
		return
	}
	if err := watcher.Add(folder); err != nil {
		_ = watcher.Close()
		l.broken(err)
		return
	}
	l.roster.watcher, l.roster.events, l.roster.errors = watcher, watcher.Events, watcher.Errors
}
