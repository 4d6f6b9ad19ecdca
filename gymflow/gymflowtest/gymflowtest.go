// Package gymflowtest is a simulated Gymflow: it serves the contract of gymflow-api.md over real
// HTTP, in the manner of net/http/httptest, on a seeded, believable gym whose standings can live.
package gymflowtest

import (
	"kisiflow/gymflow"
	"net/http"
	"time"
)

// Options says which gym to make.
type Options struct {
	Members int              // 0 makes an empty gym
	Seed    uint64           // same seed, members and day: the same gym
	Now     func() time.Time // the simulator's clock; nil for time.Now
	Zone    string           // IANA; default Europe/Dublin
}

// Server is a running simulated Gymflow on loopback.
type Server struct {
	URL   string // the address before /v1
	Token string
	Gym   *Gym
}

// Start generates a gym and serves it on a free loopback port.
func Start(options Options) (*Server, error) { panic("unwritten") }

// Close stops the server.
func (s *Server) Close() { panic("unwritten") }

// Requests is the number of requests answered so far.
func (s *Server) Requests() int { panic("unwritten") }

// SetFault switches a named fault on ("" switches all off); an unknown name is an error.
func (s *Server) SetFault(name string) error { panic("unwritten") }

// Faults lists the names that SetFault takes.
func Faults() []string { panic("unwritten") }

// Wrap is called around every request when set (tests break, count or hold requests here).
func (s *Server) Wrap(middleware func(http.Handler) http.Handler) { panic("unwritten") }

// Gym is the simulated gym's data; safe for use from several goroutines.
type Gym struct{}

// Snapshot is a deep copy of all members and memberships.
func (g *Gym) Snapshot() (gymflow.Account, []gymflow.Membership, []gymflow.Member) {
	panic("unwritten")
}

// Put adds or replaces a member (by id) and stamps it as updated now.
func (g *Gym) Put(member gymflow.Member) { panic("unwritten") }

// Remove makes a member vanish.
func (g *Gym) Remove(id string) { panic("unwritten") }

// PutMembership adds or replaces a membership.
func (g *Gym) PutMembership(membership gymflow.Membership) { panic("unwritten") }

// Live changes one standing in a believable way (a payment fails, a debt is paid, a pause starts or ends, somebody
// joins, cancels …) and tells what happened in a few words. Seeded like the gym.
func (g *Gym) Live() string { panic("unwritten") }
