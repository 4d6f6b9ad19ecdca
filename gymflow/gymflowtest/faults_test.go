package gymflowtest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
)

func sourceOf(t *testing.T, s *gymflowtest.Server) *gymflow.HTTP {
	t.Helper()
	source, err := gymflow.NewHTTP(gymflow.HTTPOptions{BaseURL: s.URL, Token: s.Token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(source.Close)
	return source
}

func TestTheSourceReadsTheGymAsItIs(t *testing.T) {
	for _, members := range []int{0, 1, 59, 60, 240, 401} {
		s := start(t, gymflowtest.Options{Members: members, Seed: 7, Now: noon})
		roster, err := sourceOf(t, s).Roster(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		account, memberships, all := s.Gym.Snapshot()
		if members == 0 {
			all = nil
		}
		want := gymflow.Roster{Account: account, Memberships: memberships, Members: all, AsOf: noon(), ReadAt: roster.ReadAt}
		if difference := cmp.Diff(want, roster); difference != "" {
			t.Errorf("%d members: %s", members, difference)
		}
	}
}

func TestMemberAgain(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 10, Seed: 7, Now: noon})
	source := sourceOf(t, s)
	_, _, members := s.Gym.Snapshot()
	if got, err := source.Member(t.Context(), "m_4"); err != nil || cmp.Diff(members[3], got) != "" {
		t.Errorf("%+v, %v", got, err)
	}
	s.Gym.Remove("m_4")
	if _, err := source.Member(t.Context(), "m_4"); !errors.Is(err, gymflow.ErrNotFound) {
		t.Errorf("a member that is gone: %v", err)
	}
}

// TestFaults reads the roster under every fault there is.
func TestFaults(t *testing.T) {
	const members = 401 // three pages
	tests := map[string]struct {
		kind error                              // nil when the read has to succeed
		good func(roster gymflow.Roster) string // what is wrong with it, "" when nothing
	}{
		"unauthorized": {kind: gymflow.ErrUnauthorized}, "forbidden": {kind: gymflow.ErrForbidden},
		"unauthorized-after:2": {kind: gymflow.ErrUnauthorized},
		"server-error":         {}, "slow": {}, "throttle": {}, "limit": {},
		"html-502": {kind: gymflow.ErrUnavailable}, "down": {kind: gymflow.ErrUnavailable},
		"truncated": {kind: gymflow.ErrIncomplete}, "short-page": {kind: gymflow.ErrIncomplete},
		"repeated-page": {kind: gymflow.ErrIncomplete}, "empty-page": {kind: gymflow.ErrIncomplete},
		"cycling": {kind: gymflow.ErrIncomplete}, "lying-total": {kind: gymflow.ErrIncomplete},
		"empty-roster":   {good: counts(0)},
		"half-roster":    {good: counts(members / 2)},
		"unknown-status": {good: oneMember(func(m gymflow.Member) bool { return m.Holdings[0].Status == "on_ice" })},
		"bad-date": {good: oneMember(func(m gymflow.Member) bool {
			return strings.Contains(m.Unreadable, `"2026-02-30"`) && m.ID == "m_1"
		})},
		"clock-ahead": {},
	}
	for _, name := range gymflowtest.Faults() {
		test, known := tests[name]
		if !known {
			t.Errorf("the fault %q has no test", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, gymflowtest.Options{Members: members, Seed: 3, Now: noon})
			source := sourceOf(t, s)
			if err := s.SetFault(name); err != nil {
				t.Fatal(err)
			}
			roster, err := source.Roster(t.Context(), nil)
			if test.kind != nil {
				if !errors.Is(err, test.kind) || len(roster.Members) != 0 {
					t.Fatalf("%d members, %v, want %v", len(roster.Members), err, test.kind)
				}
			} else {
				if err != nil {
					t.Fatal(err)
				}
				good := test.good
				if good == nil {
					good = counts(members)
				}
				if wrong := good(roster); wrong != "" {
					t.Error(wrong)
				}
			}
			if name == "clock-ahead" && (source.Stats().ClockSkew < 9*time.Minute || source.Stats().ClockSkew > 11*time.Minute) {
				t.Errorf("%+v", source.Stats())
			}
			if err := s.SetFault(""); err != nil {
				t.Fatal(err)
			}
			if roster, err := source.Roster(t.Context(), nil); err != nil || counts(members)(roster) != "" {
				t.Errorf("after the fault: %d members, %v", len(roster.Members), err)
			}
		})
	}
	if len(tests) != len(gymflowtest.Faults()) {
		t.Errorf("%d tests for %d faults", len(tests), len(gymflowtest.Faults()))
	}
}

func counts(want int) func(gymflow.Roster) string {
	return func(roster gymflow.Roster) string {
		if len(roster.Members) != want {
			return cmp.Diff(want, len(roster.Members))
		}
		return ""
	}
}

func oneMember(fits func(gymflow.Member) bool) func(gymflow.Roster) string {
	return func(roster gymflow.Roster) string {
		count := 0
		for _, member := range roster.Members {
			if (len(member.Holdings) > 0 || member.Unreadable != "") && fits(member) {
				count++
			}
		}
		if count != 1 {
			return cmp.Diff(1, count)
		}
		return ""
	}
}

func TestFaultsOnASmallGym(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 3})
	source := sourceOf(t, s)
	for _, name := range []string{"short-page", "repeated-page", "empty-page", "cycling", "lying-total"} {
		if err := s.SetFault(name); err != nil {
			t.Fatal(err)
		}
		if _, err := source.Roster(t.Context(), nil); !errors.Is(err, gymflow.ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMemberMissingFromHalfARosterIsStillThere(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 10})
	for _, name := range []string{"half-roster", "empty-roster"} {
		if err := s.SetFault(name); err != nil {
			t.Fatal(err)
		}
		if _, err := sourceOf(t, s).Member(t.Context(), "m_10"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFaultNames(t *testing.T) {
	s := start(t, gymflowtest.Options{})
	for _, name := range []string{"nonsense", "unauthorized-after:", "unauthorized-after:x", "unauthorized-after:-1"} {
		if err := s.SetFault(name); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	if err := s.SetFault("unauthorized-after:0"); err != nil {
		t.Error(err)
	}
	if _, err := sourceOf(t, s).Account(t.Context()); !errors.Is(err, gymflow.ErrUnauthorized) {
		t.Error(err)
	}
}
