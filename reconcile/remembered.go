package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// remembered is what the state file holds before a piece of work begins.
type remembered struct {
	settings   store.Settings
	to         Access
	overrides  map[string]access.Override
	ledger     []access.LedgerEntry
	links      map[string]int64
	absences   map[string]access.Absence
	lost       map[access.RightKey]int
	people     store.People
	intents    []store.Intent
	previous   map[string]access.Row
	foreign    []access.Foreign
	rosterSize int
	rosterAsOf time.Time        // of the last complete roster, by its source's own word
	held       store.Approvable // the list that waits for the admin
	holds      map[access.HoldKey]access.Hold
	traces     []store.Trace // of a second writer
	refusals   map[string]store.Refusal
}

// recall reads it all. Settings and secrets are those in force; a preview of a draft replaces them.
func (e *Engine) recall() (known remembered, set bool, err error) {
	err = e.store.View(func(tx *store.Tx) error {
		var failure error
		known.settings, set, failure = tx.Settings()
		if failure != nil {
			return failure
		}
		known.to, failure = secretsInForce(tx, known.settings)
		if failure != nil {
			return failure
		}
		return known.read(tx)
	})
	return known, set, err
}

func secretsInForce(tx *store.Tx, settings store.Settings) (Access, error) {
	key, err := tx.Secret(store.KisiKey)
	if err != nil {
		return Access{}, err
	}
	token, err := tx.Secret(store.GymflowToken)
	if err != nil {
		return Access{}, err
	}
	return Access{Roster: settings.Roster, GymflowURL: settings.GymflowURL, GymflowToken: token, KisiURL: settings.KisiURL, KisiKey: key, Audit: settings.Audit}, nil
}

func (r *remembered) read(tx *store.Tx) error {
	var failures [15]error
	var rows []access.Row
	r.overrides, failures[0] = tx.Overrides()
	r.ledger, failures[1] = tx.Ledger()
	r.links, failures[2] = tx.Links()
	r.absences, failures[3] = tx.Absences()
	r.lost, failures[4] = tx.Lost()
	r.people, failures[5] = tx.People()
	r.intents, failures[6] = tx.Intents()
	rows, _, failures[7] = tx.Standings()
	r.foreign, failures[8] = tx.Foreign()
	r.rosterSize, _, failures[9] = tx.RosterFacts()
	r.held, _, failures[10] = tx.HeldList()
	r.holds, failures[11] = tx.Holds()
	r.traces, failures[12] = tx.Traces()
	r.refusals, failures[13] = tx.Refusals()
	r.rosterAsOf, failures[14] = tx.RosterAsOf()
	r.previous = make(map[string]access.Row, len(rows))
	for _, row := range rows {
		r.previous[row.ID] = row
	}
	return errors.Join(failures[:]...)
}

// zoneOf is the integration's one time zone (design.md section 4).
func zoneOf(settings store.Settings) (*time.Location, error) {
	name := cmp.Or(settings.Zone, settings.PlaceZone, settings.GymflowZone)
	if name == "" {
		return nil, errors.New("no time zone is set: neither the Kisi place nor the Gymflow club has one. Choose one in the wizard (kisiflow setup)")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the time zone %q is not known on this machine. Choose another one in the wizard (kisiflow setup)", name)
	}
	return zone, nil
}

// limitsOf are the guard's numbers. No setting can switch it off.
func limitsOf(settings store.Settings) access.Limits { return settings.Limits.Bounded() }
