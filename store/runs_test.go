package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kisiflow/access"
)

func TestRunIDsCountUp(t *testing.T) {
	store := newStore(t)
	for _, want := range []string{"r1", "r2", "r3"} {
		update(t, store, func(tx *Tx) error {
			id, err := tx.NextRun()
			if id != want {
				t.Errorf("got %s, want %s", id, want)
			}
			return err
		})
	}
	update(t, store, func(tx *Tx) error { return tx.PutRun(Run{ID: "r12"}) })
	update(t, store, func(tx *Tx) error {
		id, err := tx.NextRun()
		if id != "r13" {
			t.Errorf("after r12 came %s", id)
		}
		return err
	})
	for _, id := range []string{"", "r", "r0", "r-1", "r01", "12", "R1", "r1x"} {
		if err := store.Update(func(tx *Tx) error { return tx.PutRun(Run{ID: id}) }); err == nil {
			t.Errorf("PutRun took %q for an id", id)
		}
		view(t, store, func(tx *Tx) error {
			_, there, err := tx.Run(id)
			if there {
				t.Errorf("run %q was found", id)
			}
			return err
		})
	}
}

func TestRunsComeNewestFirst(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error {
		for number := 1; number <= 300; number++ { // more than a byte holds
			if err := tx.PutRun(Run{ID: fmt.Sprintf("r%d", number)}); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, store, func(tx *Tx) error {
		newest, err := tx.Runs(2)
		if err != nil {
			return err
		}
		if len(newest) != 2 || newest[0].ID != "r300" || newest[1].ID != "r299" {
			t.Errorf("the newest two are %v", newest)
		}
		all, err := tx.Runs(0)
		if len(all) != 300 {
			t.Errorf("%d of 300 runs are kept", len(all))
		}
		return err
	})
}

func TestLastSyncIsOneThatWentThrough(t *testing.T) {
	store := newStore(t)
	at := func(minute int) time.Time { return time.Date(2026, 3, 1, 0, minute, 0, 0, time.UTC) }
	for i, c := range []struct {
		outcome string
		ended   int
		read    int
		synced  int
		inStep  bool
	}{
		{OutcomeRunning, 1, 0, 0, false}, {OutcomeDone, 2, 2, 2, true}, {OutcomeFailed, 3, 2, 2, false}, {OutcomeStopped, 4, 2, 2, false},
		{OutcomePartial, 5, 5, 2, false}, {OutcomeHeld, 6, 6, 2, false}, {OutcomeDone, 4, 6, 2, false}, {OutcomeDone, 7, 7, 7, true},
	} {
		id := fmt.Sprintf("r%d", i+1)
		if c.ended < c.read { // one of before is stored once more
			id = "r4"
		}
		update(t, store, func(tx *Tx) error { return tx.PutRun(Run{ID: id, Outcome: c.outcome, Finished: at(c.ended)}) })
		view(t, store, func(tx *Tx) error {
			for name, one := range map[string]struct {
				read func() (time.Time, bool, error)
				want int
			}{"in step": {tx.LastSync, c.synced}, "read": {tx.LastRead, c.read}} {
				got, there, err := one.read()
				if there != (one.want > 0) || (there && !got.Equal(at(one.want))) || err != nil {
					t.Errorf("after a run that ended %s at minute %d, %s: %v, %v, %v; want minute %d", c.outcome, c.ended, name, got, there, err, one.want)
				}
			}
			fresh, err := tx.Freshness()
			if fresh.InStep() != c.inStep {
				t.Errorf("after a run that ended %s at minute %d: %+v", c.outcome, c.ended, fresh)
			}
			return err
		})
	}
}

func TestTheHeldListOutlivesOthers(t *testing.T) {
	store := newStore(t)
	put := func(list Approvable) {
		t.Helper()
		update(t, store, func(tx *Tx) error { return tx.PutApprovable(list) })
	}
	expect := func(fingerprint string, wantKept, wantHeld bool) {
		t.Helper()
		view(t, store, func(tx *Tx) error {
			list, kept, err := tx.Approvable(fingerprint)
			if kept != wantKept || list.Held != wantHeld {
				t.Errorf("%s: kept %v, held %v; want %v, %v", fingerprint, kept, list.Held, wantKept, wantHeld)
			}
			return err
		})
	}
	put(Approvable{Fingerprint: "first", Held: true, Run: "r1", Why: []string{"many"}})
	for number := range 60 {
		put(Approvable{Fingerprint: fmt.Sprintf("plan %d", number)})
	}
	expect("first", true, true)
	expect("plan 10", false, false)
	expect("plan 11", true, false) // with the held one that makes 50
	put(Approvable{Fingerprint: "first", Removals: []access.Revoke{{Name: "Ann"}}})
	view(t, store, func(tx *Tx) error {
		list, there, err := tx.HeldList()
		if !there || list.Run != "r1" || !cmp.Equal(list.Why, []string{"many"}) || len(list.Removals) != 1 {
			t.Errorf("a plan that shows the held list again left %+v", list)
		}
		return err
	})
	put(Approvable{Fingerprint: "second", Held: true})
	expect("first", true, false)
	expect("second", true, true)
	update(t, store, (*Tx).ClearHeld)
	expect("second", true, false)
	view(t, store, func(tx *Tx) error {
		_, there, err := tx.HeldList()
		if there {
			t.Error("a list is held after ClearHeld")
		}
		return err
	})
}

func TestRequestsAreTakenInOrder(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error {
		for _, by := range []string{"a", "b", "c"} {
			if _, err := tx.PutRequest(Request{Kind: "sync", By: by}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, want := range []string{"a", "b", "c", ""} {
		update(t, store, func(tx *Tx) error {
			request, there, err := tx.TakeRequest()
			if request.By != want || there != (want != "") {
				t.Errorf("took %+v, %v; want the one of %q", request, there, want)
			}
			return err
		})
	}
}

func TestIntentsCloseOneByOne(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error {
		for member := range 3 {
			if _, err := tx.OpenIntent(Intent{Kind: IntentGrant, MemberID: fmt.Sprint(member)}); err != nil {
				return err
			}
		}
		return tx.CloseIntent(2)
	})
	update(t, store, func(tx *Tx) error {
		id, err := tx.OpenIntent(Intent{})
		if id != 4 {
			t.Errorf("an id was given twice: %d", id)
		}
		if err == nil {
			err = tx.CloseIntent(4)
		}
		return err
	})
	view(t, store, func(tx *Tx) error {
		intents, err := tx.Intents()
		if len(intents) != 2 || intents[0].ID != 1 || intents[1].ID != 3 {
			t.Errorf("open are %+v", intents)
		}
		return err
	})
}

// The journal is compared with a plain list, which answers the same questions slowly.
func TestJournalPages(t *testing.T) {
	members := []string{"", "m", "m1", "m12", "\x00", "m\x00"}
	rapid.Check(t, func(rt *rapid.T) {
		store := newStore(t)
		var all []Entry
		update(t, store, func(tx *Tx) error {
			for range rapid.IntRange(0, 40).Draw(rt, "entries") {
				entry := Entry{MemberID: rapid.SampledFrom(members).Draw(rt, "member"), Kind: Granted}
				sequence, err := tx.AppendJournal(entry)
				if err != nil {
					return err
				}
				entry.Sequence = sequence
				all = append(all, entry)
			}
			return nil
		})
		before := rapid.Uint64Range(0, 45).Draw(rt, "before")
		limit := rapid.IntRange(0, 10).Draw(rt, "limit")
		member := rapid.SampledFrom(members).Draw(rt, "asked")
		var want []Entry
		for index := len(all) - 1; index >= 0 && (limit == 0 || len(want) < limit); index-- {
			entry := all[index]
			if (before == 0 || entry.Sequence < before) && (member == "" || entry.MemberID == member) {
				want = append(want, entry)
			}
		}
		view(t, store, func(tx *Tx) error {
			got, err := tx.Journal(before, limit, member)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Errorf("Journal(%d, %d, %q) (-want +got):\n%s", before, limit, member, diff)
			}
			return err
		})
	})
}
