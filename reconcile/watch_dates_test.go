package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
)

// What a date begins or ends happens within a second of the place's own midnight, also where that one does not exist or where
// the clocks were changed that night.
func TestDatesTurnAtThePlacesMidnight(t *testing.T) {
	t.Parallel()
	day := func(text string) gymflow.Date {
		parsed, err := gymflow.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	starts := func(text string) func(*bubble) {
		return func(b *bubble) { b.holding("m", func(holding *gymflow.Holding) { holding.StartsOn = day(text) }) }
	}
	ends := func(text string) func(*bubble) {
		return func(b *bubble) { b.holding("m", func(holding *gymflow.Holding) { holding.EndsOn = day(text) }) }
	}
	paused := func(from, to string) func(*bubble) {
		return func(b *bubble) {
			b.holding("m", func(holding *gymflow.Holding) { holding.PausedFrom, holding.ResumesOn = day(from), day(to) })
		}
	}
	allowed := func(until string) func(*bubble) {
		return func(b *bubble) {
			b.holding("m", overdue)
			if err := b.store.Update(func(tx *store.Tx) error {
				return tx.PutOverride(access.Override{MemberID: "m", Kind: access.Allow, Until: day(until)})
			}); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name, zone, edge string
		change           func(*bubble)
		gains            bool
	}{
		{"a start on the day the clocks go forward", "Europe/Dublin", "2026-03-29T00:00:00Z", starts("2026-03-29"), true},
		{"a start the day after", "Europe/Dublin", "2026-03-29T23:00:00Z", starts("2026-03-30"), true},
		{"an end the day before they go back", "Europe/Dublin", "2026-10-24T23:00:00Z", ends("2026-10-24"), false},
		{"an end on the day of 25 hours", "Europe/Dublin", "2026-10-26T00:00:00Z", ends("2026-10-25"), false},
		{"a pause's end that night", "Europe/Dublin", "2026-10-24T23:00:00Z", paused("2026-10-01", "2026-10-25"), true},
		{"a pause's beginning after it", "Europe/Dublin", "2026-10-26T00:00:00Z", paused("2026-10-26", "2026-11-09"), false},
		{"an override's end", "Europe/Dublin", "2026-03-29T23:00:00Z", allowed("2026-03-29"), false},
		{"a start at a midnight that does not exist", "America/Sao_Paulo", "2018-11-04T03:00:00Z", starts("2018-11-04"), true},
		{"an end at a midnight that came twice", "America/Sao_Paulo", "2019-02-17T03:00:00Z", ends("2019-02-16"), false},
		{"half an hour back", "Australia/Lord_Howe", "2026-04-05T13:30:00Z", ends("2026-04-05"), false},
		{"the midnight before it", "Australia/Lord_Howe", "2026-04-04T13:00:00Z", ends("2026-04-04"), false},
		{"half an hour forward", "Australia/Lord_Howe", "2026-10-04T13:00:00Z", starts("2026-10-05"), true},
		{"the midnight before that", "Australia/Lord_Howe", "2026-10-03T13:30:00Z", starts("2026-10-04"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			edge := instant(t, test.edge)
			inBubble(t, test.zone, edge.Add(-2*time.Minute).Format(time.RFC3339), func(b *bubble) {
				t := b.t
				b.members(6, "ms")
				b.member("m", "ms")
				for _, id := range []string{"m000", "m001", "m002", "m003", "m004", "m005", "m"} {
					b.holding(id, func(holding *gymflow.Holding) { holding.StartsOn = day("2010-01-01") })
				}
				test.change(b)
				b.link(test.zone)
				if slices.Contains(b.in(b.groups[0]), "m") == test.gains {
					t.Fatalf("before the edge: %v", b.in(b.groups[0]))
				}
				b.watch(Pace{})
				b.pass(time.Second)
				begin := time.Now()
				b.until(edge.Add(-time.Millisecond))
				if early := b.writes(begin); len(early) > 0 {
					t.Fatalf("%v before the edge: %v", edge.Sub(early[0].at), early)
				}
				b.until(edge.Add(time.Second))
				if slices.Contains(b.in(b.groups[0]), "m") != test.gains {
					t.Errorf("a second after the edge: %v", b.in(b.groups[0]))
				}
				done := len(b.writes(begin))
				b.pass(time.Minute)
				if more := b.writes(begin); len(more) != done {
					t.Errorf("it went on writing: %v", more)
				}
				if plan := b.stillToDo(); !plan.Empty() {
					t.Errorf("a sync would still do something: %+v", plan)
				}
				if newest := b.runs()[0]; newest.Trigger != "dates" || !newest.Looked || newest.Granted+newest.Revoked != 1 {
					t.Errorf("%+v", newest)
				}
			})
		})
	}
}

// The first of a month begins much at once: that is one complete sync, not a hundred looks.
func TestManyDatesAtOnceAreOneSync(t *testing.T) {
	t.Parallel()
	inBubble(t, "Europe/Dublin", "2026-10-31T23:58:00Z", func(b *bubble) {
		b.members(40, "ms")
		for i := range 40 {
			b.holding(fmt.Sprintf("m%03d", i), func(holding *gymflow.Holding) {
				if i >= 10 {
					holding.StartsOn = gymflow.Date{Year: 2026, Month: 11, Day: 1}
				}
			})
		}
		b.link("Europe/Dublin")
		b.watch(Pace{})
		b.until(instant(t, "2026-11-01T00:05:00Z"))
		if in := b.in(b.groups[0]); len(in) != 40 {
			t.Errorf("%d are in the group", len(in))
		}
		if runs := b.runs(); len(runs) != 2 || runs[0].Looked || runs[0].Granted != 30 {
			t.Errorf("%+v", runs)
		}
	})
}

// What began while no process ran is done when one starts.
func TestDatesThatPassedBetweenTwoProcesses(t *testing.T) {
	t.Parallel()
	inBubble(t, "Europe/Dublin", "2026-10-31T22:00:00Z", func(b *bubble) {
		b.members(6, "ms")
		b.holding("m003", func(holding *gymflow.Holding) { holding.EndsOn = gymflow.Date{Year: 2026, Month: 10, Day: 31} })
		b.link("Europe/Dublin")
		b.until(instant(t, "2026-11-01T07:00:00Z"))
		b.restart()
		b.engine.poll = pollEvery
		b.watch(Pace{})
		b.pass(2 * time.Second)
		if in := b.in(b.groups[0]); slices.Contains(in, "m003") || len(in) != 5 {
			t.Errorf("in the group: %v", in)
		}
	})
}

// A date that passes while a long run writes counts as soon as the run ends, also for a process that starts only then.
func TestADateThatPassesDuringARun(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]bool{"the same process": false, "another one": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, "Europe/Dublin", "2026-10-31T23:50:00Z", func(b *bubble) {
				b.members(6, "ms")
				b.link("Europe/Dublin")
				b.holding("m003", func(holding *gymflow.Holding) { holding.EndsOn = gymflow.Date{Year: 2026, Month: 10, Day: 31} })
				for i := range 200 { // a hundred seconds at 4 requests a second
					b.member(fmt.Sprintf("new%03d", i), "ms")
				}
				b.until(instant(t, "2026-10-31T23:59:30Z"))
				if restart {
					b.sync(0)
					b.restart()
					b.engine.poll = pollEvery
					b.watch(Pace{})
				} else {
					b.watch(Pace{})
					b.ask(store.Request{Kind: "sync", Trigger: "admin"})
				}
				b.until(instant(t, "2026-11-01T00:05:00Z"))
				if in := b.in(b.groups[0]); slices.Contains(in, "m003") || len(in) != 205 {
					t.Errorf("%d in the group", len(in))
				}
			})
		})
	}
}

// A laptop slept from the evening to the morning: its wall clock has moved on, the monotonic one has not. What the night's
// dates brought is done as soon as it wakes.
func TestALaptopThatSlept(t *testing.T) {
	t.Parallel()
	inBubble(t, "Europe/Dublin", "2026-10-31T22:00:00Z", func(b *bubble) {
		b.members(6, "ms")
		b.holding("m003", func(holding *gymflow.Holding) { holding.EndsOn = gymflow.Date{Year: 2026, Month: 10, Day: 31} })
		var asleep atomic.Int64
		b.options.Now = func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) }
		b.restart()
		b.engine.poll = pollEvery
		b.link("Europe/Dublin")
		b.watch(Pace{})
		b.pass(time.Minute)
		if len(b.in(b.groups[0])) != 6 {
			t.Fatalf("in the evening: %v", b.in(b.groups[0]))
		}
		asleep.Store(int64(9 * time.Hour))
		b.pass(2 * time.Second)
		if in := b.in(b.groups[0]); slices.Contains(in, "m003") || len(in) != 5 {
			t.Errorf("in the morning: %v", in)
		}
	})
}

// Whatever waits for an instant compares wall clocks: a monotonic reading stands still while a laptop sleeps, and two times
// that both carry one are compared by that alone.
func TestWaitingIsByTheWallClock(t *testing.T) {
	w := linked(t, 3)
	l := &loop{engine: w.engine, every: time.Hour, poll: polling{every: time.Minute}, keyDue: wall()}
	l.scheduleFirst()
	if err := l.turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := l.due
	l.scheduleNext()
	l.wait()
	for what, at := range map[string]time.Time{"the first sync": first, "the next sync": l.due, "the next poll": l.poll.due,
		"the next look at the key": l.keyDue, "the next try of a request": l.later} {
		if at.IsZero() || strings.Contains(at.String(), " m=") {
			t.Errorf("%s waits by the monotonic clock: %v", what, at)
		}
	}
}
