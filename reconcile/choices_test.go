package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kisiflow/access"
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
