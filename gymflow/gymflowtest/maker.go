package gymflowtest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"kisiflow/gymflow"
)

// maker makes members, one standing after the other.
type maker struct {
	random   *rand.Rand
	today    gymflow.Date
	names    *register
	members  []gymflow.Member
	holdings int // how many were made
	people   int
}

func newMaker(random *rand.Rand, today gymflow.Date) *maker {
	return &maker{random: random, today: today, names: newRegister()}
}

// recipe makes members of one kind of standing, size of them.
type recipe struct {
	size int
	make func(*maker)
}

// makeMembers fills the gym. The first members are plain ones, so that a small gym looks sound;
// from 60 on every kind is there and the rest is drawn by its frequency.
func (m *maker) makeMembers(count int) {
	plain := recipe{1, (*maker).good}
	if count < 60 {
		for range min(count, 3) {
			plain.make(m)
		}
		for _, special := range important() {
			if len(m.members)+special.size <= count-count/3 {
				special.make(m)
			}
		}
		for len(m.members) < count {
			plain.make(m)
		}
		return
	}
	for range 4 {
		plain.make(m)
	}
	recipes, room := []recipe{}, count-len(m.members)
	for _, special := range append(important(), rare()...) {
		recipes = append(recipes, special)
		room -= special.size
	}
	for room > 0 {
		drawn := weighted(m.random, usual())
		if drawn.size > room {
			drawn = plain
		}
		recipes = append(recipes, drawn)
		room -= drawn.size
	}
	m.random.Shuffle(len(recipes), func(a, b int) { recipes[a], recipes[b] = recipes[b], recipes[a] })
	for _, recipe := range recipes {
		recipe.make(m)
	}
}

// important are the standings that also a small gym should show, the most telling first.
func important() []recipe {
	return []recipe{
		{1, (*maker).overdue}, {1, (*maker).paused}, {1, (*maker).pending}, {1, (*maker).cancelled},
		{1, (*maker).expired}, {1, (*maker).cancelling}, {1, (*maker).blocked}, {1, (*maker).oldDebt},
		{1, (*maker).nothing}, {1, (*maker).onlyOnline}, {1, (*maker).noEmail}, {2, (*maker).sharedEmail},
		{3, (*maker).family}, {1, (*maker).twoMemberships}, {1, (*maker).upgraded},
		{1, (*maker).phoneTrouble}, {2, (*maker).orphanedFamily}, {1, (*maker).pauseToday}, {1, (*maker).pauseAhead},
	}
}

// rare are the standings that a gym of any size has once or twice.
func rare() []recipe {
	return []recipe{{1, (*maker).unknownStatus}, {1, (*maker).noEmail}, {2, (*maker).sharedEmail}, {1, (*maker).oldDebt}}
}

// usual is how often each standing is found, in a thousand draws.
func usual() []weight[recipe] {
	return []weight[recipe]{
		{640, recipe{1, (*maker).good}}, {30, recipe{1, (*maker).phoneTrouble}}, {30, recipe{1, (*maker).cancelling}},
		{18, recipe{1, (*maker).twoMemberships}}, {14, recipe{1, (*maker).upgraded}}, {14, recipe{3, (*maker).family}},
		{8, recipe{1, (*maker).pauseAhead}}, {50, recipe{1, (*maker).overdue}}, {6, recipe{1, (*maker).oldDebt}},
		{36, recipe{1, (*maker).paused}}, {5, recipe{1, (*maker).pauseToday}}, {21, recipe{1, (*maker).pending}},
		{21, recipe{1, (*maker).blocked}}, {36, recipe{1, (*maker).expired}}, {40, recipe{1, (*maker).cancelled}},
		{31, recipe{1, (*maker).nothing}},
	}
}

// person is a member who holds nothing yet.
func (m *maker) person(family spelled) (*gymflow.Member, spelled) {
	first, last, email := m.names.person(m.random, family)
	m.people++
	m.members = append(m.members, gymflow.Member{
		ID: fmt.Sprintf("m_%d", m.people), Email: email, FirstName: first.name, LastName: last.name,
		UpdatedAt: m.earlier(), App: m.phone(),
	})
	return &m.members[len(m.members)-1], last
}

// anyone is a member who holds nothing yet and is related to nobody.
func (m *maker) anyone() *gymflow.Member {
	member, _ := m.person(spelled{})
	return member
}

// earlier is an instant that lies before today in every time zone, the same whatever the hour.
func (m *maker) earlier() time.Time {
	midnight := time.Date(m.today.Year, m.today.Month, m.today.Day, 0, 0, 0, 0, time.UTC)
	return midnight.Add(-24*time.Hour - time.Duration(m.random.IntN(90*24*60))*time.Minute)
}

// phone is a members app that works; some members never said.
func (m *maker) phone() *gymflow.App {
	if m.random.IntN(10) == 0 {
		return nil
	}
	return &gymflow.App{SignedIn: new(true), Bluetooth: new(true), Location: new(true), PrimaryDevice: new(true)}
}

// days is so many days from today, between the two numbers.
func (m *maker) days(from, to int) gymflow.Date {
	return m.today.AddDays(from + m.random.IntN(to-from+1))
}

// buy gives a member an active holding that began some time ago and runs today.
func (m *maker) buy(member *gymflow.Member, membershipID string) *gymflow.Holding {
	starts, ends := m.days(-900, -1), gymflow.Date{}
	if days := length(membershipID); days > 0 {
		starts = m.days(1-days, 0)
		ends = starts.AddDays(days - 1)
	}
	return m.hold(member, gymflow.Holding{
		MembershipID: membershipID, Status: gymflow.Active, StartsOn: starts, EndsOn: ends,
	})
}

// hold adds a holding under a new id.
func (m *maker) hold(member *gymflow.Member, holding gymflow.Holding) *gymflow.Holding {
	m.holdings++
	holding.ID = fmt.Sprintf("h_%d", m.holdings)
	member.Holdings = append(member.Holdings, holding)
	return &member.Holdings[len(member.Holdings)-1]
}

// countOn goes on numbering after what these members hold already.
func (m *maker) countOn(members []gymflow.Member) {
	for _, member := range members {
		for _, holding := range member.Holdings {
			if number, err := strconv.Atoi(strings.TrimPrefix(holding.ID, "h_")); err == nil {
				m.holdings = max(m.holdings, number)
			}
		}
	}
}
