package reconcile

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

func TestLooksGoByUrgency(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(8)
		begin := time.Now()
		if err := b.engine.Ask(
			store.Look{MemberID: "m000", Urgency: store.LookRetry}, store.Look{MemberID: "m001", Urgency: store.LookPolled},
			store.Look{MemberID: "m002", Urgency: store.LookDated}, store.Look{MemberID: "m003", Urgency: store.LookPushed},
			store.Look{MemberID: "m004", Urgency: store.LookAsked}, store.Look{MemberID: "m005", Urgency: store.LookPushed, At: begin.Add(-time.Second)},
		); err != nil {
			b.t.Fatal(err)
		}
		b.watch(Pace{})
		b.pass(5 * time.Second)
		var order []string
		for _, asked := range b.questions("/v1/members/", begin) {
			order = append(order, asked.line[strings.LastIndexByte(asked.line, '/')+1:])
		}
		if want := []string{"m004", "m005", "m003", "m002", "m001", "m000"}; !slices.Equal(order, want) {
			b.t.Errorf("looked at %v, want %v", order, want)
		}
	})
}

// What another process asks for or changes is taken up within a second.
func TestWhatOthersAskForIsTakenWithinASecond(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(5)
		other := b.elsewhere()
		b.watch(Pace{})
		b.pass(time.Minute)
		b.member("new", "ms")
		asked := time.Now()
		if err := other.Update(func(tx *store.Tx) error {
			_, err := tx.PutRequest(store.Request{Kind: "sync", Trigger: "admin", By: "somebody else"})
			return err
		}); err != nil {
			b.t.Fatal(err)
		}
		b.pass(time.Second)
		if newest := b.runs()[0]; newest.Trigger != "admin" || newest.Started.Sub(asked) > time.Second {
			b.t.Errorf("asked at %v: %+v", asked, newest)
		}
		b.pass(10 * time.Second)
		if !slices.Contains(b.in(b.groups[0]), "new") {
			b.t.Error("the run did nothing")
		}

		b.holding("m003", overdue)
		if err := other.Update(func(tx *store.Tx) error {
			return tx.PutLook(store.Look{MemberID: "m003", Urgency: store.LookAsked, Cause: "admin", At: time.Now()})
		}); err != nil {
			b.t.Fatal(err)
		}
		b.pass(time.Second)
		if slices.Contains(b.in(b.groups[0]), "m003") {
			b.t.Error("a look that another process asked for was not done within a second")
		}
	})
}

// Associations, overrides and the switch that another process changes count at the next turn.
func TestSettingsChangedElsewhereCountAtOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.member("other", "ms2")
		b.gym(5)
		other := New(b.elsewhere(), b.options)
		b.watch(Pace{Every: 15 * time.Minute, Poll: 30 * time.Second})
		b.pass(time.Minute)
		settings := b.settings
		settings.Associations = append(slices.Clone(settings.Associations),
			access.Association{MembershipID: "ms2", MembershipName: "ms2", GroupID: b.groups[1].ID, GroupName: "Group B"})
		preview, err := other.Preview(b.t.Context(), settings, b.to, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		if err := other.Confirm(Confirmation{Settings: settings, Access: b.to, Preview: preview, Sync: true}); err != nil {
			b.t.Fatal(err)
		}
		b.pass(6 * time.Second)
		if in := b.in(b.groups[1]); !slices.Equal(in, []string{"other"}) {
			b.t.Errorf("in the group that was associated elsewhere: %v", in)
		}
		if err := other.store.Update(func(tx *store.Tx) error {
			settings, _, err := tx.Settings()
			if err != nil {
				return err
			}
			settings.DisabledAt = time.Now()
			return tx.PutSettings(settings)
		}); err != nil {
			b.t.Fatal(err)
		}
		b.pass(time.Second)
		off := time.Now()
		b.holding("m003", overdue)
		b.push("m003")
		b.pass(20 * time.Minute)
		if b.mutex.Lock(); len(b.toKisi) > 0 && !b.toKisi[len(b.toKisi)-1].at.Before(off) {
			b.t.Errorf("switched off elsewhere, it still asked Kisi: %v", b.toKisi[len(b.toKisi)-1])
		}
		b.mutex.Unlock()
	})
}

// A look waits while another process holds the lease, and is done when that is given back.
func TestALookWaitsForTheLease(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(5)
		lease, err := b.elsewhere().Acquire("undo")
		if err != nil {
			b.t.Fatal(err)
		}
		b.watch(Pace{Every: time.Hour, Poll: 30 * time.Second})
		begin := time.Now()
		b.holding("m003", overdue)
		b.push("m003")
		b.pass(20 * time.Second)
		if wrote := b.writes(begin); len(wrote) > 0 || len(b.looks()) != 1 {
			b.t.Errorf("beside the holder of the lease: %v %+v", wrote, b.looks())
		}
		if err := lease.Release(); err != nil {
			b.t.Fatal(err)
		}
		b.pass(time.Second)
		if slices.Contains(b.in(b.groups[0]), "m003") || len(b.looks()) != 0 {
			b.t.Errorf("a second after the lease was free: %+v", b.looks())
		}
	})
}

// The run of one process does at once what is pushed to another one, between two of its own writes.
func TestALookIsTakenOverByTheRunElsewhere(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(6)
		for i := range 100 {
			b.member(fmt.Sprintf("new%03d", i), "ms")
		}
		other := New(b.elsewhere(), b.options)
		b.watch(Pace{})
		b.pass(time.Second)
		ended := make(chan store.Run, 1)
		go func() {
			run, err := other.Sync(b.t.Context(), store.Request{Kind: "sync", Trigger: "command"})
			if err != nil {
				b.t.Error(err)
			}
			ended <- run
		}()
		b.pass(20 * time.Second)
		pushed := time.Now()
		b.holding("m003", overdue)
		b.push("m003")
		b.pass(time.Second)
		taken := slices.IndexFunc(b.writes(pushed), func(each sent) bool { return strings.HasPrefix(each.line, http.MethodDelete) })
		if taken < 0 || slices.Contains(b.in(b.groups[0]), "m003") {
			b.t.Errorf("a second after the push: %v", b.writes(pushed))
		}
		if len(b.in(b.groups[0])) > 60 {
			b.t.Error("the run was over already")
		}
		b.pass(2 * time.Minute)
		if run := <-ended; run.Outcome != store.OutcomeDone || run.Granted != 100 {
			b.t.Errorf("%+v", run)
		}
		if plan := b.stillToDo(); !plan.Empty() || len(b.in(b.groups[0])) != 105 {
			b.t.Errorf("%d in the group; %+v", len(b.in(b.groups[0])), plan)
		}
	})
}

// Several processes with the same pace cost one sync an interval, not one each.
func TestSeveralProcessesSyncAsOne(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(5)
		b.engine.poll = 20 * time.Second
		b.watch(Pace{Every: 15 * time.Minute})
		first := b.stopLoop
		b.restart()
		b.engine.poll = 20 * time.Second
		b.watch(Pace{Every: 15 * time.Minute})
		b.pass(5 * time.Hour)
		first()
		if runs := len(b.runs()) - 1; runs < 18 || runs > 23 {
			b.t.Errorf("%d syncs in five hours, one each quarter of an hour", runs)
		}
	})
}

// Two processes whose syncs are due at the same moment: one is quicker. Should that one be killed, the other goes on at once
// and not an interval later.
func TestASyncThatAnotherProcessTookStaysDue(t *testing.T) {
	w := linked(t, 2)
	lease, err := w.store.Acquire("the quicker one")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lease.Release() }()
	l := &loop{engine: w.engine, every: time.Hour}
	l.scheduleNext()
	if err := l.run(t.Context(), store.Request{Kind: "sync", Trigger: scheduled}); err != nil {
		t.Fatal(err)
	}
	if wait := time.Until(l.due); wait > 0 {
		t.Errorf("it waits another %v", wait)
	}
}
