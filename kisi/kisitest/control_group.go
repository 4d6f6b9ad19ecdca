package kisitest

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"kisiflow/internal/simcontrol"
	"kisiflow/kisi"
)

func (c control) showGroups(*http.Request) (any, error) {
	groups := c.Groups()
	return object{"count": len(groups), "groups": append([]kisi.Group{}, groups...)}, nil
}

// newGroup is the body of POST /sim/groups.
type newGroup struct {
	Name      string `json:"name"`
	Doors     *int   `json:"doors"`
	Place     *int64 `json:"place"`
	AppAccess *bool  `json:"app_access"`
}

func (c control) makeGroup(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[newGroup](r)
	if err != nil {
		return nil, err
	}
	group := kisi.Group{Name: sent.Name, LocksCount: 1, LoginEnabled: sent.AppAccess == nil || *sent.AppAccess}
	if strings.TrimSpace(sent.Name) == "" {
		return nil, simcontrol.Refuse("name %q: a group needs a name.", sent.Name)
	}
	if sent.Doors != nil {
		if *sent.Doors < 0 {
			return nil, simcontrol.Refuse("doors %d: give 0 or more.", *sent.Doors)
		}
		group.LocksCount = *sent.Doors
	}
	c.mutex.Lock()
	places := slices.Sorted(maps.Keys(c.state.places))
	c.mutex.Unlock()
	switch {
	case sent.Place == nil && len(places) > 0:
		group.PlaceID = places[0]
	case sent.Place != nil && *sent.Place != 0 && !slices.Contains(places, *sent.Place):
		return nil, simcontrol.Refuse("place %d: there is no such place; there are: %d.", *sent.Place, places)
	case sent.Place != nil:
		group.PlaceID = *sent.Place
	}
	return c.AddGroup(group), nil
}

func (c control) deleteGroup(r *http.Request) (any, error) {
	c.mutex.Lock()
	group, err := c.group("group", r.PathValue("group"))
	c.mutex.Unlock()
	if err != nil {
		return nil, err
	}
	c.RemoveGroup(group.ID)
	return object{"deleted": group}, nil
}
