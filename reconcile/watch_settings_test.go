package reconcile

import (
	"slices"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// put changes the settings as another process does that asks for nothing.
func (b *bubble) put(other *store.Store, change func(*store.Settings)) {
	b.t.Helper()
	if err := other.Update(func(tx *store.Tx) error {
		settings, _, err := tx.Settings()
		if err != nil {
			return err
		}
		change(&settings)
		return tx.PutSettings(settings)
	}); err != nil {
		b.t.Fatal(err)
	}
}

// Two processes keep watch; a third changes settings, as setup --no-input does, and asks for no sync.
func TestASettingThatDecidesIsActedOnWithinASecond(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.member("other", "ms2")
		b.gym(5)
		other := b.elsewhere()
		b.watch(Pace{Every: 15 * time.Minute})
		second := New(b.elsewhere(), b.options)
		second.poll = pollEvery
		ended := make(chan struct{})
		go func() { defer close(ended); _ = second.Loop(b.t.Context(), Pace{Every: 15 * time.Minute}) }()
		b.pass(time.Minute)
		before := len(b.runs())
		changed := time.Now()
		b.put(other, func(settings *store.Settings) {
			settings.Associations = append(slices.Clone(settings.Associations),
				access.Association{MembershipID: "ms2", MembershipName: "ms2", GroupID: b.groups[1].ID, GroupName: "Group B"})
		})
		b.pass(time.Minute)
		runs := b.runs()
		if len(runs) != before+1 || runs[0].Started.Sub(changed) > time.Second {
			b.t.Fatalf("changed at %v: %d runs more: %+v", changed, len(runs)-before, runs[0])
		}
		if in := b.in(b.groups[1]); !slices.Equal(in, []string{"other"}) {
			b.t.Errorf("in the new group: %v", in)
		}
		b.put(other, func(settings *store.Settings) { // what the engine itself learns
			settings.Key.CheckedAt, settings.Key.LastUsedAt, settings.PlaceName = time.Now(), time.Now(), "another name"
		})
		b.put(other, func(settings *store.Settings) { settings.DisabledAt = time.Now() })
		b.pass(time.Minute)
		if len(b.runs()) != before+1 {
			b.t.Errorf("a key check and switching off made a run: %+v", b.runs()[0])
		}
		on := time.Now()
		b.put(other, func(settings *store.Settings) { settings.DisabledAt = time.Time{} })
		b.pass(time.Minute)
		if runs := b.runs(); len(runs) != before+2 || runs[0].Started.Sub(on) > time.Second {
			b.t.Errorf("switched on at %v: %+v", on, runs[0])
		}
	})
}

// After an outage during a complete sync nobody waits for the next one by schedule.
func TestACompleteSyncIsTriedAgainSoonAfterAnOutage(t *testing.T) {
	t.Parallel()
	inBubble(t, dublin, someDay, func(b *bubble) {
		b.gym(5)
		b.watch(Pace{Every: 15 * time.Minute})
		b.pass(time.Minute)
		b.lock(func() { b.noGymflow = true })
		b.pass(20 * time.Minute)
		failed := 0
		for _, run := range b.runs() {
			if run.Outcome == store.OutcomeFailed {
				failed++
			}
		}
		if failed < 2 || failed > 6 {
			b.t.Errorf("%d tries while Gymflow was down for up to 6 minutes after the first: %+v", failed, b.runs())
		}
		b.member("new", "ms")
		b.lock(func() { b.noGymflow = false })
		b.pass(9 * time.Minute)
		if !slices.Contains(b.in(b.groups[0]), "new") {
			b.t.Errorf("nine minutes after the outage: %+v", b.runs()[0])
		}
		b.pass(20 * time.Minute)
		if runs := b.runs(); runs[0].Started.Sub(runs[1].Started) < 13*time.Minute {
			b.t.Errorf("it is still in a hurry: %v after %v", runs[0].Started, runs[1].Started)
		}
	})
}
