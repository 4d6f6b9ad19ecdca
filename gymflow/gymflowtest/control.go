package gymflowtest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"

	"kisiflow/gymflow"
	"kisiflow/internal/simcontrol"
)

// control changes the gym by hand while it is served: what staff, members and the passing of time do at a real gym, and
// what goes wrong there.
type control struct {
	server *Server
	gym    *Gym

	mutex sync.Mutex
	away  []*gymflow.Member // taken out of the list, in the order of their going
}

// ServeControl serves the control endpoints under simcontrol.Path from now on. changed, when not nil, is called after each
// change.
func (s *Server) ServeControl(changed func()) {
	c := &control{server: s, gym: s.Gym}
	handler := simcontrol.Handler(c.endpoints(), changed)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.control = handler
}

func (c *control) endpoints() []simcontrol.Endpoint {
	const show, change = http.MethodGet, http.MethodPost
	type examples = []string
	return []simcontrol.Endpoint{
		{Method: show, Path: "/members", Does: "every member as the contract shows them, ?status=STATUS some; and the ids of those who were taken out",
			Examples: examples{"/members?status=overdue"}, Answer: c.showMembers},
		{Method: show, Path: "/members/{who}", Does: "one member, by id or e-mail", Examples: examples{"/members/m_1"}, Answer: c.showMember},
		{Method: change, Path: "/members/{who}", Does: "change what is given of: holding (which, when there are several), status, starts_on, ends_on, " +
			"paused_from, resumes_on, invoice (paid or unpaid), blocked, email, first_name, last_name",
			Examples: examples{
				`/members/m_1 {"invoice":"unpaid"}`, `/members/m_1 {"invoice":"paid"}`,
				`/members/m_1 {"status":"paused","paused_from":"2026-11-20","resumes_on":"2099-12-31"}`,
				`/members/m_1 {"status":"cancelled"}`, `/members/m_1 {"status":"active"}`,
				`/members/m_2 {"blocked":true}`, `/members/m_2 {"blocked":false,"email":"new.address@example.com"}`,
			}, Answer: c.changeMember},
		{Method: change, Path: "/members", Does: "add a member with a holding: membership (id or name) and what a change takes",
			Examples: examples{`/members {"first_name":"Nora","last_name":"New","email":"nora@example.com","membership":"Unlimited Monthly"}`},
			Answer:   c.addMember},
		{Method: change, Path: "/members/{who}/vanish", Does: "take a member out of the list", Examples: examples{"/members/m_3/vanish"}, Answer: c.vanish},
		{Method: change, Path: "/members/{who}/return", Does: "put a member back who was taken out", Examples: examples{"/members/m_3/return"}, Answer: c.comeBack},
		{Method: change, Path: "/roster", Does: "show: half takes every second member out, none all; all puts everybody back",
			Examples: examples{`/roster {"show":"half"}`, `/roster {"show":"none"}`, `/roster {"show":"all"}`}, Answer: c.changeRoster},
		{Method: change, Path: "/token/revoke", Does: "make the token invalid", Examples: examples{"/token/revoke"}, Answer: c.revokeToken},
		{Method: change, Path: "/token", Does: "make a new token, shown once; the one before is invalid", Examples: examples{"/token"}, Answer: c.replaceToken},
		{Method: show, Path: "/faults", Does: "which fault is on, and which there are", Examples: examples{"/faults"}, Answer: c.showFaults},
		{Method: change, Path: "/faults", Does: "switch a fault on (in place of the one before) or off, by the names of --faults",
			Examples: examples{`/faults {"on":"server-error"}`, `/faults {"off":"all"}`}, Answer: c.changeFaults},
	}
}

func (c *control) showMembers(r *http.Request) (any, error) {
	status := gymflow.Status(r.URL.Query().Get("status"))
	if status != "" && !status.Known() {
		return nil, simcontrol.Refuse("status %q is not known; there are: %s.", status, statusWords())
	}
	shown := []any{}
	for _, member := range c.gym.membersNow() {
		if status == "" || holdingWith(member, status) != nil {
			shown = append(shown, wireMember(member))
		}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	away := []string{}
	for _, member := range c.away {
		away = append(away, member.ID)
	}
	return object{"members": shown, "away": away}, nil
}

func (c *control) showMember(r *http.Request) (any, error) {
	member, err := find(c.gym.membersNow(), r.PathValue("who"))
	if err != nil {
		return nil, err
	}
	return wireMember(member), nil
}

// find takes an id or an e-mail.
func find(members []*gymflow.Member, who string) (*gymflow.Member, error) {
	var same []*gymflow.Member
	var ids []string
	for _, member := range members {
		if member.ID == who {
			return member, nil
		}
		if member.Email != "" && strings.EqualFold(member.Email, who) {
			same, ids = append(same, member), append(ids, member.ID)
		}
	}
	switch len(same) {
	case 0:
		return nil, simcontrol.Refuse("There is no member with the id or e-mail %q in the list.", who)
	case 1:
		return same[0], nil
	}
	return nil, simcontrol.Refuse("%q is the e-mail of %s; give the id.", who, strings.Join(ids, " and "))
}

func (c *control) revokeToken(*http.Request) (any, error) {
	c.server.setToken("")
	return object{"revoked": true}, nil
}

func (c *control) replaceToken(*http.Request) (any, error) {
	token := "gf_simulated_" + strings.ToLower(rand.Text())
	c.server.setToken(token)
	return object{"token": token}, nil
}

// setToken makes a token the only valid one; with an empty one none is.
func (s *Server) setToken(token string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.token = token
}

func (c *control) showFaults(*http.Request) (any, error) {
	on := []string{}
	if fault := c.server.currentFault(); fault.name != "" {
		on = append(on, fault.name)
	}
	return object{"on": on, "known": Faults()}, nil
}

// faultSwitch is the body of POST /sim/faults.
type faultSwitch struct {
	On  string `json:"on"`
	Off string `json:"off"`
}

func (c *control) changeFaults(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[faultSwitch](r)
	if err != nil {
		return nil, err
	}
	if (sent.On == "") == (sent.Off == "") {
		return nil, simcontrol.Refuse("Give the fault's name as either \"on\" or \"off\"; \"off\" takes \"all\" too.")
	}
	if sent.On != "" {
		if err := c.server.SetFault(strings.TrimPrefix(sent.On, "gymflow:")); err != nil {
			return nil, simcontrol.Refuse("on %q: %w.", sent.On, err)
		}
		return c.showFaults(r)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(sent.Off, "gymflow:"), ":")
	if on := c.server.currentFault().name; name != "all" && name != on {
		return nil, simcontrol.Refuse("off %q: this fault is not on.", sent.Off)
	}
	return object{"on": []string{}, "known": Faults()}, c.server.SetFault("")
}
