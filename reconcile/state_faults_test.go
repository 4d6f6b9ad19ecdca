package reconcile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// disk is a state file that fails. Each place in the code that uses the file is a point: the chain of calls from the engine
// down to the use. A place that is reached again and again, once a member or once a transaction, is one point.
type disk struct {
	mutex  sync.Mutex
	places []string
	known  map[string]bool // whether the deed may go on without that use
	at     string          // the place that fails at its first use; "": none
	stays  bool            // everything after it fails too: a full disk; else it was a passing trouble
	failed bool
}

// use is asked by the store before each use of the file.
func (d *disk) use() error {
	place, quiet := placeOfUse()
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if _, known := d.known[place]; !known {
		if d.known == nil {
			d.known = map[string]bool{}
		}
		d.known[place] = quiet
		d.places = append(d.places, place)
		if place == d.at {
			d.failed = true
			return syscall.EIO
		}
	}
	if d.failed && d.stays {
		return syscall.EIO
	}
	return nil
}

// placeOfUse is the nearest of the engine's functions that led here, what they asked of the store, and at which step of the
// transaction. The engine's whole chain tells more of the same: who gives a right is the same in a sync and in an undo.
func placeOfUse() (place string, quiet bool) {
	const near = 2
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	var step, asked, before string
	var chain []string
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		name, ours := strings.CutPrefix(frame.Function, "kisiflow/reconcile.")
		quiet = quiet || mayGoUnnoticed(before, frame.Function)
		before = frame.Function
		switch {
		case strings.HasPrefix(frame.Function, "kisiflow/store.") && len(chain) == 0:
			if asked = fmt.Sprintf("%s:%d", frame.Function, frame.Line); step == "" || strings.Contains(step, "trouble") {
				step = asked
			}
		case ours && len(chain) < near && !strings.HasSuffix(frame.File, "_test.go") && !strings.HasPrefix(name, "(*syncRun).commit"):
			chain = append(chain, fmt.Sprintf("%s:%d", name, frame.Line))
		}
	}
	return strings.Join(append([]string{step, asked}, chain...), " < "), quiet
}

// mayGoUnnoticed: the run goes on without these, and the code says why: shown progress comes again with the next transaction,
// a lease that is not given back runs out, a heartbeat is beaten again, and a secret that can't be read is replaced.
func mayGoUnnoticed(function, calledBy string) bool {
	if strings.HasSuffix(function, "(*Tx).Secret") && strings.HasSuffix(calledBy, "(*Tx).PutSecret") {
		return true
	}
	return slices.ContainsFunc([]string{"(*meter).flush", "(*Lease).Release", "(*Lease).Beat"}, func(quiet string) bool {
		return strings.HasSuffix(calledBy, quiet)
	})
}

// stateDeed is something that is asked of the engine while the state file fails.
type stateDeed struct {
	name    string
	prepare func(*world)
	do      func(*world, *Engine) error
}

func stateDeeds() []stateDeed {
	ctx := context.Background()
	sync := func(request store.Request) func(*world, *Engine) error {
		return func(_ *world, e *Engine) error { _, err := e.Sync(ctx, request); return err }
	}
	override := func(override access.Override) func(*world, *Engine) error {
		return func(_ *world, e *Engine) error { _, err := e.Override(override, true); return err }
	}
	nothing := func(*world) {}
	var list string // what the deeds need and an admin would have before their eyes
	var others []access.Foreign
	return []stateDeed{
		{"a sync", nothing, sync(store.Request{Trigger: "admin"})},
		{"a sync by schedule, without news", func(w *world) { w.sync(0); w.sync(0) }, sync(store.Request{Trigger: scheduled})},
		{"a sync that holds removals", emptyGroup, sync(store.Request{Trigger: "admin"})},
		{"a sync of an approved list", func(w *world) { emptyGroup(w); w.sync(4); list = w.heldFingerprint() }, func(_ *world, e *Engine) error {
			_, err := e.Sync(ctx, store.Request{Trigger: "admin", Approve: list})
			return err
		}},
		{"a sync that ends a hold", func(w *world) { w.undo(0, w.undoable); w.stays("m004", "ms") }, sync(store.Request{Trigger: "admin"})},
		{"the plan of an undo", nothing, func(w *world, e *Engine) error { _, err := e.PlanUndo(w.undoable); return err }},
		{"an undo", func(w *world) { w.takeByHand("m001") }, func(w *world, e *Engine) error { _, err := e.Undo(ctx, w.undoable, "test"); return err }},
		{"taking back", func(w *world) { w.takeByHand("m001") }, func(_ *world, e *Engine) error {
			if err := e.Disable("test", true); err != nil {
				return err
			}
			_, err := e.TakeBack(ctx, "test")
			return err
		}},
		{"switching on", func(w *world) { w.must(w.engine.Disable("test", false)) }, func(_ *world, e *Engine) error { return e.Enable("test") }},
		{"an allowance", obstacles, override(access.Override{MemberID: "m004", Kind: access.Allow, Until: gymflow.Date{Year: 2099, Month: 1, Day: 1}})},
		{"following again", func(w *world) {
			obstacles(w)
			w.must(override(access.Override{MemberID: "m004", Kind: access.Block})(w, w.engine))
		}, override(access.Override{MemberID: "m004", Kind: access.Follow})},
		{"a preview", nothing, func(_ *world, e *Engine) error { _, err := e.PreviewStored(ctx); return err }},
		{"a review and its confirmation", elsewhere, func(w *world, e *Engine) error {
			preview, err := e.Preview(ctx, w.settings, w.to, nil)
			if err != nil {
				return err
			}
			return e.Confirm(Confirmation{Settings: w.settings, Access: w.to, Preview: preview, Sync: true})
		}},
		{"adopting", func(w *world) { elsewhere(w); w.sync(0); others = w.foreign() }, func(_ *world, e *Engine) error { _, err := e.Adopt(others, "test"); return err }},
		{"a new key", nothing, func(w *world, e *Engine) error { _, err := e.ReplaceKey(ctx, w.to.KisiKey); return err }},
		{"a look at the key", nothing, func(_ *world, e *Engine) error { return e.checkStoredKey(ctx) }},
		{"a look around", nothing, func(_ *world, e *Engine) error {
			checks, err := e.Doctor(ctx)
			for _, check := range checks {
				if check.Name == "last sync" && !check.OK {
					err = errors.Join(err, errors.New(check.Text))
				}
			}
			return err
		}},
		{"a check of a member", nothing, func(_ *world, e *Engine) error { _, err := e.CheckMember(ctx, "m002", nil); return err }},
		{"a turn of the loop", func(w *world) { w.ask(store.Request{Kind: "undo", Run: w.undoable, Trigger: "undo"}) }, func(_ *world, e *Engine) error {
			return (&loop{engine: e}).turn(ctx)
		}},
	}
}

// emptyGroup ends the memberships of everybody in a group, so that the guard holds their removals.
func emptyGroup(w *world) {
	ids := []string{"b1", "b2", "b3", "b4", "b5", "b6"}
	for _, id := range ids {
		w.stays(id, "ms2")
	}
	w.sync(0)
	for _, id := range append(ids, "m002", "new") {
		w.cancel(id)
	}
}

// obstacles are what an override sweeps away: a hold of an undo, and a right that was removed by hand.
func obstacles(w *world) {
	w.undo(0, w.undoable)
	w.takeByHand("m004")
	w.sync(0)
	w.stored(func(tx *store.Tx) error {
		links, err := tx.Links()
		return errors.Join(err, tx.PutLost(access.RightKey{GroupID: w.groups[0].ID, UserID: links["m004"]}, 2))
	})
}

// elsewhere is a member whom somebody else put in the group.
func elsewhere(w *world) {
	user := w.kisi.AddUser(kisi.User{Name: "Here", Email: "here@x.example", AccessEnabled: true})
	other := w.kisi.AddUser(kisi.User{Name: "Nora", Email: "nora@gym.example", AccessEnabled: true})
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", user.ID, other.ID)
	w.stays("here", "ms")
}

// stays is a member whose holding has begun long before the bubble's clock, which starts in 2000.
func (w *world) stays(id string, memberships ...string) {
	member := w.member(id, memberships...)
	for i := range member.Holdings {
		member.Holdings[i].StartsOn.Year = 1999
	}
	w.gymflow.Gym.Put(member)
}

func (w *world) takeByHand(id string) {
	for _, right := range w.kisi.Rights() {
		if right.AppliesToType == "Group" && right.AssigneeEmail == id+"@x.example" {
			w.kisi.RemoveRight(right.ID)
		}
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) heldFingerprint() string {
	list, _ := w.heldList()
	return list.Fingerprint
}

func (w *world) foreign() (foreign []access.Foreign) {
	w.view(func(tx *store.Tx) (err error) { foreign, err = tx.Foreign(); return err })
	return foreign
}

// through does the deed on a disk that may fail.
func (w *world) through(deed stateDeed, disk *disk) error {
	w.store.FailWith(disk.use)
	defer w.store.FailWith(nil)
	return deed.do(w, New(w.store, w.options))
}

// redone is what comes after: the deed once more, with a disk that is well, and syncs until nothing is left to do. It tells
// who is where, and what is decided.
func (w *world) redone(deed stateDeed) string {
	time.Sleep(store.LeaseTimeout + time.Second) // a lease that could not be given back runs out
	w.restart()
	if err := deed.do(w, w.engine); err != nil {
		w.t.Errorf("%s, once more: %v", deed.name, err)
	}
	if w.inForce().Disabled() {
		return w.decided()
	}
	for range 4 {
		mark := len(w.kisi.Log())
		if _, err := w.engine.Sync(context.Background(), store.Request{Trigger: "admin", Approve: w.heldFingerprint()}); err != nil {
			w.t.Error(err)
		}
		if _, writes, _ := w.calls(mark); writes == 0 {
			return w.decided()
		}
	}
	w.t.Error("nothing comes to rest")
	return w.decided()
}

func (w *world) decided() string {
	w.consistent()
	var overrides map[string]access.Override
	w.view(func(tx *store.Tx) (err error) { overrides, err = tx.Overrides(); return err })
	kinds := map[string]any{}
	for id, override := range overrides {
		kinds[id] = override.Kind
	}
	var adopted []string
	for _, entry := range w.ledger() {
		if entry.Adopted {
			adopted = append(adopted, entry.Email)
		}
	}
	return fmt.Sprintln(w.endState(), kinds, len(w.holds()), adopted, w.inForce().Disabled())
}

// TestTheStateFileMayFailAnywhere lets each use of the state file fail, place by place, while each thing is done that can be
// asked of the engine. The failure is told in a sentence that names the file, nobody loses a right whom the undisturbed deed
// leaves alone, nothing panics, and the same deed done again ends as if nothing had happened.
func TestTheStateFileMayFailAnywhere(t *testing.T) {
	t.Parallel()
	points, known := 0, map[string]bool{}
	for _, deed := range stateDeeds() {
		whole, kept, want := &disk{}, map[int64]bool{}, ""
		bubbled(t, func(w *world) {
			deed.prepare(w)
			if err := w.through(deed, whole); err != nil {
				w.t.Fatalf("%s undisturbed: %v", deed.name, err)
			}
			kept = w.rightsNow()
			want = w.redone(deed)
		})
		var places []string
		for _, place := range whole.places {
			if !known[place] {
				places = append(places, place)
			}
			known[place] = os.Getenv("KISIFLOW_SCHEDULES") == "" // the nightly mode tries each place in each deed
		}
		t.Logf("%s: %d places, %d of them new; it ends as %s", deed.name, len(whole.places), len(places), want)
		places = everyNth(places, placesApart)
		points += len(places)
		for next := 0; next < len(places) && !t.Failed(); {
			bubbled(t, func(w *world) { next = w.onABadDisk(deed, places, next, kept, want) })
		}
	}
	t.Logf("%d points", points)
}

func everyNth(places []string, apart int) (chosen []string) {
	for i := 0; i < len(places); i += apart {
		chosen = append(chosen, places[i])
	}
	return chosen
}

// onABadDisk lets the places from the nth on fail, one after the other, until a failure leaves something changed: from there
// on the deed is done again. It gives back which place is next, for another scene.
func (w *world) onABadDisk(deed stateDeed, places []string, nth int, kept map[int64]bool, want string) (next int) {
	deed.prepare(w)
	before := w.touched()
	for next = nth; next < len(places) && w.touched() == before; next++ {
		w.failAt(deed, &disk{at: places[next], stays: next%2 == 1})
	}
	w.lostNone(kept)
	if got := w.redone(deed); got != want {
		w.t.Errorf("%s ends as %s, not as %s, after the failures at %s", deed.name, got, want, strings.Join(places[nth:next], "\n"))
	}
	return next
}

// touched changes with every write, to the state file or to Kisi.
func (w *world) touched() string {
	var change store.Change
	w.view(func(tx *store.Tx) (err error) { change, err = tx.Changes(); return err })
	_, writes, _ := w.calls(0)
	return fmt.Sprint(change, writes)
}

// failAt does the deed and sees that the failure is told.
func (w *world) failAt(deed stateDeed, failing *disk) {
	err := w.through(deed, failing)
	problem := ""
	switch {
	case !failing.failed:
		problem = "the place was not reached"
	case err == nil && !failing.known[failing.at]:
		problem = "the failure was swallowed"
	case err != nil && !readsAsASentence(err, w.store.Path()):
		problem = fmt.Sprintf("no sentence that names the file: %v", err)
	}
	if problem != "" {
		w.t.Errorf("%s, failing (from then on: %v) at %s: %s", deed.name, failing.stays, failing.at, problem)
	}
}

func (w *world) rightsNow() map[int64]bool {
	now := map[int64]bool{}
	for _, right := range w.kisi.Rights() {
		now[right.ID] = true
	}
	return now
}

// lostNone: of the rights that the undisturbed deed leaves, none of ours is gone.
func (w *world) lostNone(kept map[int64]bool) {
	now := w.rightsNow()
	for _, entry := range w.ledger() {
		if kept[entry.RightID] && !now[entry.RightID] {
			w.t.Errorf("%s lost right %d", entry.Email, entry.RightID)
		}
	}
}

// readsAsASentence: it says what could not be done with which file, without a word that only a programmer knows.
func readsAsASentence(err error, path string) bool {
	text := err.Error()
	return strings.Contains(text, syscall.EIO.Error()) && strings.Contains(strings.ToLower(text), "the state file "+strings.ToLower(path)) && !strings.ContainsFunc(text, func(char rune) bool {
		return unicode.IsControl(char) && char != '\n'
	})
}
