package reconcile

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
)

// lookAtAll does what is on the list until nothing is due.
func (w *world) lookAtAll() {
	w.t.Helper()
	if err := (&loop{engine: w.engine}).attend(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) push(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if err := w.engine.Ask(store.Look{MemberID: id, Urgency: store.LookPushed, Cause: "push"}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) looks() (looks []store.Look) {
	w.view(func(tx *store.Tx) (err error) { looks, err = tx.Looks(time.Now()); return err })
	return looks
}

// holding changes a member's first holding in Gymflow.
func (w *world) holding(id string, change func(*gymflow.Holding)) {
	_, _, members := w.gymflow.Gym.Snapshot()
	at := slices.IndexFunc(members, func(member gymflow.Member) bool { return member.ID == id })
	change(&members[at].Holdings[0])
	w.gymflow.Gym.Put(members[at])
}

func overdue(holding *gymflow.Holding) { holding.Status = gymflow.Overdue }
func paid(holding *gymflow.Holding)    { holding.Status = gymflow.Active }

// planned is a complete preview of what a sync would still do.
func (w *world) stillToDo() access.Plan {
	w.t.Helper()
	preview, err := w.engine.PreviewStored(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return preview.Plan
}

func TestALookTakesAndGives(t *testing.T) {
	t.Parallel()
	w := linked(t, 30)
	w.holding("m003", overdue)
	w.member("new", "ms")
	w.push("m003", "new")
	w.lookAtAll()
	in := w.in(w.groups[0])
	if slices.Contains(in, "m003") || !slices.Contains(in, "new") || len(in) != 30 {
		t.Errorf("in the group: %v", in)
	}
	if rows := w.rows(); *rows["m003"].Reason != access.MissedPayment || rows["new"].Standing != access.HasAccess {
		t.Errorf("%+v\n%+v", rows["m003"], rows["new"])
	}
	if looks := w.looks(); len(looks) != 0 {
		t.Errorf("still on the list: %+v", looks)
	}
	if plan := w.stillToDo(); !plan.Empty() {
		t.Errorf("a sync would still do something: %+v", plan)
	}
	w.holding("m003", paid)
	w.push("m003")
	w.lookAtAll()
	if !slices.Contains(w.in(w.groups[0]), "m003") {
		t.Error("who paid is still outside")
	}
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(3)
		for _, run := range runs {
			if !run.Looked || run.Outcome != store.OutcomeDone || run.Trigger != "push" || run.Granted+run.Revoked != 1 {
				t.Errorf("%+v", run)
			}
		}
		fresh, freshErr := tx.Freshness()
		if freshErr != nil || fresh.Last.Looked {
			t.Errorf("%+v %v", fresh, freshErr)
		}
		return err
	})
}

// A look at somebody for whom nothing changed writes nothing and leaves no run.
func TestALookThatFindsNothingLeavesNothing(t *testing.T) {
	w := linked(t, 3)
	before := len(w.kisi.Log())
	w.push("m001", "m001", "m001")
	w.lookAtAll()
	if asked := len(w.kisi.Log()) - before; asked != 1 {
		t.Errorf("three pushes about one member cost %d requests to Kisi, want 1", asked)
	}
	w.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(0)
		if len(runs) != 1 {
			t.Errorf("%d runs", len(runs))
		}
		return err
	})
}

// Who is missing goes only by complete lists: a look asks for one, and takes nothing.
func TestALookAtAMissingMemberTakesNothing(t *testing.T) {
	w := linked(t, 3)
	w.gymflow.Gym.Remove("m001")
	w.push("m001")
	w.lookAtAll()
	if len(w.in(w.groups[0])) != 3 {
		t.Error("somebody lost access because one read did not find them")
	}
	if request, found := w.queued(); !found || request.Kind != "sync" {
		t.Error("no complete sync was asked for")
	}
}

// Everything that hangs together is decided together: the same address, a shared holding.
func TestALookTakesAllWhoBelongTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0, 2)
	w.members(12, "ms")
	twin := w.member("twin", "ms2")
	twin.Email = "m001@x.example"
	w.gymflow.Gym.Put(twin)
	shared := w.member("shared", "ms")
	shared.Holdings[0].PrimaryMemberID = "m002"
	w.gymflow.Gym.Put(shared)
	w.setUp("ms", w.groups[0], "ms2", w.groups[1])
	w.sync(0)
	w.holding("m001", overdue)
	w.holding("m002", func(holding *gymflow.Holding) { holding.Status = gymflow.Cancelled })
	w.push("m001", "m002")
	w.lookAtAll()
	if in := w.in(w.groups[0]); slices.Contains(in, "m002") || slices.Contains(in, "shared") || slices.Contains(in, "m001") {
		t.Errorf("in the first group: %v", in)
	}
	if in := w.in(w.groups[1]); !slices.Contains(in, "m001") {
		t.Errorf("the union of one address is broken: %v", in)
	}
	if plan := w.stillToDo(); !plan.Empty() {
		t.Errorf("a sync would still do something: %+v", plan)
	}
}

// A service gone wrong can't empty a gym member by member: what looks take away counts together.
func TestTheGuardCountsLooksTogether(t *testing.T) {
	t.Parallel()
	w := linked(t, 60)
	for i := range 60 {
		id := fmt.Sprintf("m%03d", i)
		w.holding(id, overdue)
		w.push(id)
	}
	w.lookAtAll()
	if left := len(w.in(w.groups[0])); left != 35 {
		t.Errorf("%d are left in the group, want 35: the guard lets 25 go", left)
	}
	if _, found := w.queued(); !found {
		t.Error("no complete sync was asked for, to weigh the rest")
	}
	w.sync(4)
	if left := len(w.in(w.groups[0])); left != 35 {
		t.Errorf("%d are left in the group after the sync that held the rest", left)
	}
	w.push("m040")
	w.lookAtAll()
	if left := len(w.in(w.groups[0])); left != 35 {
		t.Error("a look took away what waits for the admin")
	}
}

// The last ones of a group are not taken away unasked.
func TestALookEmptiesNoGroup(t *testing.T) {
	w := linked(t, 6)
	for i := range 6 {
		id := fmt.Sprintf("m%03d", i)
		w.holding(id, overdue)
		w.push(id)
	}
	w.lookAtAll()
	if left := len(w.in(w.groups[0])); left != 1 {
		t.Errorf("%d are left in the group, want 1", left)
	}
}

// What fails comes back later, the wait doubling, and what is new about the member ends the waiting.
func TestAFailedLookWaits(t *testing.T) {
	t.Parallel()
	w := linked(t, 3)
	w.holding("m001", overdue)
	w.push("m001")
	if err := w.gymflow.SetFault("down"); err != nil {
		if err = w.gymflow.SetFault("server-error"); err != nil {
			t.Fatal(err)
		}
	}
	asked, _, _ := w.engine.due(nil)
	lease, err := w.store.Acquire("watch")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lease.Release() }()
	if _, err := w.engine.attend(t.Context(), lease, asked, nil); err == nil {
		t.Fatal("it did not fail")
	}
	looks := w.looks()
	if len(looks) != 1 || looks[0].Tries != 1 || !looks[0].Waits(time.Now()) || looks[0].Waits(time.Now().Add(6*time.Second)) {
		t.Fatalf("%+v", looks)
	}
	if err := w.gymflow.SetFault(""); err != nil {
		t.Fatal(err)
	}
	w.push("m001")
	if looks = w.looks(); looks[0].Waits(time.Now()) {
		t.Error("new word about the member did not end the waiting")
	}
}

// A revocation overtakes a bulk run: it is done between two of its writes, and the run leaves its members alone.
func TestALookOvertakesALongRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0, 1)
	w.members(40, "ms")
	w.setUp("ms", w.groups[0])
	w.sync(0)
	for i := range 30 {
		w.member(fmt.Sprintf("new%02d", i), "ms")
	}
	pushed := false
	w.engine.commits = func(lease *store.Lease, write func(*store.Tx) error) error {
		if in := len(w.in(w.groups[0])); in == 45 && !pushed {
			pushed = true
			w.holding("m007", overdue)
			w.holding("new29", overdue)
			w.push("m007", "new29")
		}
		return lease.Update(write)
	}
	w.sync(0)
	in := w.in(w.groups[0])
	if slices.Contains(in, "m007") || slices.Contains(in, "new29") || len(in) != 68 {
		t.Errorf("%d in the group: %v", len(in), in)
	}
	taken, given := 0, 0
	for _, line := range w.kisi.Log() {
		if len(line) > 6 && line[:6] == "DELETE" {
			taken = given
		}
		if len(line) > 22 && line[:22] == "POST /role_assignments" {
			given++
		}
	}
	if taken == 0 || taken > 40+7 {
		t.Errorf("the removal came after %d grants, want soon after 45", taken)
	}
	if rows := w.rows(); *rows["m007"].Reason != access.MissedPayment || len(rows["m007"].Groups) != 0 || len(rows) != 70 {
		t.Errorf("%+v of %d", rows["m007"], len(rows))
	}
	if plan := w.stillToDo(); !plan.Empty() {
		t.Errorf("a sync would still do something: %+v", plan)
	}
}
