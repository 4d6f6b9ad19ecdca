package gymflowtest

import (
	"net/http"
	"slices"

	"kisiflow/gymflow"
	"kisiflow/internal/simcontrol"
)

func (c *control) vanish(r *http.Request) (any, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.gym.mutex.Lock()
	defer c.gym.mutex.Unlock()
	found, err := find(c.gym.members, r.PathValue("who"))
	if err != nil {
		return nil, err
	}
	c.away = append(c.away, found)
	c.gym.replaceAll(slices.DeleteFunc(slices.Clone(c.gym.members), func(member *gymflow.Member) bool { return member == found }))
	return c.counted(), nil
}

func (c *control) comeBack(r *http.Request) (any, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	found, err := find(c.away, r.PathValue("who"))
	if err != nil {
		return nil, simcontrol.Refuse("Nobody with the id or e-mail %q was taken out of the list.", r.PathValue("who"))
	}
	c.away = slices.DeleteFunc(c.away, func(member *gymflow.Member) bool { return member == found })
	c.gym.mutex.Lock()
	defer c.gym.mutex.Unlock()
	c.gym.change(copyMember(*found))
	return c.counted(), nil
}

// rosterChange is the body of POST /sim/roster.
type rosterChange struct {
	Show string `json:"show"`
}

func (c *control) changeRoster(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[rosterChange](r)
	if err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.gym.mutex.Lock()
	defer c.gym.mutex.Unlock()
	var stay, leave []*gymflow.Member
	switch sent.Show {
	case "half":
		for i, member := range c.gym.members {
			if i%2 == 0 {
				stay = append(stay, member)
			} else {
				leave = append(leave, member)
			}
		}
	case "none":
		leave = c.gym.members
	case "all":
		stay = slices.Concat(c.gym.members, c.away)
		c.away = nil
	default:
		return nil, simcontrol.Refuse("show %q: give half, none or all.", sent.Show)
	}
	c.away = append(c.away, leave...)
	c.gym.replaceAll(stay)
	return c.counted(), nil
}

func (c *control) counted() object { return object{"listed": len(c.gym.members), "away": len(c.away)} }
