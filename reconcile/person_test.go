package reconcile

import (
	"net/http"
	"testing"

	"kisiflow/access"
	"kisiflow/store"
)

// suspend suspends a member by hand in Kisi; tell is the event of that.
func (w *world) suspend(id string) (tell Word) {
	user := w.rowUser(id)
	w.kisi.SetSuspended(user, true)
	return Word{Cause: ChangedInKisi, UserID: user}
}

func (w *world) hear(words ...Word) {
	w.t.Helper()
	for _, word := range words {
		if _, err := w.engine.Hear(word); err != nil {
			w.t.Fatal(err)
		}
	}
}

// Kisi tells of a person, and Gymflow, or an admin, of the same member: one look does for all, and still reads the person.
func TestOneLookDoesForAllWordsAboutAMember(t *testing.T) {
	for name, words := range map[string]func(w *world, kisi Word){
		"Kisi, then Gymflow": func(w *world, kisi Word) { w.hear(kisi, Word{Cause: "push", MemberID: "m001"}) },
		"Gymflow, then Kisi": func(w *world, kisi Word) { w.hear(Word{Cause: "push", MemberID: "m001"}, kisi) },
		"Kisi, then an admin": func(w *world, kisi Word) {
			w.hear(kisi)
			w.must(w.engine.Ask(store.Look{MemberID: "m001", Urgency: store.LookAsked, Cause: "admin"}))
		},
		"an admin, then Kisi": func(w *world, kisi Word) {
			w.must(w.engine.Ask(store.Look{MemberID: "m001", Urgency: store.LookAsked, Cause: "admin"}))
			w.hear(kisi)
		},
		"Kisi, then Gymflow while that look fails": func(w *world, kisi Word) {
			failed := false
			w.answerKisi(func(out http.ResponseWriter, in *http.Request) bool {
				if failed || in.URL.Path != "/role_assignments" {
					return false
				}
				failed = true
				w.push("m001")
				out.WriteHeader(http.StatusBadRequest)
				return true
			})
			w.hear(kisi)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := linked(t, 3)
			words(w, w.suspend("m001"))
			if looks := w.looks(); len(looks) != 1 {
				t.Errorf("%d looks", len(looks))
			}
			w.lookAtAll()
			if looks := w.looks(); len(looks) != 0 {
				t.Errorf("still to be done: %+v", looks)
			}
			w.standsAs("m001", access.NoAccess, access.IsSuspended)
		})
	}
}

// A roster file tells nothing about one member, so a complete sync does the work; it takes the people as they are stored.
func TestASuspensionShowsBesideARosterFile(t *testing.T) {
	w := fromFile(t, "a", "b", "c")
	w.sync(0)
	id := ""
	for _, row := range w.rows() {
		if row.Email == "b@x.example" {
			id = row.ID
		}
	}
	w.hear(w.suspend(id))
	w.lookAtAll()
	if _, found := w.queued(); !found {
		t.Fatal("no sync is asked for")
	}
	w.sync(0)
	w.standsAs(id, access.NoAccess, access.IsSuspended)
}

// What a look learns of a person in the middle of a run outlives that run's end.
func TestARunForgetsNoSuspension(t *testing.T) {
	w := linked(t, 3)
	w.member("new1", "ms")
	w.member("new2", "ms")
	w.onRequest(http.MethodPost, "/users", 1, func() { w.hear(w.suspend("m001")) })
	w.sync(0)
	if looks := w.looks(); len(looks) != 0 {
		t.Fatalf("the run did not look at them: %+v", looks)
	}
	w.standsAs("m001", access.NoAccess, access.IsSuspended)
	w.sync(0)
	w.standsAs("m001", access.NoAccess, access.IsSuspended)
	w.view(func(tx *store.Tx) error {
		people, err := tx.People()
		known := map[string]bool{}
		for _, user := range people.Users {
			known[user.Email] = true
		}
		if !known["new1@x.example"] || !known["new2@x.example"] {
			t.Errorf("whom the run made is not known: %+v", people.Users)
		}
		return err
	})
}
