package setup_test

import (
	"testing"

	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/ui/setup"
)

func TestOpensForCountsEachMemberOnce(t *testing.T) {
	choices := &reconcile.Choices{
		Groups: []kisi.Group{{ID: 1, LocksCount: 4}, {ID: 2, LocksCount: 2}, {ID: 3}},
		Opening: []reconcile.OpeningTogether{
			{Memberships: []string{"a"}, Members: 80}, {Memberships: []string{"a", "b"}, Members: 15}, {Memberships: []string{"b"}, Members: 1},
			{Memberships: []string{"c"}, Members: 4},
		},
	}
	for _, c := range []struct {
		want   string
		groups map[string]int64
	}{
		{"opens no doors yet", nil},
		{"opens no doors yet", map[string]int64{"a": 0}},
		{"opens doors for 95 members today", map[string]int64{"a": 1}},
		{"opens doors for 96 members today", map[string]int64{"a": 1, "b": 2}},
		{"opens doors for 16 members today", map[string]int64{"a": 0, "b": 1}},
		{"opens doors for 95 members today, puts 5 in a group without doors", map[string]int64{"a": 1, "b": 3, "c": 3}},
		{"opens doors for 0 members today, puts 4 in a group without doors", map[string]int64{"c": 3}},
		{"opens doors for 0 members today", map[string]int64{"gone": 1}},
	} {
		if got := setup.OpensFor(choices, c.groups); got != c.want {
			t.Errorf("%v: %q, want %q", c.groups, got, c.want)
		}
	}
}
