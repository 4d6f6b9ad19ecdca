package gymflowtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"kisiflow/gymflow"
)

// life is what the gym's days are drawn from.
type life struct {
	maker  *maker
	random *rand.Rand
	day    gymflow.Date // the last day that was lived
}

func newLife(maker *maker, seed uint64, today gymflow.Date) *life {
	const anotherStream = 0x11fe
	maker.random = rand.New(rand.NewPCG(seed, anotherStream))
	maker.members = nil
	return &life{maker: maker, random: maker.random, day: today}
}

// event is one kind of change. It returns what happened, or "" when it does not fit the member.
type event func(g *Gym, member *gymflow.Member) string

// Live changes one standing in a believable way (a payment fails, a debt is paid, a pause starts or ends, somebody
// joins, cancels …) and tells what happened in a few words. Seeded like the gym. On a new day it
// first does what the dates say.
func (g *Gym) Live() string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	today := g.today()
	g.life.maker.today = today
	if today != g.life.day {
		g.life.day = today
		if told := g.turnDay(today); told != "" {
			return told
		}
	}
	for range 8 { // some events may find nobody that they fit
		happens := weighted(g.life.random, []weight[event]{
			{20, paymentFails}, {22, debtPaid}, {10, pauseStarts}, {10, pauseEnds}, {12, rejoins},
			{9, cancels}, {5, cancellationEnds}, {3, passExpires}, {4, startsEarly}, {5, upgrades}, {8, nil},
		})
		if happens == nil {
			return g.joins()
		}
		if told := g.toSomebody(happens); told != "" {
			return told
		}
	}
	return g.joins()
}

// toSomebody lets an event happen to the first member that it fits, from a random one on.
func (g *Gym) toSomebody(happens event) string {
	if len(g.members) == 0 {
		return ""
	}
	begin := g.life.random.IntN(len(g.members))
	for step := range g.members {
		member := g.members[(begin+step)%len(g.members)]
		if len(member.Holdings) == 0 || member.Unreadable != "" || shares(member) {
			continue
		}
		changed := copyMember(*member)
		if told := happens(g, &changed); told != "" {
			g.change(changed)
			return told
		}
	}
	return ""
}

// shares tells who lives on somebody else's membership: the payer's dates are theirs too.
func shares(member *gymflow.Member) bool {
	return slices.ContainsFunc(member.Holdings, func(h gymflow.Holding) bool { return h.PrimaryMemberID != "" })
}

// plain finds a holding that is simply active and of the given kinds; nil when there is none, or
// when others share it (their dates would have to follow).
func (g *Gym) plain(member *gymflow.Member, kinds ...gymflow.Kind) *gymflow.Holding {
	if member.Blocked || !member.OverdueSince.IsZero() || g.linked[member.ID] > 0 {
		return nil
	}
	today := g.life.day
	for i := range member.Holdings {
		holding := &member.Holdings[i]
		if holding.Status == gymflow.Active && holding.PausedFrom.IsZero() && holding.StartsOn.Before(today) &&
			!ended(*holding, today) && slices.Contains(kinds, g.kind(holding.MembershipID)) {
			return holding
		}
	}
	return nil
}

func ended(holding gymflow.Holding, today gymflow.Date) bool {
	return !holding.EndsOn.IsZero() && holding.EndsOn.Before(today)
}

func holdingWith(member *gymflow.Member, status gymflow.Status) *gymflow.Holding {
	for i := range member.Holdings {
		if member.Holdings[i].Status == status {
			return &member.Holdings[i]
		}
	}
	return nil
}

func (g *Gym) kind(membershipID string) gymflow.Kind {
	for _, membership := range g.memberships {
		if membership.ID == membershipID {
			return membership.Kind
		}
	}
	return ""
}

func (g *Gym) title(membershipID string) string {
	for _, membership := range g.memberships {
		if membership.ID == membershipID {
			return membership.Name
		}
	}
	return membershipID
}

func (g *Gym) between(from, to int) gymflow.Date { return g.life.maker.days(from, to) }

func (g *Gym) joins() string {
	maker := g.life.maker
	maker.members = nil
	member := maker.anyone()
	for _, taken := g.place[member.ID]; taken; _, taken = g.place[member.ID] { // a test may have put it there
		maker.people++
		member.ID = fmt.Sprintf("m_%d", maker.people)
	}
	told := g.purchase(member, soldWith(g.life.random))
	g.change(*member)
	return fmt.Sprintf("%s joined and bought %s", member.Name(), told)
}

// purchase starts a membership today.
func (g *Gym) purchase(member *gymflow.Member, membershipID string) (title string) {
	today, ends := g.life.day, gymflow.Date{}
	if days := length(membershipID); days > 0 {
		ends = today.AddDays(days - 1)
	}
	g.life.maker.hold(member, gymflow.Holding{
		MembershipID: membershipID, Status: gymflow.Active, StartsOn: today, EndsOn: ends,
	})
	return g.title(membershipID)
}

func rejoins(g *Gym, member *gymflow.Member) string {
	gone := func(h gymflow.Holding) bool { return h.Status == gymflow.Cancelled || h.Status == gymflow.Expired }
	if member.Blocked || slices.ContainsFunc(member.Holdings, func(h gymflow.Holding) bool { return !gone(h) }) {
		return ""
	}
	return fmt.Sprintf("%s came back and bought %s", member.Name(), g.purchase(member, soldWith(g.life.random)))
}

func paymentFails(g *Gym, member *gymflow.Member) string {
	holding := g.plain(member, gymflow.Recurring)
	if holding == nil {
		return ""
	}
	holding.Status, holding.OverdueSince = gymflow.Overdue, g.life.day
	member.OverdueSince = g.life.day
	return fmt.Sprintf("%s's payment for %s failed", member.Name(), g.title(holding.MembershipID))
}

// debtPaid clears old invoices too: Gymflow lets nobody in who still owes one.
func debtPaid(g *Gym, member *gymflow.Member) string {
	if member.OverdueSince.IsZero() {
		return ""
	}
	member.OverdueSince = gymflow.Date{}
	for i := range member.Holdings {
		holding := &member.Holdings[i]
		holding.OverdueSince = gymflow.Date{}
		if holding.Status == gymflow.Overdue {
			holding.Status = gymflow.Active
			if ended(*holding, g.life.day) {
				holding.Status = gymflow.Cancelled
			}
		}
	}
	return fmt.Sprintf("%s paid what was overdue", member.Name())
}

func pauseStarts(g *Gym, member *gymflow.Member) string {
	holding := g.plain(member, gymflow.Recurring, gymflow.PrePaid)
	if holding == nil {
		return ""
	}
	holding.Status, holding.PausedFrom = gymflow.Paused, g.life.day
	until := "until somebody resumes it"
	if g.life.random.IntN(3) > 0 {
		days := 7 + g.life.random.IntN(50)
		holding.ResumesOn = g.life.day.AddDays(days)
		until = "until " + holding.ResumesOn.String()
		if !holding.EndsOn.IsZero() { // a pass is longer by the days paused (gymflow-facts.md 2.5)
			holding.EndsOn = holding.EndsOn.AddDays(days)
		}
	}
	return fmt.Sprintf("%s paused %s %s", member.Name(), g.title(holding.MembershipID), until)
}

func pauseEnds(g *Gym, member *gymflow.Member) string {
	holding := holdingWith(member, gymflow.Paused)
	if holding == nil {
		return ""
	}
	resume(holding, g.life.day)
	return fmt.Sprintf("%s's pause of %s ended", member.Name(), g.title(holding.MembershipID))
}

// resume ends a pause today, with the end date moved by the days that were really paused.
func resume(holding *gymflow.Holding, today gymflow.Date) {
	if !holding.EndsOn.IsZero() {
		paused := daysBetween(holding.PausedFrom, today)
		if !holding.ResumesOn.IsZero() { // the whole pause was added when it was set
			paused -= daysBetween(holding.PausedFrom, holding.ResumesOn)
		}
		holding.EndsOn = holding.EndsOn.AddDays(paused)
	}
	holding.Status, holding.PausedFrom, holding.ResumesOn = gymflow.Active, gymflow.Date{}, gymflow.Date{}
	if ended(*holding, today) {
		holding.Status = gymflow.Expired
	}
}

func daysBetween(from, to gymflow.Date) int {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	day := func(d gymflow.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
	return int(day(to).Sub(day(from)) / (24 * time.Hour))
}

func cancels(g *Gym, member *gymflow.Member) string {
	holding := g.plain(member, gymflow.Recurring)
	if holding == nil {
		return ""
	}
	holding.Status, holding.EndsOn = gymflow.Cancelling, g.between(1, 30)
	return fmt.Sprintf("%s cancelled %s, it runs until %s", member.Name(), g.title(holding.MembershipID), holding.EndsOn)
}

func cancellationEnds(g *Gym, member *gymflow.Member) string {
	holding := holdingWith(member, gymflow.Cancelling)
	if holding == nil || !holding.StartsOn.Before(g.life.day) {
		return ""
	}
	holding.Status, holding.EndsOn = gymflow.Cancelled, g.life.day.AddDays(-1)
	return fmt.Sprintf("%s's %s is cancelled now", member.Name(), g.title(holding.MembershipID))
}

func passExpires(g *Gym, member *gymflow.Member) string {
	holding := g.plain(member, gymflow.PrePaid, gymflow.Trial)
	if holding == nil {
		return ""
	}
	holding.Status, holding.EndsOn = gymflow.Expired, g.life.day.AddDays(-1)
	return fmt.Sprintf("%s's %s expired", member.Name(), g.title(holding.MembershipID))
}

func startsEarly(g *Gym, member *gymflow.Member) string {
	holding := holdingWith(member, gymflow.Pending)
	if holding == nil {
		return ""
	}
	if !holding.EndsOn.IsZero() {
		holding.EndsOn = g.life.day.AddDays(daysBetween(holding.StartsOn, holding.EndsOn))
	}
	holding.Status, holding.StartsOn = gymflow.Active, g.life.day
	return fmt.Sprintf("%s's %s started", member.Name(), g.title(holding.MembershipID))
}

func upgrades(g *Gym, member *gymflow.Member) string {
	holding := g.plain(member, gymflow.Recurring)
	if holding == nil || holding.MembershipID != OffPeak {
		return ""
	}
	holding.Status, holding.EndsOn = gymflow.Expired, g.life.day.AddDays(-1)
	return fmt.Sprintf("%s changed from %s to %s", member.Name(), g.title(OffPeak), g.purchase(member, UnlimitedMonthly))
}

// turnDay does overnight what the dates say.
func (g *Gym) turnDay(today gymflow.Date) string {
	counts := map[string]int{}
	for _, member := range g.members {
		changed, isChanged := copyMember(*member), false
		for i := range changed.Holdings {
			if what := overnight(&changed.Holdings[i], today, g.kind(changed.Holdings[i].MembershipID)); what != "" {
				counts[what]++
				isChanged = true
			}
		}
		if isChanged {
			g.change(changed)
		}
	}
	told := make([]string, 0, len(counts))
	for _, what := range []string{"started", "resumed", "expired", "ended"} {
		if counts[what] > 0 {
			told = append(told, fmt.Sprintf("%d %s", counts[what], what))
		}
	}
	if len(told) == 0 {
		return ""
	}
	return "A new day: " + strings.Join(told, ", ")
}

// overnight brings one holding to the new day.
func overnight(holding *gymflow.Holding, today gymflow.Date, kind gymflow.Kind) string {
	what := ""
	if holding.Status == gymflow.Pending && !holding.StartsOn.After(today) {
		holding.Status, what = gymflow.Active, "started"
	}
	if !holding.ResumesOn.IsZero() && !holding.ResumesOn.After(today) &&
		(holding.Status == gymflow.Paused || holding.Status == gymflow.Active) {
		holding.Status, holding.PausedFrom, holding.ResumesOn, what = gymflow.Active, gymflow.Date{}, gymflow.Date{}, "resumed"
	}
	if !ended(*holding, today) {
		return what
	}
	switch {
	case holding.Status == gymflow.Cancelling, holding.Status == gymflow.Active && kind == gymflow.Recurring:
		holding.Status, what = gymflow.Cancelled, "ended"
	case holding.Status == gymflow.Active:
		holding.Status, what = gymflow.Expired, "expired"
	}
	return what
}
