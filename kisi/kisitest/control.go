package kisitest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"kisiflow/internal/simcontrol"
)

// object is a JSON object of the control endpoints.
type object = map[string]any

// control changes the organization by hand while it is served, as its owner does in Kisi's own dashboard. It answers who
// asks and nobody else: a key that it makes stands in no log.
type control struct{ *Server }

// ServeControl serves the control endpoints under simcontrol.Path from now on. changed, when not nil, is called after each
// change.
func (s *Server) ServeControl(changed func()) {
	handler := simcontrol.Handler(control{s}.endpoints(), changed)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.control = handler
}

func (c control) endpoints() []simcontrol.Endpoint {
	const show, change = http.MethodGet, http.MethodPost
	type examples = []string
	return []simcontrol.Endpoint{
		{Method: show, Path: "/rights", Does: "every access right; ?group= (id or name) and ?user= (id or e-mail) pick",
			Examples: examples{"/rights?group=Staff", "/rights?user=clara@cleaning.example"}, Answer: c.showRights},
		{Method: change, Path: "/rights", Does: "add a right by hand: user, group, role (group_basic or group_manager), by (whose hand: the owner's)",
			Examples: examples{`/rights {"user":"clara@cleaning.example","group":"Off-peak"}`}, Answer: c.giveRight},
		{Method: change, Path: "/rights/remove", Does: "remove a right by hand: id, or user and group",
			Examples: examples{`/rights/remove {"user":"clara@cleaning.example","group":"Off-peak"}`}, Answer: c.takeRight},
		{Method: show, Path: "/users", Does: "every person", Examples: examples{"/users"}, Answer: c.showUsers},
		{Method: change, Path: "/users/{who}/suspend", Does: "suspend a person's access", Examples: examples{"/users/clara@cleaning.example/suspend"},
			Answer: func(r *http.Request) (any, error) { return c.suspend(r, true) }},
		{Method: change, Path: "/users/{who}/restore", Does: "lift it again", Examples: examples{"/users/clara@cleaning.example/restore"},
			Answer: func(r *http.Request) (any, error) { return c.suspend(r, false) }},
		{Method: show, Path: "/groups", Does: "every access group", Examples: examples{"/groups"}, Answer: c.showGroups},
		{Method: change, Path: "/groups", Does: "add a group: name, doors (1), place (id; the first one, 0 for organization-wide), app_access (true)",
			Examples: examples{`/groups {"name":"Climbing wall","doors":2}`}, Answer: c.makeGroup},
		{Method: change, Path: "/groups/{group}/delete", Does: "delete a group, by id or name, with the rights in it",
			Examples: examples{"/groups/Sauna/delete"}, Answer: c.deleteGroup},
		{Method: show, Path: "/writes", Does: "the writes received so far: method, path, time, outcome; ?since= (an instant) picks",
			Examples: examples{"/writes"}, Answer: c.showWrites},
		{Method: change, Path: "/keys/revoke", Does: "make the API keys invalid: all, or only those of user (id or e-mail)", Examples: examples{"/keys/revoke"}, Answer: c.revokeKeys},
		{Method: change, Path: "/keys", Does: "issue a key, shown once: for owner (when not given), other-owner, other-organization, administrator, manager, user_manager, observer or basic",
			Examples: examples{"/keys", `/keys {"for":"other-owner"}`, `/keys {"for":"other-organization"}`}, Answer: c.issueKey},
		{Method: show, Path: "/faults", Does: "which faults are on, and which there are", Examples: examples{"/faults"}, Answer: c.showFaults},
		{Method: change, Path: "/faults", Does: "switch a fault on (beside the others) or off, by the names of --faults",
			Examples: examples{`/faults {"on":"server-error:3"}`, `/faults {"off":"server-error"}`, `/faults {"off":"all"}`}, Answer: c.changeFaults},
	}
}

// write is one request that was to change something.
type write struct {
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Time    time.Time `json:"time"`    // real time, for measuring, whatever the simulator's clock says
	Outcome string    `json:"outcome"` // the answer's status, or "reset"
}

func (c control) showWrites(r *http.Request) (any, error) {
	var since time.Time
	if text := r.URL.Query().Get("since"); text != "" {
		instant, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, simcontrol.Refuse("since %q is not an instant like 2026-03-31T12:00:00Z.", text)
		}
		since = instant
	}
	all := c.writesNow()
	if other := c.otherNow(); other != nil {
		all = append(all, other.writesNow()...)
		slices.SortStableFunc(all, func(a, b write) int { return a.Time.Compare(b.Time) })
	}
	all = slices.DeleteFunc(all, func(one write) bool { return one.Time.Before(since) })
	return object{"count": len(all), "writes": all}, nil
}

func (s *Server) writesNow() []write {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]write{}, s.writes...)
}

func (s *Server) otherNow() *Server {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.other
}

func (c control) showFaults(*http.Request) (any, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	on := []string{}
	for _, name := range slices.Sorted(maps.Keys(c.faults)) {
		on = append(on, c.faults[name].name)
	}
	return object{"on": on, "known": Faults()}, nil
}

// faultSwitch is the body of POST /sim/faults.
type faultSwitch struct {
	On  string `json:"on"`
	Off string `json:"off"`
}

func (c control) changeFaults(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[faultSwitch](r)
	if err != nil {
		return nil, err
	}
	if (sent.On == "") == (sent.Off == "") {
		return nil, simcontrol.Refuse("Give the fault's name as either \"on\" or \"off\"; \"off\" takes \"all\" too.")
	}
	switch name := strings.TrimPrefix(cmp.Or(sent.On, sent.Off), "kisi:"); {
	case sent.On != "" && name == "":
		err = simcontrol.Refuse("there is no fault without a name")
	case sent.On != "":
		err = c.SetFault(name)
	case name == "all":
		err = c.SetFault("")
	default:
		err = c.ClearFault(name)
	}
	if err != nil {
		return nil, simcontrol.Refuse("%q: %w.", cmp.Or(sent.On, sent.Off), err)
	}
	return c.showFaults(r)
}
