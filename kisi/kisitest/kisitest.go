// Package kisitest is a simulated Kisi: it answers over real HTTP as kisi-api.md says that Kisi
// does, its unpleasant sides too, in the manner of net/http/httptest. It refuses what Kisi refuses.
package kisitest

import (
	"kisiflow/kisi"
	"net/http"
	"time"
)

// Options says which organization to make. The zero value is an empty organization with an owner and a key.
type Options struct {
	Seed  uint64
	Now   func() time.Time // the simulator's clock; nil for time.Now
	Limit float64          // requests a second before 429 (Kisi: 5); 0 switches the limit off
}

// Server is a running simulated Kisi on loopback.
type Server struct {
	URL   string
	Key   string // the owner's key
	Owner kisi.User
}

// Start serves an empty organization on a free loopback port.
func Start(options Options) (*Server, error) { panic("unwritten") }

// Close stops the server.
func (s *Server) Close() { panic("unwritten") }

// AddPlace, AddGroup and AddUser add to the organization; ids are given out when 0.
func (s *Server) AddPlace(place kisi.Place) kisi.Place { panic("unwritten") }

// AddGroup adds an access group (placeID 0: organization-wide).
func (s *Server) AddGroup(group kisi.Group) kisi.Group { panic("unwritten") }

// AddUser adds a person (AccessEnabled as given).
func (s *Server) AddUser(user kisi.User) kisi.User { panic("unwritten") }

// AddRight gives a role by hand, as createdBy; no check for duplicates. appliesTo is "Group", "Place" or "Organization".
func (s *Server) AddRight(appliesTo string, appliesToID int64, roleID string, assigneeType string, assigneeID, createdBy int64) kisi.Right {
	panic("unwritten")
}

// AddKey makes another key for a user with an organization role ("owner", "administrator", "user_manager",
// "observer", "" …) and login type ("api" or "device").
func (s *Server) AddKey(user kisi.User, roleID, loginType string) string { panic("unwritten") }

// RemoveRight takes a right away by hand.
func (s *Server) RemoveRight(id int64) { panic("unwritten") }

// RemoveGroup, RemoveUser delete by hand, with the rights that hang on them.
func (s *Server) RemoveGroup(id int64) { panic("unwritten") }

// RemoveUser deletes a person by hand, with all their rights.
func (s *Server) RemoveUser(id int64) { panic("unwritten") }

// SetSuspended sets or lifts "Suspend access".
func (s *Server) SetSuspended(userID int64, suspended bool) { panic("unwritten") }

// RevokeKey makes a key invalid from now on (401).
func (s *Server) RevokeKey(key string) { panic("unwritten") }

// Rights is a copy of all rights, by id.
func (s *Server) Rights() []kisi.Right { panic("unwritten") }

// Users is a copy of all users, by id.
func (s *Server) Users() []kisi.User { panic("unwritten") }

// Groups is a copy of all groups, by id.
func (s *Server) Groups() []kisi.Group { panic("unwritten") }

// Mails tells to whom Kisi would have sent an e-mail.
func (s *Server) Mails() []string { panic("unwritten") }

// Log is every request answered so far, "METHOD /path?query status", without secrets.
func (s *Server) Log() []string { panic("unwritten") }

// SetFault switches a named fault on ("" switches all off); an unknown name is an error.
func (s *Server) SetFault(name string) error { panic("unwritten") }

// Faults lists the names that SetFault takes.
func Faults() []string { panic("unwritten") }

// Wrap is called around every request when set (tests break, count, kill or hold requests here).
func (s *Server) Wrap(middleware func(http.Handler) http.Handler) { panic("unwritten") }
