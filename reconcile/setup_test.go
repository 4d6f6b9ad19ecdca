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

func TestChecks(t *testing.T) {
	w := newWorld(t, 3, 1)
	account, err := w.engine.CheckGymflow(t.Context(), w.to)
	if err != nil || account.Name == "" {
		t.Errorf("%+v %v", account, err)
	}
	wrong := w.to
	wrong.GymflowToken = "wrong"
	if _, err := w.engine.CheckGymflow(t.Context(), wrong); ExitCode(err) != 12 {
		t.Errorf("a wrong token: %v", err)
	}
	health, err := w.engine.CheckKey(t.Context(), w.to)
	if err != nil || !health.Owner {
		t.Errorf("%+v %v", health, err)
	}
	wrong.KisiKey = "wrong"
	if _, err := w.engine.CheckKey(t.Context(), wrong); ExitCode(err) != 12 || strings.Contains(err.Error(), wrong.KisiKey+" ") {
		t.Errorf("a wrong key: %v", err)
	}
	if places, err := w.engine.Places(t.Context(), w.to); err != nil || len(places) != 1 {
		t.Errorf("%+v %v", places, err)
	}
}

func TestChoices(t *testing.T) {
	w := newWorld(t, 0, 0)
	if _, err := w.engine.ReadChoices(t.Context(), w.to, w.place.ID, "Europe/Dublin", nil); err == nil ||
		!strings.HasPrefix(err.Error(), "Place Dublin HQ has no access groups yet. Make one in Kisi") {
		t.Errorf("no groups: %v", err)
	}
	other := w.kisi.AddPlace(kisi.Place{Name: "Elsewhere"})
	w.kisi.AddGroup(kisi.Group{Name: "Alpha", PlaceID: other.ID})
	w.kisi.AddGroup(kisi.Group{Name: "Everywhere"})
	w.kisi.AddGroup(kisi.Group{Name: "zumba", PlaceID: w.place.ID})
	w.kisi.AddGroup(kisi.Group{Name: "All hours", PlaceID: w.place.ID})
	account, _, _ := w.gymflow.Gym.Snapshot()
	club := account.Clubs[0].ID
	w.gymflow.Gym.PutMembership(gymflow.Membership{ID: "ms", Name: "Unlimited", Kind: gymflow.Recurring, ClubID: club})
	w.gymflow.Gym.PutMembership(gymflow.Membership{ID: "old", Name: "Gone", Kind: gymflow.Recurring, ClubID: club, Archived: true})
	ann := w.member("ann", "ms", "ms")
	ann.Holdings[1].Status = gymflow.Cancelled
	w.gymflow.Gym.Put(ann)
	bo := w.member("bo", "ms")
	bo.Holdings[0].Status = gymflow.Paused
	w.gymflow.Gym.Put(bo)
	gone := w.member("gone", "ms")
	gone.Holdings[0].Status = gymflow.Expired
	w.gymflow.Gym.Put(gone)
	told := 0
	choices, err := w.engine.ReadChoices(t.Context(), w.to, w.place.ID, "Europe/Dublin", func(read, total int) { told = total })
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, group := range choices.Groups {
		names = append(names, group.Name)
	}
	if got := strings.Join(names, ", "); got != "All hours, zumba, Everywhere" {
		t.Errorf("groups: %s", got)
	}
	if len(choices.Memberships) == 0 || told != 3 || choices.Members != 3 {
		t.Fatalf("%+v, told %d", choices, told)
	}
	for _, membership := range choices.Memberships {
		switch membership.ID {
		case "ms":
			if membership.Members != 2 || membership.Opening != 1 || len(choices.Opening) != 1 || choices.Opening[0].Members != 1 {
				t.Errorf("%+v", membership)
			}
		case "old":
			t.Error("an archived membership that nobody holds is offered")
		}
	}
}

func TestConfirmPutsEverythingInForceAtOnce(t *testing.T) {
	w := newWorld(t, 0, 2)
	w.members(2, "ms")
	user := w.kisi.AddUser(kisi.User{Name: "m000", Email: "m000@x.example", AccessEnabled: true})
	right := w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", user.ID, 5)
	w.associate("ms", w.groups[0])
	if err := w.store.Update(func(tx *store.Tx) error { return tx.PutDraft(w.settings) }); err != nil {
		t.Fatal(err)
	}
	preview, err := w.engine.Preview(t.Context(), w.settings, w.to, nil)
	if err != nil {
		t.Fatal(err)
	}
	mark := len(w.kisi.Log())
	confirmation := Confirmation{Settings: w.settings, Access: w.to, Preview: preview, Sync: true, Approve: true, By: "ann@host"}
	if err := w.engine.Confirm(confirmation); err != nil {
		t.Fatal(err)
	}
	if len(w.kisi.Log()) != mark {
		t.Error("it called Kisi")
	}
	w.view(func(tx *store.Tx) error {
		settings, set, _ := tx.Settings()
		_, draft, _ := tx.Draft()
		key, _ := tx.Secret(store.KisiKey)
		links, _ := tx.Links()
		rows, _, _ := tx.Standings()
		members, _, _ := tx.RosterFacts()
		people, _ := tx.People()
		entries, err := tx.Journal(0, 100, "")
		if !set || settings.SetUpBy != "ann@host" || settings.SetUpAt.IsZero() || draft || key != w.to.KisiKey {
			t.Errorf("%v %+v, draft %v", set, settings, draft)
		}
		if links["m000"] != user.ID || len(rows) != 2 || members != 2 || len(people.Users) != 2 {
			t.Errorf("links %v, %d rows, %d members, people %+v", links, len(rows), members, people)
		}
		kinds := map[store.EntryKind]int{}
		for _, entry := range entries {
			kinds[entry.Kind]++
		}
		if kinds[store.SetUp] != 1 || kinds[store.Adopted] != 1 || kinds[store.Changed] != 1 {
			t.Errorf("%v", kinds)
		}
		return err
	})
	if ledger := w.ledger(); len(ledger) != 1 || ledger[0].RightID != right.ID || !ledger[0].Adopted {
		t.Errorf("%+v", ledger)
	}
	request, found, _ := (&loop{engine: w.engine}).next()
	if !found || request.Confirm != preview.Plan.Fingerprint || request.Approve != preview.Plan.Fingerprint || request.Trigger != "setup" {
		t.Errorf("%+v", request)
	}
	w.sync(0)
	w.settings.Associations[0].GroupID, w.settings.Associations[0].GroupName = w.groups[1].ID, "Group B"
	w.confirm()
	w.view(func(tx *store.Tx) error {
		entries, err := tx.Journal(0, 1, "")
		if len(entries) != 1 || entries[0].Kind != store.Changed || entries[0].Before != "Group A" || entries[0].After != "Group B" {
			t.Errorf("%+v", entries)
		}
		return err
	})
}

func TestWhoIsMissedByTheListButThereIsKept(t *testing.T) {
	w := linked(t, 20)
	w.gymflow.Gym.Remove("m003")
	w.sync(0)
	w.onGymflow("/v1/members/m003", func() { w.member("m003", "ms") })
	run := w.sync(0)
	if run.Revoked != 0 || run.Members != 20 || !strings.Contains(strings.Join(run.Notes, " "), "First m003") {
		t.Errorf("%+v", run)
	}
	w.view(func(tx *store.Tx) error {
		absences, err := tx.Absences()
		if len(absences) != 0 {
			t.Errorf("%+v", absences)
		}
		return err
	})
	if row := w.rows()["m003"]; row.Standing != access.HasAccess {
		t.Errorf("%+v", row)
	}
}

func TestAReReadThatFailsWaits(t *testing.T) {
	w := linked(t, 20)
	w.gymflow.Gym.Remove("m003")
	w.sync(0)
	w.refuseGymflow("/v1/members/m003")
	if run := w.sync(75); run.Revoked != 0 || run.Held != 0 || run.Kept != 20 {
		t.Errorf("%+v", run)
	}
	w.gymflow.Wrap(nil)
	if run := w.sync(0); run.Revoked != 1 {
		t.Errorf("%+v", run)
	}
}

func TestMeter(t *testing.T) {
	var last store.Progress
	m := &meter{now: time.Now, write: func(progress store.Progress) error { last = progress; return nil }}
	m.phase(phaseWriting, 0, 100)
	if last.Phase != phaseWriting || last.Total != 100 {
		t.Fatalf("%+v", last)
	}
	start := m.marks[0].at
	for i := 1; i <= 40; i++ {
		m.current.Done = i
		m.measure(start.Add(time.Duration(i) * 250 * time.Millisecond))
		switch {
		case i < enoughWrites && m.current.Left != 0:
			t.Errorf("a time left after %d writes", i)
		case i >= enoughWrites && (m.current.Left < 15*time.Second || m.current.Left > 25*time.Second):
			t.Errorf("after %d writes %v are left", i, m.current.Left)
		}
	}
	before := m.current.Left
	m.current.Done = 41
	m.measure(start.Add(15 * time.Second)) // one write took five seconds
	if change := m.current.Left - before; change.Abs() > before {
		t.Errorf("the time left jumps from %v to %v", before, m.current.Left)
	}
}
