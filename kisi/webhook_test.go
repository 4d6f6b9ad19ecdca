package kisi

import (
	"errors"
	"strings"
	"testing"
)

func TestParseEvent(t *testing.T) {
	sample := `{"uuid":"u-1","actor_type":"User","actor_id":1,"actor_name":"A","object_type":"Lock","object_id":7,"object_name":"Door","organization_id":1,` +
		`"place_id":1,"success":true,"type":"lock.unlock","error_code":null,"error_message":null,"created_at":"2022-10-06T13:49:35Z"}` // kisi-api.md section 10
	for body, want := range map[string]Event{
		sample: {"u-1", "lock.unlock", "User", 1, "Lock", 7},
		`{"type":"user.update","object_type":"User","object_id":9}`:                                 {"", "user.update", "", 0, "User", 9},
		`{"type":"role_assignment.create","actor_id":null,"object_id":5,"object_type":null,"x":{}}`: {"", "role_assignment.create", "", 0, "", 5},
	} {
		if got, err := ParseEvent([]byte(body)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"type":1}`, `{"type":"x"} {}`, `{"type":"user.update","object_id":"9"}`, `{"type":"` + strings.Repeat("x", 300) + `"}`, `{"type":"x"`} {
		if got, err := ParseEvent([]byte(body)); !errors.Is(err, ErrMalformedEvent) {
			t.Errorf("%.80s: %+v, %v", body, got, err)
		}
	}
}

func TestWhomAnEventIsAbout(t *testing.T) {
	for _, scene := range []struct {
		event       Event
		user, right int64
		changes     bool
	}{
		{Event{Type: "user.update", ObjectType: "User", ObjectID: 9}, 9, 0, true},
		{Event{Type: "user.destroy", ObjectID: 9}, 9, 0, true},
		{Event{Type: "member.update", ObjectType: "Member", ObjectID: 9}, 0, 0, true}, // not a user's id
		{Event{Type: "role_assignment.destroy", ObjectType: "RoleAssignment", ObjectID: 5}, 0, 5, true},
		{Event{Type: "group.update", ObjectType: "Group", ObjectID: 3}, 0, 0, true},
		{Event{Type: "lock.unlock", ObjectType: "Lock", ObjectID: 3, ActorID: 9}, 0, 0, false},
	} {
		if scene.event.UserID() != scene.user || scene.event.RightID() != scene.right || scene.event.ChangesAccess() != scene.changes {
			t.Errorf("%+v: %d %d %v", scene.event, scene.event.UserID(), scene.event.RightID(), scene.event.ChangesAccess())
		}
	}
}

func TestVerifyEvent(t *testing.T) {
	body := []byte(`{"type":"user.update"}`)
	sound := SignEvent("key", body)
	bare := strings.TrimPrefix(sound, "sha256=")
	for _, right := range []string{sound, bare, " " + bare + " ", strings.ToUpper(bare)} {
		if !VerifyEvent("key", body, right) {
			t.Errorf("%q is refused", right)
		}
	}
	for _, wrong := range []string{"", "sha256=", bare[2:], "sha1=" + bare, SignEvent("other", body), SignEvent("key", body[1:])} {
		if VerifyEvent("key", body, wrong) {
			t.Errorf("%q is taken", wrong)
		}
	}
	if VerifyEvent("", body, SignEvent("", body)) {
		t.Error("without a key everybody could sign")
	}
}

func FuzzParseEvent(f *testing.F) {
	for _, seed := range []string{`{"type":"user.update","object_type":"User","object_id":9,"uuid":"u"}`, `{"type":"lock.unlock"}`, `{"object_id":1e99}`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := ParseEvent(body)
		if err == nil && event.Type == "" || err != nil && event != (Event{}) || event.UserID() != 0 && event.RightID() != 0 && event.ObjectType != "User" {
			t.Errorf("%q gives %+v, %v", body, event, err)
		}
	})
}

func FuzzVerifyEvent(f *testing.F) {
	f.Add([]byte("body"), "sha256=00")
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		if VerifyEvent("a key nobody knows", body, signature) {
			t.Errorf("%q is taken for %q", signature, body)
		}
	})
}
