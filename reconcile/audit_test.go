package reconcile

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// auditWorld is a gym in whose groups some are who should be, some who should not, and from which some are missing.
func auditWorld(t *testing.T) (*world, int) {
	w := newWorld(t, 0, 1)
	w.members(8, "A")
	w.member("gone", "B")
	for _, id := range []string{"m000", "m001", "gone"} {
		user := w.kisi.AddUser(kisi.User{Name: id, Email: id + "@x.example", AccessEnabled: true, ScimEnabled: true})
		w.kisi.AddRight("Group", w.groups[0].ID, "group_basic", "User", user.ID, w.kisi.Owner.ID)
	}
	return w, len(w.kisi.Log())
}

// TestAnAuditNeverWrites goes through everything that writes otherwise, and counts what Kisi was sent.
func TestAnAuditNeverWrites(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*world){
		"as set up":        func(w *world) { w.settings.Audit = true },
		"for this process": func(w *world) { w.options.Audit = true; w.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			w, begun := auditWorld(t)
			w.associate("A", w.groups[0])
			prepare(w)
			w.confirm()
			run := w.sync(0)
			if !run.Audit || run.Outcome != store.OutcomeDone || run.WouldGrant != 6 || run.Granted+run.Revoked+run.Requests.KisiWrite != 0 {
				t.Errorf("the audit: %+v", run)
			}
			w.cancel("m000")
			w.cancel("m001")
			if run := w.sync(0); run.WouldRevoke != 2 || run.WouldGrant != 6 || run.Held != 0 {
				t.Errorf("the second: %+v", run)
			}
			w.audits(t)
			for what, do := range map[string]func() error{
				"undo":      func() error { _, err := w.engine.Undo(t.Context(), run.ID, "test"); return err },
				"plan undo": func() error { _, err := w.engine.PlanUndo(run.ID); return err },
				"take back": func() error { return w.engine.Disable("test", true) },
			} {
				if err := do(); !errors.Is(err, ErrAudit) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if reads, writes, log := w.calls(begun); writes != 0 || reads == 0 {
				t.Errorf("%d writes: %v", writes, log)
			}
			w.view(func(tx *store.Tx) error {
				fresh, err := tx.Freshness()
				if fresh.InStep() || fresh.ReadAt.IsZero() {
					t.Errorf("an audit made it fresh: %+v", fresh)
				}
				return err
			})
		})
	}
}

// audits lets the loop take a request, looks and the schedule.
func (w *world) audits(t *testing.T) {
	t.Helper()
	w.member("late", "A")
	if err := w.engine.Ask(store.Look{MemberID: "late", Cause: "push"}, store.Look{MemberID: "m003", Cause: "push"}); err != nil {
		t.Fatal(err)
	}
	for _, request := range []store.Request{{Kind: "sync", Trigger: "admin"}, {Kind: "undo", Run: "r1"}, {Kind: takeBackKind}} {
		if err := w.store.Update(func(tx *store.Tx) error { _, err := tx.PutRequest(request); return err }); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- w.engine.Loop(ctx, Pace{Every: time.Hour}) }()
	for idle := false; !idle && ctx.Err() == nil; {
		w.view(func(tx *store.Tx) error {
			looks, err := tx.Looks(time.Now())
			if err != nil {
				return err
			}
			_, waiting, err := tx.NextRequest()
			_, working, _ := tx.Leased()
			idle = !waiting && !working && len(looks) == 0
			return err
		})
		select {
		case <-ctx.Done():
		case <-time.After(time.Millisecond):
		}
	}
	if ctx.Err() != nil {
		t.Error("the loop did not come to its end with what was asked for")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if row := w.rows()["late"]; len(row.Entitled) != 1 || len(row.Groups) != 0 {
		t.Errorf("the look left %+v", row)
	}
}

// What is found is told once a member, and again when it had been well in between.
func TestAnAuditTellsOnlyWhatIsNew(t *testing.T) {
	w, _ := auditWorld(t)
	w.associate("A", w.groups[0])
	w.settings.Audit = true
	w.confirm()
	told := func(id string) int {
		count := 0
		w.view(func(tx *store.Tx) error {
			entries, err := tx.Journal(0, 0, id)
			for _, entry := range entries {
				if entry.Kind == store.WouldGrant || entry.Kind == store.WouldRevoke {
					count++
				}
			}
			return err
		})
		return count
	}
	w.sync(0)
	w.sync(0)
	if got := told("m005"); got != 1 {
		t.Errorf("told %d times after two audits", got)
	}
	w.cancel("m005")
	w.sync(0)
	w.member("m005", "A")
	w.sync(0)
	if got := told("m005"); got != 2 {
		t.Errorf("told %d times after a change and back", got)
	}
}

// Switching is journaled, waits for nobody, and leaves nothing behind that would stop the work.
func TestAnAuditCanBecomeWork(t *testing.T) {
	t.Parallel()
	w, begun := auditWorld(t)
	w.associate("A", w.groups[0])
	w.settings.Audit = true
	w.confirm()
	w.sync(0)
	lease, err := w.store.Acquire("test")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.SetAudit("test", false); !errors.Is(err, store.ErrBusy) {
		t.Errorf("switched while somebody is at work: %v", err)
	}
	if err := lease.Release(); err != nil {
		t.Fatal(err)
	}
	if err := w.engine.SetAudit("test", false); err != nil {
		t.Fatal(err)
	}
	if run := w.sync(0); run.Granted != 6 || run.Audit {
		t.Errorf("%+v", run)
	}
	if _, writes, _ := w.calls(begun); writes == 0 {
		t.Error("nothing was written: the counting of writes counts nothing")
	}
	if inside := w.in(w.groups[0]); len(inside) != 9 {
		t.Errorf("in the group: %v", inside)
	}
}

// An audit that begins while a run writes ends that run before its next write.
func TestAnAuditStopsARunThatWrites(t *testing.T) {
	w, begun := auditWorld(t)
	w.setUp("A", w.groups[0])
	w.engine.commits = func(lease *store.Lease, write func(*store.Tx) error) error {
		err := lease.Update(write)
		if _, writes, _ := w.calls(begun); writes > 0 {
			err = errors.Join(err, lease.Update(func(tx *store.Tx) error {
				settings, _, err := tx.Settings()
				settings.Audit = true
				return errors.Join(err, tx.PutSettings(settings))
			}))
		}
		return err
	}
	run, err := w.engine.Sync(t.Context(), store.Request{Kind: "sync"})
	if !errors.Is(err, ErrAudit) || run.Outcome != store.OutcomeStopped {
		t.Errorf("%+v, %v", run, err)
	}
	if _, writes, log := w.calls(begun); writes > 2 { // a person and their right at most
		t.Errorf("%d writes: %v", writes, log)
	}
}

func TestReadOnlyLetsNoWriteThrough(t *testing.T) {
	asked := 0
	transport := readOnly{roundTrip(func(*http.Request) (*http.Response, error) {
		asked++
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}
	for _, method := range []string{"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "get"} {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://kisi.example", bytes.NewReader([]byte("x")))
		if err != nil {
			t.Fatal(err)
		}
		before := asked
		response, err := transport.RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
		}
		if through := asked > before; through != (method == "GET" || method == "HEAD") || !through && !errors.Is(err, ErrAudit) {
			t.Errorf("%s: through %v, %v", method, through, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

func TestFindingCountsWhoShouldAndWhoDoes(t *testing.T) {
	group := func(ids ...int64) (refs []access.GroupRef) {
		for _, id := range ids {
			refs = append(refs, access.GroupRef{ID: id})
		}
		return refs
	}
	rows := []access.Row{{Entitled: group(1, 2), Groups: group(2, 3)}, {Entitled: group(1)}, {Groups: group(1)}}
	got := FindingOf(rows, []access.Foreign{{MemberID: ""}, {MemberID: "a"}})
	if want := (AuditFinding{Agree: 1, Lacking: 2, Surplus: 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !strings.Contains(got.Words(), "2 are missing") {
		t.Error(got.Words())
	}
}
