package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kisiflow/kisi"
	"kisiflow/store"
)

// What bounds a look at the doors.
const (
	doorsTime   = time.Minute
	doorsAsked  = 40                  // doors whose groups are asked for, each with one request
	lastUnlocks = 10                  // events that are shown
	unlocksBack = 30 * 24 * time.Hour // how far back; Kisi allows 90 days
)

// DoorGroup is an access group that opens a door.
type DoorGroup struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Mapped bool   `json:"mapped"` // a membership is associated with it
}

// Door is a door of the place, with the access groups that open it.
type Door struct {
	ID         int64       `json:"id"`
	Name       string      `json:"name"`
	LockedDown bool        `json:"locked_down"`
	Configured bool        `json:"configured"`
	Online     *bool       `json:"online"` // null: Kisi does not tell
	Asked      bool        `json:"groups_read"`
	Groups     []DoorGroup `json:"groups"`
}

// Notes says what may keep the door shut for everybody, a sentence each.
func (d Door) Notes() []string {
	var notes []string
	if d.LockedDown {
		notes = append(notes, "It is locked down: in Kisi, end the lockdown.")
	}
	switch {
	case !d.Configured:
		notes = append(notes, "It is not set up in Kisi yet, so it opens to nobody.")
	case d.Online != nil && !*d.Online:
		notes = append(notes, "It is offline: look at its power and network in Kisi.")
	}
	switch {
	case !d.Asked:
		notes = append(notes, "Which groups open it was not asked; Kisi shows them.")
	case len(d.Groups) == 0:
		notes = append(notes, "No access group opens it.")
	case !slices.ContainsFunc(d.Groups, func(group DoorGroup) bool { return group.Mapped }):
		notes = append(notes, "No membership opens it: none of its groups is associated.")
	}
	return notes
}

// PlaceDoors are the doors of the place that is linked.
type PlaceDoors struct {
	Place      string `json:"place"`
	LockedDown bool   `json:"locked_down"`
	Doors      []Door `json:"doors"`
}

// Doors reads the place's doors with the groups that open them. It looks only: kisiflow opens no door.
func (e *Engine) Doors(ctx context.Context) (PlaceDoors, error) {
	known, services, err := e.toLook()
	if err != nil {
		return PlaceDoors{}, err
	}
	defer services.close()
	limited, cancel := context.WithTimeout(ctx, doorsTime)
	defer cancel()
	place, err := services.kisi.Place(limited, known.settings.PlaceID)
	if err != nil {
		return PlaceDoors{}, explainKisi(err)
	}
	locks, err := services.kisi.Locks(limited, known.settings.PlaceID)
	if err != nil {
		return PlaceDoors{}, explainKisi(err)
	}
	found := PlaceDoors{Place: cleanName(place.Name), LockedDown: place.LockedDown, Doors: []Door{}}
	for index, lock := range locks {
		door := Door{ID: lock.ID, Name: doorName(lock.ID, lock.Name), LockedDown: lock.LockedDown, Configured: lock.Configured,
			Online: lock.Online, Groups: []DoorGroup{}}
		if index < doorsAsked {
			if door.Groups, err = groupsOfDoor(limited, services, known.settings, lock.ID); err != nil {
				return PlaceDoors{}, explainKisi(err)
			}
			door.Asked = true
		}
		found.Doors = append(found.Doors, door)
	}
	return found, nil
}

func groupsOfDoor(ctx context.Context, services *services, settings store.Settings, lockID int64) ([]DoorGroup, error) {
	groups, err := services.kisi.GroupsOfLock(ctx, lockID)
	if err != nil {
		return nil, err
	}
	told := []DoorGroup{}
	for _, group := range groups {
		mapped := false
		for _, association := range settings.Associations {
			mapped = mapped || association.GroupID == group.ID
		}
		told = append(told, DoorGroup{ID: group.ID, Name: cleanName(group.Name), Mapped: mapped})
	}
	return told, nil
}

func doorName(id int64, name string) string {
	if name = cleanName(name); name != "" {
		return name
	}
	return fmt.Sprintf("door %d", id)
}

// toLook is what is remembered, and both services.
func (e *Engine) toLook() (remembered, *services, error) {
	known, set, err := e.recall()
	if err == nil && !set {
		err = ErrNotSetUp
	}
	if err != nil {
		return remembered{}, nil, err
	}
	services, err := e.connect(known.to, known.settings.Rate)
	return known, services, err
}

// ErrNoEvents says that the key may do its work and may not read what happened at the doors.
var ErrNoEvents = errors.New("the Kisi key may not read unlock events")

// explainEvents says of a refusal what the admin must do; the key is good for all else.
func explainEvents(err error) error {
	if errors.Is(err, kisi.ErrForbidden) {
		return fmt.Errorf("%w (%w). Whose key it is needs a role in Kisi that may read events (events_read): the organization's owner, "+
			"an administrator or an observer has it. Have the role widened, or enter the owner's key: kisiflow setup. Syncing needs no such right and goes on", ErrNoEvents, kisi.ErrForbidden)
	}
	return explainKisi(err)
}

// GroupNames are the groups that open the door, those that memberships are associated with first.
func (d Door) GroupNames() []string {
	var mapped, others []string
	for _, group := range d.Groups {
		if group.Mapped {
			mapped = append(mapped, group.Name)
		} else {
			others = append(others, group.Name)
		}
	}
	return append(mapped, others...)
}
