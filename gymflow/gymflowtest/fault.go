package gymflowtest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kisiflow/gymflow"
)

// contractLimit is the limit of gymflow-api.md, in requests a second.
const contractLimit = 10

// Faults lists the names that SetFault takes. The number after "unauthorized-after:" is how many
// requests are still answered.
func Faults() []string {
	return []string{
		"unauthorized", "forbidden", "unauthorized-after:2", "server-error", "html-502", "down", "slow",
		"throttle", "limit", "truncated", "short-page", "repeated-page", "empty-page", "cycling",
		"lying-total", "empty-roster", "half-roster", "unknown-status", "bad-date", "clock-ahead",
	}
}

// fault is the one that is switched on; the zero fault changes nothing.
type fault struct {
	name     string
	after    int64
	requests atomic.Int64 // since it was switched on
}

// SetFault switches a named fault on ("" switches all off); an unknown name is an error.
func (s *Server) SetFault(name string) error {
	chosen, err := newFault(name)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.fault = chosen
	s.setLimit(s.limit)
	if name == "limit" {
		s.setLimit(contractLimit)
	}
	return nil
}

func newFault(name string) (*fault, error) {
	if text, counted := strings.CutPrefix(name, "unauthorized-after:"); counted {
		after, err := strconv.ParseInt(text, 10, 32)
		if err != nil || after < 0 {
			return nil, fmt.Errorf("setting the fault %q: a number of requests has to follow the colon", name)
		}
		return &fault{name: "unauthorized-after", after: after}, nil
	}
	if name == "" {
		return &fault{}, nil
	}
	for _, known := range Faults() {
		if name == known {
			return &fault{name: name}, nil
		}
	}
	return nil, fmt.Errorf("setting the fault %q: there is none of that name, only %s", name, strings.Join(Faults(), ", "))
}

func (s *Server) currentFault() *fault {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.fault
}

// faulty applies the faults that are about whole answers.
func (s *Server) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := s.currentFault()
		request := fault.requests.Add(1)
		switch {
		case fault.name == "unauthorized", fault.name == "unauthorized-after" && request > fault.after:
			refuse(w, http.StatusUnauthorized, "unauthorized", "The token was revoked.")
		case fault.name == "forbidden":
			refuse(w, http.StatusForbidden, "forbidden", "The token may not read members.")
		case fault.name == "server-error" && request%4 == 0:
			refuse(w, http.StatusServiceUnavailable, "server_error", "Something went wrong.")
		case fault.name == "throttle" && request%5 == 0:
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusTooManyRequests, "too_many_requests", "Slow down.")
		case fault.name == "html-502":
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte("<html><body><h1>502 Bad Gateway</h1></body></html>"))
		case fault.name == "down":
			hangUp(w)
		case fault.name == "truncated":
			serveHalf(w, r, next)
		case fault.name == "slow":
			if waited(r) {
				next.ServeHTTP(w, r)
			}
		case fault.name == "clock-ahead":
			w.Header().Set("Date", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
			next.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// waited holds a request for 300 ms; false when the client went away.
func waited(r *http.Request) bool {
	timer := time.NewTimer(300 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(errors.Join(http.ErrAbortHandler, err))
	}
	_ = connection.Close()
}

// serveHalf promises the whole answer and sends half of it.
func serveHalf(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := &heldAnswer{ResponseWriter: w, status: http.StatusOK}
	next.ServeHTTP(whole, r)
	w.Header().Set("Content-Length", strconv.Itoa(whole.body.Len()))
	w.WriteHeader(whole.status)
	_, _ = w.Write(whole.body.Bytes()[:whole.body.Len()/2])
}

// heldAnswer keeps an answer back instead of sending it.
type heldAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) WriteHeader(status int) { h.status = status }

func (h *heldAnswer) Write(part []byte) (int, error) { return h.body.Write(part) }

// row is a member as the fault shows it; odd is the one member that some faults are about.
func (f *fault) row(member *gymflow.Member, odd bool) any {
	wired := wireMember(member)
	if odd {
		holding := wired["holdings"].([]object)[0]
		switch f.name {
		case "unknown-status":
			holding["status"] = "on_ice"
		case "bad-date":
			holding["starts_on"] = "2026-02-30"
		}
	}
	return wired
}

// bend applies the faults that are about the pages of members.
func (f *fault) bend(page *page, read reading, offset, limit int) {
	switch f.name {
	case "short-page":
		if page.NextCursor == nil && len(page.Data) > 0 {
			page.Data = page.Data[:len(page.Data)-min(3, len(page.Data))]
		}
	case "repeated-page":
		switch {
		case offset > 0:
			page.Data = read.page(0, limit).Data
		case page.NextCursor == nil: // one page only: let a second one follow
			page.NextCursor = new(read.cursor(len(read.rows)))
		}
	case "empty-page":
		if offset == 0 {
			page.Data = []any{}
		}
	case "cycling":
		if page.NextCursor == nil {
			page.NextCursor = new(read.cursor(0))
		}
	case "lying-total":
		page.Total += 7
	case "empty-roster":
		page.Data, page.NextCursor, page.Total = []any{}, nil, 0
	case "half-roster":
		half := read
		half.rows = half.rows[:len(read.rows)/2]
		*page = half.page(min(offset, len(half.rows)), limit)
	}
}
