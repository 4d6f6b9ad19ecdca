// Package kisitest is a simulated Kisi: it answers over real HTTP as kisi-api.md says that Kisi
// does, its unpleasant sides too, in the manner of net/http/httptest. It refuses what Kisi refuses.
// What the fact sheet calls unknown is chosen here in the way that is harder for a client, and said so.
package kisitest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"kisiflow/kisi"
)

// Options says which organization to make. The zero value is an empty organization with an owner and a key.
type Options struct {
	Seed  uint64
	Now   func() time.Time // the simulator's clock for created_at; nil for time.Now. Limits and the Date header keep real time
	Limit float64          // requests a second before 429 (Kisi: 5); 0 switches the limit off
}

// Server is a running simulated Kisi on loopback.
type Server struct {
	URL   string
	Key   string // the owner's key that it was started with; control may revoke it
	Owner kisi.User

	options Options
	http    *http.Server
	served  chan struct{}

	mutex      sync.Mutex
	random     *rand.Rand
	state      organization
	faults     map[string]*activeFault
	recent     map[int64][]time.Time // per user, the requests of the last second
	log        []string
	writes     []write
	newestKey  string       // the owner's newest key by control, empty when there is none
	other      *Server      // another organization on the same Kisi, once control made a key for it
	control    http.Handler // nil until ServeControl
	mails      []string
	destroyed  []string
	middleware func(http.Handler) http.Handler

	queue      []delivery // events on their way to webhooks
	told       int
	delivering bool
	deliveries sync.WaitGroup
	ending     context.Context // ends with Close
	end        context.CancelFunc
}

// Start serves an empty organization on a free loopback port.
func Start(options Options) (*Server, error) {
	var listening net.ListenConfig
	listener, err := listening.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a port for the simulated Kisi: %w", err)
	}
	s := newServer(options,
		kisi.Organization{ID: 4711, Name: "Riverside Gym", Domain: "riverside-gym", TimeZone: "Europe/Dublin"},
		kisi.User{Name: "Olivia Owner", Email: "owner@gym.example", AccessEnabled: true, ScimEnabled: true})
	s.URL = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			_ = listener.Close()
		}
	}()
	return s, nil
}

// newServer makes an organization that nobody can reach yet.
func newServer(options Options, tenant kisi.Organization, owner kisi.User) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{
		options: options,
		served:  make(chan struct{}),
		random:  rand.New(rand.NewPCG(options.Seed, 0x6b697369)),
		state:   newOrganization(),
		faults:  map[string]*activeFault{},
		recent:  map[int64][]time.Time{},
	}
	s.ending, s.end = context.WithCancel(context.Background())
	s.Owner = s.AddUser(owner)
	tenant.UserID = s.Owner.ID
	s.state.tenant = tenant
	s.Key = s.AddKey(s.Owner, "owner", "api")
	return s
}

// Close stops the server and cuts the connections that are open.
func (s *Server) Close() {
	s.end()
	if other := s.otherNow(); other != nil {
		other.end()
		other.deliveries.Wait()
	}
	_ = s.http.Close()
	<-s.served
	s.deliveries.Wait()
}

// Mails tells to whom Kisi would have sent an e-mail.
func (s *Server) Mails() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.mails...)
}

// Log is every request answered so far, "METHOD /path?query status", without secrets. The status is
// "reset" where the connection was cut instead of answered. Only the newest 200,000 are kept.
func (s *Server) Log() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.log...)
}

// Destroyed is every request that would have destroyed a person, a key or the tenant's settings. They
// are all refused; a client that is well behaved leaves this empty.
func (s *Server) Destroyed() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.destroyed...)
}

// Wrap is called around every request when set (tests break, count, kill or hold requests here).
func (s *Server) Wrap(middleware func(http.Handler) http.Handler) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.middleware = middleware
}

const logKept = 200_000

func (s *Server) note(r *http.Request, outcome string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.log) >= 2*logKept {
		s.log = append([]string(nil), s.log[logKept:]...)
	}
	s.log = append(s.log, r.Method+" "+r.URL.RequestURI()+" "+outcome)
	if r.Method == http.MethodGet {
		return
	}
	if len(s.writes) >= 2*logKept {
		s.writes = append([]write(nil), s.writes[logKept:]...)
	}
	s.writes = append(s.writes, write{Method: r.Method, Path: r.URL.Path, Time: time.Now().UTC(), Outcome: outcome})
}

// secret makes a key as Kisi's look: 32 hexadecimal digits.
func (s *Server) secret() string {
	var b strings.Builder
	for range 4 {
		fmt.Fprintf(&b, "%08x", s.random.Uint32())
	}
	return b.String()
}
