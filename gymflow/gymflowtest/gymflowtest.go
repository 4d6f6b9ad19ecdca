// Package gymflowtest is a simulated Gymflow: it serves the contract of gymflow-api.md over real
// HTTP, in the manner of net/http/httptest, on a seeded, believable gym whose standings can live.
package gymflowtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"kisiflow/internal/simcontrol"
)

// Options says which gym to make.
type Options struct {
	Members int              // 0 makes an empty gym
	Seed    uint64           // same seed, members and day: the same gym
	Now     func() time.Time // the simulator's clock; nil for time.Now
	Zone    string           // IANA; default Europe/Dublin
	Limit   float64          // requests a second; 0 for no limit (the contract has 10)
}

// Server is a running simulated Gymflow on loopback.
type Server struct {
	URL   string // the address before /v1
	Token string // the one that it was started with; control may replace it
	Gym   *Gym

	server   *http.Server
	served   chan struct{} // closed when the listener is done
	requests atomic.Int64

	mutex   sync.Mutex
	handler http.Handler // the contract, in whatever Wrap put around it
	control http.Handler // nil until ServeControl
	token   string       // the one that is valid now; empty when none is
	limiter *rate.Limiter
	limit   float64
	fault   *fault
	reads   readings
}

// Start generates a gym and serves it on a free loopback port.
func Start(options Options) (*Server, error) {
	gym, err := NewGym(options)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the simulated Gymflow: %w", err)
	}
	s := &Server{
		URL:    "http://" + listener.Addr().String(),
		Token:  fmt.Sprintf("gf_simulated_%016x", options.Seed),
		Gym:    gym,
		served: make(chan struct{}),
		limit:  options.Limit,
		fault:  &fault{},
	}
	s.token = s.Token
	s.setLimit(options.Limit)
	s.handler = s.contract()
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.served)
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(fmt.Sprintf("the simulated Gymflow stopped serving: %v", err))
		}
	}()
	return s, nil
}

// Close stops the server.
func (s *Server) Close() {
	_ = s.server.Close()
	<-s.served
}

// Requests is the number of requests answered so far.
func (s *Server) Requests() int { return int(s.requests.Load()) }

// Wrap is called around every request when set (tests break, count or hold requests here). A
// second call goes around the first; nil takes them all away.
func (s *Server) Wrap(middleware func(http.Handler) http.Handler) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if middleware == nil {
		s.handler = s.contract()
		return
	}
	s.handler = middleware(s.handler)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	handler, control := s.handler, s.control
	s.mutex.Unlock()
	if control != nil && simcontrol.Claims(r) { // neither faults nor counts are for what is done by hand
		control.ServeHTTP(w, r)
		return
	}
	s.requests.Add(1)
	handler.ServeHTTP(w, r)
}

// setLimit starts a limiter afresh. Its burst is a whole second's worth, as a counter that is
// reset every second would allow.
func (s *Server) setLimit(requestsASecond float64) {
	s.limiter = nil
	if requestsASecond > 0 {
		s.limiter = rate.NewLimiter(rate.Limit(requestsASecond), max(1, int(requestsASecond)))
	}
}
