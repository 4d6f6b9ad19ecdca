package reconcile

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/store"
)

const (
	someDay = "2026-11-23T09:00:00Z"
	dublin  = "Europe/Dublin"
)

// gym is a linked gym of so many members.
func (b *bubble) gym(members int) {
	b.members(members, "ms")
	b.link(dublin)
	b.pass(5 * time.Minute) // so that no question to come reaches back to before the link
}

func TestPollingLooksOnceAtWhoChanged(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(8)
		b.watch(Pace{Poll: 30 * time.Second})
		b.pass(time.Minute)
		changed := time.Now()
		b.holding("m003", overdue)
		b.pass(35 * time.Second)
		if slices.Contains(b.in(b.groups[0]), "m003") {
			b.t.Error("the poll did not find the change")
		}
		b.pass(10 * time.Minute)
		if asked := b.questions("/v1/members/", changed); len(asked) != 1 {
			b.t.Errorf("one change cost %d readings of the member: %v", len(asked), asked)
		}
		if wrote := b.writes(changed); len(wrote) != 1 {
			b.t.Errorf("%v", wrote)
		}
		if asked := begun(b.questions("updated_since", changed), time.Second); len(asked) < 19 || len(asked) > 24 {
			b.t.Errorf("%d polls in ten minutes and a half, one each half minute", len(asked))
		}
		if runs := b.runs(); len(runs) != 2 || runs[0].Trigger != "changed in Gymflow" {
			b.t.Errorf("%+v", runs)
		}
	})
}

func TestMuchThatChangedIsOneSync(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(5)
		for i := range 30 {
			b.member(fmt.Sprintf("new%02d", i), "ms")
		}
		b.watch(Pace{Poll: 30 * time.Second})
		b.pass(time.Minute)
		if runs := b.runs(); len(b.in(b.groups[0])) != 35 || len(runs) != 2 || runs[0].Looked {
			b.t.Errorf("%+v", runs)
		}
	})
}

func TestAPollThatFailsBacksOff(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(5)
		b.engine.poll = 5 * time.Second
		b.watch(Pace{Poll: 30 * time.Second})
		b.pass(time.Minute)
		down := time.Now()
		b.lock(func() { b.noGymflow = true })
		b.holding("m003", overdue)
		b.pass(90 * time.Minute)
		polls := begun(b.questions("updated_since", down), 40*time.Second)
		for i, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
			if i+1 >= len(polls) {
				b.t.Fatalf("%d polls while Gymflow was down: %v", len(polls), polls)
			}
			if gap := polls[i+1].Sub(polls[i]); gap < want*9/10 || gap > want*11/10+time.Minute {
				b.t.Errorf("after failure %d it waited %v, want about %v", i+1, gap, want)
			}
		}
		b.lock(func() { b.noGymflow = false })
		up := time.Now()
		b.pass(11*time.Minute + 5*time.Second)
		if slices.Contains(b.in(b.groups[0]), "m003") {
			b.t.Error("what changed during the outage was never asked for")
		}
		b.pass(5 * time.Minute)
		after := begun(b.questions("updated_since", up), time.Second)
		if gap := after[2].Sub(after[1]); gap > 35*time.Second {
			b.t.Errorf("once Gymflow answers, it still waits %v", gap)
		}
	})
}

// A refused token is asked with once; a new one is taken up at the next turn.
func TestARefusedTokenIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(5)
		if err := b.gymflow.SetFault("unauthorized"); err != nil {
			b.t.Fatal(err)
		}
		b.engine.poll = time.Second
		b.watch(Pace{Every: 15 * time.Minute, Poll: 30 * time.Second})
		refused := time.Now()
		b.holding("m003", overdue)
		b.pass(2 * time.Hour)
		if asked := b.questions("", refused); len(asked) != 1 {
			b.t.Errorf("a refused token was used %d times: %v", len(asked), asked)
		}
		if err := b.gymflow.SetFault(""); err != nil {
			b.t.Fatal(err)
		}
		if err := b.elsewhere().Update(func(tx *store.Tx) error { // the simulator has one token only: it is taken out and entered again
			return errors.Join(tx.PutSecret(store.GymflowToken, ""), tx.PutSecret(store.GymflowToken, b.to.GymflowToken))
		}); err != nil {
			b.t.Fatal(err)
		}
		b.pass(5 * time.Second)
		if slices.Contains(b.in(b.groups[0]), "m003") {
			b.t.Errorf("a new token was not taken up: %v %+v", b.questions("", refused), b.looks())
		}
	})
}

// A roster file does not tell what changed: it is asked once.
func TestASourceThatCannotTellIsNotPolled(t *testing.T) {
	w := linked(t, 3)
	path := filepath.Join(t.TempDir(), "members.csv")
	settings := w.settings
	settings.GymflowURL, settings.Roster = "", gymflow.RosterFile{Path: path}
	if err := w.store.Update(func(tx *store.Tx) error { return tx.PutSettings(settings) }); err != nil {
		t.Fatal(err)
	}
	l := &loop{engine: w.engine, poll: polling{every: time.Nanosecond}}
	for range 3 {
		if err := l.ask(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !l.poll.never || l.poll.failed != 0 {
		t.Errorf("%+v", l.poll)
	}
	if _, found := w.queued(); found {
		t.Error("a source that does not tell is no reason for a sync")
	}
	l.poll.never = false
	w.engine.pollAsked.Store(true)
	if err := l.ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, found := w.queued(); !found {
		t.Error("somebody unknown was pushed, and no sync was asked for")
	}
}

// A look that fails waits 5 s, then twice as long each time, ten minutes at most; new word about the member ends the waiting.
func TestAFailedLookWaitsTwiceAsLongEachTime(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*bubble, bool){
		"Gymflow is down": func(b *bubble, on bool) { b.noGymflow = on },
		"Kisi answers no write": func(b *bubble, on bool) {
			b.refusing = nil
			if on {
				b.refusing = func(request *http.Request) bool { return request.Method == http.MethodDelete }
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, dublin, someDay, func(b *bubble) {
				b.gym(5)
				b.engine.poll = 2 * time.Second
				b.watch(Pace{})
				b.pass(time.Second)
				b.lock(func() { fault(b, true) })
				b.holding("m003", overdue)
				b.push("m003")
				var waits []time.Duration
				tries := 0
				for range 50 * 60 / 2 {
					b.pass(2 * time.Second)
					if looks := b.looks(); len(looks) == 1 && looks[0].Tries > tries {
						tries = looks[0].Tries
						waits = append(waits, time.Until(looks[0].After))
					}
				}
				want := 5 * time.Second
				for i, wait := range waits {
					if wait < want*9/10-2*time.Second || wait > want*11/10 {
						b.t.Errorf("after try %d it waits %v, want about %v", i+1, wait, want)
					}
					want = min(2*want, 10*time.Minute)
				}
				if len(waits) < 9 {
					b.t.Errorf("only %d tries in fifty minutes: %v", len(waits), waits)
				}
				b.lock(func() { fault(b, false) })
				b.push("m003")
				b.pass(3 * time.Second)
				if slices.Contains(b.in(b.groups[0]), "m003") {
					b.t.Errorf("new word did not end the waiting: %+v", b.looks())
				}
			})
		})
	}
}

// What Kisi refuses of one member is not asked again before something about them changes.
func TestATerminalRefusalIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(5)
		b.engine.poll = 5 * time.Second
		b.watch(Pace{Every: 15 * time.Minute, Poll: 30 * time.Second})
		begin := time.Now()
		wrong := b.member("wrong", "ms")
		wrong.Email = "no address"
		b.gymflow.Gym.Put(wrong)
		b.push("wrong")
		b.pass(time.Hour)
		b.push("wrong")
		b.pass(time.Hour)
		if wrote := b.writes(begin); len(wrote) != 1 || !strings.HasPrefix(wrote[0].line, "POST /users") {
			b.t.Errorf("a refused person cost %d writes: %v", len(wrote), wrote)
		}
		if looks := b.looks(); len(looks) != 0 {
			b.t.Errorf("it waits to be tried again: %+v", looks)
		}
		b.member("wrong", "ms") // with an address that is one
		b.pass(35 * time.Second)
		if !slices.Contains(b.in(b.groups[0]), "wrong") {
			b.t.Error("once the address was put right, nobody tried again")
		}
	})
}
