package kisitest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"kisiflow/kisi"
)

// doorsOf are the doors of a place: as many as its locks_count says, always the same ones, so that nothing more is to be kept.
func (s *Server) doorsOf(place kisi.Place) []kisi.Lock {
	names := []string{"Main entrance", "Gym floor", "Changing rooms", "Pool", "Staff room"}
	online := true
	var doors []kisi.Lock
	for i := range place.LocksCount {
		name := fmt.Sprintf("Door %d", i+1)
		if i < len(names) {
			name = names[i]
		}
		doors = append(doors, kisi.Lock{ID: 1_000_000 + place.ID*1000 + int64(i), Name: name, PlaceID: place.ID,
			LockedDown: place.LockedDown, Configured: true, Online: &online})
	}
	return doors
}

// doorsOpenedBy are the doors that a group opens: the first of its place, or for an organization-wide group the first of
// each place, as many as its locks_count says.
func (s *Server) doorsOpenedBy(group kisi.Group) []kisi.Lock {
	var doors []kisi.Lock
	for _, id := range slices.Sorted(maps.Keys(s.state.places)) {
		if group.PlaceID != 0 && group.PlaceID != id {
			continue
		}
		all := s.doorsOf(s.state.places[id])
		doors = append(doors, all[:min(group.LocksCount, len(all))]...)
	}
	return doors
}

func (s *Server) opens(group kisi.Group, lockID string) bool {
	return slices.ContainsFunc(s.doorsOpenedBy(group), func(lock kisi.Lock) bool {
		return strconv.FormatInt(lock.ID, 10) == lockID
	})
}

func (s *Server) lockRows(query url.Values) []row {
	var rows []row
	for _, place := range s.state.places {
		if wanted := query.Get("place_id"); wanted != "" && wanted != strconv.FormatInt(place.ID, 10) {
			continue
		}
		for _, lock := range s.doorsOf(place) {
			if chosen(query, lock.ID) && contains(query.Get("query"), lock.Name) {
				rows = append(rows, newRow(lock.ID, lock.Name, func() map[string]any { return s.showLock(lock) }))
			}
		}
	}
	return rows
}

func (s *Server) showLock(lock kisi.Lock) map[string]any {
	return map[string]any{
		"id": lock.ID, "resource_type": "Lock", "name": lock.Name, "description": orNull(lock.Description), "configured": lock.Configured,
		"locked_down": lock.LockedDown, "locked_down_since": nil, "online": lock.Online, "open": false, "unlocked": false,
		"geofence_restriction_enabled": nil, "reader_restriction_enabled": nil, "time_restriction_enabled": nil,
		"place_id": lock.PlaceID, "place": map[string]any{"id": lock.PlaceID, "name": s.state.places[lock.PlaceID].Name},
		"floor_id": nil, "order_id": nil,
	}
}
