package access

import (
	"fmt"
	"testing"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// bigGym has every kind of member, in twenty groups; four of five already have their right.
func bigGym(b *testing.B, size int) State {
	b.Helper()
	state := newState(b)
	const groups = 20
	state.Rules.Associations = nil
	state.Roster.Memberships = nil
	for g := range groups {
		id := fmt.Sprintf("ms_%d", g)
		state.Roster.Memberships = append(state.Roster.Memberships, gymflow.Membership{ID: id, Name: "Membership " + id})
		state.Rules.Associations = append(state.Rules.Associations, Association{id, "Membership " + id, int64(g + 1), "Group " + id})
	}
	statuses := []gymflow.Status{gymflow.Active, gymflow.Active, gymflow.Active, gymflow.Active, gymflow.Cancelling, gymflow.Paused, gymflow.Overdue, gymflow.Pending, gymflow.Expired}
	for i := range size {
		h := holding(fmt.Sprintf("ms_%d", i%groups), statuses[i%len(statuses)])
		h.StartsOn, h.EndsOn = november(1+i%28).AddDays(-400), november(1+i%28)
		h.ResumesOn = november(1 + i%25)
		email := fmt.Sprintf("Member%d@example.com", i)
		id := fmt.Sprintf("m%d", i)
		state.Roster.Members = append(state.Roster.Members, member(id, email, h, holding("ms_old", gymflow.Expired)))
		user := int64(10_000 + i)
		state.Users[user] = kisi.User{ID: user, Email: email, AccessEnabled: true}
		if i%5 != 0 {
			state = withOurs(state, int64(100_000+i), int64(i%groups+1), user, id, email)
		}
	}
	return decided(state)
}

func sizes(b *testing.B, run func(b *testing.B, state State)) {
	for _, size := range []int{5_000, 20_000} {
		b.Run(fmt.Sprintf("members=%d", size), func(b *testing.B) {
			state := bigGym(b, size)
			b.ReportAllocs()
			b.ResetTimer()
			run(b, state)
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	sizes(b, func(b *testing.B, state State) {
		for b.Loop() {
			Decide(state.Now, state.Roster, state.Rules)
		}
	})
}

func BenchmarkMakePlan(b *testing.B) {
	sizes(b, func(b *testing.B, state State) {
		for b.Loop() {
			MakePlan(state)
		}
	})
}

func BenchmarkRows(b *testing.B) {
	sizes(b, func(b *testing.B, state State) {
		plan := MakePlan(state)
		for b.Loop() {
			Rows(state, plan, Outcome{})
		}
	})
}
