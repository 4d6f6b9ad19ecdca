package store

import (
	"encoding/json"
	"fmt"
	"time"

	"kisiflow/gymflow"
)

// Member gives one member of the last roster, the evidence on the member's page.
func (t *Tx) Member(id string) (member gymflow.Member, found bool, err error) {
	return record[gymflow.Member](t, membersBucket, []byte(id))
}

// Roster gives the last complete roster back; its account and AsOf are not kept.
func (t *Tx) Roster() (gymflow.Roster, error) {
	var roster gymflow.Roster
	var failure error
	if roster.Memberships, failure = t.Memberships(); failure != nil {
		return roster, failure
	}
	if _, roster.ReadAt, failure = t.RosterFacts(); failure != nil {
		return roster, failure
	}
	err := records(t, membersBucket, func(_ []byte, member gymflow.Member) { roster.Members = append(roster.Members, member) })
	return roster, err
}

// Memberships gives the memberships of the last roster.
func (t *Tx) Memberships() ([]gymflow.Membership, error) {
	memberships, _, err := single[[]gymflow.Membership](t, membershipsKey)
	return memberships, err
}

// PutRoster keeps the last complete roster (only what differs is written).
func (t *Tx) PutRoster(roster gymflow.Roster) error {
	encoded := make(map[string][]byte, len(roster.Members))
	for _, member := range roster.Members {
		value, err := json.Marshal(member)
		if err != nil {
			return fmt.Errorf("can't store member %s: %w", member.ID, err)
		}
		encoded[member.ID] = value
	}
	if err := t.replaceAll(membersBucket, encoded, standingsPart); err != nil {
		return err
	}
	if err := putSingle(t, membershipsKey, roster.Memberships, standingsPart); err != nil {
		return err
	}
	return putSingle(t, rosterKey, rosterRecord{Members: len(roster.Members), ReadAt: roster.ReadAt, AsOf: roster.AsOf}, standingsPart)
}

// RosterFacts tells the size and age of the last complete roster.
func (t *Tx) RosterFacts() (members int, readAt time.Time, err error) {
	stored, _, err := single[rosterRecord](t, rosterKey)
	return stored.Members, stored.ReadAt, err
}

// RosterAsOf is how fresh the last complete roster was by its source's own word: of a roster file, the file's time.
func (t *Tx) RosterAsOf() (time.Time, error) {
	stored, _, err := single[rosterRecord](t, rosterKey)
	return stored.AsOf, err
}

const (
	rosterKey      = "roster"
	membershipsKey = "memberships"
)

// rosterRecord is what is kept of a roster beside its members and memberships.
type rosterRecord struct {
	Members int
	ReadAt  time.Time
	AsOf    time.Time
}

// PutMember keeps one member as they were read singly, in the place of what the last complete roster said of them. The
// roster's own size and age stay.
func (t *Tx) PutMember(member gymflow.Member) error {
	return putRecord(t, membersBucket, []byte(member.ID), member, standingsPart)
}
