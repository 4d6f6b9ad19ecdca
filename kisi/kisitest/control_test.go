package kisitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

// by asks a control endpoint, without a key.
func by(t *testing.T, server *kisitest.Server, line string) (int, map[string]any) {
	t.Helper()
	got, err := ask(t, server, "", line)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatalf("%s: %v: %s", line, err, got.body)
	}
	return got.status, body
}

// did asks and wants it done.
func did(t *testing.T, server *kisitest.Server, line string) map[string]any {
	t.Helper()
	status, body := by(t, server, line)
	if status != 200 {
		t.Fatalf("%s: %d %v", line, status, body)
	}
	return body
}

func controlled(t *testing.T) (server *kisitest.Server, place kisi.Place, group kisi.Group, ann kisi.User) {
	t.Helper()
	server = start(t, kisitest.Options{Seed: 3})
	place = server.AddPlace(kisi.Place{Name: "HQ"})
	group = server.AddGroup(kisi.Group{Name: "All hours", PlaceID: place.ID, LocksCount: 1})
	ann = server.AddUser(kisi.User{Name: "Ann", Email: "ann@x.example", AccessEnabled: true})
	server.ServeControl(nil)
	return server, place, group, ann
}

func statusWith(t *testing.T, server *kisitest.Server, key string) int {
	t.Helper()
	got, err := ask(t, server, key, "GET /organization")
	if err != nil {
		t.Fatal(err)
	}
	return got.status
}

func TestControlIsOnlyServedWhenAsked(t *testing.T) {
	server := start(t, kisitest.Options{})
	if got, err := ask(t, server, server.Key, "GET /sim"); err != nil || got.status != 404 {
		t.Errorf("/sim answers %d, %v on a simulator without control", got.status, err)
	}
}

func TestControlKeys(t *testing.T) {
	server, _, _, _ := controlled(t)
	if did(t, server, "POST /sim/keys/revoke")["revoked"] != 1.0 || statusWith(t, server, server.Key) != 401 {
		t.Error("the revoked key still opens")
	}
	keys := map[string]string{}
	for _, holder := range []string{"owner", "other-owner", "other-organization", "administrator", "observer"} {
		body := did(t, server, fmt.Sprintf(`POST /sim/keys {"for":%q}`, holder))
		keys[holder] = body["key"].(string)
		client, err := kisi.New(kisi.Options{BaseURL: server.URL, Key: keys[holder], Rate: 1000})
		if err != nil {
			t.Fatal(err)
		}
		health, err := client.Health(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", holder, err)
		}
		organization, role := "Riverside Gym", "owner"
		if holder == "other-organization" {
			organization = "Harbour Climbing"
		} else if !strings.Contains(holder, "owner") {
			role = holder
		}
		if health.Organization.Name != organization || health.RoleID != role || (holder == "owner") != (health.User.ID == server.Owner.ID && organization == "Riverside Gym") {
			t.Errorf("%s: %+v", holder, health)
		}
	}
	for holder, key := range keys {
		for _, line := range server.Log() {
			if strings.Contains(line, key) {
				t.Errorf("the key of %s is in the log: %s", holder, line)
			}
		}
	}
	did(t, server, `POST /sim/keys/revoke {"user":"other.owner@gym.example"}`)
	if dead, alive := statusWith(t, server, keys["other-owner"]), statusWith(t, server, keys["owner"]); dead != 401 || alive != 200 {
		t.Errorf("the revoked person's key answers %d, the owner's %d", dead, alive)
	}
	dump, err := server.Dump()
	if err != nil {
		t.Fatal(err)
	}
	again, err := kisitest.Restore(dump, kisitest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Key != keys["owner"] || statusWith(t, again, again.Key) != 200 {
		t.Error("taken up again, the owner's newest key is not the one that is kept")
	}
}

func TestControlRights(t *testing.T) {
	server, _, group, ann := controlled(t)
	given := did(t, server, `POST /sim/rights {"user":"Ann@X.example","group":"All hours"}`)
	if rights := server.Rights(); len(rights) != 2 || rights[1].AssigneeID != ann.ID || rights[1].CreatedByID != server.Owner.ID || rights[1].RoleID != kisi.RoleBasic {
		t.Errorf("%+v", rights)
	}
	if status, body := by(t, server, fmt.Sprintf(`POST /sim/rights {"user":"%d","group":"%d"}`, ann.ID, group.ID)); status != 400 {
		t.Errorf("the same right twice: %d %v", status, body)
	}
	for query, count := range map[string]float64{"": 2, "?group=All%20hours": 1, "?user=owner@gym.example": 1, "?user=ann@x.example": 1} {
		if listed := did(t, server, "GET /sim/rights"+query); listed["count"] != count || len(listed["rights"].([]any)) != int(count) {
			t.Errorf("rights%s: %v", query, listed)
		}
	}
	did(t, server, fmt.Sprintf(`POST /sim/rights/remove {"id":%.0f}`, given["id"]))
	did(t, server, `POST /sim/rights {"user":"ann@x.example","group":"All hours","role":"group_manager","by":"ann@x.example"}`)
	if rights := server.Rights(); len(rights) != 2 || rights[1].RoleID != kisi.RoleManager || rights[1].CreatedByID != ann.ID {
		t.Errorf("%+v", rights)
	}
	did(t, server, `POST /sim/rights/remove {"user":"ann@x.example","group":"All hours"}`)
	if rights := server.Rights(); len(rights) != 1 {
		t.Errorf("%+v", rights)
	}
}

func TestControlPeopleAndGroups(t *testing.T) {
	server, place, group, ann := controlled(t)
	suspended := func() bool {
		for _, user := range server.Users() {
			if user.ID == ann.ID {
				return user.Suspended()
			}
		}
		return false
	}
	did(t, server, "POST /sim/users/ann@x.example/suspend")
	if !suspended() {
		t.Error("not suspended")
	}
	did(t, server, fmt.Sprintf("POST /sim/users/%d/restore", ann.ID))
	if suspended() {
		t.Error("still suspended")
	}
	did(t, server, `POST /sim/rights {"user":"ann@x.example","group":"All hours"}`)
	did(t, server, "POST /sim/groups/All%20hours/delete")
	did(t, server, `POST /sim/groups {"name":"Wall"}`)
	did(t, server, `POST /sim/groups {"name":"Staff","doors":3,"place":0,"app_access":false}`)
	groups := server.Groups()
	if len(groups) != 2 || groups[0].PlaceID != place.ID || groups[0].LocksCount != 1 || !groups[0].LoginEnabled ||
		groups[1].PlaceID != 0 || groups[1].LocksCount != 3 || groups[1].LoginEnabled || groups[0].ID == group.ID {
		t.Errorf("%+v", groups)
	}
	if rights := server.Rights(); len(rights) != 1 {
		t.Errorf("the deleted group's rights are left: %+v", rights)
	}
	if users, groups := did(t, server, "GET /sim/users"), did(t, server, "GET /sim/groups"); users["count"] != 2.0 || groups["count"] != 2.0 {
		t.Errorf("%v, %v", users, groups)
	}
}

func TestControlListsTheWrites(t *testing.T) {
	server, _, _, _ := controlled(t)
	other := did(t, server, `POST /sim/keys {"for":"other-organization"}`)["key"].(string)
	for _, request := range []struct{ key, line string }{
		{server.Key, "GET /users"}, {server.Key, `POST /users {"user":{"email":"bo@x.example"}}`},
		{other, `POST /users {"user":{"email":"nonsense"}}`}, {server.Key, "DELETE /role_assignments/1?x=1"},
	} {
		if _, err := ask(t, server, request.key, request.line); err != nil {
			t.Fatal(err)
		}
	}
	listed := did(t, server, "GET /sim/writes")
	var got []string
	last := ""
	for _, one := range listed["writes"].([]any) {
		row := one.(map[string]any)
		got = append(got, fmt.Sprint(row["method"], " ", row["path"], " ", row["outcome"]))
		last = row["time"].(string)
	}
	if text := strings.Join(got, ", "); text != "POST /users 200, POST /users 422, DELETE /role_assignments/1 404" {
		t.Error(text)
	}
	if since := did(t, server, "GET /sim/writes?since="+last); since["count"] != 1.0 {
		t.Errorf("since %s: %v", last, since)
	}
}

func TestControlFaults(t *testing.T) {
	server, _, _, _ := controlled(t)
	did(t, server, `POST /sim/faults {"on":"kisi:html-502:1"}`)
	if listed := did(t, server, `POST /sim/faults {"on":"search-lag"}`); fmt.Sprint(listed["on"]) != "[html-502:1 search-lag]" {
		t.Errorf("%v", listed["on"])
	}
	if got := statusWith(t, server, server.Key); got != 502 {
		t.Errorf("%d with the fault on", got)
	}
	if listed := did(t, server, `POST /sim/faults {"off":"html-502"}`); fmt.Sprint(listed["on"]) != "[search-lag]" || statusWith(t, server, server.Key) != 200 {
		t.Errorf("%v", listed["on"])
	}
	if listed := did(t, server, `POST /sim/faults {"off":"all"}`); fmt.Sprint(listed["on"]) != "[]" {
		t.Errorf("%v", listed["on"])
	}
}

func TestControlRefusesInSentences(t *testing.T) {
	server, _, _, _ := controlled(t)
	for _, test := range []struct{ line, names string }{
		{`POST /sim/keys {"for":"nobody"}`, `"nobody"`},
		{`POST /sim/keys {"to":"owner"}`, `"to"`},
		{`POST /sim/keys/revoke {"user":"nobody@x.example"}`, `"nobody@x.example"`},
		{`POST /sim/rights {"user":"nobody@x.example","group":"All hours"}`, `"nobody@x.example"`},
		{`POST /sim/rights {"user":"ann@x.example","group":"Roof"}`, `"Roof"`},
		{`POST /sim/rights {"user":"ann@x.example"}`, "group"},
		{`POST /sim/rights {"user":"ann@x.example","group":"All hours","role":"owner"}`, `"owner"`},
		{`POST /sim/rights {"user":"ann@x.example","group":"All hours","by":"ghost"}`, `by: nobody has the id or e-mail "ghost"`},
		{`POST /sim/rights/remove {}`, "id"},
		{`POST /sim/rights/remove {"id":5}`, "id 5"},
		{`POST /sim/rights/remove {"id":"5"}`, `"id" can't be a string; it takes a whole number`},
		{`POST /sim/rights/remove {"user":"ann@x.example","group":"All hours"}`, `"ann@x.example" has 0 rights`},
		{"GET /sim/rights?group=Roof", `"Roof"`},
		{"GET /sim/rights?user=ghost", `"ghost"`},
		{"GET /sim/writes?since=today", `"today"`},
		{"POST /sim/users/ghost/suspend", `"ghost"`},
		{"POST /sim/groups/Roof/delete", `"Roof"`},
		{`POST /sim/groups {"name":" "}`, "name"},
		{`POST /sim/groups {"name":"A","doors":-1}`, "-1"},
		{`POST /sim/groups {"name":"A","place":1}`, "place 1"},
		{`POST /sim/faults {"on":"nonsense"}`, `"nonsense"`},
		{`POST /sim/faults {"on":"throttle:0"}`, `"throttle:0"`},
		{`POST /sim/faults {"off":"slow"}`, `"slow"`},
		{`POST /sim/faults {"on":"slow","off":"slow"}`, `"on"`},
	} {
		status, body := by(t, server, test.line)
		if said, _ := body["error"].(string); status != 400 || !strings.Contains(said, test.names) || !strings.HasSuffix(said, ".") {
			t.Errorf("%s: %d %q, want a sentence with %s", test.line, status, said, test.names)
		}
	}
	if len(server.Rights()) != 1 || len(server.Groups()) != 1 || statusWith(t, server, server.Key) != 200 {
		t.Error("a refused change changed something")
	}
}

// TestControlKnowsOnlyThisMachine: a web page that resolves to loopback, or that posts across origins, gets no key.
func TestControlKnowsOnlyThisMachine(t *testing.T) {
	server, _, _, _ := controlled(t)
	for _, test := range []struct {
		host, origin string
		status       int
	}{{"", "", 200}, {"localhost:1", "", 200}, {"[::1]:1", "", 200}, {"evil.example", "", 403}, {"192.0.2.1:80", "", 403}, {"", "https://evil.example", 403}} {
		request, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/sim/keys", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if test.host != "" {
			request.Host = test.host
		}
		if test.origin != "" {
			request.Header.Set("Origin", test.origin)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != test.status {
			t.Errorf("host %q, origin %q: %d, want %d", test.host, test.origin, response.StatusCode, test.status)
		}
	}
}
