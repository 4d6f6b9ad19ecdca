// Package listen takes pushes over HTTP (gymflow-api.md, "Push"; kisi-api.md section 10) and tells how things stand
// (/healthz, /metrics). Of what is pushed it believes nothing but whom to look at, and it answers before any work is done.
package listen

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/time/rate"

	"kisiflow/gymflow"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// How long a client may take, so that a slow one holds nothing up.
const (
	headerTime = 5 * time.Second
	readTime   = 10 * time.Second
	writeTime  = 10 * time.Second
	idleTime   = time.Minute
	endTime    = 5 * time.Second // for the answers under way when the listener ends

	largestHeader   = 16 << 10
	mostConnections = 256
)

// Options are what a listener needs.
type Options struct {
	Engine  *reconcile.Engine
	Store   *store.Store
	Metrics *Metrics         // also the engine's witness; nil for a new one
	Now     func() time.Time // the process's clock; nil for time.Now
	Every   time.Duration    // between two complete syncs; 0 where nothing runs by schedule
	Secret  string           // of pushes, in place of the stored one; "" for the stored one
	Log     *slog.Logger

	PerRemote rate.Limit // requests a second from one address; 0: 25
	Overall   rate.Limit // and from all together; 0: 100
}

// Server is a listener.
type Server struct {
	options Options
	limits  *limits
	secret  secret
	begun   time.Time
	mux     *http.ServeMux
}

// New makes a listener; it opens nothing.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Metrics == nil {
		options.Metrics = NewMetrics()
	}
	s := &Server{options: options, limits: newLimits(options.PerRemote, options.Overall), begun: options.Now(), mux: http.NewServeMux()}
	s.secret = secret{store: options.Store, given: options.Secret}
	s.mux.Handle("POST /hooks/gymflow", s.hook("gymflow", http.StatusAccepted, s.fromGymflow))
	s.mux.Handle("POST /hooks/zapier/{secret}", s.hook("zapier", http.StatusAccepted, s.fromZapier))
	s.mux.Handle("POST /hooks/kisi", s.hook("kisi", http.StatusOK, s.fromKisi)) // Kisi asks for 200 and switches off what it takes for failing (kisi-api.md section 10)
	s.mux.Handle("GET /healthz", s.limited(http.HandlerFunc(s.health)))
	s.mux.Handle("GET /metrics", s.limited(options.Metrics.handler(s)))
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	s.mux.ServeHTTP(w, r)
}

// Serve answers until the context ends; the answers under way are finished.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: largestHeader,
		ErrorLog:       slog.NewLogLogger(s.options.Log.Handler(), slog.LevelDebug),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close()
		}
	}()
	err := server.Serve(netutil.LimitListener(listener, mostConnections))
	if errors.Is(err, http.ErrServerClosed) {
		<-ended
		return nil
	}
	return err
}

// limited refuses who asks too often.
func (s *Server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := s.limits.wait(r.RemoteAddr, s.options.Now()); wait > 0 {
			refuseFor(w, wait)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// SecretStored reports whether pushes can be verified at all.
func (s *Server) SecretStored() bool {
	secret, err := s.secret.now()
	return err == nil && secret != ""
}

const largestBody = gymflow.LargestPush
