package kisitest

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"kisiflow/internal/simcontrol"
	"kisiflow/kisi"
)

// keyRevocation is the body of POST /sim/keys/revoke.
type keyRevocation struct {
	User string `json:"user"`
}

func (c control) revokeKeys(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[keyRevocation](r)
	if err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var of int64
	if sent.User != "" {
		user, err := c.user("user", sent.User)
		if err != nil {
			return nil, err
		}
		of = user.ID
	}
	before := len(c.state.keys)
	maps.DeleteFunc(c.state.keys, func(_ string, key login) bool { return of == 0 || key.UserID == of })
	return object{"revoked": before - len(c.state.keys)}, nil
}

// keyRequest is the body of POST /sim/keys.
type keyRequest struct {
	For string `json:"for"`
}

func (c control) issueKey(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[keyRequest](r)
	if err != nil {
		return nil, err
	}
	switch sent.For {
	case "", "owner":
		return c.keyFor(c.Server, c.Owner, "owner"), nil
	case "other-owner":
		return c.keyFor(c.Server, c.person("Oscar Otherowner", "other.owner@gym.example"), "owner"), nil
	case "other-organization":
		other := c.otherOrganization()
		return c.keyFor(other, other.Owner, "owner"), nil
	}
	if !slices.Contains(organizationRoles(), sent.For) {
		return nil, simcontrol.Refuse("for %q: give owner, other-owner, other-organization, %s.", sent.For, strings.Join(organizationRoles()[1:], ", "))
	}
	return c.keyFor(c.Server, c.person("A simulated "+strings.ReplaceAll(sent.For, "_", " "), sent.For+"@gym.example"), sent.For), nil
}

// keyFor shows a new key to the caller, once.
func (c control) keyFor(organization *Server, user kisi.User, roleID string) object {
	key := organization.AddKey(user, roleID, "api")
	if user.ID == c.Owner.ID && organization == c.Server {
		c.mutex.Lock()
		c.newestKey = key
		c.mutex.Unlock()
	}
	return object{"key": key, "user": user.Name, "email": user.Email, "role": roleID, "organization": organization.state.tenant.Name}
}

// person finds somebody by e-mail, or adds them.
func (c control) person(name, email string) kisi.User {
	for _, user := range c.Users() {
		if user.Email == email {
			return user
		}
	}
	return c.AddUser(kisi.User{Name: name, Email: email, AccessEnabled: true, ScimEnabled: true})
}

// otherOrganization is a second tenant of the same Kisi, as at the same address the real one has many. Only a key opens it.
func (c control) otherOrganization() *Server {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.other != nil {
		return c.other
	}
	options := c.options
	options.Seed++ // with the same seed its first key would be the first key of this organization
	other := newServer(options,
		kisi.Organization{ID: 815, Name: "Harbour Climbing", Domain: "harbour-climbing", TimeZone: "Europe/Dublin"},
		kisi.User{ID: 950_000, Name: "Henry Harbour", Email: "owner@harbour.example", AccessEnabled: true, ScimEnabled: true})
	place := other.AddPlace(kisi.Place{ID: 9_100, Name: "Harbour", Address: "1 North Wall, Dublin", TimeZone: "Europe/Dublin", LocksCount: 2})
	other.AddGroup(kisi.Group{ID: 95_000, Name: "Climbers", PlaceID: place.ID, LocksCount: 2, LoginEnabled: true})
	c.other = other
	return other
}

// organizationOf is the organization that a request's key opens; this one, unless the other knows the key.
func (s *Server) organizationOf(r *http.Request) *Server {
	if s.other == nil {
		return s
	}
	s.other.mutex.Lock()
	defer s.other.mutex.Unlock()
	if _, known := s.other.caller(r); known {
		return s.other
	}
	return s
}
