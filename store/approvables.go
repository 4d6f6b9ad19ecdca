package store

import (
	"slices"
	"time"

	"kisiflow/access"
)

// Approvable is a list of removals that a plan or run showed; an approval names its fingerprint.
type Approvable struct {
	Fingerprint string
	Keys        []string
	Removals    []access.Revoke
	At          time.Time
	Run         string   // "" when made by `plan`
	Held        bool     // it is waiting for the admin now
	Untrusted   bool     // Gymflow's list is empty or lost half of its members: screens ask for typed words
	Stale       bool     // Gymflow's data is too old: approving helps nothing before it is fresh
	Why         []string // the guard's sentences
}

// PutApprovable keeps a list (the newest 50 are kept); one with Held replaces the held one.
func (t *Tx) PutApprovable(list Approvable) error {
	held, err := t.heldFingerprint()
	if err != nil {
		return err
	}
	switch {
	case list.Held:
		held = list.Fingerprint
		if err := putSingle(t, heldKey, held, runsPart); err != nil {
			return err
		}
	case list.Fingerprint == held:
		// A plan shows again what a run holds: it goes on waiting, with the run's reasons.
		before, found, err := t.Approvable(held)
		if err != nil {
			return err
		}
		if found {
			list.Run, list.Why, list.Untrusted, list.Stale = before.Run, before.Why, before.Untrusted, before.Stale
		}
	}
	if err := putRecord(t, approvablesBucket, []byte(list.Fingerprint), list, runsPart); err != nil {
		return err
	}
	return t.keepNewest(list.Fingerprint, held)
}

// Approvable gives a list by its fingerprint.
func (t *Tx) Approvable(fingerprint string) (list Approvable, found bool, err error) {
	held, err := t.heldFingerprint()
	if err != nil {
		return Approvable{}, false, err
	}
	list, found, err = record[Approvable](t, approvablesBucket, []byte(fingerprint))
	list.Held = found && fingerprint == held // the stored word is of the time when it was put
	return list, found, err
}

// HeldList gives the list that waits for the admin now.
func (t *Tx) HeldList() (list Approvable, found bool, err error) {
	held, err := t.heldFingerprint()
	if err != nil || held == "" {
		return Approvable{}, false, err
	}
	return t.Approvable(held)
}

// ClearHeld says that no removals are held any more.
func (t *Tx) ClearHeld() error {
	return t.drop(singlesBucket, []byte(heldKey), runsPart)
}

const (
	heldKey           = "held"
	approvableAgesKey = "approvable ages"

	approvablesKept = 50
)

// heldFingerprint names the list that waits for the admin, "" for none.
func (t *Tx) heldFingerprint() (string, error) {
	held, _, err := single[string](t, heldKey)
	return held, err
}

// keepNewest notes that a list is the newest one, and drops the oldest beyond those kept; never the held one.
func (t *Tx) keepNewest(fingerprint, held string) error {
	ages, _, err := single[[]string](t, approvableAgesKey) // oldest first
	if err != nil {
		return err
	}
	ages = append(slices.DeleteFunc(ages, func(age string) bool { return age == fingerprint }), fingerprint)
	surplus := len(ages) - approvablesKept
	var kept []string
	for _, age := range ages {
		if surplus > 0 && age != held {
			surplus--
			if err := t.drop(approvablesBucket, []byte(age), runsPart); err != nil {
				return err
			}
			continue
		}
		kept = append(kept, age)
	}
	return putSingle(t, approvableAgesKey, kept, runsPart)
}
