package reconcile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kisiflow/access"
	"kisiflow/gymflow"
)

// TestEachMemberOpensOnce: who holds two memberships stands in one set, and in no other.
func TestEachMemberOpensOnce(t *testing.T) {
	holding := func(ids ...string) access.Decision {
		var decision access.Decision
		for _, id := range ids {
			decision.Entitled = append(decision.Entitled, access.Entitlement{MembershipID: id})
		}
		return decision
	}
	got := openingTogether(map[string]access.Decision{
		"1": holding("b"), "2": holding("a", "b"), "3": holding(), "4": holding("b", "a"), "5": holding("a"), "6": holding("b"), "7": holding("b", "b"),
	})
	want := []OpeningTogether{{[]string{"a"}, 1}, {[]string{"a", "b"}, 2}, {[]string{"b"}, 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestWhoHasNoEmailOpensNothing: Kisi can't know them, so the plan gives them nothing, and the choices promise nothing. They
// hold the membership all the same.
func TestWhoHasNoEmailOpensNothing(t *testing.T) {
	active := []gymflow.Holding{{ID: "h", MembershipID: "m", Status: gymflow.Active}}
	facts, together := countHoldings(time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC), gymflow.Roster{
		Memberships: []gymflow.Membership{{ID: "m", Name: "Unlimited"}},
		Members:     []gymflow.Member{{ID: "1", Email: "ann@example.org", Holdings: active}, {ID: "2", Holdings: active}, {ID: "3", Email: " ", Holdings: active}},
	}, time.UTC)
	if len(facts) != 1 || facts[0].Members != 3 || facts[0].Opening != 1 {
		t.Errorf("facts %+v, want 3 members, 1 of whom would get in", facts)
	}
	if diff := cmp.Diff([]OpeningTogether{{[]string{"m"}, 1}}, together); diff != "" {
		t.Error(diff)
	}
}
