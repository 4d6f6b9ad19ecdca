package reconcile

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

func (w *world) fault(name string) {
	w.t.Helper()
	if err := w.kisi.SetFault(name); err != nil {
		w.t.Fatal(err)
	}
}

// keyDiesAtGrant sets a gym of so many members up and syncs it; at the nth grant Kisi no longer takes the key.
func (w *world) keyDiesAtGrant(nth, members int) (store.Run, error) {
	w.members(members, "ms")
	w.setUp("ms", w.groups[0])
	w.onRequest(http.MethodPost, "/role_assignments", nth, func() { w.kisi.RevokeKey(w.to.KisiKey) })
	return w.engine.Sync(w.t.Context(), store.Request{})
}

// syncWithANewKey lets an admin enter another key of the owner.
func (w *world) syncWithANewKey() store.Run {
	w.t.Helper()
	w.kisi.Wrap(nil)
	w.to.KisiKey = w.kisi.AddKey(w.kisi.Owner, "owner", "api")
	w.confirm()
	return w.sync(0)
}

func TestAKeyThatDiesInTheMiddle(t *testing.T) {
	w := newWorld(t, 0, 1)
	run, err := w.keyDiesAtGrant(4, 9)
	if ExitCode(err) != 12 || !errors.Is(err, kisi.ErrUnauthorized) || run.Outcome != store.OutcomeStopped || run.Exit != 12 ||
		run.Granted != 3 || !run.Planned || !strings.Contains(err.Error(), "kisiflow setup") {
		t.Fatalf("%+v %v", run, err)
	}
	if run := w.syncWithANewKey(); run.Granted != 6 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

func TestADeadKeyIsFoundBeforeAnythingElse(t *testing.T) {
	w := linked(t, 3)
	w.kisi.RevokeKey(w.to.KisiKey)
	run, err := w.engine.Sync(t.Context(), store.Request{})
	if ExitCode(err) != 12 || run.Planned || run.Outcome != store.OutcomeStopped {
		t.Errorf("%+v %v", run, err)
	}
	if err := w.gymflow.SetFault("unauthorized"); err != nil {
		t.Fatal(err)
	}
	w.to.KisiKey = w.kisi.AddKey(w.kisi.Owner, "owner", "api")
	if err := w.engine.Confirm(Confirmation{Settings: w.settings, Access: w.to}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Sync(t.Context(), store.Request{}); ExitCode(err) != 12 || !errors.Is(err, gymflow.ErrUnauthorized) {
		t.Errorf("a refused token: %v", err)
	}
}

func TestAnotherOrganizationsKey(t *testing.T) {
	w := linked(t, 3)
	w.settings.Key.OrganizationID, w.settings.Key.OrganizationName = 99, "Elsewhere"
	if err := w.engine.Confirm(Confirmation{Settings: w.settings, Access: w.to}); err == nil || !strings.Contains(err.Error(), "--profile") {
		t.Errorf("taking over another organization's ledger: %v", err)
	}
	if err := w.store.Update(func(tx *store.Tx) error { return tx.PutSettings(w.settings) }); err != nil {
		t.Fatal(err)
	}
	mark := len(w.kisi.Log())
	if _, err := w.engine.Sync(t.Context(), store.Request{}); ExitCode(err) != 12 || !strings.Contains(err.Error(), "Elsewhere") {
		t.Errorf("%v", err)
	}
	if _, writes, _ := w.calls(mark); writes > 0 {
		t.Error("it wrote all the same")
	}
}

func twoGroups(t *testing.T) *world {
	w := newWorld(t, 0, 2)
	w.members(4, "ms")
	for i := range 4 {
		w.member(fmt.Sprintf("b%d", i), "ms2")
	}
	w.setUp("ms", w.groups[0], "ms2", w.groups[1])
	return w
}

func TestARefusedGroupIsHeldAndTheOthersGoOn(t *testing.T) {
	w := twoGroups(t)
	w.fault("forbidden-group")
	if run := w.sync(3); run.Granted != 4 || run.Outcome != store.OutcomePartial || run.Failed != 0 {
		t.Errorf("%+v", run)
	}
	if row := w.rows()["m001"]; row.Standing != access.Held {
		t.Errorf("%+v", row)
	}
	w.fault("")
	if run := w.sync(0); run.Granted != 4 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

// refuseGroup answers 403 to writes that name the group; reading goes on.
func (w *world) refuseWrites(when func(body string) bool) {
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if in.Method == http.MethodPost {
				body := readAndRestore(in)
				if when(body) {
					out.WriteHeader(http.StatusForbidden)
					return
				}
			}
			next.ServeHTTP(out, in)
		})
	})
}

func TestAGroupThatRefusesOnlyWrites(t *testing.T) {
	w := twoGroups(t)
	refused := fmt.Sprintf(`"applies_to_id":%d`, w.groups[1].ID)
	w.refuseWrites(func(body string) bool { return strings.Contains(body, refused) })
	run := w.sync(3)
	if run.Granted != 4 || len(w.in(w.groups[0])) != 4 || run.Failed != 0 {
		t.Errorf("%+v", run)
	}
	w.kisi.Wrap(nil)
	w.sync(0)
	w.consistent()
}

func TestAKeyThatMayNoLongerWrite(t *testing.T) {
	w := twoGroups(t)
	w.refuseWrites(func(body string) bool { return true })
	if _, err := w.engine.Sync(t.Context(), store.Request{}); ExitCode(err) != 12 {
		t.Errorf("making people refused: %v", err)
	}
	w.refuseWrites(func(body string) bool { return strings.Contains(body, "role_assignment") })
	if _, err := w.engine.Sync(t.Context(), store.Request{}); ExitCode(err) != 12 {
		t.Errorf("all rights refused: %v", err)
	}
	w.kisi.Wrap(nil)
	observer := w.kisi.AddUser(kisi.User{Name: "Eye", Email: "eye@x.example", AccessEnabled: true})
	w.to.KisiKey = w.kisi.AddKey(observer, "observer", "api")
	if _, err := w.engine.CheckKey(t.Context(), w.to); ExitCode(err) != 12 || !strings.Contains(err.Error(), "Eye") {
		t.Errorf("an observer's key: %v", err)
	}
	w.confirm()
	if _, err := w.engine.Sync(t.Context(), store.Request{}); ExitCode(err) != 12 {
		t.Errorf("an observer's key syncs: %v", err)
	}
}

func TestLostAnswersAndSlowdownsLeaveNoDuplicate(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"reset-after:2", "reset-before:2", "truncated:3", "server-error:4", "html-502:4", "throttle-silent:5"} {
		t.Run(fault, func(t *testing.T) {
			w := newWorld(t, 0, 2)
			w.members(5, "ms")
			w.setUp("ms", w.groups[0])
			w.fault(fault)
			w.anySync()
			w.cancel("m000")
			w.anySync()
			w.fault("")
			w.sync(0)
			w.sync(0)
			if got := strings.Join(w.in(w.groups[0]), " "); got != "m001 m002 m003 m004" {
				t.Errorf("in the group: %s", got)
			}
			w.consistent()
		})
	}
}

// anySync runs once, whatever comes of it.
func (w *world) anySync() {
	_, _ = w.engine.Sync(w.t.Context(), store.Request{})
}

func TestFiveWritesWithoutAnAnswerStopTheRun(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.members(12, "ms")
	w.setUp("ms", w.groups[0])
	w.breakWrites(http.MethodPost, "/users", http.StatusServiceUnavailable)
	run, err := w.engine.Sync(t.Context(), store.Request{})
	if ExitCode(err) != 75 || run.Failed != 5 || run.Outcome != store.OutcomeStopped {
		t.Errorf("%+v %v", run, err)
	}
	w.kisi.Wrap(nil)
	if run := w.sync(0); run.Granted != 12 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

func TestOneMembersFailureStopsNobodyElse(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.members(3, "ms")
	odd := w.member("odd", "ms")
	odd.Email = "not an address"
	w.gymflow.Gym.Put(odd)
	w.setUp("ms", w.groups[0])
	run := w.sync(3)
	if run.Granted != 3 || run.Failed != 1 || len(run.Problems) != 1 || !strings.Contains(run.Problems[0].Text, "First odd") {
		t.Errorf("%+v", run)
	}
	if row := w.rows()["odd"]; row.Standing != access.Problem {
		t.Errorf("%+v", row)
	}
	w.consistent()
}

func TestIncompleteReadsChangeNothing(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"short-page", "lying-total", "not-a-list", "server-error:1"} {
		w := linked(t, 4)
		w.cancel("m001")
		w.fault(fault)
		run, err := w.engine.Sync(t.Context(), store.Request{})
		if ExitCode(err) != 75 || run.Planned || run.Outcome != store.OutcomeFailed || len(w.ledger()) != 4 {
			t.Errorf("%s: %+v %v", fault, run, err)
		}
	}
	w := linked(t, 4)
	w.cancel("m001")
	if err := w.gymflow.SetFault("short-page"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Sync(t.Context(), store.Request{}); ExitCode(err) != 75 || len(w.ledger()) != 4 {
		t.Errorf("Gymflow: %v", err)
	}
}

func TestStoppingFinishesTheCallInHandAndResumes(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.members(6, "ms")
	w.setUp("ms", w.groups[0])
	ctx, cancel := context.WithCancel(t.Context())
	w.onRequest(http.MethodPost, "/role_assignments", 3, cancel)
	run, err := w.engine.Sync(ctx, store.Request{})
	if ExitCode(err) != 130 || run.Granted != 3 || run.Outcome != store.OutcomeStopped || run.Exit != 130 {
		t.Fatalf("%+v %v", run, err)
	}
	w.consistent()
	w.view(func(tx *store.Tx) error {
		_, alive, err := tx.Leased()
		progress, _ := tx.Progress()
		if alive || progress.Running {
			t.Errorf("leased %v, running %v", alive, progress.Running)
		}
		return err
	})
	w.kisi.Wrap(nil)
	if run := w.sync(0); run.Granted != 3 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

func TestTheLease(t *testing.T) {
	w := linked(t, 2)
	lease, err := w.store.Acquire("watch")
	if err != nil {
		t.Fatal(err)
	}
	mark := len(w.kisi.Log())
	if _, err := w.engine.Sync(t.Context(), store.Request{}); ExitCode(err) != 11 {
		t.Errorf("while somebody else runs: %v", err)
	}
	if len(w.kisi.Log()) != mark {
		t.Error("it called Kisi all the same")
	}
	if err := lease.Release(); err != nil {
		t.Fatal(err)
	}
	w.member("new", "ms")
	w.member("newer", "ms")
	w.onRequest(http.MethodPost, "/role_assignments", 1, func() {
		var holder store.Holder
		w.view(func(tx *store.Tx) (err error) { holder, _, err = tx.Leased(); return err })
		if holder.Purpose != "sync" {
			t.Errorf("held by %+v", holder)
		}
		w.takeLease()
	})
	run, err := w.engine.Sync(t.Context(), store.Request{})
	if !errors.Is(err, store.ErrLeaseLost) || ExitCode(err) != 1 {
		t.Errorf("%+v %v", run, err)
	}
	if got := len(w.in(w.groups[0])); got != 3 {
		t.Errorf("%d in the group: it went on without the lease", got)
	}
}

// takeLease does what another process does with a stale lease.
func (w *world) takeLease() {
	path := filepath.Join(w.t.TempDir(), "other.db")
	other, err := store.Open(path)
	if err != nil {
		w.t.Error(err)
		return
	}
	if _, err := other.Acquire("another"); err != nil {
		w.t.Error(err)
	}
	// The file that another process left: its state is older, but its lease is not ours.
	content, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(w.store.Path(), content, 0o600)
	}
	if err != nil {
		w.t.Error(err)
	}
}

func TestNotSetUp(t *testing.T) {
	w := newWorld(t, 0, 1)
	if _, err := w.engine.Sync(t.Context(), store.Request{}); ExitCode(err) != 10 {
		t.Errorf("%v", err)
	}
	if _, err := w.engine.PreviewStored(t.Context()); ExitCode(err) != 10 {
		t.Errorf("%v", err)
	}
}

func TestExitCodes(t *testing.T) {
	for want, errs := range map[int][]error{
		0:   {nil},
		1:   {errors.New("anything"), store.ErrLeaseLost},
		10:  {ErrNotSetUp},
		11:  {&store.BusyError{}},
		12:  {kisi.ErrUnauthorized, kisi.ErrForbidden, gymflow.ErrUnauthorized, gymflow.ErrForbidden, &kisi.Error{Kind: kisi.ErrForbidden}},
		75:  {kisi.ErrIncomplete, kisi.ErrUnavailable, kisi.ErrThrottled, kisi.ErrNotKisi, gymflow.ErrIncomplete, gymflow.ErrNotGymflow},
		130: {context.Canceled, fmt.Errorf("stopped: %w", context.Canceled)},
	} {
		for _, err := range errs {
			if got := ExitCode(err); got != want {
				t.Errorf("%v gives %d, want %d", err, got, want)
			}
		}
	}
}

func TestAClockThatIsWrong(t *testing.T) {
	w := linked(t, 3)
	w.fault("clock-ahead")
	run := w.sync(0)
	if !strings.Contains(strings.Join(run.Notes, " "), "clock is 10 minutes behind Kisi's") {
		t.Errorf("notes: %v", run.Notes)
	}
}
