package kisi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

func faulty(t *testing.T, server *kisitest.Server, faults ...string) {
	t.Helper()
	for _, fault := range faults {
		if err := server.SetFault(fault); err != nil {
			t.Fatal(err)
		}
	}
}

// No fault may make two users or two rights, lose one that was made, or call ours somebody else's.
func TestWritesHappenOnce(t *testing.T) {
	for _, faults := range [][]string{
		{"reset-before:2"}, {"reset-after:2"}, {"truncated"}, {"server-error"}, {"html-502"}, {"throttle-silent:2"},
		{"reset-after:2", "duplicate-allowed", "search-lag"}, {"reset-after:2", "search-lag"},
	} {
		t.Run(strings.Join(faults, " "), func(t *testing.T) {
			server, client := connect(t, kisitest.Options{})
			group := server.AddGroup(kisi.Group{Name: "All hours"})
			if _, err := client.CurrentUser(t.Context()); err != nil {
				t.Fatal(err)
			}
			faulty(t, server, faults...)
			for i := range 9 {
				email := fmt.Sprintf("m%d@x.example", i)
				user, existed, err := client.CreateUser(t.Context(), kisi.NewUser{Email: email, Metadata: map[string]any{"n": i}})
				if err != nil || existed || user.Email != email {
					t.Fatalf("user %d: %+v, %v, %v", i, user, existed, err)
				}
				right, existed, err := client.CreateRight(t.Context(), group.ID, user.ID)
				if err != nil || existed || right.AssigneeID != user.ID {
					t.Fatalf("right %d: %+v, %v, %v", i, right, existed, err)
				}
			}
			faulty(t, server, "")
			if users := server.Users(); len(users) != 10 {
				t.Errorf("%d users, want 9 and the owner", len(users))
			}
			rights, err := client.GroupRights(t.Context(), group.ID)
			if err != nil || len(rights) != 9 {
				t.Errorf("%d rights, %v, want 9", len(rights), err)
			}
			faulty(t, server, faults...)
			for _, right := range rights {
				if gone, err := client.DeleteRight(t.Context(), right.ID); err != nil || gone {
					t.Errorf("deleting: gone %v, %v", gone, err)
				}
			}
			faulty(t, server, "")
			if rights, err := client.GroupRights(t.Context(), group.ID); err != nil || len(rights) != 0 {
				t.Errorf("%d rights stayed, %v", len(rights), err)
			}
		})
	}
}

func TestWritesThatCannotSucceed(t *testing.T) {
	for fault, kind := range map[string]error{
		"reset-before:1": kisi.ErrUnavailable, "server-error:1": kisi.ErrUnavailable, "html-502:1": kisi.ErrUnavailable,
		"throttle-silent:1": kisi.ErrThrottled, "unauthorized-after:0": kisi.ErrUnauthorized, "forbidden-group": kisi.ErrForbidden,
		"gone-group": kisi.ErrNotFound,
	} {
		server, client := connect(t, kisitest.Options{})
		group := server.AddGroup(kisi.Group{Name: "All hours"})
		faulty(t, server, fault)
		_, _, err := client.CreateRight(t.Context(), group.ID, server.Owner.ID)
		if !errors.Is(err, kind) {
			t.Errorf("%s: got %v", fault, err)
		}
		only := errors.Is(kind, kisi.ErrUnauthorized) || errors.Is(kind, kisi.ErrForbidden) || errors.Is(kind, kisi.ErrNotFound)
		if only && len(server.Log()) != 1 {
			t.Errorf("%s was tried again: %v", fault, server.Log())
		}
		if len(server.Log()) > 60 {
			t.Errorf("%s: %d requests", fault, len(server.Log()))
		}
	}
}

func TestCreateRightFindsWhatIsThere(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	group := server.AddGroup(kisi.Group{Name: "All hours"})
	boss := server.AddUser(kisi.User{Email: "boss@x.example", AccessEnabled: true})
	manager := server.AddRight("Group", group.ID, kisi.RoleManager, "User", boss.ID, 0)
	right, existed, err := client.CreateRight(t.Context(), group.ID, boss.ID)
	if err != nil || !existed || right.ID != manager.ID || right.RoleID != kisi.RoleManager {
		t.Errorf("a manager: %+v, %v, %v", right, existed, err)
	}
	_, _, err = client.CreateRight(t.Context(), group.ID, 424242)
	if !errors.Is(err, kisi.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	// A lost answer beside somebody else's right: ours was refused, theirs is theirs.
	member := server.AddUser(kisi.User{Email: "m@x.example", AccessEnabled: true})
	if _, err := client.CurrentUser(t.Context()); err != nil {
		t.Fatal(err)
	}
	theirs := server.AddRight("Group", group.ID, kisi.RoleBasic, "User", member.ID, boss.ID)
	faulty(t, server, "reset-after:1")
	right, existed, err = client.CreateRight(t.Context(), group.ID, member.ID)
	if err != nil || !existed || right.ID != theirs.ID {
		t.Errorf("another author's: %+v, %v, %v", right, existed, err)
	}
}

func TestCreateUserFindsWhoIsThere(t *testing.T) {
	for _, fault := range []string{"", "search-lag"} {
		server, client := connect(t, kisitest.Options{})
		ann := server.AddUser(kisi.User{Email: "Ann@X.example", AccessEnabled: true})
		faulty(t, server, fault)
		user, existed, err := client.CreateUser(t.Context(), kisi.NewUser{Email: " ann@x.EXAMPLE\n"})
		if err != nil || !existed || user.ID != ann.ID {
			t.Errorf("%s: %+v, %v, %v", fault, user, existed, err)
		}
	}
}

func TestCreateUserRefusals(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	_, _, err := client.CreateUser(t.Context(), kisi.NewUser{Email: "not an address"})
	var failed *kisi.Error
	if !errors.Is(err, kisi.ErrInvalid) || !errors.As(err, &failed) || failed.Fields["email"][0] != "can't be blank or invalid" ||
		err.Error() != "adding a person: Kisi found the request invalid (422): email can't be blank or invalid" {
		t.Errorf("got %v", err)
	}
	if len(server.Log()) != 2 { // the POST and the filter, not a reading of everybody
		t.Errorf("took %v", server.Log())
	}
	if _, _, err := client.CreateUser(t.Context(), kisi.NewUser{Email: " "}); !errors.Is(err, kisi.ErrInvalid) || len(server.Log()) != 2 {
		t.Errorf("an empty e-mail: %v", err)
	}
	if _, _, err := client.CreateUser(t.Context(), kisi.NewUser{Email: "a@x.example", Metadata: map[string]any{"k": strings.Repeat("v", 501)}}); !errors.Is(err, kisi.ErrInvalid) {
		t.Errorf("long metadata: %v", err)
	}
}

func TestUserByEmailWantsTheSameAddress(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	answerWith(server, 200, map[string]string{"X-Collection-Range": "0-99/2"},
		`[{"id":1,"email":"ann@x.example.org","notes":"ann@x.example"},{"id":2,"email":"a.nn@x.example"}]`)
	if user, err := client.UserByEmail(t.Context(), "ann@x.example"); !errors.Is(err, kisi.ErrNotFound) {
		t.Errorf("took somebody else for ann: %+v, %v", user, err)
	}
	if len(server.Log()) != 0 {
		t.Errorf("the wrapped server answered itself: %v", server.Log())
	}
}

func TestManagedAndInvited(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	for _, mails := range []bool{false, true} {
		_, _, err := client.CreateUser(t.Context(), kisi.NewUser{Email: fmt.Sprintf("%v@x.example", mails), SendEmails: mails})
		if err != nil {
			t.Fatal(err)
		}
	}
	if mails := server.Mails(); len(mails) != 1 || mails[0] != "true@x.example" {
		t.Errorf("mailed %v", mails)
	}
	if destroyed := server.Destroyed(); len(destroyed) != 0 {
		t.Errorf("destroyed %v", destroyed)
	}
}
