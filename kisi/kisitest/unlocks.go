package kisitest

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"kisiflow/kisi"
)

// AddUnlock puts an attempt to open a door into the history of a person, beside those that are made up.
func (s *Server) AddUnlock(userID, placeID int64, unlock kisi.Unlock) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.events.added = append(s.events.added, attempt{userID, placeID, unlock})
}

// attempt is one try at one door.
type attempt struct {
	userID  int64
	placeID int64
	kisi.Unlock
}

// The made-up history of a person: a visit about every day, the newest some minutes ago.
const (
	visits    = 12
	visitGap  = 27 * time.Hour
	messageOf = "Access denied."
)

// unlocksOf makes up the attempts of a person at a place. They agree with the rights that the person has now: granted where a
// right opens the door, else refused with the code that fits.
func (s *Server) unlocksOf(userID int64, place kisi.Place, now time.Time) []attempt {
	who, known := s.state.persons[userID]
	doors := s.doorsOf(place)
	if !known || len(doors) == 0 {
		return nil
	}
	mine := slices.SortedFunc(maps.Values(s.state.rights), func(a, b kisi.Right) int { return cmp.Compare(a.ID, b.ID) })
	mine = slices.DeleteFunc(mine, func(right kisi.Right) bool {
		return right.AssigneeType != "User" || right.AssigneeID != userID
	})
	tries := visits
	if len(mine) == 0 { // who never had a right does not come every day
		tries = 2
	}
	random := rand.New(rand.NewPCG(s.options.Seed, uint64(userID)))
	var made []attempt
	at := now.Add(-time.Duration(5+random.IntN(55)) * time.Minute)
	for i := range tries {
		door := doors[i%min(len(doors), 2)]
		if i%5 == 4 {
			door = doors[len(doors)-1]
		}
		code := s.refusalAt(who, mine, place, door, at, i == 0)
		unlock := kisi.Unlock{UUID: fmt.Sprintf("00000000-0000-4000-8000-%06x%06x", userID&0xffffff, i), At: at.Truncate(time.Millisecond),
			LockID: door.ID, Lock: door.Name, Opened: code == "", Code: code, With: "Login"}
		if code != "" {
			unlock.Message = messageFor(code)
		}
		made = append(made, attempt{userID, place.ID, unlock})
		at = at.Add(-visitGap - time.Duration(random.IntN(180))*time.Minute)
	}
	return made
}

// refusalAt is the code with which Kisi would refuse, "" where the door opens.
func (s *Server) refusalAt(who person, rights []kisi.Right, place kisi.Place, door kisi.Lock, at time.Time, newest bool) string {
	switch {
	case newest && place.LockedDown:
		return "fad002"
	case !who.AccessEnabled || !who.ScimEnabled:
		return "fcd8ff"
	}
	refused := "fcd8ef"
	for _, right := range rights {
		group := s.state.groups[right.AppliesToID]
		switch {
		case right.AppliesToType != "Group": // a role in the place or the organization opens all
			return ""
		case !s.opens(group, fmt.Sprint(door.ID)):
		case right.ValidFrom != nil && right.ValidFrom.After(at):
			refused = "f358de"
		case right.ValidUntil != nil && !right.ValidUntil.After(at):
			refused = "f35ade"
		case !group.LoginEnabled:
			refused = "f01337"
		case group.TimeRestricted && (at.Hour() < 8 || at.Hour() > 16):
			refused = "34ffaa"
		default:
			return ""
		}
	}
	return refused
}

func messageFor(code string) string {
	switch code {
	case "fcd8ff":
		return "Access disabled."
	case "f35ade":
		return "Your access is no longer valid."
	}
	return messageOf
}
