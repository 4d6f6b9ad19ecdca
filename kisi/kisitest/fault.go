package kisitest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The three readings of N in "name:N".
const (
	everyNth = iota // on each Nth matching request; retries in between succeed
	onlyNth         // on the Nth matching request alone, counted from when it was switched on; without N on all
	afterN          // on all after the first N requests
	always          // takes no N
)

type faultKind struct {
	name  string
	mode  int
	usual int // N when none is given
}

type activeFault struct {
	name string // as it was given, with its number
	mode int
	n    int
	hits int
}

// faultKinds is a function and not a variable: the package keeps no state.
func faultKinds() []faultKind {
	return []faultKind{
		{"throttle", everyNth, 5},         // 429 with Retry-After: 1
		{"throttle-silent", everyNth, 5},  // 429 without
		{"limit", always, 0},              // Kisi's own 5 requests a second and user
		{"server-error", everyNth, 7},     // 500
		{"html-502", everyNth, 7},         // a proxy's page
		{"reset-before", everyNth, 6},     // writes: the connection is cut, nothing happened
		{"reset-after", everyNth, 6},      // writes: it happened, then the connection is cut
		{"truncated", everyNth, 5},        // answers with a body: JSON cut in half, it happened
		{"short-page", onlyNth, 0},        // lists: the last rows are missing, the total counts them
		{"repeated-page", onlyNth, 0},     // lists from the second page on: the page before once more
		{"empty-page", onlyNth, 0},        // lists: no rows, the total counts them (the second page, or the only one)
		{"lying-total", onlyNth, 0},       // lists: the total is 3 too high
		{"low-total", onlyNth, 0},         // lists: the total is 1 too low
		{"cycling", onlyNth, 0},           // lists: the first page for ever
		{"not-a-list", onlyNth, 0},        // lists: an object in place of the array
		{"slow", always, 0},               // 300 ms each
		{"unauthorized-after", afterN, 0}, // 401 after N good requests
		{"forbidden-group", always, 0},    // 403 on the group with the lowest id
		{"gone-group", always, 0},         // the group with the lowest id is not there, its rights neither
		{"lost-list", always, 0},          // rights of any group: an empty list, total 0
		{"search-lag", always, 0},         // email= and query= of users find nobody
		{"clock-ahead", always, 0},        // Date is 10 minutes ahead
		{"duplicate-allowed", always, 0},  // the same right twice makes a second row
		{"no-range", onlyNth, 0},          // lists: X-Collection-Range is missing
	}
}

// Faults lists the names that SetFault takes.
func Faults() []string {
	var names []string
	for _, kind := range faultKinds() {
		names = append(names, kind.name)
	}
	return names
}

// SetFault switches a named fault on, beside those that are on ("" switches all off); an unknown name is
// an error. "name:N" sets N, counted from now: throttle, throttle-silent, server-error, html-502,
// reset-before, reset-after and truncated strike each Nth matching request (1 means all, so that no retry
// helps); short-page, repeated-page, empty-page, lying-total, low-total, cycling, not-a-list and no-range
// strike the Nth matching list alone, all of them without N; unauthorized-after strikes after N requests.
func (s *Server) SetFault(name string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if name == "" {
		clear(s.faults)
		return nil
	}
	base, number, numbered := strings.Cut(name, ":")
	kinds := faultKinds()
	at := slices.IndexFunc(kinds, func(kind faultKind) bool { return kind.name == base })
	if at < 0 {
		return fmt.Errorf("there is no fault %q; there are %s", base, strings.Join(Faults(), ", "))
	}
	fault := &activeFault{name: name, mode: kinds[at].mode, n: kinds[at].usual}
	if numbered {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || fault.mode == always || (n == 0 && fault.mode != afterN) {
			return fmt.Errorf("the fault %q takes no number %q", base, number)
		}
		fault.n = n
	}
	s.faults[base] = fault
	return nil
}

// ClearFault switches one fault off, by its name with or without a number; one that is not on is an error.
func (s *Server) ClearFault(name string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	base, _, _ := strings.Cut(name, ":")
	if _, on := s.faults[base]; !on {
		return fmt.Errorf("the fault %q is not on", base)
	}
	delete(s.faults, base)
	return nil
}

// strikes counts a matching request and says whether the fault hits it.
func (s *Server) strikes(name string) bool {
	fault, on := s.faults[name]
	if !on {
		return false
	}
	fault.hits++
	switch fault.mode {
	case everyNth:
		return fault.hits%fault.n == 0
	case onlyNth:
		return fault.n == 0 || fault.hits == fault.n
	case afterN:
		return fault.hits > fault.n
	default:
		return true
	}
}

// lowestGroup is the group that forbidden-group and gone-group hit; 0 when there is none.
func (s *Server) lowestGroup() int64 {
	var lowest int64
	for id := range s.state.groups {
		if lowest == 0 || id < lowest {
			lowest = id
		}
	}
	return lowest
}

func (s *Server) forbidden(groupID int64) bool {
	return groupID != 0 && s.strikes("forbidden-group") && groupID == s.lowestGroup()
}

// gone reports that a group is not there (any more).
func (s *Server) gone(groupID int64) bool {
	if _, known := s.state.groups[groupID]; !known {
		return true
	}
	return s.strikes("gone-group") && groupID == s.lowestGroup()
}
