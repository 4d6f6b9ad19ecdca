package gymflowtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
)

// noon is the clock of tests that need a fixed day.
func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func start(t *testing.T, options gymflowtest.Options) *gymflowtest.Server {
	t.Helper()
	s, err := gymflowtest.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask makes one request by hand.
func ask(t *testing.T, s *gymflowtest.Server, path string) (status int, body map[string]any) {
	t.Helper()
	return send(t, s, http.MethodGet, path, "Bearer "+s.Token)
}

func send(t *testing.T, s *gymflowtest.Server, method, path, authorization string) (status int, body map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatalf("%s answers %q: %v", path, text, err)
	}
	return answer.StatusCode, body
}

func TestRefusals(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 5})
	for _, test := range []struct {
		method, path, authorization string
		status                      int
	}{
		{"GET", "/v1/account", "", 401},
		{"GET", "/v1/account", "Bearer wrong", 401},
		{"GET", "/v1/account", s.Token, 401},
		{"GET", "/v1/members/m_1", "Bearer " + s.Token + "x", 401},
		{"GET", "/v1/members?limit=0", "Bearer " + s.Token, 400},
		{"GET", "/v1/members?limit=201", "Bearer " + s.Token, 400},
		{"GET", "/v1/members?limit=many", "Bearer " + s.Token, 400},
		{"GET", "/v1/memberships?limit=-1", "Bearer " + s.Token, 400},
		{"GET", "/v1/members?cursor=", "Bearer " + s.Token, 400},
		{"GET", "/v1/members?cursor=r9_0", "Bearer " + s.Token, 400},
		{"GET", "/v1/members?cursor=nonsense", "Bearer " + s.Token, 400},
		{"GET", "/v1/members?updated_since=yesterday", "Bearer " + s.Token, 400},
		{"GET", "/v1/members/m_999", "Bearer " + s.Token, 404},
		{"GET", "/v1/invoices", "Bearer " + s.Token, 404},
		{"POST", "/v1/members", "Bearer " + s.Token, 405},
	} {
		status, body := send(t, s, test.method, test.path, test.authorization)
		refusal, _ := body["error"].(map[string]any)
		if status != test.status || refusal["code"] == "" || refusal["message"] == nil {
			t.Errorf("%s %s: %d %v, want %d with a code and a message", test.method, test.path, status, body, test.status)
		}
	}
	if s.Requests() != 15 {
		t.Errorf("%d requests counted", s.Requests())
	}
}

func TestAccountAndOneMember(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 5})
	status, account := ask(t, s, "/v1/account")
	if status != 200 || account["name"] != "Riverside Gym" || account["time_zone"] != "Europe/Dublin" {
		t.Errorf("%d %v", status, account)
	}
	status, member := ask(t, s, "/v1/members/m_1")
	if status != 200 {
		t.Fatalf("%d %v", status, member)
	}
	for _, field := range []string{"id", "email", "first_name", "last_name", "updated_at", "overdue_since", "blocked", "holdings", "app"} {
		if _, given := member[field]; !given {
			t.Errorf("a member has no %s", field)
		}
	}
	holding := member["holdings"].([]any)[0].(map[string]any)
	for _, field := range []string{"id", "membership_id", "status", "starts_on", "ends_on", "paused_from", "resumes_on", "overdue_since", "primary_member_id"} {
		if _, given := holding[field]; !given {
			t.Errorf("a holding has no %s", field)
		}
	}
	s.Gym.Put(gymflow.Member{ID: "a/b c", FirstName: "Odd"})
	if status, member := ask(t, s, "/v1/members/a%2Fb%20c"); status != 200 || member["first_name"] != "Odd" {
		t.Errorf("an id that needs escaping: %d %v", status, member)
	}
}

func rows(page map[string]any) (ids []string) {
	for _, row := range page["data"].([]any) {
		ids = append(ids, row.(map[string]any)["id"].(string))
	}
	return ids
}

func TestPages(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 120})
	for limit, sizes := range map[string][]int{"": {50, 50, 20}, "limit=1": nil, "limit=120": {120}, "limit=119": {119, 1}, "limit=200": {120}} {
		var all []string
		var got []int
		query := limit
		for {
			status, page := ask(t, s, "/v1/members?"+query)
			if status != 200 || page["total"] != 120.0 {
				t.Fatalf("%s: %d, total %v", query, status, page["total"])
			}
			got, all = append(got, len(rows(page))), append(all, rows(page)...)
			next, more := page["next_cursor"].(string)
			if !more {
				break
			}
			query = limit + "&cursor=" + url.QueryEscape(next)
		}
		if sizes != nil && !slices.Equal(got, sizes) {
			t.Errorf("%q: pages of %v, want %v", limit, got, sizes)
		}
		for i, id := range all {
			if id != fmt.Sprintf("m_%d", i+1) {
				t.Fatalf("%q: row %d is %s", limit, i, id)
			}
		}
		if len(all) != 120 {
			t.Errorf("%q: %d rows", limit, len(all))
		}
	}
}

func TestAGymThatLivesKeepsAReadWhole(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 30, Seed: 4})
	_, page := ask(t, s, "/v1/members?limit=10")
	seen := rows(page)
	for page["next_cursor"] != nil {
		for range 20 {
			s.Gym.Live()
		}
		s.Gym.Remove(fmt.Sprintf("m_%d", len(seen)))
		_, page = ask(t, s, "/v1/members?limit=10&cursor="+page["next_cursor"].(string))
		seen = append(seen, rows(page)...)
	}
	slices.Sort(seen)
	if distinct := slices.Compact(slices.Clone(seen)); len(distinct) != len(seen) || float64(len(seen)) != page["total"] {
		t.Errorf("%d rows, %d distinct, total %v", len(seen), len(distinct), page["total"])
	}
}

func TestACursorBelongsToItsCollection(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 30})
	_, page := ask(t, s, "/v1/members?limit=2")
	if status, _ := ask(t, s, "/v1/memberships?cursor="+page["next_cursor"].(string)); status != 400 {
		t.Errorf("a cursor of the members leads through the memberships: %d", status)
	}
	for _, bent := range []string{"x", " ", "99"} {
		if status, _ := ask(t, s, "/v1/members?cursor="+url.QueryEscape(page["next_cursor"].(string)+bent)); status != 400 {
			t.Errorf("a cursor with %q after it is taken: %d", bent, status)
		}
	}
}

func TestUpdatedSince(t *testing.T) {
	now := noon()
	s := start(t, gymflowtest.Options{Members: 20, Now: func() time.Time { return now }})
	now = now.Add(time.Hour)
	_, _, members := s.Gym.Snapshot()
	s.Gym.Put(members[6])
	for since, want := range map[time.Time]int{now: 1, now.Add(time.Nanosecond): 0, now.AddDate(-1, 0, 0): 20} {
		_, page := ask(t, s, "/v1/members?updated_since="+url.QueryEscape(since.Format(time.RFC3339Nano)))
		if got := rows(page); len(got) != want || page["total"] != float64(want) || want == 1 && got[0] != "m_7" {
			t.Errorf("since %v: %v of %v, want %d", since, got, page["total"], want)
		}
	}
}

func TestLimit(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 1, Limit: 0.001})
	if status, _ := ask(t, s, "/v1/account"); status != 200 {
		t.Errorf("the first request: %d", status)
	}
	if status, body := ask(t, s, "/v1/account"); status != 429 || !strings.Contains(fmt.Sprint(body), "too_many_requests") {
		t.Errorf("the second request: %d %v", status, body)
	}
}

func TestWrap(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 1})
	var order []string
	around := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	s.Wrap(around("inner"))
	s.Wrap(around("outer"))
	ask(t, s, "/v1/account")
	s.Wrap(nil)
	ask(t, s, "/v1/account")
	if !slices.Equal(order, []string{"outer", "inner"}) {
		t.Errorf("called %v", order)
	}
}

func TestGymCanBeChanged(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 5})
	_, _, members := s.Gym.Snapshot()
	members[0].Holdings[0].Status = "spoiled"
	if _, _, again := s.Gym.Snapshot(); again[0].Holdings[0].Status == "spoiled" {
		t.Error("a snapshot reaches into the gym")
	}
	s.Gym.Remove("m_2")
	s.Gym.Remove("m_2")
	s.Gym.Put(gymflow.Member{ID: "m_4", FirstName: "Changed"})
	s.Gym.Put(gymflow.Member{ID: "new"})
	s.Gym.PutMembership(gymflow.Membership{ID: "ms_1", Name: "Renamed"})
	s.Gym.PutMembership(gymflow.Membership{ID: "ms_8", Name: "Night owl"})
	_, memberships, members := s.Gym.Snapshot()
	var ids []string
	for _, member := range members {
		ids = append(ids, member.ID)
	}
	if !slices.Equal(ids, []string{"m_1", "m_3", "m_4", "m_5", "new"}) || members[2].FirstName != "Changed" {
		t.Errorf("%v", ids)
	}
	if len(memberships) != 8 || memberships[0].Name != "Renamed" || memberships[7].Name != "Night owl" {
		t.Errorf("%v", memberships)
	}
}
