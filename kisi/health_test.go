package kisi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

// refuse answers 403 on some paths and leaves the rest to the simulator.
func refuse(server *kisitest.Server, paths ...string) {
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, path := range paths {
				if r.URL.Path == path {
					w.WriteHeader(http.StatusForbidden)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	})
}

func TestHealthOfEveryRole(t *testing.T) {
	for _, test := range []struct {
		role        string
		read, write bool
		hidden      []string // paths that this key may not read
	}{
		{"owner", true, true, nil},
		{"administrator", true, true, nil},
		{"manager", true, true, nil},
		{"user_manager", true, true, nil},
		{"observer", true, false, nil},
		{"basic", false, false, nil},
		{"", false, true, nil}, // nothing says that it may not write; it can't read the groups, which is enough to refuse it
		{"user_manager", true, true, []string{"/login", "/organization", "/roles"}},
		{"observer", true, false, []string{"/roles"}},
		{"observer", true, true, []string{"/roles", "/role_assignments"}}, // what it is stayed unknown
		{"basic", false, false, []string{"/roles", "/login"}},
	} {
		server, err := kisitest.Start(kisitest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		key := server.AddKey(kisi.User{Name: "Kim", Email: "kim@x.example"}, test.role, "device")
		if test.role == "owner" {
			key = server.Key
		}
		refuse(server, test.hidden...)
		client := clientFor(t, server, key)
		health, err := client.Health(t.Context())
		if err != nil || health.CanRead != test.read || health.CanWrite != test.write || health.Owner != (test.role == "owner") {
			t.Errorf("%q without %v: %+v, %v", test.role, test.hidden, health, err)
		}
		if health.Organization.ID == 0 || health.User.Email == "" {
			t.Errorf("%q: whose key it is stayed unknown: %+v", test.role, health)
		}
		if len(test.hidden) == 0 && (health.RoleID != test.role || (health.Login.Type != "device") != (test.role == "owner")) {
			t.Errorf("%q: %+v", test.role, health)
		}
		client.Close()
		server.Close()
	}
}

func TestHealthOfADeadKey(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	server.RevokeKey(server.Key)
	_, err := client.Health(t.Context())
	if !errors.Is(err, kisi.ErrUnauthorized) || len(server.Log()) != 1 ||
		err.Error() != "checking the key: Kisi refused the key (401): Wrong email address or password" {
		t.Errorf("got %v after %v", err, server.Log())
	}
}

func TestTheOwnerIsFoundWithoutARole(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	refuse(server, "/role_assignments", "/roles")
	health, err := client.Health(t.Context())
	if err != nil || !health.Owner || !health.CanWrite || health.RoleID != "" {
		t.Errorf("%+v, %v", health, err)
	}
}

func TestAKeyDiesWithItsMakersRights(t *testing.T) {
	server, _ := connect(t, kisitest.Options{})
	key := server.AddKey(kisi.User{Email: "admin@x.example"}, "administrator", "api")
	client := clientFor(t, server, key)
	if _, err := client.Groups(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, right := range server.Rights() {
		if right.RoleID == "administrator" {
			server.RemoveRight(right.ID)
		}
	}
	if _, err := client.Groups(t.Context()); !errors.Is(err, kisi.ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
}

func TestLeanAndOddAnswersAreRead(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	answerWith(server, 200, map[string]string{"X-Collection-Range": "0-99/1"},
		`[{"id":9007199254740993,"name":null,"email":null,"metadata":null,"access_enabled":null,"new":[1]}]`)
	users, err := client.Users(t.Context(), nil)
	if err != nil || users[0].ID != 9007199254740993 || users[0].Suspended() {
		t.Errorf("users: %+v, %v", users, err)
	}
	answerWith(server, 200, nil, `[{"id":"x","permissions":{"users_read":true,"limit":5,"none":null}},{"id":"y","permissions":null}]`)
	roles, err := client.Roles(t.Context())
	if err != nil || len(roles) != 2 || len(roles[0].Permissions) != 1 || !roles[0].Permissions["users_read"] {
		t.Errorf("roles: %+v, %v", roles, err)
	}
	// The deprecated form of a right (kisi-api.md trap 6).
	answerWith(server, 200, nil, `{"id":3,"role_id":"group_basic","user_id":5,"group_id":7,"user":{"id":5,"email":"a@x.example","name":"Ann"},
		"assignee_type":null,"valid_until":"2026-01-02T03:04:05Z","created_at":"yesterday"}`)
	right, err := client.Right(t.Context(), 3)
	if err != nil || right.AppliesToType != "Group" || right.AppliesToID != 7 || right.AssigneeType != "User" || right.AssigneeID != 5 ||
		right.AssigneeEmail != "a@x.example" || right.AssigneeName != "Ann" || right.ValidUntil == nil || right.ValidFrom != nil {
		t.Errorf("right: %+v, %v", right, err)
	}
	if _, err := client.Right(t.Context(), 4); !errors.Is(err, kisi.ErrNotKisi) {
		t.Errorf("another right's answer was believed: %v", err)
	}
}

// Other rooms embed and store these types; a decoder of their own would swallow the fields beside them.
func TestEmbeddedTypesKeepTheirNeighbours(t *testing.T) {
	type kept struct {
		kisi.User

		Notes string
	}
	before := kept{User: kisi.User{ID: 3, Email: "a@x.example"}, Notes: "mind the dog"}
	written, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	var after kept
	if err := json.Unmarshal(written, &after); err != nil || after.Notes != before.Notes || !after.Suspended() {
		t.Errorf("%s became %+v, %v", written, after, err)
	}
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	server.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			block := []byte(strings.Repeat(" ", 1<<20))
			for range 40 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		})
	})
	if _, err := client.CurrentUser(t.Context()); !errors.Is(err, kisi.ErrNotKisi) {
		t.Errorf("got %v", err)
	}
}
