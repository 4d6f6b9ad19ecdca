package reconcile

import (
	"fmt"
	"slices"
	"time"

	"kisiflow/store"
)

// beginsWithin is how soon a run that was asked for begins, so that it goes by settings that were noticed this long after it began.
const beginsWithin = pollEvery

// settingsWatch notices that somebody changed what decides about access.
type settingsWatch struct {
	seen    bool
	counter uint64 // of the settings, when they were read
	decides string
	changed time.Time // when a change was noticed for which no run has been asked; zero: none
}

// watchSettings asks for a sync when a setting that decides about access was changed, by whichever process. Whoever changes it may
// have asked already, and several processes notice it: one sync does for all.
func (l *loop) watchSettings(change store.Change, busy bool) error {
	w := &l.settings
	if l.every <= 0 || w.seen && w.counter == change.Settings && w.changed.IsZero() {
		return nil
	}
	var settings store.Settings
	var runs []store.Run
	pending := false
	err := l.engine.store.View(func(tx *store.Tx) (err error) {
		if settings, _, err = tx.Settings(); err != nil {
			return err
		}
		if _, pending, err = tx.NextRequest(); err != nil {
			return err
		}
		runs, err = tx.Runs(1)
		return err
	})
	if err != nil {
		return err
	}
	decides := deciding(settings)
	if w.seen && decides != w.decides {
		w.changed = l.engine.options.Now()
	}
	w.seen, w.counter, w.decides = true, change.Settings, decides
	if w.changed.IsZero() {
		return nil
	}
	begun := len(runs) > 0 && !runs[0].Looked && runs[0].Started.After(w.changed.Add(-beginsWithin))
	switch {
	case settings.Disabled(), pending, begun:
		w.changed = time.Time{}
		return nil
	case busy:
		return nil // when the lease is free it is known whether that run began under these settings
	}
	w.changed, l.looked = time.Time{}, false
	return l.engine.WantSync("settings were changed")
}

// deciding is what of the settings decides about access. Names, and what the engine itself learns of the key, do not.
func deciding(settings store.Settings) string {
	var associations []string
	for _, one := range settings.Associations {
		associations = append(associations, fmt.Sprintf("%q to %d", one.MembershipID, one.GroupID))
	}
	slices.Sort(associations)
	return fmt.Sprintf("%q %v %q %q %d %q %q %q %d %v %v %v %v", settings.GymflowURL, settings.Roster, settings.ClubID, settings.KisiURL, settings.PlaceID,
		settings.Zone, associations, settings.Unlocking, settings.GraceDays, settings.StaleAfter, settings.Limits, settings.Disabled(), settings.Audit)
}
