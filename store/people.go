package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
)

const peopleKey = "people"

// Links gives member id → Kisi user id.
func (t *Tx) Links() (map[string]int64, error) {
	links := map[string]int64{}
	err := records(t, linksBucket, func(key []byte, userID int64) { links[string(key)] = userID })
	return links, err
}

// PutLink stores which Kisi user a member is.
func (t *Tx) PutLink(memberID string, userID int64) error {
	return putRecord(t, linksBucket, []byte(memberID), userID, other)
}

// DeleteLink forgets it (the user is gone).
func (t *Tx) DeleteLink(memberID string) error {
	return t.drop(linksBucket, []byte(memberID), other)
}

// Absences gives the members that complete reads missed, by id.
func (t *Tx) Absences() (map[string]access.Absence, error) {
	absences := map[string]access.Absence{}
	err := records(t, absencesBucket, func(key []byte, absence access.Absence) {
		absences[string(key)] = absence
	})
	return absences, err
}

// PutAbsences replaces them all.
func (t *Tx) PutAbsences(absences map[string]access.Absence) error {
	encoded := make(map[string][]byte, len(absences))
	for memberID, absence := range absences {
		value, err := json.Marshal(absence)
		if err != nil {
			return fmt.Errorf("can't store the absence of member %s: %w", memberID, err)
		}
		encoded[memberID] = value
	}
	return t.replaceAll(absencesBucket, encoded, other)
}

// Lost tells how often somebody removed a right of ours in Kisi.
func (t *Tx) Lost() (map[access.RightKey]int, error) {
	lost := map[access.RightKey]int{}
	err := records(t, lostBucket, func(key []byte, count int) {
		if len(key) == 16 {
			lost[access.RightKey{
				GroupID: int64(binary.BigEndian.Uint64(key)),
				UserID:  int64(binary.BigEndian.Uint64(key[8:])),
			}] = count
		}
	})
	return lost, err
}

// PutLost sets the count of one; 0 forgets it.
func (t *Tx) PutLost(key access.RightKey, count int) error {
	if count == 0 {
		return t.drop(lostBucket, rightKey(key), other)
	}
	return putRecord(t, lostBucket, rightKey(key), count, other)
}

// People is the last whole read of Kisi's users; ReadAt is zero when it was never read.
type People struct {
	Users  []kisi.User // id, e-mail, name and suspension only
	ReadAt time.Time
}

// People gives the last whole read of Kisi's users.
func (t *Tx) People() (People, error) {
	stored, _, err := single[peopleRecord](t, peopleKey)
	people := People{ReadAt: stored.ReadAt}
	for _, one := range stored.People {
		people.Users = append(people.Users, kisi.User{ID: one.ID, Name: one.Name, Email: one.Email, AccessEnabled: !one.Suspended})
	}
	return people, err
}

// PutPeople replaces it.
func (t *Tx) PutPeople(people People) error {
	stored := peopleRecord{ReadAt: people.ReadAt}
	for _, user := range people.Users {
		stored.People = append(stored.People, person{user.ID, user.Name, user.Email, user.Suspended()})
	}
	return putSingle(t, peopleKey, stored, other)
}

// person is what is kept of a Kisi user: metadata and the rest are none of our business.
type person struct {
	ID        int64
	Name      string
	Email     string
	Suspended bool `json:",omitempty"`
}

// peopleRecord is People as it is stored.
type peopleRecord struct {
	People []person
	ReadAt time.Time
}

// rightKey sorts by group, then user.
func rightKey(key access.RightKey) []byte {
	return binary.BigEndian.AppendUint64(number(uint64(key.GroupID)), uint64(key.UserID))
}
