package gymflowtest

import (
	"math/rand/v2"

	"kisiflow/gymflow"
)

const clubID = "club_1"

// The ids of what Riverside Gym sells.
const (
	UnlimitedMonthly = "ms_1"
	OffPeak          = "ms_2"
	StudentMonthly   = "ms_3"
	TenDayTrial      = "ms_4"
	SixMonthPass     = "ms_5"
	DayPass          = "ms_6"
	OnlineCoaching   = "ms_7" // the one that a gym would not give door access
)

// offered is the price list.
func offered() []gymflow.Membership {
	return []gymflow.Membership{
		{ID: UnlimitedMonthly, Name: "Unlimited Monthly", Kind: gymflow.Recurring, ClubID: clubID},
		{ID: OffPeak, Name: "Off-peak", Kind: gymflow.Recurring, ClubID: clubID},
		{ID: StudentMonthly, Name: "Student Monthly", Kind: gymflow.Recurring, ClubID: clubID},
		{ID: TenDayTrial, Name: "10-Day Trial", Kind: gymflow.Trial, ClubID: clubID},
		{ID: SixMonthPass, Name: "6 Month Pass", Kind: gymflow.PrePaid, ClubID: clubID},
		{ID: DayPass, Name: "Day Pass", Kind: gymflow.PrePaid, ClubID: clubID},
		{ID: OnlineCoaching, Name: "Online Coaching", Kind: gymflow.Recurring, ClubID: clubID},
	}
}

// length is how many days a bought period has, its last day included; 0 for what runs on.
func length(membershipID string) int {
	switch membershipID {
	case TenDayTrial:
		return 10
	case SixMonthPass:
		return 182
	case DayPass:
		return 1
	}
	return 0
}

// soldWith picks a membership as often as members buy it.
func soldWith(random *rand.Rand) string {
	return weighted(random, []weight[string]{
		{44, UnlimitedMonthly}, {22, OffPeak}, {14, StudentMonthly}, {10, SixMonthPass},
		{3, TenDayTrial}, {2, DayPass}, {5, OnlineCoaching},
	})
}

// recurringWith picks among what is charged every month.
func recurringWith(random *rand.Rand) string {
	return weighted(random, []weight[string]{{55, UnlimitedMonthly}, {27, OffPeak}, {18, StudentMonthly}})
}

// weight is a choice and how often it is taken.
type weight[T any] struct {
	often  int
	choice T
}

func weighted[T any](random *rand.Rand, weights []weight[T]) T {
	sum := 0
	for _, weight := range weights {
		sum += weight.often
	}
	left := random.IntN(sum)
	for _, weight := range weights {
		if left -= weight.often; left < 0 {
			return weight.choice
		}
	}
	panic("unreachable: the weights add up")
}
