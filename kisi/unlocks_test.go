package kisi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

// doorWorld is a place with five doors, a group that opens three of them, and a person in it.
func doorWorld(t *testing.T) (*kisitest.Server, *kisi.Client, kisi.Place, kisi.Group, kisi.User) {
	t.Helper()
	server, client := connect(t, kisitest.Options{Seed: 3})
	place := server.AddPlace(kisi.Place{Name: "Dublin HQ", LocksCount: 5})
	group := server.AddGroup(kisi.Group{Name: "All hours", PlaceID: place.ID, LocksCount: 3, LoginEnabled: true})
	ann := server.AddUser(kisi.User{Name: "Ann", Email: "ann@x.example", AccessEnabled: true, ScimEnabled: true})
	return server, client, place, group, ann
}

func lately(userID, placeID int64) kisi.UnlockQuery {
	now := time.Now()
	return kisi.UnlockQuery{UserID: userID, PlaceID: placeID, From: now.AddDate(0, 0, -30), Until: now}
}

func TestDoorsAndTheGroupsThatOpenThem(t *testing.T) {
	server, client, place, group, _ := doorWorld(t)
	other := server.AddPlace(kisi.Place{Name: "Cork", LocksCount: 2})
	server.AddGroup(kisi.Group{Name: "Cork", PlaceID: other.ID, LocksCount: 2})
	staff := server.AddGroup(kisi.Group{Name: "Staff", LocksCount: 5})
	doors, err := client.Locks(t.Context(), place.ID)
	if err != nil || len(doors) != 5 {
		t.Fatalf("%+v, %v", doors, err)
	}
	for _, door := range doors {
		groups, err := client.GroupsOfLock(t.Context(), door.ID)
		want := []int64{group.ID, staff.ID}
		if door.Name == "Pool" || door.Name == "Staff room" {
			want = want[1:]
		}
		var got []int64
		for _, one := range groups {
			got = append(got, one.ID)
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v; %v", door.Name, got, want, err)
		}
	}
}

func TestUnlocksAgreeWithTheRights(t *testing.T) {
	server, client, place, group, ann := doorWorld(t)
	codes := func() (opened int, refused map[string]int) {
		t.Helper()
		unlocks, whole, err := client.Unlocks(t.Context(), lately(ann.ID, place.ID))
		if err != nil || !whole || len(unlocks) == 0 {
			t.Fatalf("%d attempts, %v, %v", len(unlocks), whole, err)
		}
		refused = map[string]int{}
		for i, one := range unlocks {
			if i > 0 && one.At.After(unlocks[i-1].At) {
				t.Errorf("%v stands behind %v", one.At, unlocks[i-1].At)
			}
			if one.Opened != (one.Code == "") || one.Lock == "" || one.With != "Login" {
				t.Errorf("%+v", one)
			}
			if one.Opened {
				opened++
			} else {
				refused[one.Code]++
			}
		}
		return opened, refused
	}
	if opened, refused := codes(); opened != 0 || refused["fcd8ef"] != 2 {
		t.Errorf("without a right %d doors opened; %v", opened, refused)
	}
	server.AddRight("Group", group.ID, kisi.RoleBasic, "User", ann.ID, server.Owner.ID)
	if opened, refused := codes(); opened != 10 || refused["fcd8ef"] != 2 || len(refused) != 1 {
		t.Errorf("with the right %d opened; %v", opened, refused)
	}
	server.SetSuspended(ann.ID, true)
	if opened, refused := codes(); opened != 0 || refused["fcd8ff"] != 12 {
		t.Errorf("suspended, %d opened; %v", opened, refused)
	}
}

func TestManyUnlocksComeByPagesAndOnlyThoseAskedFor(t *testing.T) {
	server, client, place, _, ann := doorWorld(t)
	now := time.Now()
	for i := range 130 {
		server.AddUnlock(ann.ID, place.ID, kisi.Unlock{UUID: fmt.Sprint("u", i), At: now.Add(-time.Minute - time.Duration(i)*time.Hour), Lock: "Side\x1b[2Jdoor", Opened: true})
	}
	server.AddUnlock(ann.ID, place.ID+1, kisi.Unlock{UUID: "elsewhere", At: now, Opened: true})
	server.AddUnlock(ann.ID+1, place.ID, kisi.Unlock{UUID: "somebody", At: now, Opened: true})
	server.AddUnlock(ann.ID, place.ID, kisi.Unlock{UUID: "long ago", At: now.AddDate(0, 0, -31), Opened: true})
	unlocks, whole, err := client.Unlocks(t.Context(), lately(ann.ID, place.ID))
	if err != nil || !whole || len(unlocks) != 132 {
		t.Fatalf("%d attempts, %v, %v", len(unlocks), whole, err)
	}
	for _, one := range unlocks {
		if one.UUID == "elsewhere" || one.UUID == "somebody" || one.UUID == "long ago" || strings.Contains(one.Lock, "\x1b") {
			t.Errorf("%+v", one)
		}
	}
	log := strings.Join(server.Log(), "\n")
	if strings.Count(log, "POST /event_sets 200") != 1 || strings.Count(log, "GET /event_sets/") != 4 {
		t.Errorf("asked as follows:\n%s", log)
	}
	if stats := client.Stats(); stats.Writes != 1 {
		t.Errorf("%+v", stats)
	}
}

func TestRefusedUnlockReadings(t *testing.T) {
	server, _, place, _, ann := doorWorld(t)
	people := server.AddUser(kisi.User{Name: "Una", Email: "una@x.example", AccessEnabled: true, ScimEnabled: true})
	client := clientFor(t, server, server.AddKey(people, "user_manager", "api"))
	if _, err := client.Groups(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Unlocks(t.Context(), lately(ann.ID, place.ID)); !errors.Is(err, kisi.ErrForbidden) {
		t.Errorf("a key that may not read events: %v", err)
	}
	owner := clientFor(t, server, server.Key)
	wide := lately(ann.ID, place.ID)
	wide.From = wide.Until.AddDate(0, 0, -91)
	if _, _, err := owner.Unlocks(t.Context(), wide); !errors.Is(err, kisi.ErrInvalid) {
		t.Errorf("91 days: %v", err)
	}
}

// TestBadEventSets answers the look at a set (and its making) in the ways that a service may.
func TestBadEventSets(t *testing.T) {
	for name, scene := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"bad request": {400, `{"error":"no","code":"000400"}`, kisi.ErrInvalid},
		"key dead":    {401, `{"error":"no","code":"afc516"}`, kisi.ErrUnauthorized},
		"forbidden":   {403, `{"error":"no","code":"afc496"}`, kisi.ErrForbidden},
		"gone":        {404, `{"error":"no","code":"000404"}`, kisi.ErrNotFound},
		"invalid":     {422, `{"errors":{"interval":["is invalid"]}}`, kisi.ErrInvalid},
		"overloaded":  {503, `{"error":"no","code":"000503"}`, kisi.ErrUnavailable},
		"failed":      {200, `{"id":9,"status":"failed"}`, kisi.ErrUnavailable},
		"odd status":  {200, `{"id":9,"status":"perhaps"}`, kisi.ErrNotKisi},
		"another set": {200, `{"id":8,"status":"finished"}`, kisi.ErrNotKisi},
		"no time":     {200, `{"id":9,"status":"finished","events":[{"type":"lock.unlock"}]}`, kisi.ErrNotKisi},
		"no end":      {200, `{"id":9,"status":"finished","events":[],"cursor":"same"}`, kisi.ErrIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			made := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					made++
					fmt.Fprint(w, `{"id":9,"status":"in_progress"}`)
					return
				}
				w.WriteHeader(scene.status)
				fmt.Fprint(w, scene.body)
			}))
			defer server.Close()
			client, err := kisi.New(kisi.Options{BaseURL: server.URL, Key: "key", Rate: 10_000, RetryPause: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if _, _, err := client.Unlocks(t.Context(), lately(1, 2)); !errors.Is(err, scene.want) {
				t.Errorf("%v, want %v", err, scene.want)
			}
			if want := 1; name == "gone" && made != 2 || name != "gone" && made != want {
				t.Errorf("%d sets were made", made)
			}
		})
	}
}

func TestWaitingForASetCanBeEnded(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"id":9,"status":"in_progress"}`)
		if r.Method == http.MethodGet {
			stop()
		}
	}))
	defer server.Close()
	client, err := kisi.New(kisi.Options{BaseURL: server.URL, Key: "key", Rate: 10_000, RetryPause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, _, err := client.Unlocks(ctx, lately(1, 2)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestRefusalWords(t *testing.T) {
	for _, code := range kisi.RefusalCodes() {
		told := kisi.RefusalOf(code, "ignored")
		if !strings.HasSuffix(told.Why, ".") || !strings.HasSuffix(told.Mends, ".") || strings.Contains(told.Why+told.Mends, code) {
			t.Errorf("%s: %+v", code, told)
		}
	}
	// kisi-api.md section 13 names these.
	for _, code := range strings.Fields("fcd8ff fcd8ef afc496 f358de f35ade f398de f298bf 34ffaa a3995f bbb99f a3799f bb4faa bb5bff 34bd8f f01337 bbc93f " +
		"fad002 fad001 faa9ff fac001 fac002 fac003 fac004 ff420a fad108") {
		if kisi.RefusalOf(code, "").Mends == "" {
			t.Errorf("%s has no words", code)
		}
	}
	if told := kisi.RefusalOf("abc123", "Door is shy."); told.Why != "Kisi says: Door is shy. (code abc123)" || told.Mends != "" {
		t.Errorf("%+v", told)
	}
}
