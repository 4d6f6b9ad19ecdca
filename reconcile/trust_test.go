package reconcile

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// aged lets Gymflow say that its data is so old.
func (w *world) aged(age time.Duration) {
	w.gymflow.Wrap(nil)
	said := regexp.MustCompile(`"as_of":"[^"]*"`)
	w.gymflow.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			record := httptest.NewRecorder()
			next.ServeHTTP(record, in)
			body := said.ReplaceAllString(record.Body.String(), `"as_of":"`+time.Now().Add(-age).UTC().Format(time.RFC3339)+`"`)
			for name, values := range record.Header() {
				if name != "Content-Length" {
					out.Header()[name] = values
				}
			}
			out.WriteHeader(record.Code)
			_, _ = out.Write([]byte(body))
		})
	})
}

func (w *world) change(change func(*store.Settings)) {
	w.t.Helper()
	err := w.store.Update(func(tx *store.Tx) error {
		settings, _, err := tx.Settings()
		change(&settings)
		if err != nil {
			return err
		}
		return tx.PutSettings(settings)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestOldDataTakesNobodyOut(t *testing.T) {
	w := linked(t, 5)
	w.cancel("m001")
	w.member("new", "ms")
	w.gymflow.Gym.Remove("m004")
	w.aged(25 * time.Hour)
	run := w.sync(4)
	if run.Revoked != 0 || run.Held != 1 || run.Granted != 1 || run.Outcome != store.OutcomeHeld || !strings.Contains(strings.Join(run.Notes, " "), "25 hours old") {
		t.Errorf("%+v", run)
	}
	if row := w.rows()["m001"]; row.Standing != access.Held || *row.Reason != access.Stale {
		t.Errorf("%+v", row)
	}
	list, found := w.heldList()
	if !found || !list.Stale || list.Untrusted {
		t.Errorf("%+v", list)
	}
	if again := w.sync(4, approve(list.Fingerprint)); again.Revoked != 0 {
		t.Errorf("an approval took somebody out on old data: %+v", again)
	}
	w.gymflow.Wrap(nil)
	fresh := w.sync(0)
	if fresh.Revoked != 1 || fresh.Held != 0 {
		t.Errorf("fresh again: %+v", fresh)
	}
	if len(w.in(w.groups[0])) != 5 {
		t.Errorf("reading old data again counted as a second word on the missing member: %v", w.in(w.groups[0]))
	}
	if last := w.sync(0); last.Revoked != 1 {
		t.Errorf("the second fresh read: %+v", last)
	}
	w.consistent()
}

func TestHowOldIsTooOld(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		setting, age time.Duration
		held         bool
	}{
		{0, 23 * time.Hour, false}, {0, 25 * time.Hour, true},
		{-time.Hour, 23 * time.Hour, false},
		{time.Minute, 59 * time.Minute, false}, {time.Minute, 61 * time.Minute, true}, // the floor is an hour
		{1000 * time.Hour, 6 * 24 * time.Hour, false}, {1000 * time.Hour, 8 * 24 * time.Hour, true},
	} {
		w := linked(t, 2)
		w.cancel("m001")
		w.change(func(settings *store.Settings) { settings.StaleAfter = test.setting })
		w.aged(test.age)
		run, err := w.engine.Sync(t.Context(), store.Request{})
		if err != nil || (run.Held == 1) != test.held {
			t.Errorf("%+v: %+v %v", test, run, err)
		}
	}
}

// The younger of two ages counts: a rehearsal moves the process's clock, not the data.
func TestAMovedClockMakesNoDataOld(t *testing.T) {
	w := linked(t, 2)
	w.options.Now = func() time.Time { return time.Now().Add(1000 * time.Hour) }
	w.restart()
	w.cancel("m001")
	if run := w.sync(0); run.Revoked != 1 {
		t.Errorf("%+v", run)
	}
}

func TestAnEmptyListIsNotTrustedHoweverSmallTheGym(t *testing.T) {
	w := linked(t, 3)
	for i := range 3 {
		w.gymflow.Gym.Remove(fmt.Sprintf("m%03d", i))
	}
	w.sync(4)
	run := w.sync(4)
	list, found := w.heldList()
	if run.Revoked != 0 || !found || !list.Untrusted || len(list.Keys) != 3 {
		t.Errorf("%+v %+v", run, list)
	}
	if run := w.sync(0, approve(list.Fingerprint)); run.Revoked != 3 {
		t.Errorf("approved by its fingerprint: %+v", run)
	}
	w.consistent()
}

func TestNoSettingLetsManyRemovalsThrough(t *testing.T) {
	w := linked(t, 8)
	w.change(func(settings *store.Settings) {
		settings.Limits = access.Limits{WeakCount: 1 << 30, WeakPercent: 100, StrongCount: 1 << 30, StrongPercent: 100, EmptyGroup: -1}
	})
	for i := range 8 {
		w.cancel(fmt.Sprintf("m%03d", i))
	}
	if run := w.sync(4); run.Held != 8 {
		t.Errorf("a group was emptied: %+v", run)
	}
}

func (w *world) questions() (questions []access.Question) {
	w.view(func(tx *store.Tx) (err error) { questions, err = tx.Questions(); return err })
	return questions
}

// byRobot takes the members' rights away and makes new ones, as Gymflow's own integration would.
func (w *world) byRobot(robot kisi.User, ids ...string) {
	for _, id := range ids {
		right := w.rightOf(id, w.groups[0])
		w.kisi.RemoveRight(right.ID)
		w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", right.AssigneeID, robot.ID)
	}
}

func TestASecondWriterIsAskedAbout(t *testing.T) {
	w := linked(t, 12)
	now := time.Now()
	w.options.Now = func() time.Time { return now }
	w.restart()
	robot := w.kisi.AddUser(kisi.User{Name: "Robot", Email: "robot@x.example", AccessEnabled: true})
	w.byRobot(robot, "m001")
	w.sync(0)
	if questions := w.questions(); len(questions) != 0 {
		t.Errorf("a single one made by hand is asked about: %+v", questions)
	}
	w.byRobot(robot, "m002", "m003")
	w.sync(0)
	questions := w.questions()
	if len(questions) != 1 || questions[0].GroupID != w.groups[0].ID || !strings.Contains(questions[0].Text, "3 access rights came") ||
		!strings.Contains(questions[0].Text, "own Kisi integration still on?") || !strings.Contains(questions[0].Text, fmt.Sprintf("Kisi's user %d", robot.ID)) {
		t.Errorf("%+v", questions)
	}
	w.sync(0)
	if len(w.questions()) != 1 {
		t.Errorf("it is forgotten with the next sync, or asked twice: %+v", w.questions())
	}
	now = now.Add(49 * time.Hour)
	w.sync(0)
	if questions := w.questions(); len(questions) != 0 {
		t.Errorf("nothing happened for two days, and yet: %+v", questions)
	}
	w.byRobot(robot, "m005", "m006")
	w.sync(0)
	questions = w.questions()
	if len(questions) != 1 || !strings.Contains(questions[0].Text, "made by Robot") { // people were read anew after a day
		t.Errorf("%+v", questions)
	}
}

func TestAPersonAtADeskIsNoSecondWriter(t *testing.T) {
	w := linked(t, 12)
	hand := w.kisi.AddUser(kisi.User{Name: "Hand", Email: "hand@x.example", AccessEnabled: true})
	w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
	w.sync(0)
	user := w.kisi.AddUser(kisi.User{Name: "New", Email: "new@x.example", AccessEnabled: true})
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", user.ID, hand.ID)
	w.member("new", "ms")
	w.sync(0)
	if questions := w.questions(); len(questions) != 0 {
		t.Errorf("%+v", questions)
	}
}
