package reconcile

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// answerPosts lets a function answer the making of people; the count of such requests comes back.
func (w *world) answerPosts(status int, body string) (posted *int, lists *int) {
	posted, lists = new(int), new(int)
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			switch {
			case in.URL.Path == "/users" && in.Method == http.MethodPost:
				*posted++
				out.WriteHeader(status)
				_, _ = out.Write([]byte(body))
				return
			case in.URL.Path == "/users" && in.URL.Query().Get("email") == "":
				*lists++
			}
			next.ServeHTTP(out, in)
		})
	})
	return posted, lists
}

// Kisi's no to one person is asked for once: not at every run, but when the person changed, or a day later.
func TestAPersonWhomKisiRefusesIsNotAskedForAtEveryRun(t *testing.T) {
	w := linked(t, 3)
	moved := time.Duration(0)
	w.options.Now = func() time.Time { return time.Now().Add(moved) }
	w.restart()
	member := w.member("odd", "ms")
	posted, _ := w.answerPosts(http.StatusUnprocessableEntity, `{"errors":{"email":["is invalid"]}}`)
	expect := func(when string, want int) {
		t.Helper()
		if run := w.sync(3); run.Failed != 1 || len(run.Problems) != 1 || *posted != want {
			t.Errorf("%s: %d tries so far, want %d; %+v", when, *posted, want, run)
		}
		row := w.rows()["odd"]
		if row.Standing != access.Problem || row.Reason == nil || *row.Reason != access.Failed || !strings.Contains(row.Detail, "email is invalid") {
			t.Errorf("%s: %+v", when, row)
		}
	}
	expect("the first run", 1)
	expect("the second run", 1)
	w.restart()
	expect("another process", 1)
	member.Email = "odder@x.example"
	w.gymflow.Gym.Put(member)
	expect("another e-mail", 2)
	member.FirstName = "Other"
	w.gymflow.Gym.Put(member)
	expect("another name", 3)
	expect("and again", 3)
	moved = 24*time.Hour + time.Minute
	expect("a day later", 4)
	w.kisi.Wrap(nil)
	moved *= 2
	if run := w.sync(0); run.Granted != 1 {
		t.Errorf("%+v", run)
	}
}

// A Kisi that can't make people is not read from end to end for each of them.
func TestAKisiInTroubleIsNotReadFromEndToEnd(t *testing.T) {
	w := linked(t, 3)
	for i := range 8 {
		w.member(fmt.Sprintf("new%d", i), "ms")
	}
	posted, lists := w.answerPosts(http.StatusServiceUnavailable, "")
	run, err := w.engine.Sync(t.Context(), store.Request{})
	if ExitCode(err) != 75 || run.Granted != 0 {
		t.Errorf("%+v %v", run, err)
	}
	if *lists > 1 || *posted > 4*patience { // one whole reading may be due before the plan
		t.Errorf("%d whole lists, %d tries", *lists, *posted)
	}
}

func TestAMinuteWithoutAGoodAnswerEndsTheRun(t *testing.T) {
	w := linked(t, 3)
	lease, err := w.store.Acquire("sync")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lease.Release() }()
	run, err := w.engine.begin(lease, store.Request{})
	if err != nil {
		t.Fatal(err)
	}
	down := failure{memberID: "m000", name: "Ann", doing: "adding the person to Kisi", err: &kisi.Error{Doing: "adding a person", Kind: kisi.ErrUnavailable}}
	run.heardAt = time.Now()
	if err := run.fail(context.Background(), down); err != nil {
		t.Errorf("one failure at once: %v", err)
	}
	run.heardAt = time.Now().Add(-silence)
	if err := run.fail(context.Background(), down); ExitCode(err) != 75 {
		t.Errorf("after a minute: %v", err)
	}
	run.answered()
	if err := run.fail(context.Background(), down); err != nil {
		t.Errorf("after a good answer: %v", err)
	}
}
