package reconcile

import (
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

func (w *world) rightOf(member string, group kisi.Group) kisi.Right {
	for _, right := range w.kisi.Rights() {
		if right.AssigneeEmail == member+"@x.example" && right.AppliesToID == group.ID {
			return right
		}
	}
	return kisi.Right{}
}

func TestARightRemovedByHandIsGivenAgainOnce(t *testing.T) {
	w := linked(t, 5)
	w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
	if run := w.sync(0); run.Granted != 1 {
		t.Fatalf("the first time: %+v", run)
	}
	w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
	for range 2 {
		if run := w.sync(0); run.Granted != 0 {
			t.Fatalf("the second time: %+v", run)
		}
	}
	if row := w.rows()["m001"]; row.Standing != access.Held {
		t.Errorf("it stands as %s", row.Standing)
	}
	w.view(func(tx *store.Tx) error {
		questions, err := tx.Questions()
		if len(questions) != 1 || questions[0].MemberID != "m001" {
			t.Errorf("questions: %+v", questions)
		}
		entries, _ := tx.Journal(0, 100, "m001")
		lost := 0
		for _, entry := range entries {
			if entry.Kind == store.LostRight {
				lost++
			}
		}
		if lost != 2 {
			t.Errorf("%d losses are journaled", lost)
		}
		return err
	})
	w.consistent()
}

func TestWhatIsNotOursStays(t *testing.T) {
	w := newWorld(t, 0, 1)
	staff := w.kisi.AddUser(kisi.User{Name: "Staff", Email: "staff@x.example", AccessEnabled: true})
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", staff.ID, 1)
	boss := w.kisi.AddUser(kisi.User{Name: "Boss", Email: "boss@x.example", AccessEnabled: true})
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleManager, "User", boss.ID, 1)
	w.member("boss", "ms")
	left := w.kisi.AddUser(kisi.User{Name: "Left", Email: "left@x.example", AccessEnabled: true})
	unticked := w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", left.ID, 1)
	w.member("left", "ms")
	taken := w.kisi.AddUser(kisi.User{Name: "Taken", Email: "taken@x.example", AccessEnabled: true})
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", taken.ID, 1)
	w.member("taken", "ms")

	w.associate("ms", w.groups[0])
	w.settings.LeaveRights = []int64{unticked.ID}
	preview := w.confirm()
	if len(preview.Adoptable) != 2 || len(preview.Others) != 1 || len(preview.Plan.Grants) != 0 {
		t.Fatalf("adoptable %d, others %d, grants %+v", len(preview.Adoptable), len(preview.Others), preview.Plan.Grants)
	}
	w.sync(0)
	for _, id := range []string{"boss", "left", "taken"} {
		w.cancel(id)
	}
	run := w.sync(0)
	if run.Revoked != 1 || strings.Join(w.in(w.groups[0]), " ") != "boss left staff" {
		t.Errorf("revoked %d; in the group: %v", run.Revoked, w.in(w.groups[0]))
	}
	if run.Foreign != 2 {
		t.Errorf("%d foreign", run.Foreign)
	}
	w.member("left", "ms")
	w.sync(0)
	var foreign []access.Foreign
	w.view(func(tx *store.Tx) (err error) { foreign, err = tx.Foreign(); return err })
	if adopted, err := w.engine.Adopt(foreign, "me@here"); err != nil || adopted != 1 {
		t.Errorf("adopted %d, %v", adopted, err)
	}
	w.cancel("left")
	if run := w.sync(0); run.Revoked != 1 {
		t.Errorf("after the later adoption: %+v", run)
	}
}

func TestAMoveGrantsBeforeItRevokes(t *testing.T) {
	w := linked(t, 8)
	w.settings.Associations = append(w.settings.Associations, access.Association{MembershipID: "ms2", GroupID: w.groups[1].ID, GroupName: "Group B"})
	w.member("stay", "ms2")
	w.confirm()
	w.sync(0)
	w.member("m001", "ms2")
	w.member("m002", "ms2")
	w.cancel("m003")
	mark := len(w.kisi.Log())
	run := w.sync(0)
	var writes []string
	_, _, log := w.calls(mark)
	for _, line := range log {
		if method, _, _ := strings.Cut(line, " "); method != "GET" {
			writes = append(writes, method)
		}
	}
	if got := strings.Join(writes, " "); got != "DELETE POST DELETE POST DELETE" || run.Revoked != 3 || run.Granted != 2 {
		t.Errorf("the writes came as %s; %+v", got, run)
	}
	w.consistent()
}

func TestAMoveThatCannotGrantDoesNotRevoke(t *testing.T) {
	w := linked(t, 8)
	w.settings.Associations = append(w.settings.Associations, access.Association{MembershipID: "ms2", GroupID: w.groups[1].ID, GroupName: "Group B"})
	w.confirm()
	w.sync(0)
	w.member("m001", "ms2")
	w.breakWrites("POST", "/role_assignments", 422)
	run := w.sync(3)
	if run.Failed != 1 || run.Revoked != 0 || !strings.Contains(run.Problems[0].Text, "First m001") {
		t.Errorf("%+v", run)
	}
	if row := w.rows()["m001"]; row.Standing != access.Problem || len(row.Groups) != 1 {
		t.Errorf("%+v", row)
	}
	w.kisi.Wrap(nil)
	if run := w.sync(0); run.Granted != 1 || run.Revoked != 1 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

func TestSharedAddressesAreOneUser(t *testing.T) {
	w := newWorld(t, 0, 2)
	mother := w.member("mother", "ms")
	child := gymflow.Member{ID: "child", Email: strings.ToUpper(mother.Email), FirstName: "Child", Holdings: []gymflow.Holding{
		{ID: "h", MembershipID: "kids", Status: gymflow.Active, StartsOn: gymflow.Date{Year: 2024, Month: 1, Day: 1}}}}
	w.gymflow.Gym.Put(child)
	w.setUp("ms", w.groups[0], "kids", w.groups[1])
	if run := w.sync(0); run.Granted != 2 || len(w.kisi.Users()) != 2 {
		t.Errorf("%+v, users %+v", run, w.kisi.Users())
	}
	w.cancel("mother")
	if run := w.sync(0); run.Revoked != 1 || len(w.in(w.groups[1])) != 1 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

func TestAGoneGroupHoldsItsAssociationAndLosesNothing(t *testing.T) {
	w := linked(t, 6)
	w.settings.Associations = append(w.settings.Associations, access.Association{MembershipID: "ms2", GroupID: w.groups[1].ID, GroupName: "Group B"})
	w.confirm()
	w.kisi.RemoveGroup(w.groups[0].ID)
	w.member("other", "ms2")
	run := w.sync(3)
	if run.Granted != 1 || run.Revoked != 0 || len(w.ledger()) != 7 {
		t.Errorf("%+v, ledger %d", run, len(w.ledger()))
	}
	if row := w.rows()["m001"]; row.Reason == nil || *row.Reason != access.GroupGone {
		t.Errorf("%+v", row)
	}
	w.view(func(tx *store.Tx) error {
		questions, err := tx.Questions()
		if len(questions) != 1 || questions[0].Reason != access.GroupGone {
			t.Errorf("%+v", questions)
		}
		return err
	})
}

func TestAGroupThatGoesWhileWriting(t *testing.T) {
	w := newWorld(t, 0, 2)
	w.members(3, "ms")
	w.member("other", "ms2")
	w.setUp("ms", w.groups[0], "ms2", w.groups[1])
	w.onRequest("POST", "/role_assignments", 1, func() { w.kisi.RemoveGroup(w.groups[0].ID) })
	run := w.sync(3)
	if run.Granted != 1 || len(w.in(w.groups[1])) != 1 {
		t.Errorf("%+v", run)
	}
	w.view(func(tx *store.Tx) error {
		questions, err := tx.Questions()
		if len(questions) != 1 || questions[0].Reason != access.GroupGone {
			t.Errorf("%+v", questions)
		}
		return err
	})
	w.consistent()
}

func TestAUserWhoIsGoneIsMadeAgain(t *testing.T) {
	w := linked(t, 3)
	gone := w.rightOf("m001", w.groups[0])
	w.cancel("m001")
	w.sync(0)
	w.kisi.RemoveUser(gone.AssigneeID)
	w.member("m001", "ms")
	if run := w.sync(0); run.Granted != 1 {
		t.Errorf("%+v", run)
	}
	w.view(func(tx *store.Tx) error {
		links, err := tx.Links()
		if links["m001"] == gone.AssigneeID || links["m001"] != w.rightOf("m001", w.groups[0]).AssigneeID {
			t.Errorf("linked to %d, which was %d", links["m001"], gone.AssigneeID)
		}
		return err
	})
	w.consistent()
}

func TestAListThatLosesHalfOfOursIsNotBelieved(t *testing.T) {
	w := linked(t, 12)
	if err := w.kisi.SetFault("lost-list"); err != nil {
		t.Fatal(err)
	}
	run := w.sync(3)
	if run.Granted+run.Revoked > 0 || len(w.ledger()) != 12 {
		t.Errorf("%+v, ledger %d", run, len(w.ledger()))
	}
	_ = w.kisi.SetFault("")
	w.sync(0)
	w.consistent()
}

func TestASmallLostListClosesNothingEither(t *testing.T) {
	w := linked(t, 4)
	w.cancel("m001")
	if err := w.kisi.SetFault("lost-list"); err != nil {
		t.Fatal(err)
	}
	if run := w.sync(0); run.Granted > 0 || run.Revoked != 1 || len(w.ledger()) != 3 {
		t.Errorf("%+v", run)
	}
	_ = w.kisi.SetFault("")
	w.consistent()
}

func TestALostRightThatCannotBeAskedForClosesNothing(t *testing.T) {
	w := linked(t, 4)
	w.fault("lost-list")
	w.breakWrites("GET", "/role_assignments/", 503)
	run, err := w.engine.Sync(t.Context(), store.Request{})
	if ExitCode(err) != 75 || run.Planned || len(w.ledger()) != 4 {
		t.Errorf("%+v %v, ledger %d", run, err, len(w.ledger()))
	}
}

func TestOneNewPersonInTwoGroupsIsLookedUpAndMadeOnce(t *testing.T) {
	w := newWorld(t, 0, 2)
	w.setUp("ms", w.groups[0], "ms2", w.groups[1])
	w.sync(0)
	w.member("new", "ms", "ms2")
	mark := len(w.kisi.Log())
	w.sync(0)
	if reads, writes, log := w.calls(mark); reads != 5 || writes != 3 {
		t.Errorf("%d reads, %d writes: %v", reads, writes, log)
	}
	w.consistent()
}

func TestWhereTheClocksDisagreeNothingChanges(t *testing.T) {
	w := newWorld(t, 0, 1)
	day := gymflow.Date{Year: 2026, Month: 3, Day: 10}
	now := time.Date(2026, 3, 10, 23, 55, 0, 0, time.UTC)
	w.options.Now = func() time.Time { return now }
	w.restart()
	for i, id := range []string{"lasts", "ends"} {
		member := w.member(id, "ms")
		member.Holdings[0].EndsOn = day.AddDays(10 - 10*i)
		w.gymflow.Gym.Put(member)
	}
	w.setUp("ms", w.groups[0])
	w.fault("clock-ahead")
	if run := w.sync(0); run.Granted != 1 || strings.Join(w.in(w.groups[0]), " ") != "lasts" {
		t.Errorf("%+v; in the group: %v", run, w.in(w.groups[0]))
	}
	w.fault("")
	w.sync(0)
	now = now.Add(6 * time.Minute) // the next day by our clock
	w.fault("clock-ahead")
	w.sync(0)
	if got := strings.Join(w.in(w.groups[0]), " "); got != "lasts" {
		t.Errorf("both clocks say that it ended: %v", got)
	}
	w.consistent()
}

func TestARightMadeLongAfterTheIntentIsNotOurs(t *testing.T) {
	w := linked(t, 2)
	user := w.kisi.AddUser(kisi.User{Name: "Hand", Email: "hand@x.example", AccessEnabled: true})
	right := w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", user.ID, w.kisi.Owner.ID)
	for _, earlier := range []time.Duration{time.Hour, 0} {
		err := w.store.Update(func(tx *store.Tx) error {
			_, err := tx.OpenIntent(store.Intent{
				Kind: store.IntentGrant, At: right.CreatedAt.Add(-earlier), MemberID: "hand", UserID: user.ID, GroupID: w.groups[0].ID})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.sync(0)
		if ours := len(w.ledger()) == 3; ours != (earlier == 0) {
			t.Errorf("made %v after the intent, and ours: %v", earlier, ours)
		}
	}
}

func TestAGoneGroupWithoutAssociationIsForgotten(t *testing.T) {
	w := linked(t, 3)
	w.kisi.RemoveGroup(w.groups[0].ID)
	w.settings.Associations[0].GroupID, w.settings.Associations[0].GroupName = w.groups[1].ID, "Group B"
	w.confirm()
	if run := w.sync(0); run.Granted != 3 || run.Held != 0 {
		t.Errorf("%+v", run)
	}
	w.consistent()
	if run := w.sync(0); run.Granted+run.Revoked > 0 || len(run.Notes) > 0 {
		t.Errorf("%+v", run)
	}
}

func TestASecondWriterIsReported(t *testing.T) {
	w := linked(t, 3)
	other := w.kisi.AddUser(kisi.User{Name: "Robot", Email: "robot@x.example", AccessEnabled: true})
	w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", w.rowUser("m001"), other.ID)
	run := w.sync(0)
	if !strings.Contains(strings.Join(run.Notes, " "), "1 access right came and 1 access right went") || run.Granted != 0 {
		t.Errorf("%+v", run)
	}
	if run := w.sync(0); len(run.Notes) > 0 {
		t.Errorf("told twice: %v", run.Notes)
	}
}

func (w *world) rowUser(member string) int64 { return w.rows()[member].UserID }
