package kisi_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

// crowd puts so many people with door access into a new group.
func crowd(server *kisitest.Server, people int) kisi.Group {
	group := server.AddGroup(kisi.Group{Name: "All hours"})
	for i := range people {
		user := server.AddUser(kisi.User{Name: fmt.Sprintf("Member %d", i%7), Email: fmt.Sprintf("m%d@x.example", i), AccessEnabled: true})
		server.AddRight("Group", group.ID, kisi.RoleBasic, "User", user.ID, 0)
	}
	return group
}

func TestGroupRightsCostsNoRequestTooMany(t *testing.T) {
	for people, requests := range map[int]int{0: 1, 1: 1, 249: 1, 250: 1, 251: 2, 600: 3} {
		server, client := connect(t, kisitest.Options{})
		group := crowd(server, people)
		// The same number as another kind of assignee, and a group of the same size, must not show.
		server.AddRight("Group", group.ID, kisi.RoleBasic, "Team", 900_001, 0)
		crowd(server, 3)
		rights, err := client.GroupRights(t.Context(), group.ID)
		if err != nil || len(rights) != people {
			t.Errorf("%d rights: got %d, %v", people, len(rights), err)
		}
		if got := len(server.Log()); got != requests || client.Stats().Reads != requests {
			t.Errorf("%d rights took %d requests, counted %d, want %d", people, got, client.Stats().Reads, requests)
		}
		for _, line := range server.Log() {
			if !strings.Contains(line, "limit=250") || !strings.Contains(line, "sort=user.name") {
				t.Errorf("the page size or the order is left to Kisi: %s", line)
			}
		}
	}
}

func TestListsAreReadToTheEnd(t *testing.T) {
	server, client := connect(t, kisitest.Options{Seed: 3})
	for i := range 251 {
		server.AddGroup(kisi.Group{Name: fmt.Sprintf("G%d", i)})
		server.AddPlace(kisi.Place{Name: fmt.Sprintf("P%d", i)})
		server.AddUser(kisi.User{Name: "Same Name", Email: fmt.Sprintf("u%d@x.example", i), AccessEnabled: i%2 == 0})
	}
	groups, err := client.Groups(t.Context())
	if err != nil || len(groups) != 251 {
		t.Errorf("groups: %d, %v", len(groups), err)
	}
	places, err := client.Places(t.Context())
	if err != nil || len(places) != 251 {
		t.Errorf("places: %d, %v", len(places), err)
	}
	var steps []int
	users, err := client.Users(t.Context(), func(read, total int) bool {
		steps = append(steps, read, total)
		return true
	})
	if err != nil || len(users) != 252 || !slices.Equal(steps, []int{100, 252, 200, 252, 252, 252}) {
		t.Errorf("users: %d, %v, progress %v", len(users), err, steps)
	}
	_, err = client.Users(t.Context(), func(int, int) bool { return false })
	if !errors.Is(err, kisi.ErrIncomplete) {
		t.Errorf("a stopped reading passed for complete: %v", err)
	}
}

func TestListFaults(t *testing.T) {
	const people = 251 // three pages of 100, with the owner
	for _, test := range []struct {
		fault    string
		complete bool
		requests int
	}{
		{"short-page:1", true, 3}, // the offset counts what came, so the missing rows are asked for
		{"short-page:3", true, 4},
		{"empty-page:1", true, 5}, // two pages, one of them empty, then all over
		{"repeated-page:1", true, 5},
		{"lying-total:1", true, 5},
		{"lying-total:3", true, 6},
		{"low-total:3", true, 6},
		{"low-total:1", true, 5},
		{"cycling:2", true, 5},
		{"no-range", true, 4},
		{"no-range:2", true, 4}, // once a page told no total, an empty page must confirm the end
		{"short-page", false, -1},
		{"empty-page", false, 6},
		{"repeated-page", false, 6},
		{"cycling", false, 6},
		{"lying-total", false, 12},
		{"low-total", false, 9},
		{"not-a-list", false, 1},
		{"truncated:1", false, 5},
	} {
		t.Run(test.fault, func(t *testing.T) {
			server, client := connect(t, kisitest.Options{})
			for i := range people - 1 {
				server.AddUser(kisi.User{Name: fmt.Sprintf("Member %d", i%7), Email: fmt.Sprintf("m%d@x.example", i)})
			}
			if err := server.SetFault(test.fault); err != nil {
				t.Fatal(err)
			}
			users, err := client.Users(t.Context(), nil)
			switch {
			case test.complete && (err != nil || len(users) != people):
				t.Errorf("got %d people, %v", len(users), err)
			case !test.complete && (!errors.Is(err, kisi.ErrIncomplete) || users != nil):
				t.Errorf("an incomplete list passed: %d people, %v", len(users), err)
			}
			if got := len(server.Log()); test.requests >= 0 && got != test.requests {
				t.Errorf("took %d requests, want %d", got, test.requests)
			}
			if err := server.SetFault(""); err != nil {
				t.Fatal(err)
			}
			if users, err := client.Users(t.Context(), nil); err != nil || len(users) != people {
				t.Errorf("afterwards: %d people, %v", len(users), err)
			}
		})
	}
}

func TestAnEmptyListNeedsATotalOrAConfirmation(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	group := crowd(server, 0)
	if err := server.SetFault("no-range"); err != nil {
		t.Fatal(err)
	}
	rights, err := client.GroupRights(t.Context(), group.ID)
	if err != nil || len(rights) != 0 || len(server.Log()) != 2 {
		t.Errorf("got %d rights, %v, in %d requests", len(rights), err, len(server.Log()))
	}
}

// answerWith makes the simulator answer every request with the same thing.
func answerWith(server *kisitest.Server, status int, header map[string]string, body string) {
	server.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for name, value := range header {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	})
}

func TestListAnswersThatAreNoList(t *testing.T) {
	for name, body := range map[string]string{
		"null": "null", "object": `{"error":"x"}`, "html": "<html>login</html>", "text": `"hello"`, "empty": "",
		"numbers": "[1,2]", "no ids": `[{"name":"x"}]`, "null rows": "[null]", "id as text": `[{"id":"4"}]`,
	} {
		server, client := connect(t, kisitest.Options{})
		answerWith(server, 200, map[string]string{"X-Collection-Range": "0-249/1"}, body)
		if groups, err := client.Groups(t.Context()); !errors.Is(err, kisi.ErrIncomplete) {
			t.Errorf("%s: %v, %v", name, groups, err)
		}
	}
}

func TestAListThatIsTooLongForKisi(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	answerWith(server, 200, map[string]string{"X-Collection-Range": "0-249/30000"}, `[{"id":1,"name":"x"}]`)
	_, err := client.Groups(t.Context())
	if !errors.Is(err, kisi.ErrIncomplete) || !strings.Contains(err.Error(), "30000 entries") {
		t.Errorf("got %v", err)
	}
	if reads := client.Stats().Reads; reads != 1 {
		t.Errorf("%d requests for what can't succeed", reads)
	}
}

func TestAServerThatIgnoresTheFilter(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	answerWith(server, 200, map[string]string{"X-Collection-Range": "0-249/3"}, `[
		{"id":1,"role_id":"group_basic","applies_to_type":"Group","applies_to_id":7,"assignee_type":"User","assignee_id":5,"surprise":{}},
		{"id":2,"role_id":"group_basic","applies_to_type":"Group","applies_to_id":8,"assignee_type":"User","assignee_id":5},
		{"id":3,"role_id":"group_basic","applies_to_type":"Group","applies_to_id":7,"assignee_type":"Team","assignee_id":5}]`)
	rights, err := client.GroupRights(t.Context(), 7)
	if err != nil || len(rights) != 1 || rights[0].ID != 1 {
		t.Errorf("group: %+v, %v", rights, err)
	}
	rights, err = client.UserRights(t.Context(), 5)
	if err != nil || len(rights) != 2 {
		t.Errorf("user: %+v, %v", rights, err)
	}
}
