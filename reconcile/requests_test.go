package reconcile

import (
	"errors"
	"slices"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

func (w *world) queued() (request store.Request, found bool) {
	w.view(func(tx *store.Tx) (err error) { request, found, err = tx.NextRequest(); return err })
	return request, found
}

// What an admin asked for stays in the file until the run that answers it has begun: a process that dies before that loses nothing.
func TestARequestOutlivesAProcessThatDiesBeforeItsRunBegins(t *testing.T) {
	w := linked(t, 3)
	w.member("new", "ms")
	w.ask(store.Request{Kind: "sync", Trigger: "admin"})
	killed := errors.New("killed")
	w.engine.commits = func(*store.Lease, func(*store.Tx) error) error { return killed }
	request, _ := w.queued()
	if _, err := w.engine.perform(t.Context(), request); !errors.Is(err, killed) {
		t.Fatal(err)
	}
	if _, found := w.queued(); !found {
		t.Fatal("the request is lost")
	}
	w.restart()
	if err := (&loop{engine: w.engine}).turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, found := w.queued(); found || !slices.Contains(w.in(w.groups[0]), "new") {
		t.Error("the next process did not do it")
	}
}

// Two processes see the same request: it is done once.
func TestARequestIsTakenUpOnce(t *testing.T) {
	w := linked(t, 3)
	w.ask(store.Request{Kind: "sync", Trigger: "admin"})
	request, _ := w.queued()
	if _, err := w.engine.perform(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.perform(t.Context(), request); !errors.Is(err, errTaken) {
		t.Errorf("the second one: %v", err)
	}
	lease, err := w.store.Acquire("sync")
	if err != nil {
		t.Fatal(err)
	}
	w.ask(store.Request{Kind: "sync", Trigger: "admin"})
	request, _ = w.queued()
	if err := (&loop{engine: w.engine}).run(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if _, found := w.queued(); !found {
		t.Error("it was lost while another process was at work")
	}
	if err := lease.Release(); err != nil {
		t.Fatal(err)
	}
}

// The key went from one person to another after a crash: a right that the first one's key made is still known as ours, also
// where Kisi does not say when it was made.
func TestARightOfAFormerKeyIsSettled(t *testing.T) {
	for name, made := range map[string]time.Time{"made in the run": time.Now(), "at an unknown time": {}} {
		s := &survey{me: kisi.CurrentUser{ID: 2}}
		s.settings.Key.UserID, s.settings.FormerKeyUsers = 2, []int64{1}
		intent := store.Intent{UserID: 7, GroupID: 5, At: time.Now()}
		right := kisi.Right{ID: 9, RoleID: kisi.RoleBasic, AssigneeID: 7, CreatedByID: 1, CreatedAt: made}
		if !s.couldBe(right, intent) {
			t.Errorf("%s: the former key's right is taken for somebody else's", name)
		}
		right.CreatedByID = 3
		if s.couldBe(right, intent) {
			t.Errorf("%s: a stranger's right is taken for ours", name)
		}
	}
}

// The whole way: a crash in the middle of a grant, a new key of another person, and the next run.
func TestAKeyRotationAfterACrashOrphansNothing(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.members(3, "ms")
	w.setUp("ms", w.groups[0])
	killed := errors.New("killed")
	w.engine.commits = func(lease *store.Lease, write func(*store.Tx) error) error {
		if len(w.kisi.Rights()) > 1 { // the owner's, and the first one given
			return killed
		}
		return lease.Update(write)
	}
	if _, err := w.engine.Sync(t.Context(), store.Request{}); err == nil {
		t.Fatal("it was not killed")
	}
	w.restart()
	second := w.kisi.AddUser(kisi.User{Email: "second@x.example", Name: "Second Owner", AccessEnabled: true})
	if _, err := w.engine.ReplaceKey(t.Context(), w.kisi.AddKey(second, "owner", "api")); err != nil {
		t.Fatal(err)
	}
	w.sync(0)
	ours := map[int64]bool{}
	for _, entry := range w.ledger() {
		ours[entry.RightID] = true
	}
	once := map[access.RightKey]bool{}
	for _, right := range w.kisi.Rights() {
		key := access.RightKey{GroupID: right.AppliesToID, UserID: right.AssigneeID}
		if right.AppliesToType == "Group" && (!ours[right.ID] || once[key]) {
			t.Errorf("right %d of %s is an orphan, or there twice", right.ID, right.AssigneeEmail)
		}
		once[key] = true
	}
	if len(ours) != 3 {
		t.Errorf("%d rights of ours, want 3", len(ours))
	}
}
