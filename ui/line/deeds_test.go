package line_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
	"kisiflow/ui/line"
)

func (w *world) live(t *testing.T, lines ...string) string {
	t.Helper()
	output, err := w.talk(t, func(ctx context.Context, terminal line.Terminal) error {
		return line.Live(ctx, terminal, w.engine, w.state)
	}, lines...)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return output
}

// setUp leads to a link in step.
func setUp(t *testing.T, members int) *world {
	t.Helper()
	w := newWorld(t, members)
	w.furnish()
	w.settle(t)
	if output, err := w.wizard(t, w.answers()...); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return w
}

// someone is a member with access through kisiflow.
func (w *world) someone(t *testing.T) access.Row {
	t.Helper()
	var found access.Row
	err := w.state.View(func(tx *store.Tx) error {
		rows, _, err := tx.Standings()
		ledger, ledgerErr := tx.Ledger()
		for _, row := range rows {
			for _, entry := range ledger {
				if row.Standing == access.HasAccess && entry.MemberID == row.ID && row.Reason == nil {
					found = row
				}
			}
		}
		if err == nil {
			err = ledgerErr
		}
		return err
	})
	if err != nil || found.ID == "" {
		t.Fatalf("nobody has access: %v", err)
	}
	return found
}

func (w *world) lastRun(t *testing.T) (run store.Run) {
	t.Helper()
	err := w.state.View(func(tx *store.Tx) error {
		runs, err := tx.Runs(1)
		if len(runs) > 0 {
			run = runs[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestOverrideAndUndoInLines(t *testing.T) {
	t.Parallel()
	w := setUp(t, 30)
	who := w.someone(t)
	output := w.live(t, "3", who.ID, "override", "1", "next week", "2020-01-01", "b", "override", "2", "lost card", "", "q")
	expect(t, output, "1. Allow until a date", `"next week" is not a date. Write it like 2026-12-31.`, `"2020-01-01" is over.`, "before:", "A sync acts on it now.",
		"1 taken away")
	output = w.live(t, "3", who.ID, "", "7", "undo", "r99", "", "q")
	expect(t, output, "Outside the rules:", "lost card", `There is no run "r99".`)
	run := w.lastRun(t) // the one that the override asked for
	if run.Revoked != 1 {
		t.Fatalf("the override led to %+v", run)
	}
	output = w.live(t, "7", "undo", run.ID, "maybe", "no", "7", "undo", run.ID, "undo", "7", "undo", run.ID, "q")
	expect(t, output, " back.", `"maybe" is not it. Type exactly undo`, "Nothing is undone.", "1 access right given")
	if given := w.lastRun(t); given.Granted != 1 || given.Trigger != "undo" {
		t.Errorf("the undo gave %+v", given)
	}
}

func TestSettingsAndANewKeyInLines(t *testing.T) {
	t.Parallel()
	w := setUp(t, 5)
	another := w.kisi.AddKey(kisi.User{ID: 920_000, Name: "Adam Admin", Email: "adam@gym.example", AccessEnabled: true}, "administrator", "api")
	output := w.live(t, "4", "2", "", "2", "two words", "wrong", " "+another+" ", "", "q")
	expect(t, output, "Gymflow: Riverside", "Place: Dublin HQ, 1 Quay. Dates are days in Europe/Dublin.", ", owner of", "Managed: no e-mail from Kisi",
		"The stored key stays.", "holds a blank in the middle", "The new key is in force: Adam Admin", "Warning: The Kisi key belongs to Adam Admin")
	for _, secret := range []string{another, w.kisi.Key, w.gymflow.Token} {
		if strings.Contains(output, secret) {
			t.Error("a secret was printed")
		}
	}
	if settings, _ := w.settings(t); settings.Key.UserName != "Adam Admin" {
		t.Errorf("in force is the key of %s", settings.Key.UserName)
	}
}

// TestHeldRemovalsInLines: removals of a list that is not trusted want words, and one that is too old wants fresh data.
func TestHeldRemovalsInLines(t *testing.T) {
	t.Parallel()
	w := setUp(t, 10)
	hold := func(change func(*store.Approvable)) {
		list := store.Approvable{Fingerprint: "f00d", Held: true, At: time.Now(), Why: []string{"Gymflow's list is empty."},
			Removals: []access.Revoke{{Name: "Ann \x1b[31mLee", GroupName: "All hours", Why: "not in the list"}}}
		change(&list)
		if err := w.state.Update(func(tx *store.Tx) error { return tx.PutApprovable(list) }); err != nil {
			t.Fatal(err)
		}
	}
	hold(func(list *store.Approvable) { list.Stale = true })
	expect(t, w.live(t, "6", "q"), "Held: Gymflow's list is empty.", "Ann Lee would lose All hours. Not in the list", "too old")
	hold(func(list *store.Approvable) { list.Untrusted = true })
	expect(t, w.live(t, "6", "approve", "", "q"), "Type REMOVE 1 to let this removal happen", `"approve" is not it. Type exactly REMOVE 1`, "Everything stays held.")
	before := w.lastRun(t).ID
	expect(t, w.live(t, "6", "remove 1", "q"), "Run ")
	if run := w.lastRun(t); run.ID == before || run.Trigger != "approve" {
		t.Errorf("no run was approved: %+v", run)
	}
}

// TestPicksAreKeptBeforeTheyAreSubmitted: the input ends in the middle of the associations.
func TestPicksAreKeptBeforeTheyAreSubmitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.furnish()
	if _, err := w.wizard(t, w.gymflow.URL, w.gymflow.Token, w.kisi.Key, "", "1", "1"); err == nil {
		t.Fatal("the wizard did not miss an answer")
	}
	output, err := w.wizard(t, "q")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, output, "1. Unlimited Monthly, ", ": opens All hours.", "So far: opens doors for ")
}

// TestANewGroupIsFoundInPlace: r reads again, and what was chosen stays.
func TestANewGroupIsFoundInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.furnish()
	added := false
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			next.ServeHTTP(writer, request)
			if strings.HasPrefix(request.URL.Path, "/groups") && !added {
				added = true
				w.kisi.AddGroup(kisi.Group{Name: "Sauna", PlaceID: w.place.ID, LocksCount: 1, LoginEnabled: true})
			}
		})
	})
	output, err := w.wizard(t, w.gymflow.URL, w.gymflow.Token, w.kisi.Key, "", "1", "1", "sun", "r", "2", "b", "q")
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(output, `No membership is called "sun".`)
	if strings.Contains(before, "Sauna") {
		t.Fatal("the group was there before")
	}
	expect(t, after, "Sauna, 1 door, 0 people in it", "1. Unlimited Monthly, ", ": opens All hours.")
}

// TestRemovalsInAReviewWantTheirOwnWord: one list cancels everybody, the other has lost most of its members as well.
func TestRemovalsInAReviewWantTheirOwnWord(t *testing.T) {
	for name, lose := range map[string]bool{"held": false, "not trusted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setUp(t, 60)
			_, _, members := w.gymflow.Gym.Snapshot()
			for i, member := range members {
				if lose && i%4 != 0 {
					w.gymflow.Gym.Remove(member.ID)
					continue
				}
				for at := range member.Holdings {
					member.Holdings[at].Status = gymflow.Cancelled
				}
				w.gymflow.Gym.Put(member)
			}
			output := w.live(t, "4", "1", "", "", "q", "", "q")
			expect(t, output, "Enter for yes, which holds these ", "held until you approve")
			if run := w.lastRun(t); run.Revoked != 0 {
				t.Fatalf("%d rights were taken away unasked", run.Revoked)
			}
			if lose {
				output = w.live(t, "4", "1", "", "", "approve", "approve", "q", "", "q")
				expect(t, output, "Look into Gymflow first.", "Problem: To approve, type exactly: REMOVE ")
				if run := w.lastRun(t); run.Revoked != 0 {
					t.Fatalf("%d rights were taken away without the words", run.Revoked)
				}
				return
			}
			w.live(t, "4", "1", "", "", "approve", "", "q")
			if run := w.lastRun(t); run.Revoked < 20 {
				t.Errorf("approved, and taken away: %+v", run)
			}
		})
	}
}
