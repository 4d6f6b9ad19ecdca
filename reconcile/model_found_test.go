package reconcile

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// What the model found, each as a small test of its own.

// A couple shares an e-mail. The list misses the one for whom the right was made; the other has cancelled.
func TestWhoIsMissingFromTheListIsNotJudgedByTheirFamily(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.members(12, "ms")
	gone := w.member("z1", "ms")
	w.setUp("ms", w.groups[0])
	w.sync(0)
	other := w.member("z2", "ms")
	other.Email = strings.ToUpper(gone.Email)
	w.gymflow.Gym.Put(other)
	w.sync(0)
	w.cancel("z2")
	w.gymflow.Gym.Remove("z1")
	if run := w.sync(0); run.Revoked != 0 {
		t.Fatalf("z1 lost access after one list without them: %+v", run)
	}
	w.gymflow.Gym.Put(gone)
	w.sync(0)
	if !slices.Contains(w.in(w.groups[0]), "z1") {
		t.Error("z1 is out")
	}
	w.gymflow.Gym.Remove("z1")
	w.sync(0)
	run, err := w.engine.Sync(t.Context(), store.Request{})
	if err != nil || run.Revoked != 1 || slices.Contains(w.in(w.groups[0]), "z1") {
		t.Errorf("two lists and a single question later: %+v %v", run, err)
	}
	w.consistent()
}

// The list of a group's rights comes back empty (and says that it is complete) just when an answer was lost. Kisi refuses
// the second try as a duplicate: that right is ours, and must not be forgotten.
func TestALostAnswerAndAnEmptyListForgetNothing(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.member("one", "ms")
	w.kisi.AddUser(kisi.User{Name: "one", Email: "one@x.example", AccessEnabled: true})
	w.setUp("ms", w.groups[0])
	tries := 0
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if in.Method == http.MethodPost && in.URL.Path == "/role_assignments" {
				if tries++; tries == 1 {
					w.fault("reset-after:1")
				} else {
					w.fault("")
				}
				w.fault("lost-list")
			}
			next.ServeHTTP(out, in)
		})
	})
	w.anySync()
	w.anySync() // the list is still empty
	w.kisi.Wrap(nil)
	w.fault("")
	w.sync(0)
	if tries < 1 || len(w.ledger()) != 1 {
		t.Errorf("after %d tries the ledger holds %+v", tries, w.ledger())
	}
	w.consistent()
}

// A process dies between Kisi's answer and the state file; the next run is shown an empty list.
func TestAnIntentIsNotClosedByAListAlone(t *testing.T) {
	t.Parallel()
	for at := 1; ; at++ { // the death that comes after the right was made and before it is noted
		w := newWorld(t, 0, 1)
		w.member("one", "ms")
		w.setUp("ms", w.groups[0])
		if err := w.runInto(&reaper{at: at}); err == nil {
			t.Fatal("no such death")
		}
		if len(w.in(w.groups[0])) == 0 || len(w.ledger()) > 0 {
			continue
		}
		w.fault("lost-list")
		w.anySync()
		w.fault("")
		w.sync(0)
		w.consistent()
		if len(w.ledger()) != 1 {
			t.Errorf("in the ledger: %+v", w.ledger())
		}
		break
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// Somebody deletes a person in Kisi who meanwhile has no e-mail in Gymflow: nobody can be made of that, and the admin is
// asked instead of every run trying in vain.
func TestAPersonWhoIsGoneAndHasNoAddressIsAskedAboutNotTriedForEver(t *testing.T) {
	w := linked(t, 3)
	member := w.member("m001", "ms")
	member.Email = ""
	w.gymflow.Gym.Put(member)
	w.kisi.RemoveUser(w.rightOf("m001", w.groups[0]).AssigneeID)
	w.options.Now = func() time.Time { return time.Now().Add(25 * time.Hour) } // Kisi's people are read anew once a day
	w.restart()
	if preview, err := w.engine.Preview(t.Context(), w.settings, w.to, nil); err != nil { // as a review does
		t.Fatal(err)
	} else if err := w.engine.Confirm(Confirmation{Settings: w.settings, Access: w.to, Preview: preview}); err != nil {
		t.Fatal(err)
	}
	w.sync(3)
	mark := len(w.kisi.Log())
	if run := w.sync(0); run.Failed > 0 {
		t.Errorf("%+v", run)
	}
	if _, writes, log := w.calls(mark); writes > 0 {
		t.Errorf("it is tried again: %v", log)
	}
	w.view(func(tx *store.Tx) error {
		questions, err := tx.Questions()
		if !slices.ContainsFunc(questions, func(q access.Question) bool { return q.MemberID == "m001" && q.Reason == access.NoEmail }) {
			t.Errorf("questions: %+v", questions)
		}
		return err
	})
	w.consistent()
}

// Somebody deletes a person in Kisi whose member now has the e-mail of another one, who is in the group: they are one person
// from now on, with one right, also where Kisi would make a second one.
func TestWhoIsFoundByAnAddressThatIsInTheGroupGetsNoSecondRight(t *testing.T) {
	w := linked(t, 4)
	member := w.member("m001", "ms")
	w.kisi.RemoveUser(w.rightOf("m001", w.groups[0]).AssigneeID)
	member.Email = "m002@x.example"
	w.gymflow.Gym.Put(member)
	w.fault("duplicate-allowed")
	w.sync(0)
	mark := len(w.kisi.Log())
	w.sync(0)
	if _, writes, log := w.calls(mark); writes > 0 {
		t.Errorf("the next run writes: %v", log)
	}
	if got := strings.Join(w.in(w.groups[0]), " "); got != "m000 m002 m003" {
		t.Errorf("in the group: %s", got)
	}
	w.consistent()
}
