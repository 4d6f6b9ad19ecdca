package reconcile

import (
	"errors"
	"strings"
	"testing"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// There: with an empty list of allowed memberships in Glofox nobody has access, and saving it asks nothing (help.kisi.io, troubleshooting Glofox; in Gymflow the cross "applies immediately").
// Here: a run that would leave a group without anybody is held, until the admin has seen the plan in the review and confirmed that very list.
func TestGlofoxEmptyAllowedListLocksEverybodyOut(t *testing.T) {
	w := incidentGym(t, 6)
	w.settings.Associations[0].GroupID = 0
	preview := w.confirm()
	if run := w.sync(4); run.Held != 6 {
		t.Errorf("%+v", run)
	}
	w.allIn(w.groups[0], 6)
	w.sync(0, func(request *store.Request) { request.Confirm = preview.Plan.Fingerprint })
	w.is(w.groups[0])
	w.consistent()
}

// There: a door or group that memberships use can be deleted on the lock's side; managememberships.com refuses it on its own (help.managememberships.com/docs/settings/doors).
// Here: a group that is gone holds its association: nobody is moved, nothing of the ledger is closed, the other groups go on, and the admin is asked for another group.
func TestManagemembershipsDeletedDoor(t *testing.T) {
	w := incidentWorld(t, 0, 2)
	w.members(6, "ms")
	w.setUp("ms", w.groups[0], "ms2", w.groups[1])
	w.sync(0)
	w.kisi.RemoveGroup(w.groups[0].ID)
	w.member("other", "ms2")
	run := w.sync(3)
	if run.Granted != 1 || run.Revoked != 0 || len(w.ledger()) != 7 {
		t.Errorf("%+v; %d in the ledger", run, len(w.ledger()))
	}
	w.standsAs("m001", access.Problem, access.GroupGone)
}

// There: Auth0 drops a directory group's mapping by itself when the group is deleted, without a word (github.com/auth0/docs-v2/pull/1363).
// Here: the association stays as it was stored, run after run, with a question that names the group, and no group is made in its place.
func TestAuth0DroppedMapping(t *testing.T) {
	w := incidentGym(t, 3)
	w.kisi.RemoveGroup(w.groups[0].ID)
	for range 2 {
		w.sync(3)
		w.view(func(tx *store.Tx) error {
			settings, _, err := tx.Settings()
			if err != nil || len(settings.Associations) != 1 || settings.Associations[0].GroupID != w.groups[0].ID {
				t.Errorf("%+v %v", settings.Associations, err)
			}
			questions, err := tx.Questions()
			if len(questions) != 1 || questions[0].Reason != access.GroupGone || !strings.Contains(questions[0].Text, "Group A") {
				t.Errorf("%+v", questions)
			}
			return err
		})
	}
	if len(w.kisi.Groups()) != 1 {
		t.Errorf("groups: %+v", w.kisi.Groups())
	}
}

// There: ssosync deletes and makes groups anew, so that their new ids break what hung on the old ones (github.com/awslabs/ssosync/issues/291).
// Here: groups are never made, changed or deleted; a group that is renamed in Kisi keeps everybody, and its new name is shown.
func TestSsosync291GroupsMadeAnew(t *testing.T) {
	w := incidentGym(t, 3)
	renamed := w.groups[0]
	renamed.Name = "Round the clock"
	w.kisi.AddGroup(renamed)
	mark := len(w.kisi.Log())
	w.sync(0)
	w.unchanged(mark)
	if row := w.rows()["m001"]; len(row.Groups) != 1 || row.Groups[0].Name != "Round the clock" {
		t.Errorf("%+v", row.Groups)
	}
}

// There: a key that a non-admin made "will not sync" in Optix, and nobody is told (support.optixapp.com/en/articles/2056042).
// Here: a key that may not write is refused at setup and at every run with exit 12, in a sentence that names whose key it is and what to do.
func TestOptixKeyOfANonAdmin(t *testing.T) {
	w := incidentGym(t, 3)
	staff := w.kisi.AddUser(kisi.User{Name: "Fiona Frontdesk", Email: "fiona@x.example", AccessEnabled: true})
	w.to.KisiKey = w.kisi.AddKey(staff, "observer", "api")
	if _, err := w.engine.CheckKey(t.Context(), w.to); ExitCode(err) != 12 || !strings.Contains(err.Error(), "Fiona Frontdesk") {
		t.Errorf("the check: %v", err)
	}
	if err := w.engine.Confirm(Confirmation{Settings: w.settings, Access: w.to}); err != nil {
		t.Fatal(err)
	}
	w.member("new", "ms")
	run := w.failed(12)
	if run.Outcome != store.OutcomeStopped || len(run.Notes) == 0 {
		t.Errorf("%+v", run)
	}
	w.allIn(w.groups[0], 3)
}

// There: a password change kills the Archie integration's key, and Coworks' hangs on the person who made it (intercom.help/archie_helpdesk/en/articles/8828204; help.coworksapp.com/en/articles/3945644).
// Here: a key that dies in the middle stops the run at once with what to do; what was done is stored, and with a new key the next run does the rest.
func TestArchieKeyDiesWithAPasswordChange(t *testing.T) {
	w := incidentWorld(t, 0, 1)
	run, err := w.keyDiesAtGrant(3, 5)
	if !errors.Is(err, kisi.ErrUnauthorized) || run.Exit != 12 || run.Granted != 2 {
		t.Errorf("%+v %v", run, err)
	}
	if run := w.syncWithANewKey(); run.Granted != 3 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

// There: two integrations on one group fight; PushPress, Mindbody and andcards ask the gym to switch the other one off first (help.pushpress.com/en/articles/12885148).
// Here: rights that come and go by another hand are reported as a second writer; kisiflow gives its own again once, then it asks instead of fighting.
func TestPushPressTwoAutomationsFight(t *testing.T) {
	w := incidentGym(t, 4)
	other := w.kisi.AddUser(kisi.User{Name: "Another integration", Email: "robot@x.example", AccessEnabled: true})
	user := w.rightOf("m002", w.groups[0]).AssigneeID
	w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
	w.kisi.AddRight("Group", w.groups[1].ID, kisi.RoleBasic, "User", user, other.ID)
	run := w.sync(0)
	if run.Granted != 1 || !strings.Contains(strings.Join(run.Notes, " "), "another hand") {
		t.Errorf("%+v", run)
	}
	w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
	for range 3 {
		if run := w.sync(0); run.Granted > 0 {
			t.Errorf("it fights: %+v", run)
		}
	}
	w.standsAs("m001", access.Held, access.IsHeld)
}

// There: self-healing tools put back what a person took away by hand, again and again, which is why Argo CD leaves it off (argo-cd.readthedocs.io, automated sync policy).
// Here: a right that staff remove in Kisi comes back once, in case it was a slip; removed again, it stays away and the admin is asked.
func TestArgoCDSelfHealFightsTheHand(t *testing.T) {
	w := incidentGym(t, 4)
	for want := 1; want >= 0; want-- {
		w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
		if run := w.sync(0); run.Granted != want {
			t.Errorf("%d were given, want %d", run.Granted, want)
		}
	}
	w.is(w.groups[0], "m000", "m002", "m003")
	w.consistent()
}

// There: people added by hand are at a tool's mercy where nothing says whose they are; exivo's integration leaves them alone by design (support.sportsnow.ch/en/support/solutions/articles/48001144986).
// Here: a cleaner's, a manager's and a guest's right in the same group are shown as foreign and never touched, whatever happens to the members.
func TestExivoPeopleAddedByHand(t *testing.T) {
	w := incidentGym(t, 6)
	for name, role := range map[string]string{"cleaner": kisi.RoleBasic, "boss": kisi.RoleManager} {
		user := w.kisi.AddUser(kisi.User{Name: name, Email: name + "@x.example", AccessEnabled: true})
		w.kisi.AddRight("Group", w.groups[0].ID, role, "User", user.ID, w.kisi.Owner.ID)
	}
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "Guest", 4711, w.kisi.Owner.ID)
	for id := range w.rows() {
		w.cancel(id)
	}
	if run := w.sync(0); run.Revoked != 6 {
		t.Errorf("%+v", run)
	}
	w.is(w.groups[0], "", "boss", "cleaner")
}

// overdueSince puts a member who owes since a day.
func (w *world) overdueSince(id, day string) {
	member := w.member(id, "ms")
	since, err := gymflow.ParseDate(day)
	if err != nil {
		w.t.Fatal(err)
	}
	member.Holdings[0].Status, member.Holdings[0].OverdueSince, member.OverdueSince = gymflow.Overdue, since, since
	w.gymflow.Gym.Put(member)
}

// There: in GymMaster billing reports can lag by up to 5 working days, so that somebody gets in, or is kept out, who should not (www.gymmaster.com, access FAQs; Glofox waits 7 days).
// Here: without days of grace, as in Gymflow, a debt takes the right away with the next run; with them it stays for exactly so many days; paying gives it back with the next run.
func TestGymMasterSettlementLag(t *testing.T) {
	w, moveTo := inZone(t, "Europe/Dublin", "2026-03-10T12:00:00Z")
	w.settings.GraceDays = 5
	w.confirm()
	w.overdueSince("owes", "2026-03-10")
	w.member("pays", "ms")
	w.sync(0)
	w.is(w.groups[0], "owes", "pays")
	moveTo("2026-03-14T23:59:00Z")
	w.sync(0)
	w.is(w.groups[0], "owes", "pays")
	moveTo("2026-03-15T00:00:00Z")
	w.sync(0)
	w.is(w.groups[0], "pays")
	w.standsAs("owes", access.NoAccess, access.MissedPayment)
	w.member("owes", "ms")
	w.sync(0)
	w.is(w.groups[0], "owes", "pays")
	w.settings.GraceDays = 0
	w.confirm()
	w.overdueSince("owes", "2026-03-15")
	w.sync(0)
	w.is(w.groups[0], "pays")
}
