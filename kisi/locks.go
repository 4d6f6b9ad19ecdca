package kisi

import (
	"context"
	"net/url"
	"slices"
	"strconv"
)

// Lock is a door. kisiflow looks at doors and never opens one.
type Lock struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	PlaceID     int64  `json:"place_id"`
	LockedDown  bool   `json:"locked_down"`
	Configured  bool   `json:"configured"`
	Online      *bool  `json:"online"` // nil: Kisi does not know
}

// Locks lists the doors of a place, complete or an error. limit defaults to 50 and goes up to 250 (OAS fetchLocks).
func (c *Client) Locks(ctx context.Context, placeID int64) ([]Lock, error) {
	locks, err := readList(ctx, c, listing[Lock]{
		doing: "reading the doors of the place", path: "/locks", limit: pageRows,
		query: url.Values{"place_id": {strconv.FormatInt(placeID, 10)}, "sort": {"name"}},
		id:    func(lock Lock) int64 { return lock.ID },
	})
	if err != nil {
		return nil, err
	}
	locks = slices.DeleteFunc(locks, func(lock Lock) bool { return lock.PlaceID != placeID })
	for i := range locks {
		locks[i].Name = shorten(c.clean(locks[i].Name), eventText)
		locks[i].Description = shorten(c.clean(locks[i].Description), eventText)
	}
	return locks, nil
}

// GroupsOfLock lists the access groups that open one door, those of the whole organization too (kisi-api.md section 3: lock_id).
func (c *Client) GroupsOfLock(ctx context.Context, lockID int64) ([]Group, error) {
	return readList(ctx, c, listing[Group]{
		doing: "reading which access groups open a door", path: "/groups", limit: pageRows,
		query: url.Values{"lock_id": {strconv.FormatInt(lockID, 10)}, "sort": {"name"}},
		id:    func(group Group) int64 { return group.ID },
	})
}
