package kisitest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, options kisitest.Options) *kisitest.Server {
	t.Helper()
	server, err := kisitest.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return server
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) rows(t *testing.T) []map[string]any {
	t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal([]byte(a.body), &rows); err != nil {
		t.Fatalf("not a list: %s", a.body)
	}
	return rows
}

// ask sends "METHOD /path body" with a key.
func ask(t *testing.T, server *kisitest.Server, key, line string) (answer, error) {
	t.Helper()
	method, rest, _ := strings.Cut(line, " ")
	path, body, _ := strings.Cut(rest, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		request.Header.Set("Authorization", "KISI-LOGIN "+key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(read)}, err
}

func TestRefusals(t *testing.T) {
	server := start(t, kisitest.Options{})
	group := server.AddGroup(kisi.Group{ID: 45, Name: "All hours"})
	server.AddGroup(kisi.Group{ID: 46, Name: "Off-peak"})
	ann := server.AddUser(kisi.User{ID: 9, Name: "Ann", Email: "ann@x.example", AccessEnabled: true})
	server.AddRight("Group", group.ID, kisi.RoleBasic, "User", ann.ID, 0)
	keys := map[string]string{
		"owner": server.Key, "none": "", "wrong": "feedbeef",
		"observer": server.AddKey(kisi.User{Email: "o@x.example"}, "observer", "api"),
		"nobody":   server.AddKey(kisi.User{Email: "n@x.example"}, "", "device"),
		"manager":  server.AddKey(kisi.User{Email: "m@x.example"}, "user_manager", "api"),
	}
	right := func(fields string) string { return `POST /role_assignments {"role_assignment":{` + fields + `}}` }
	const toGroup, toAnn = `"applies_to_type":"Group","applies_to_id":45`, `"assignee_type":"User","assignee_id":9`
	for _, test := range []struct {
		who, line string
		status    int
		says      string
	}{
		{"none", "GET /user", 401, `"code":"afc516"`},
		{"wrong", "GET /groups", 401, "Wrong email address or password."},
		{"owner", "GET /user", 200, `"email":"owner@gym.example"`},
		{"owner", "GET /nonsense", 404, "The endpoint does not exist, please check your request."},
		{"owner", "GET /groups/1", 404, "000404"},
		{"owner", "GET /groups/45", 200, `"users_count":1`},
		{"nobody", "GET /groups", 403, "Access denied."},
		{"nobody", "GET /user", 200, ""},
		{"observer", "GET /users", 200, ""},
		{"observer", `POST /users {"user":{"email":"x@x.example"}}`, 403, "afc496"},
		{"observer", "DELETE /role_assignments/1", 403, ""},
		{"owner", "POST /users nonsense", 400, "error"},
		{"owner", "POST /users {}", 400, "error"},
		{"owner", `POST /users {"user":{"name":"x"}}`, 422, `"errors":{"email":["can't be blank or invalid"]}`},
		{"owner", `POST /users {"user":{"email":"a b@x.example"}}`, 422, `"email"`},
		{"owner", `POST /users {"user":{"email":"y@x.example","metadata":{"a":{"b":1}}}}`, 422, `"metadata"`},
		{"owner", `POST /users {"user":{"email":"ANN@x.example"}}`, 409, `"code":"000409"`},
		{"owner", right(toGroup + "," + toAnn), 422, `"role_id"`},
		{"owner", right(`"role_id":"group_basic",` + toAnn), 422, `"applies_to"`},
		{"owner", right(`"role_id":"group_basic",` + toGroup), 422, `"assignee"`},
		{"owner", right(`"role_id":"nonsense",` + toGroup + "," + toAnn), 422, `"role_id"`},
		{"owner", right(`"role_id":"group_basic",` + toGroup + "," + toAnn), 409, "The record already exists"},
		{"owner", right(`"role_id":"group_manager",` + toGroup + "," + toAnn), 422, "more than one role"},
		{"owner", right(`"role_id":"group_basic","user_id":9,"group_id":4`), 404, ""},
		{"owner", right(`"role_id":"group_basic","user_id":8,"group_id":46`), 404, ""},
		{"manager", right(`"role_id":"administrator","applies_to_type":"Organization","applies_to_id":4711,` + toAnn), 403, ""},
		{"manager", right(`"role_id":"group_basic","notify":false,"user_id":9,"group_id":46`), 200, `"group_id":46`},
		{"owner", "GET /role_assignments?assignee_id=9", 422, `"assignee_type"`},
		{"owner", "GET /users?offset=20001", 422, `"offset"`},
		{"owner", "DELETE /role_assignments/45", 404, ""},
		{"owner", "PATCH /users/9 {\"user\":{\"name\":\"Anne\",\"email\":\"new@x.example\"}}", 204, ""},
		{"owner", "GET /users/9", 200, `"email":"ann@x.example"`},
	} {
		got, err := ask(t, server, keys[test.who], test.line)
		if err != nil || got.status != test.status || !strings.Contains(got.body, test.says) {
			t.Errorf("%s: %s: %d %s, %v; want %d with %q", test.who, test.line, got.status, got.body, err, test.status, test.says)
		}
		if got.status == http.StatusNoContent && got.body != "" {
			t.Errorf("%s: a 204 with a body", test.line)
		}
	}
	if destroyed := server.Destroyed(); len(destroyed) != 0 {
		t.Errorf("destroyed %v", destroyed)
	}
}

func TestDestroyingIsRefusedAndRemembered(t *testing.T) {
	server := start(t, kisitest.Options{})
	calls := []string{
		fmt.Sprintf("DELETE /users/%d", server.Owner.ID), "DELETE /login", "DELETE /login/elsewhere", "DELETE /user",
		"PATCH /organization", "DELETE /groups/1", "DELETE /members/1",
	}
	for _, line := range calls {
		if got, err := ask(t, server, server.Key, line); err != nil || got.status != http.StatusForbidden {
			t.Errorf("%s: %d, %v", line, got.status, err)
		}
	}
	if !slices.Equal(server.Destroyed(), calls) || len(server.Users()) != 1 {
		t.Errorf("remembered %v, users %v", server.Destroyed(), server.Users())
	}
}

func TestPages(t *testing.T) {
	server := start(t, kisitest.Options{})
	place := server.AddPlace(kisi.Place{Name: "HQ"})
	for i := range 260 {
		group := kisi.Group{Name: fmt.Sprintf("G%03d", i)}
		if i%2 == 0 {
			group.PlaceID = place.ID
		}
		server.AddGroup(group)
	}
	for query, want := range map[string]struct {
		rows   int
		bounds string
	}{
		"": {10, "0-9/260"}, "?limit=1000": {250, "0-249/260"}, "?limit=250&offset=250": {10, "250-499/260"},
		"?offset=900": {0, "900-909/260"}, "?query=none": {0, "*/0"}, "?scope=organization&limit=3": {3, "0-2/130"},
		"?query=g01&limit=50&sort=-name": {10, "0-49/10"}, fmt.Sprintf("?place_id=%d", place.ID): {10, "0-9/130"},
	} {
		got, err := ask(t, server, server.Key, "GET /groups"+query)
		if err != nil || len(got.rows(t)) != want.rows || got.header.Get("X-Collection-Range") != want.bounds {
			t.Errorf("%s: %d rows, %s, %v", query, len(got.rows(t)), got.header.Get("X-Collection-Range"), err)
		}
	}
	for i := range 120 {
		server.AddUser(kisi.User{Email: fmt.Sprintf("u%d@x.example", i)})
	}
	for query, rows := range map[string]int{"": 50, "?limit=250": 100, "?email=U7@X.example": 1, "?query=u7": 11} {
		if got, err := ask(t, server, server.Key, "GET /users"+query); err != nil || len(got.rows(t)) != rows {
			t.Errorf("%s: %d rows, %v", query, len(got.rows(t)), err)
		}
	}
}

func TestMailsGoOutUnlessForbidden(t *testing.T) {
	server := start(t, kisitest.Options{})
	server.AddGroup(kisi.Group{ID: 45})
	ann := server.AddUser(kisi.User{ID: 9, Email: "ann@x.example"})
	for _, line := range []string{
		`POST /users {"user":{"email":"quiet@x.example","send_emails":false}}`,
		`POST /users {"user":{"email":"loud@x.example"}}`,
		fmt.Sprintf(`POST /role_assignments {"role_assignment":{"role_id":"group_basic","user_id":%d,"group_id":45}}`, ann.ID),
	} {
		if got, err := ask(t, server, server.Key, line); err != nil || got.status != 200 {
			t.Fatalf("%s: %+v, %v", line, got, err)
		}
	}
	if mails := server.Mails(); !slices.Equal(mails, []string{"loud@x.example", "ann@x.example"}) {
		t.Errorf("mailed %v", mails)
	}
}

// One request in a hundred seconds, so that no machine is too slow for it; the second itself is in limit_test.go.
func TestTheLimitIsPerUserNotPerKey(t *testing.T) {
	server := start(t, kisitest.Options{Limit: 0.01})
	second := server.AddKey(server.Owner, "owner", "api")
	other := server.AddKey(kisi.User{Email: "a@x.example"}, "administrator", "api")
	var statuses []int
	for _, key := range []string{server.Key, second, server.Key, other} {
		got, err := ask(t, server, key, "GET /user")
		if err != nil {
			t.Fatal(err)
		}
		statuses = append(statuses, got.status)
	}
	if !slices.Equal(statuses, []int{200, 429, 429, 200}) {
		t.Errorf("the owner's two keys and somebody else's got %v", statuses)
	}
}
