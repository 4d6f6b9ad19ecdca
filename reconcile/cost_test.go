package reconcile

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

func TestANoChangeSyncOfFiveThousandCostsTwentyTwoRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0, 4)
	w.associate("ms0", w.groups[0], "ms1", w.groups[1], "ms2", w.groups[2], "ms3", w.groups[3])
	err := w.store.Update(func(tx *store.Tx) error { // as five thousand grants would have left it
		failures := []error{
			tx.PutSettings(w.settings), tx.PutSecret(store.KisiKey, w.to.KisiKey), tx.PutSecret(store.GymflowToken, w.to.GymflowToken),
			tx.PutPeople(store.People{ReadAt: time.Now()}),
		}
		for i := range 5000 {
			id := fmt.Sprintf("m%04d", i)
			w.member(id, fmt.Sprintf("ms%d", i%4))
			user := w.kisi.AddUser(kisi.User{Name: id, Email: id + "@x.example", AccessEnabled: true})
			right := w.kisi.AddRight("Group", w.groups[i%4].ID, kisi.RoleBasic, "User", user.ID, w.kisi.Owner.ID)
			failures = append(failures, tx.PutLink(id, user.ID), tx.PutLedger(access.LedgerEntry{
				RightID: right.ID, GroupID: right.AppliesToID, UserID: user.ID, MemberID: id, Email: user.Email, Name: id}))
		}
		return errors.Join(failures...)
	})
	if err != nil {
		t.Fatal(err)
	}
	run := w.sync(0)
	reads, writes, log := w.calls(0)
	if want := 2 + 4*5; reads != want || writes != 0 || run.Requests.KisiRead != want {
		t.Fatalf("%d reads (want %d), %d writes; the run counts %+v: %v", reads, want, writes, run.Requests, log)
	}
	if run.Kept != 5000 || run.Foreign != 0 || run.Members != 5000 {
		t.Errorf("kept %d, foreign %d", run.Kept, run.Foreign)
	}
}

func TestWhatMembersCost(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.member("old", "ms")
	w.setUp("ms", w.groups[0])
	w.sync(0)
	base := 3 // GET /user, GET /groups, one page of rights

	cost := func(what string, maxReads, wantWrites int) {
		t.Helper()
		mark := len(w.kisi.Log())
		w.sync(0)
		reads, writes, log := w.calls(mark)
		if reads > base+maxReads || writes != wantWrites {
			t.Errorf("%s: %d reads (at most %d), %d writes (want %d): %v", what, reads, base+maxReads, writes, wantWrites, log)
		}
	}
	w.member("new", "ms")
	cost("a new member", 1, 2)
	w.kisi.AddUser(kisi.User{Name: "Known", Email: "known@x.example", AccessEnabled: true})
	w.member("known", "ms")
	cost("a member whom Kisi knows", 1, 1)
	w.cancel("new")
	cost("a member who leaves", 0, 1)
	cost("nothing", 0, 0)
	w.consistent()
}

func TestManyUnknownMembersAreReadWhole(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.setUp("ms", w.groups[0])
	w.members(30, "ms")
	mark := len(w.kisi.Log())
	w.sync(0)
	lookups := 0
	_, writes, log := w.calls(mark)
	for _, line := range log {
		if strings.Contains(line, "email=") {
			lookups++
		}
	}
	if lookups > 0 || writes != 60 {
		t.Errorf("%d look-ups by e-mail, %d writes", lookups, writes)
	}
	w.consistent()
}

func TestPeopleAreReadOnceADay(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.member("ann", "ms")
	now := time.Now()
	w.options.Now = func() time.Time { return now }
	w.restart()
	w.setUp("ms", w.groups[0])
	w.sync(0)
	for _, user := range w.kisi.Users() {
		if user.Email == "ann@x.example" {
			w.kisi.SetSuspended(user.ID, true)
		}
	}
	w.sync(0)
	if row := w.rows()["ann"]; row.Reason != nil {
		t.Errorf("the suspension is known without a reading: %+v", row)
	}
	now = now.Add(25 * time.Hour)
	w.sync(0)
	if row := w.rows()["ann"]; row.Reason == nil || *row.Reason != "suspended" {
		t.Errorf("the suspension is not seen a day later: %+v", row)
	}
	w.view(func(tx *store.Tx) error {
		people, err := tx.People()
		if len(people.Users) != 2 {
			t.Errorf("%d people are remembered", len(people.Users))
		}
		return err
	})
}

func TestInvitedMembersGetOneMailEach(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.members(3, "ms")
	w.associate("ms", w.groups[0])
	w.settings.Unlocking = store.Invited
	if preview := w.confirm(); preview.Mails != 3 || preview.NewUsers != 3 || preview.Writes != 6 {
		t.Errorf("mails %d, new users %d, writes %d", preview.Mails, preview.NewUsers, preview.Writes)
	}
	w.sync(0)
	if mails := w.kisi.Mails(); len(mails) != 3 {
		t.Errorf("mails to %v", mails)
	}
}

func TestPreviewWritesNothing(t *testing.T) {
	w := newWorld(t, 0, 2)
	w.members(12, "ms")
	w.setUp("ms", w.groups[0])
	w.sync(0)
	w.settings.Associations[0].GroupID = w.groups[1].ID
	before := map[string]string{}
	dump := func() (text string) {
		w.view(func(tx *store.Tx) error {
			ledger, _ := tx.Ledger()
			links, _ := tx.Links()
			runs, _ := tx.Runs(0)
			journal, _ := tx.Journal(0, 1000, "")
			absences, _ := tx.Absences()
			intents, _ := tx.Intents()
			settings, _, err := tx.Settings()
			_, leased, _ := tx.Leased()
			text = fmt.Sprint(ledger, links, runs, journal, absences, intents, settings, leased)
			return err
		})
		return text
	}
	before["state"] = dump()
	mark := len(w.kisi.Log())
	preview, err := w.engine.Preview(t.Context(), w.settings, w.to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, writes, log := w.calls(mark); writes > 0 {
		t.Errorf("the preview wrote: %v", log)
	}
	if dump() != before["state"] {
		t.Error("the preview changed the state file")
	}
	if len(preview.Plan.Grants) != 12 || len(preview.Plan.Revokes) != 12 || preview.Verdict.Hold {
		t.Errorf("%d grants, %d removals, %+v", len(preview.Plan.Grants), len(preview.Plan.Revokes), preview.Verdict)
	}
	w.view(func(tx *store.Tx) error {
		list, found, err := tx.Approvable(preview.Plan.Fingerprint)
		if !found || len(list.Keys) != 12 || list.Held {
			t.Errorf("the list can't be approved: %v %+v", found, list)
		}
		return err
	})
}
