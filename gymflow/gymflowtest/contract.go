package gymflowtest

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kisiflow/gymflow"
)

// The bounds of gymflow-api.md.
const (
	defaultLimit = 50
	largestLimit = 200
)

// contract serves gymflow-api.md.
func (s *Server) contract() http.Handler {
	calls := http.NewServeMux()
	calls.HandleFunc("/v1/account", s.answerAccount)
	calls.HandleFunc("/v1/memberships", s.answerMemberships)
	calls.HandleFunc("/v1/members", s.answerMembers)
	calls.HandleFunc("/v1/members/{id}", s.answerMember)
	calls.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "There is nothing here.")
	})
	return s.faulty(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !isBearer || !s.valid(given) {
			refuse(w, http.StatusUnauthorized, "unauthorized", "The token is not valid.")
			return
		}
		if !s.allowed() {
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusTooManyRequests, "too_many_requests", "Slow down.")
			return
		}
		if r.Method != http.MethodGet {
			w.Header().Set("Allow", http.MethodGet)
			refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "Only GET is served here.")
			return
		}
		calls.ServeHTTP(w, r)
	}))
}

func (s *Server) valid(token string) bool {
	now := s.currentToken()
	return now != "" && subtle.ConstantTimeCompare([]byte(token), []byte(now)) == 1
}

func (s *Server) currentToken() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.token
}

func (s *Server) allowed() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.limiter == nil || s.limiter.Allow()
}

func (s *Server) answerAccount(w http.ResponseWriter, _ *http.Request) {
	answer(w, wireAccount(s.Gym.accountNow()))
}

func (s *Server) answerMemberships(w http.ResponseWriter, r *http.Request) {
	s.answerPage(w, r, "memberships", func(url.Values) ([]any, error) {
		memberships := s.Gym.membershipsNow()
		rows := make([]any, len(memberships))
		for i, membership := range memberships {
			rows[i] = wireMembership(membership)
		}
		return rows, nil
	})
}

func (s *Server) answerMembers(w http.ResponseWriter, r *http.Request) {
	s.answerPage(w, r, "members", func(query url.Values) ([]any, error) {
		var since time.Time
		if text := query.Get("updated_since"); text != "" {
			instant, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return nil, err
			}
			since = instant
		}
		members := s.Gym.membersNow()
		odd := oddMember(members)
		rows := make([]any, 0, len(members))
		for _, member := range members {
			if !member.UpdatedAt.Before(since) {
				rows = append(rows, s.currentFault().row(member, member.ID == odd))
			}
		}
		return rows, nil
	})
}

func (s *Server) answerMember(w http.ResponseWriter, r *http.Request) {
	member, found := s.Gym.member(r.PathValue("id"))
	if !found {
		refuse(w, http.StatusNotFound, "not_found", "There is no such member.")
		return
	}
	answer(w, s.currentFault().row(member, member.ID == oddMember(s.Gym.membersNow())))
}

// oddMember is the one that the faults about one member mean: the first that holds something.
func oddMember(members []*gymflow.Member) string {
	for _, member := range members {
		if len(member.Holdings) > 0 {
			return member.ID
		}
	}
	return ""
}

// answerPage serves one page. The first page of a read takes the collection as it is then; the
// cursor leads through that, so that a gym that lives never moves a row from page to page.
func (s *Server) answerPage(w http.ResponseWriter, r *http.Request, collection string, rows func(url.Values) ([]any, error)) {
	query := r.URL.Query()
	limit := defaultLimit
	if text := query.Get("limit"); query.Has("limit") {
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 || number > largestLimit {
			refuse(w, http.StatusBadRequest, "bad_request", "limit has to be 1 to 200.")
			return
		}
		limit = number
	}
	var read reading
	var offset int
	if query.Has("cursor") {
		var known bool
		if read, offset, known = s.reads.find(collection, query.Get("cursor")); !known {
			refuse(w, http.StatusBadRequest, "bad_cursor", "The cursor is not known, begin again.")
			return
		}
	} else {
		asOf := s.Gym.now().UTC()
		all, err := rows(query)
		if err != nil {
			refuse(w, http.StatusBadRequest, "bad_request", "updated_since has to be an instant like 2026-03-31T12:00:00Z.")
			return
		}
		read = s.reads.begin(collection, all, asOf)
	}
	page := read.page(offset, limit)
	if collection == "members" {
		s.currentFault().bend(&page, read, offset, limit)
	}
	answer(w, page)
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	body, err := json.Marshal(value)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", "The simulator could not write its answer.")
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": message}})
}
