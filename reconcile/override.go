package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
)

// The ways in which an override is refused.
var (
	ErrPastDay  = errors.New("that day is over")
	ErrNoMember = errors.New("there is no such member in the last roster")
)

// Overridden is what an override changed.
type Overridden struct {
	MemberID string `json:"member_id"`
	Name     string `json:"name"`
	Before   string `json:"before"`
	After    string `json:"after"`
	Released int    `json:"released"` // holds of undone runs, and counts of rights removed by hand, that no longer stand in the way
}

// Override stores an admin's decision about one member and journals it; Kind access.Follow lets the rules decide again. The
// newest decision outranks older ones: holds that an undo left for the member, and the counts of rights that were removed by
// hand in Kisi, are dropped. A block leaves those counts. It takes effect with the next run; sync asks for one.
func (e *Engine) Override(override access.Override, sync bool) (Overridden, error) {
	now := e.options.Now()
	override.By, override.At = cmp.Or(override.By, e.options.By), now
	override.Note = cleanName(override.Note)
	var told Overridden
	err := e.store.Update(func(tx *store.Tx) error {
		if err := mayOverride(tx, override, now); err != nil {
			return err
		}
		row, known, err := rowOf(tx, override.MemberID)
		if err != nil {
			return err
		}
		overrides, err := tx.Overrides()
		if err != nil {
			return err
		}
		before, set := overrides[override.MemberID]
		if !set && !known {
			return ErrNoMember
		}
		told = Overridden{MemberID: override.MemberID, Name: cleanName(row.Name), Before: OverrideWords(before), After: OverrideWords(override)}
		if override.Kind == access.Follow {
			err = tx.DeleteOverride(override.MemberID)
		} else {
			err = tx.PutOverride(override)
		}
		if err != nil {
			return err
		}
		if told.Released, err = release(tx, override, row.UserID); err != nil {
			return err
		}
		failures := []error{journal(tx, store.Entry{
			At: now, Kind: store.OverrideSet, By: override.By, MemberID: told.MemberID, Name: told.Name,
			Before: told.Before, After: told.After, Evidence: override.Note,
		})}
		if sync {
			_, err := tx.PutRequest(store.Request{Kind: "sync", Trigger: "admin", By: override.By, At: now})
			failures = append(failures, err)
		}
		return errors.Join(failures...)
	})
	return told, err
}

// OverrideWords is an override as the journal and the screens say it.
func OverrideWords(override access.Override) string {
	switch override.Kind {
	case access.Allow:
		return "allow until " + override.Until.String()
	case access.Block:
		return "block"
	}
	return "follow the rules"
}

func mayOverride(tx *store.Tx, override access.Override, now time.Time) error {
	settings, set, err := tx.Settings()
	if err != nil {
		return err
	}
	if !set {
		return ErrNotSetUp
	}
	switch override.Kind {
	case access.Follow, access.Block:
		return nil
	case access.Allow:
		zone, err := zoneOf(settings)
		if err != nil {
			return err
		}
		if today := access.Today(now, zone); override.Until == (gymflow.Date{}) || override.Until.Before(today) {
			return fmt.Errorf("%w: today is %s in the gym's time zone; name today or a later day", ErrPastDay, today)
		}
		return nil
	}
	return fmt.Errorf("%q is no override", string(override.Kind))
}

func rowOf(tx *store.Tx, memberID string) (row access.Row, known bool, err error) {
	rows, _, err := tx.Standings()
	for _, row := range rows {
		if row.ID == memberID {
			return row, true, err
		}
	}
	return access.Row{}, false, err
}

// release drops what would stand in the way of the decision.
func release(tx *store.Tx, override access.Override, userID int64) (int, error) {
	released := 0
	holds, err := tx.Holds()
	if err != nil {
		return 0, err
	}
	for key := range holds {
		if key.MemberID != override.MemberID {
			continue
		}
		released++
		if err := tx.DeleteHold(key); err != nil {
			return 0, err
		}
	}
	if override.Kind == access.Block {
		return released, nil
	}
	links, err := tx.Links()
	if err != nil {
		return 0, err
	}
	lost, err := tx.Lost()
	if err != nil {
		return 0, err
	}
	for key := range lost {
		if key.UserID != links[override.MemberID] && key.UserID != userID {
			continue
		}
		released++
		if err := tx.PutLost(key, 0); err != nil {
			return 0, err
		}
	}
	return released, nil
}
