package reconcile

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// day is a gym on the day of 25 hours, from the evening before to half past midnight after it. Everything that happens to
// it needs a number of writes that is known beforehand.
type day struct {
	*bubble
	random *rand.Rand
	needed int // writes
	happen []happening
	dead   bool // this process is no more: it writes nothing to the state file
	killed int
}

// happening is what happens at an instant.
type happening struct {
	at time.Time
	do func()
}

// The day in Dublin's time; summer time ends on 25 October at 2:00.
const (
	dayBegins = "2026-10-24T22:00:00Z"
	dayEnds   = "2026-10-26T01:30:00Z"
)

// TestADayOfAGym: members join, miss payments, pay, pause and leave; of a third of it we are told by a push, of a third when we
// ask, of a third only a complete list tells. Both services go away for a quarter of an hour, the clocks go back, and the
// process ends twice, once by a kill in the middle of a write. In the end both sides are in step, nothing was written that was
// not needed, and the memory is as it was.
func TestADayOfAGym(t *testing.T) {
	inBubble(t, dublin, dayBegins, func(b *bubble) {
		d := &day{bubble: b, random: rand.New(rand.NewPCG(7, 7))}
		d.open()
		before := d.written()
		d.plan()
		d.start()
		d.pass(time.Hour)
		heapBefore := heap()
		for _, next := range d.happen {
			d.until(next.at)
			next.do()
		}
		d.until(instant(b.t, dayEnds))
		heapAfter := heap()
		looks, syncs := 0, 0
		for _, run := range d.runs() {
			if run.Looked {
				looks++
			} else {
				syncs++
			}
		}
		d.stopLoop()
		if plan := d.stillToDo(); !plan.Empty() {
			b.t.Errorf("in the end a complete sync would still do something: %+v %+v", plan.Grants, plan.Revokes)
		}
		wrote := d.written() - before
		if wrote != d.needed {
			b.t.Errorf("%d writes, and %d were needed", wrote, d.needed)
		}
		if d.killed != 1 {
			b.t.Errorf("%d processes were killed in the middle of a write", d.killed)
		}
		d.consistent()
		b.t.Logf("%d members, %d things happened, %d complete syncs, %d looks that changed something, %d writes, %d requests to Kisi, %d to Gymflow; heap %d KB after an hour, %d KB in the end",
			membersOfTheDay, len(d.happen), syncs, looks, wrote, len(d.kisi.Log()), d.asked, heapBefore>>10, heapAfter>>10)
		if grown := int64(heapAfter) - int64(heapBefore); grown > 4<<20 {
			b.t.Errorf("the heap has grown by %d KB", grown>>10)
		}
	})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc
}

// written counts what reached Kisi and changes something.
func (d *day) written() (count int) {
	for _, line := range d.kisi.Log() {
		if !strings.HasPrefix(line, http.MethodGet) {
			count++
		}
	}
	return count
}

// open fills the gym. Everybody who deserves it has access already, by a hand that we take over.
func (d *day) open() {
	d.forgetful = true
	d.quiet = map[string]bool{}
	for i := range membersOfTheDay {
		id := fmt.Sprintf("m%04d", i)
		membership, group := "ms", d.groups[0]
		if i%3 == 0 {
			membership, group = "ms2", d.groups[1]
		}
		member := d.member(id, membership)
		holding := &member.Holdings[0]
		switch i % 10 {
		case 7:
			holding.Status = gymflow.Overdue
		case 8:
			holding.Status, holding.PausedFrom = gymflow.Paused, gymflow.Date{Year: 2026, Month: 10, Day: 1}
		case 9:
			if i%20 == 9 {
				holding.StartsOn = gymflow.Date{Year: 2026, Month: 12, Day: 1}
			}
		}
		d.gymflow.Gym.Put(member)
		user := d.kisi.AddUser(kisi.User{Name: member.Name(), Email: member.Email, AccessEnabled: true})
		if holding.Status == gymflow.Active && holding.StartsOn.Year < 2026 {
			d.kisi.AddRight("Group", group.ID, kisi.RoleBasic, "User", user.ID, d.kisi.Owner.ID)
		}
	}
	d.associate("ms", d.groups[0], "ms2", d.groups[1])
	d.confirm()
	d.sync(0)
}

// start is a new process.
func (d *day) start() {
	if d.stopLoop != nil {
		d.stopLoop()
	}
	d.restart()
	d.dead = false
	d.engine.retryPause, d.engine.poll = 0, glanceOfTheDay
	d.engine.commits = func(lease *store.Lease, write func(*store.Tx) error) error {
		if d.dead {
			return errCut
		}
		return lease.Update(write)
	}
	d.watch(Pace{Every: 2 * time.Hour, Poll: pollOfTheDay})
}

// at plans something, in the order of time.
func (d *day) at(at time.Time, do func()) {
	d.happen = append(d.happen, happening{at, do})
	slices.SortStableFunc(d.happen, func(a, b happening) int { return a.at.Compare(b.at) })
}

// plan is the whole day. Nobody has two adventures, so that what each needs can be counted.
func (d *day) plan() {
	begin := instant(d.t, dayBegins)
	untouched := d.random.Perm(membersOfTheDay)
	next := func(kinds ...int) string {
		at := slices.IndexFunc(untouched, func(i int) bool { return slices.Contains(kinds, i%10) })
		id := fmt.Sprintf("m%04d", untouched[at])
		untouched = slices.Delete(untouched, at, at+1)
		return id
	}
	for i := range eventsOfTheDay {
		at := begin.Add(time.Hour + time.Minute + time.Duration(d.random.Int64N(int64(23*time.Hour))))
		d.event(i, at, next)
	}
	d.dates(next)
	hours := func(after float64) time.Time { return begin.Add(time.Duration(after * float64(time.Hour))) }
	d.at(hours(4), func() { d.lock(func() { d.noKisi = true }) })
	d.at(hours(4.25), func() { d.lock(func() { d.noKisi = false }) })
	d.at(hours(10), func() { d.lock(func() { d.noGymflow = true }) })
	d.at(hours(10.25), func() { d.lock(func() { d.noGymflow = false }) })
	d.at(hours(13), d.start)
	d.at(hours(17), d.die)
	d.at(hours(17.5), d.start)
}

// event is one of the usual things.
func (d *day) event(i int, at time.Time, next func(...int) string) {
	heard := func(id string) {
		switch i % 3 {
		case 0:
			d.push(id)
		case 1: // the next poll tells
		case 2: // nobody does
		}
	}
	change := func(at time.Time, id string, change func(*gymflow.Holding)) {
		d.at(at, func() {
			if i%3 == 2 {
				d.lock(func() { d.quiet[id] = true })
			}
			d.holding(id, change)
			heard(id)
		})
	}
	begin := instant(d.t, dayBegins)
	d.needed++
	switch i / 3 % 6 {
	case 0:
		change(at, next(0, 1, 2, 3), overdue)
	case 1:
		change(at, next(7), paid)
	case 2:
		change(at, next(8), func(holding *gymflow.Holding) { holding.Status, holding.PausedFrom = gymflow.Active, gymflow.Date{} })
	case 3:
		change(at, next(4, 5, 6), func(holding *gymflow.Holding) { holding.Status = gymflow.Cancelled })
	case 4: // misses a payment and pays three hours later, long enough for a complete list to have seen both
		id := next(0, 1, 2, 3)
		at = begin.Add(2*time.Minute + at.Sub(begin)*20/24)
		change(at, id, overdue)
		change(at.Add(3*time.Hour), id, paid)
		d.needed++
	case 5:
		id := fmt.Sprintf("new%04d", i)
		d.needed++ // the person and the right
		d.at(at, func() {
			if i%3 == 2 {
				d.lock(func() { d.quiet[id] = true })
			}
			d.member(id, "ms")
			heard(id)
		})
	}
}

// dates: ten memberships end with the first day and 24 with the second, which is one complete sync.
func (d *day) dates(next func(...int) string) {
	for i := range 34 {
		last := gymflow.Date{Year: 2026, Month: 10, Day: 24}
		if i >= 10 {
			last.Day = 25
		}
		id := next(0, 1, 2, 3, 4, 5, 6)
		d.at(instant(d.t, dayBegins).Add(time.Minute), func() {
			d.holding(id, func(holding *gymflow.Holding) { holding.EndsOn = last })
		})
		d.needed++
	}
}

// die lets this process end at its next right, as a kill does: Kisi has it, we never learn that.
func (d *day) die() {
	d.lock(func() {
		d.answered = func(request *http.Request) bool {
			if d.dead || !strings.HasSuffix(request.URL.Path, "/role_assignments") || request.Method != http.MethodPost {
				return false
			}
			d.dead, d.answered = true, nil
			d.killed++
			d.cancel()
			return true
		}
	})
	id := fmt.Sprintf("killed%04d", d.needed)
	d.member(id, "ms")
	d.needed += 2
	d.push(id)
}
