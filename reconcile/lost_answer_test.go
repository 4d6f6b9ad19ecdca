package reconcile

import (
	"net/http"
	"slices"
	"testing"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// refuseAfterTheFirst lets the first write reach Kisi and loses its answer; from then on Kisi answers with a status.
func (w *world) refuseAfterTheFirst(method string, status int) {
	written := false
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			switch {
			case written:
				http.Error(out, `{"error":"no"}`, status)
				return
			case in.Method == method && in.URL.Path != "/users":
				written = true
				w.fault("reset-after:1")
			}
			next.ServeHTTP(out, in)
		})
	})
}

// A write took effect, its answer was lost, and the key died in the same moment: the refusal is about the question that came
// afterwards, so it proves nothing about the write. Nothing of ours is forgotten, and nothing is called somebody else's doing.
func TestALostAnswerAndADeadKeyForgetNothing(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		for _, method := range []string{http.MethodPost, http.MethodDelete} {
			w := linked(t, 3)
			if method == http.MethodPost {
				w.kisi.AddUser(kisi.User{Name: "new", Email: "new@x.example", AccessEnabled: true})
				w.member("new", "ms")
			} else {
				w.cancel("m001")
			}
			w.refuseAfterTheFirst(method, status)
			w.anySync()
			if method == http.MethodDelete && status == http.StatusNotFound {
				if left := len(w.ledger()); left != 2 {
					t.Errorf("a 404 after a lost answer of the same call is our own doing, and %d rights are in the ledger", left)
				}
			} else if w.openIntents() == 0 {
				t.Errorf("%s, then %d: nobody will look whether it happened", method, status)
			}
			w.kisi.Wrap(nil)
			w.fault("")
			w.sync(0)
			w.consistent()
			var lost map[access.RightKey]int
			w.view(func(tx *store.Tx) (err error) { lost, err = tx.Lost(); return err })
			if len(lost) > 0 || w.openIntents() != 0 {
				t.Errorf("%s, then %d: %v is taken for another hand's doing, %d open", method, status, lost, w.openIntents())
			}
			in := w.in(w.groups[0])
			if slices.Contains(in, "new") != (method == http.MethodPost) || slices.Contains(in, "m001") != (method == http.MethodPost) {
				t.Errorf("%s, then %d: in the group %v", method, status, in)
			}
		}
	}
}
