package kisitest

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kisiflow/internal/simcontrol"
)

// reply is an answer before it is sent.
type reply struct {
	status int
	body   []byte
	header map[string]string
	cut    bool // cut the connection in place of answering
	slow   bool
}

// caller is whose key came with a request.
type caller struct {
	userID int64
	roleID string
	login  login
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	middleware, control, organization := s.middleware, s.control, s.organizationOf(r)
	s.mutex.Unlock()
	if control != nil && simcontrol.Claims(r) { // faults, the log and middleware are for what comes from outside
		control.ServeHTTP(w, r)
		return
	}
	var handler http.Handler = http.HandlerFunc(organization.respond)
	if middleware != nil {
		handler = middleware(handler)
	}
	handler.ServeHTTP(w, r)
}

func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	answer := s.answer(r)
	if s.strikes("clock-ahead") {
		w.Header().Set("Date", time.Now().UTC().Add(10*time.Minute).Format(http.TimeFormat))
	}
	answer.slow = s.strikes("slow")
	s.mutex.Unlock()

	if answer.slow {
		select {
		case <-time.After(300 * time.Millisecond):
		case <-r.Context().Done():
		}
	}
	if answer.cut {
		s.note(r, "reset")
		cutConnection(w)
		return
	}
	for name, value := range answer.header {
		w.Header().Set(name, value)
	}
	if answer.body != nil && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	s.note(r, strconv.Itoa(answer.status))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body)
}

// cutConnection resets rather than closes, so that the caller sees a broken connection and not an end.
func cutConnection(w http.ResponseWriter) {
	hijacker, able := w.(http.Hijacker)
	if !able {
		panic(http.ErrAbortHandler)
	}
	connection, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := connection.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

// answer decides on one request, with the mutex held.
func (s *Server) answer(r *http.Request) reply {
	write := r.Method != http.MethodGet
	if early, struck := s.interrupted(write); struck {
		return early
	}
	who, known := s.caller(r)
	if !known || s.strikes("unauthorized-after") {
		return failure(http.StatusUnauthorized, "afc516", "Wrong email address or password.")
	}
	if !s.withinLimit(who.userID) {
		return failure(http.StatusTooManyRequests, "000429", "Too many requests.")
	}
	answer := s.route(r, who)
	if write && s.strikes("reset-after") {
		answer.cut = true
	}
	if len(answer.body) > 0 && answer.status == http.StatusOK && s.strikes("truncated") {
		answer.body = answer.body[:len(answer.body)/2]
	}
	return answer
}

// interrupted are the faults that strike before Kisi looks at a request.
func (s *Server) interrupted(write bool) (reply, bool) {
	switch {
	case write && s.strikes("reset-before"):
		return reply{cut: true}, true
	case s.strikes("throttle"):
		answer := failure(http.StatusTooManyRequests, "000429", "Too many requests.")
		answer.header = map[string]string{"Retry-After": "1"}
		return answer, true
	case s.strikes("throttle-silent"):
		return reply{status: http.StatusTooManyRequests}, true
	case s.strikes("server-error"):
		return failure(http.StatusInternalServerError, "000500", "Something went wrong."), true
	case s.strikes("html-502"):
		return reply{
			status: http.StatusBadGateway,
			header: map[string]string{"Content-Type": "text/html"},
			body:   []byte("<html><body><h1>502 Bad Gateway</h1></body></html>"),
		}, true
	}
	return reply{}, false
}

func (s *Server) caller(r *http.Request) (caller, bool) {
	secret, found := strings.CutPrefix(r.Header.Get("Authorization"), "KISI-LOGIN ")
	if !found {
		return caller{}, false
	}
	key, known := s.state.keys[secret]
	if !known {
		return caller{}, false
	}
	role := s.roleOf(key.UserID)
	if key.madeByAdmin && !isAdmin(role) {
		return caller{}, false
	}
	return caller{userID: key.UserID, roleID: role, login: key}, true
}

// withinLimit counts a user's requests over a sliding second: Kisi's limit is per user, not per key. It
// keeps real time, as the simulator's own clock may stand still.
func (s *Server) withinLimit(userID int64) bool {
	limit := s.options.Limit
	if s.strikes("limit") && limit == 0 {
		limit = 5
	}
	if limit <= 0 {
		return true
	}
	allowed := max(1, int(limit))
	window := time.Duration(float64(allowed) / limit * float64(time.Second))
	now := time.Now()
	var recent []time.Time
	for _, at := range s.recent[userID] {
		if now.Sub(at) < window {
			recent = append(recent, at)
		}
	}
	within := len(recent) < allowed
	if within {
		recent = append(recent, now)
	}
	s.recent[userID] = recent
	return within
}

func failure(status int, code, text string) reply {
	return answered(status, map[string]any{"error": text, "code": code})
}

func denied() reply { return failure(http.StatusForbidden, "afc496", "Access denied.") }

// missing is Kisi's verbatim 404 (kisi-api.md section 12); whether a missing object reads the same is unknown.
func missing() reply {
	return failure(http.StatusNotFound, "000404", "The endpoint does not exist, please check your request.")
}

func exists() reply { return failure(http.StatusConflict, "000409", "The record already exists") }

func invalid(field string, reasons ...string) reply {
	return answered(http.StatusUnprocessableEntity, map[string]any{"errors": map[string][]string{field: reasons}})
}

func answered(status int, body any) reply {
	encoded, err := json.Marshal(body)
	if err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	return reply{status: status, body: encoded}
}
