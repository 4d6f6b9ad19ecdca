package kisitest_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

func TestUnknownFaults(t *testing.T) {
	server := start(t, kisitest.Options{})
	for _, name := range []string{"nonsense", "throttle:x", "throttle:0", "slow:3", "throttle:-1", ":3"} {
		if err := server.SetFault(name); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	for _, name := range kisitest.Faults() {
		if err := server.SetFault(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := server.SetFault(""); err != nil {
		t.Error(err)
	}
	if got, err := ask(t, server, server.Key, "GET /user"); err != nil || got.status != 200 {
		t.Errorf("faults stayed on: %d, %v", got.status, err)
	}
}

// outcomes repeats a request and notes the statuses, 0 for a connection that was cut.
func outcomes(t *testing.T, server *kisitest.Server, times int, line string) string {
	t.Helper()
	var all []string
	for i := range times {
		sent := line
		if strings.Contains(line, "%d") {
			sent = fmt.Sprintf(line, i)
		}
		got, err := ask(t, server, server.Key, sent)
		if err != nil {
			got.status = 0
		}
		all = append(all, fmt.Sprint(got.status))
	}
	return strings.Join(all, " ")
}

func TestFaultsStrikeInTheirTurn(t *testing.T) {
	const read, write = "GET /user", `POST /users {"user":{"email":"u%d@x.example"}}`
	for _, test := range []struct{ fault, line, want string }{
		{"throttle", read, "200 200 200 200 429 200 200"},
		{"throttle-silent:2", read, "200 429 200 429 200 429 200"},
		{"server-error", read, "200 200 200 200 200 200 500"},
		{"html-502:3", read, "200 200 502 200 200 502 200"},
		{"reset-before", write, "200 200 200 200 200 0 200"},
		{"reset-after", write, "200 200 200 200 200 0 200"},
		{"reset-before:1", read, "200 200 200 200 200 200 200"},
		{"unauthorized-after:3", read, "200 200 200 401 401 401 401"},
		{"unauthorized-after", read, "401 401 401 401 401 401 401"},
	} {
		server := start(t, kisitest.Options{})
		if err := server.SetFault(test.fault); err != nil {
			t.Fatal(err)
		}
		if got := outcomes(t, server, 7, test.line); got != test.want {
			t.Errorf("%s: %s, want %s", test.fault, got, test.want)
		}
		people := map[string]int{"reset-before": 7, "reset-after": 8}[test.fault]
		if people != 0 && len(server.Users()) != people {
			t.Errorf("%s: %d people, want %d", test.fault, len(server.Users()), people)
		}
	}
}

func TestFaultsOfGroupsAndRights(t *testing.T) {
	server := start(t, kisitest.Options{})
	low, high := server.AddGroup(kisi.Group{Name: "A"}), server.AddGroup(kisi.Group{Name: "B"})
	rights := map[int64]int64{}
	for _, group := range []int64{low.ID, high.ID} {
		rights[group] = server.AddRight("Group", group, kisi.RoleBasic, "User", server.Owner.ID, 0).ID
	}
	for _, test := range []struct {
		fault, line string
		status      int
		bounds      string
	}{
		{"forbidden-group", "GET /role_assignments?applies_to_type=Group&applies_to_id=LOW", 403, ""},
		{"forbidden-group", "GET /role_assignments?applies_to_type=Group&applies_to_id=HIGH", 200, "0-9/1"},
		{"forbidden-group", "DELETE /role_assignments/LOWRIGHT", 403, ""},
		{"forbidden-group", `POST /role_assignments {"role_assignment":{"role_id":"group_basic","user_id":1,"group_id":LOW}}`, 403, ""},
		{"gone-group", "GET /groups/LOW", 404, ""},
		{"gone-group", "GET /groups", 200, "0-9/1"},
		{"gone-group", "GET /role_assignments?applies_to_type=Group&applies_to_id=LOW", 200, "*/0"},
		{"gone-group", "GET /role_assignments/LOWRIGHT", 404, ""},
		{"gone-group", "DELETE /role_assignments/LOWRIGHT", 404, ""},
		{"lost-list", "GET /role_assignments?applies_to_type=Group&applies_to_id=HIGH", 200, "*/0"},
		{"lost-list", "GET /role_assignments/LOWRIGHT", 200, ""},
		{"search-lag", "GET /users?email=owner@gym.example", 200, "*/0"},
		{"search-lag", "GET /users?query=owner", 200, "*/0"},
		{"search-lag", "GET /users", 200, "0-49/1"},
		{"no-range", "GET /users", 200, ""},
		{"lying-total", "GET /users", 200, "0-49/4"},
		{"duplicate-allowed", `POST /role_assignments {"role_assignment":{"role_id":"group_basic","user_id":OWNER,"group_id":HIGH}}`, 200, ""},
	} {
		if err := server.SetFault(test.fault); err != nil {
			t.Fatal(err)
		}
		line := strings.NewReplacer("LOWRIGHT", fmt.Sprint(rights[low.ID]), "LOW", fmt.Sprint(low.ID), "HIGH", fmt.Sprint(high.ID),
			"OWNER", fmt.Sprint(server.Owner.ID)).Replace(test.line)
		got, err := ask(t, server, server.Key, line)
		if err != nil || got.status != test.status || got.header.Get("X-Collection-Range") != test.bounds {
			t.Errorf("%s: %s: %d %q, %v", test.fault, line, got.status, got.header.Get("X-Collection-Range"), err)
		}
		if err := server.SetFault(""); err != nil {
			t.Fatal(err)
		}
	}
	if len(server.Rights()) != 4 { // the owner's role, the two of the start and the copy
		t.Errorf("rights: %+v", server.Rights())
	}
}

func TestTheClockAhead(t *testing.T) {
	server := start(t, kisitest.Options{})
	for fault, minutes := range map[string]float64{"": 0, "clock-ahead": 10} {
		if err := server.SetFault(fault); err != nil {
			t.Fatal(err)
		}
		got, err := ask(t, server, server.Key, "GET /user")
		if err != nil {
			t.Fatal(err)
		}
		date, err := http.ParseTime(got.header.Get("Date"))
		if err != nil || math.Abs(time.Until(date).Minutes()-minutes) > 0.5 {
			t.Errorf("%q: the Date is %v away, %v", fault, time.Until(date), err)
		}
	}
}
