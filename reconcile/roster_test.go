package reconcile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"kisiflow/gymflow"
	"kisiflow/store"
)

// rosterHead is the heading of the files of these tests; each row is an address.
const rosterHead = "email,membership,status,end date\n"

// fromFile is a linked gym whose members come from a roster file, two hours old.
func fromFile(t *testing.T, emails ...string) *world {
	t.Helper()
	w := newWorld(t, 0, 1)
	w.to.GymflowURL, w.to.GymflowToken = "", ""
	w.to.Roster = gymflow.RosterFile{Path: filepath.Join(t.TempDir(), "members.csv")}
	w.export(-2*time.Hour, emails...)
	w.associate("all hours", w.groups[0])
	w.settings.GymflowURL, w.settings.Roster = "", w.to.Roster
	w.confirm()
	return w
}

// export writes the roster file anew, with a time so far from now.
func (w *world) export(age time.Duration, emails ...string) {
	w.t.Helper()
	var content strings.Builder
	content.WriteString(rosterHead)
	for _, email := range emails {
		content.WriteString(email + "@x.example,All hours,active,\n")
	}
	w.exportText(age, content.String())
}

func (w *world) exportText(age time.Duration, content string) {
	w.t.Helper()
	path := w.to.Roster.Path
	at := time.Now().Add(age).Truncate(time.Second)
	draft := filepath.Join(filepath.Dir(path), ".draft")
	for _, err := range []error{os.WriteFile(draft, []byte(content), 0o600), os.Chtimes(draft, at, at), os.Rename(draft, path)} {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func letters(count int) []string {
	var all []string
	for i := range count {
		all = append(all, string(rune('a'+i)))
	}
	return all
}

// TestAMissingMemberOfAFileIsConfirmedByANewerFile (design.md 5.4): the same file again is the same word.
func TestAMissingMemberOfAFileIsConfirmedByANewerFile(t *testing.T) {
	w := fromFile(t, letters(12)...)
	w.sync(0)
	w.export(-90*time.Minute, letters(11)...)
	for range 3 {
		run := w.sync(0)
		if run.Revoked != 0 || !strings.Contains(strings.Join(run.Notes, " "), "second, newer roster file") {
			t.Fatalf("%+v", run)
		}
	}
	w.restart() // and so it stays in the next process
	if run := w.sync(0); run.Revoked != 0 {
		t.Fatalf("%+v", run)
	}
	w.export(-80*time.Minute, letters(11)...)
	if run := w.sync(0); run.Revoked != 1 || run.Requests.Gymflow != 0 {
		t.Errorf("%+v", run)
	}
	if got := w.in(w.groups[0]); len(got) != 11 {
		t.Errorf("%v", got)
	}
	w.consistent()
}

func TestWhoIsBackInTheNextFileIsMissedAnew(t *testing.T) {
	w := fromFile(t, letters(12)...)
	w.sync(0)
	for step, count := range []int{11, 12, 11} {
		w.export(time.Duration(step-90)*time.Minute, letters(count)...)
		if run := w.sync(0); run.Revoked != 0 {
			t.Fatalf("file %d: %+v", step, run)
		}
	}
}

// TestAnOlderFileTakesNobodyOut: somebody put an old export back.
func TestAnOlderFileTakesNobodyOut(t *testing.T) {
	w := fromFile(t, letters(12)...)
	w.sync(0)
	rows := strings.Replace(rosterHead+strings.Join(letters(12), "@x.example,All hours,active,\n")+"@x.example,All hours,active,\n", "b@x.example,All hours,active", "b@x.example,All hours,cancelled", 1)
	w.exportText(-3*time.Hour, rows)
	for range 2 {
		run := w.sync(4)
		if run.Revoked != 0 || run.Held != 1 || !strings.Contains(strings.Join(run.Notes, " "), "older") {
			t.Fatalf("%+v", run)
		}
		if run = w.sync(4, approve(run.Fingerprint)); run.Revoked != 0 {
			t.Fatalf("approved: %+v", run)
		}
	}
	w.exportText(-time.Hour, rows)
	if run := w.sync(0); run.Revoked != 1 {
		t.Errorf("%+v", run)
	}
}

func TestASmallerFileMeetsTheGuard(t *testing.T) {
	w := fromFile(t, letters(24)...)
	w.sync(0)
	w.export(-90*time.Minute, letters(5)...)
	w.sync(4)
	w.export(-80*time.Minute, letters(5)...)
	if run := w.sync(4); run.Revoked != 0 {
		t.Errorf("%+v", run)
	}
	if got := w.in(w.groups[0]); len(got) != 24 {
		t.Errorf("%v", got)
	}
}

func TestAFileFromAWrongClockHoldsNothingForEver(t *testing.T) {
	w := fromFile(t, letters(12)...)
	w.sync(0)
	w.exportText(-90*time.Minute, rosterHead+"a@x.example,All hours,cancelled,\n")
	if err := w.store.Update(func(tx *store.Tx) error {
		return tx.PutRoster(gymflow.Roster{AsOf: time.Now().Add(1000 * time.Hour)})
	}); err != nil {
		t.Fatal(err)
	}
	known, _, err := w.engine.recall()
	if err != nil {
		t.Fatal(err)
	}
	s := &survey{remembered: known, engine: w.engine, zone: time.UTC, roster: gymflow.Roster{AsOf: time.Now().Add(-time.Hour)}}
	if s.judgeAge(); s.stale != "" {
		t.Error(s.stale)
	}
}

func TestAnOldFileHoldsRemovals(t *testing.T) {
	w := fromFile(t, letters(12)...)
	w.sync(0)
	s := &survey{engine: w.engine, zone: time.UTC, roster: gymflow.Roster{AsOf: time.Now().Add(-100 * time.Hour)}}
	s.to = w.to
	if s.judgeAge(); !strings.HasPrefix(s.stale, "The roster file is 4 days old") {
		t.Error(s.stale)
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	w := fromFile(t, letters(3)...)
	w.sync(0)
	w.exportText(-time.Hour, rosterHead+"a,All hours,,soon\n")
	run := w.sync(1)
	if told := strings.Join(run.Notes, " "); !strings.Contains(told, "line 2, column 1 (email)") || run.Planned {
		t.Errorf("%+v", run)
	}
	if err := os.Remove(w.to.Roster.Path); err != nil {
		t.Fatal(err)
	}
	w.sync(75)
	if got := w.in(w.groups[0]); len(got) != 3 {
		t.Errorf("%v", got)
	}
	for err, want := range map[error]int{gymflow.ErrBeingWritten: 75, gymflow.ErrNoFile: 75, &gymflow.Refused{}: 1} {
		if got := ExitCode(explainGymflow(err)); got != want {
			t.Errorf("%v: exit %d", err, got)
		}
	}
}

// TestALookAsksForACompleteSync: a push marks a member, and a file can't be asked about one (gymflow-api.md, Files).
func TestALookAsksForACompleteSync(t *testing.T) {
	w := fromFile(t, letters(3)...)
	w.sync(0)
	w.export(-time.Hour, letters(4)...)
	next, stop := w.looping(0)
	defer stop()
	if err := w.engine.Ask(store.Look{MemberID: "a@x.example", Urgency: store.LookPushed, Cause: "push"}); err != nil {
		t.Fatal(err)
	}
	next()
	if got := w.in(w.groups[0]); len(got) != 4 {
		t.Errorf("%v", got)
	}
}

// TestLoopFollowsTheFile: with a watch on its folder, and without one.
func TestLoopFollowsTheFile(t *testing.T) {
	for name, broken := range map[string]bool{"watched": false, "polled alone": true} {
		t.Run(name, func(t *testing.T) {
			w := fromFile(t, letters(3)...)
			w.sync(0)
			next, stop := w.following(broken)
			defer stop()
			w.export(-time.Hour, letters(4)...)
			next()
			if got := w.in(w.groups[0]); len(got) != 4 {
				t.Fatalf("%v", got)
			}
			w.export(-30*time.Minute, letters(5)...)
			next()
			if got := w.in(w.groups[0]); len(got) != 5 {
				t.Errorf("%v", got)
			}
		})
	}
}

// following is looping, with a watch and a clock that makes no look at the file due; or without a watch, and with a clock that makes
// every turn's look due.
func (w *world) following(broken bool) (next, stop func()) {
	start := time.Now()
	w.adjust = func(engine *Engine) {
		engine.host = func() time.Time { return start }
		if broken {
			var turns atomic.Int64
			engine.host = func() time.Time { return start.Add(time.Duration(turns.Add(1)) * rosterEvery) }
			engine.newWatcher = func() (*fsnotify.Watcher, error) { return nil, errors.New("none left") }
		}
	}
	return w.looping(0)
}

// TestAFileIsFollowedOnceItHasSettled: the loop's own look, turn by turn, under a clock of the test's.
func TestAFileIsFollowedOnceItHasSettled(t *testing.T) {
	w := fromFile(t, letters(3)...)
	w.sync(0)
	now := time.Now()
	w.engine.host = func() time.Time { return now }
	w.engine.newWatcher = func() (*fsnotify.Watcher, error) { return nil, errors.New("none left") }
	l := &loop{engine: w.engine}
	defer l.roster.close()
	asked := func(after time.Duration) bool {
		t.Helper()
		now = now.Add(after)
		change, _, err := l.look()
		if err != nil {
			t.Fatal(err)
		}
		if err := l.watchRoster(change); err != nil {
			t.Fatal(err)
		}
		request, found, err := l.next()
		if err != nil {
			t.Fatal(err)
		}
		if found {
			if err := w.store.Update(func(tx *store.Tx) error { _, err := tx.DropRequest(request.ID); return err }); err != nil {
				t.Fatal(err)
			}
		}
		return found
	}
	if asked(0) || asked(10*time.Second) {
		t.Error("the file that was read last is asked for again")
	}
	w.export(10*time.Second+time.Minute, letters(4)...) // a time that lies ahead says nothing: it is watched
	for step, want := range []struct {
		after time.Duration
		asked bool
	}{{5 * time.Second, false}, {time.Second, false}, {time.Second, true}, {10 * time.Second, false}} {
		if got := asked(want.after); got != want.asked {
			t.Errorf("step %d: asked %v", step, got)
		}
	}
	w.export(-time.Minute, letters(5)...)
	if !asked(6 * time.Second) {
		t.Error("a file that was renamed in and is long written is not taken at once")
	}
	if err := os.Remove(w.to.Roster.Path); err != nil {
		t.Fatal(err)
	}
	if asked(10 * time.Second) {
		t.Error("a missing file is asked for")
	}
}
