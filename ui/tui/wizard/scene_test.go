package wizard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
)

// riverside is what the two services would say of one gym, without any of them: the questions are the machine's own.
type riverside struct {
	zone    string // of the club
	places  []kisi.Place
	owner   bool
	preview *reconcile.Preview
	fail    map[setup.State]error
	answer  map[setup.State]setup.Answer
}

func newRiverside() *riverside {
	return &riverside{
		zone: "Europe/Dublin", owner: true, preview: plan(), fail: map[setup.State]error{},
		places: []kisi.Place{
			{ID: 1, Name: "Cork Quays", Address: "4 Penrose Quay, Cork", TimeZone: "Europe/Dublin"},
			{ID: 2, Name: "Dublin HQ", Address: "12 Custom House Quay, Dublin 1", TimeZone: "Europe/Dublin", LocksCount: 5},
			{ID: 3, Name: "Galway", Address: "1 Eyre Square, Galway", TimeZone: "Europe/Dublin", LocksCount: 2},
		},
		answer: map[setup.State]setup.Answer{
			setup.AskAddress:      {Move: setup.Submit, Text: "https://bridge.riverside.example"},
			setup.AskToken:        {Move: setup.Submit, Text: "gf_0123456789"},
			setup.AskKey:          {Move: setup.Submit, Text: "0123456789abcdef0123456789abcdef"},
			setup.AskPlace:        {Move: setup.Submit, Chosen: "2"},
			setup.AskAssociations: {Move: setup.Submit, Groups: map[string]int64{"m1": 1, "m2": 2, "m3": 2, "m4": 1, "m5": 1}},
		},
	}
}

func (r *riverside) choices() *reconcile.Choices {
	membership := func(id, name string, members, opening int) reconcile.MembershipFacts {
		return reconcile.MembershipFacts{Membership: gymflow.Membership{ID: id, Name: name}, Members: members, Opening: opening}
	}
	group := func(id int64, name string, doors, people int, place int64) kisi.Group {
		return kisi.Group{ID: id, Name: name, LocksCount: doors, UsersCount: people, PlaceID: place, LoginEnabled: true}
	}
	offPeak, sauna := group(2, "Off-peak", 2, 1, 2), group(3, "Sauna", 0, 0, 2)
	offPeak.TimeRestricted, sauna.LoginEnabled = true, false
	return &reconcile.Choices{
		Memberships: []reconcile.MembershipFacts{
			membership("m1", "Unlimited Monthly", 102, 82), membership("m2", "Off-peak", 46, 42), membership("m3", "Student Monthly", 32, 26),
			membership("m4", "10-Day Trial", 5, 5), membership("m5", "6 Month Pass", 15, 15), membership("m6", "Online Coaching", 9, 8),
		},
		Groups:  []kisi.Group{group(1, "All hours", 3, 5, 2), offPeak, sauna, group(4, "Staff", 5, 1, 0)},
		Members: 240,
		Opening: []reconcile.OpeningTogether{ // one holds two memberships, and counts once
			{Memberships: []string{"m1"}, Members: 81}, {Memberships: []string{"m1", "m2"}, Members: 1}, {Memberships: []string{"m2"}, Members: 41},
			{Memberships: []string{"m3"}, Members: 26}, {Memberships: []string{"m4"}, Members: 5}, {Memberships: []string{"m5"}, Members: 15},
			{Memberships: []string{"m6"}, Members: 8},
		},
	}
}

// plan is the first one: much to give, nothing to take away, a few who are there already.
func plan() *reconcile.Preview {
	foreign := func(id int64, name, email string, entitled bool) access.Foreign {
		return access.Foreign{Right: kisi.Right{ID: id, AssigneeEmail: email}, GroupID: 1, Name: name, Entitled: entitled}
	}
	preview := &reconcile.Preview{
		Members: 240, Writes: 332, Time: 83 * time.Second, NewUsers: 166,
		Groups: []reconcile.GroupChange{
			{GroupID: 1, Name: "All hours", Grant: 99, Keep: 3, Foreign: 2}, {GroupID: 2, Name: "Off-peak", Grant: 67},
		},
		Adoptable: []access.Foreign{foreign(11, "Róisín O'Sullivan", "roisin@example.org", true), foreign(12, "민준 박", "minjun@example.org", true),
			foreign(13, "Tadhg Hayes-Burke", "tadhg@example.com", true)},
		Others: []access.Foreign{foreign(14, "Stan Staff", "stan@riverside.example", false), foreign(15, "Olivia Owner", "olivia@riverside.example", false)},
	}
	for i := range 166 {
		group, why := int64(1), "Unlimited Monthly is active"
		if i%5 > 2 {
			group, why = 2, "Off-peak is active"
		}
		preview.Plan.Grants = append(preview.Plan.Grants, access.Grant{Name: fmt.Sprintf("Member %03d", i+1), GroupID: group, Why: why})
	}
	for _, one := range preview.Adoptable {
		preview.Plan.Kept = append(preview.Plan.Kept, access.LedgerEntry{Name: one.Name, Email: one.Right.AssigneeEmail, GroupID: 1})
	}
	preview.Plan.Foreign = preview.Others
	return preview
}

// held is a later plan: the guard holds 31 removals.
func held() *reconcile.Preview {
	preview := &reconcile.Preview{Members: 240, Writes: 31, Time: 8 * time.Second,
		Groups: []reconcile.GroupChange{{GroupID: 1, Name: "All hours", Keep: 97}, {GroupID: 2, Name: "Off-peak", Keep: 36, Held: 31}}}
	for i := range 31 {
		preview.Plan.Revokes = append(preview.Plan.Revokes, access.Revoke{
			Name: fmt.Sprintf("Member %03d", i+1), GroupName: "Off-peak", Entry: access.LedgerEntry{GroupID: 2}, Why: "Off-peak is cancelled"})
	}
	preview.Verdict = access.Verdict{Hold: true, Strong: 31, Ledger: 164, Reasons: []string{"31 of 67 people would lose Off-peak at once."}}
	return preview
}

func untrusted() *reconcile.Preview {
	preview := held()
	preview.Verdict.Untrusted = true
	preview.Verdict.Reasons = []string{"Gymflow's list has 104 members, and had 240 before."}
	return preview
}

func stale() *reconcile.Preview {
	preview := held()
	preview.Verdict.Stale = true
	preview.Verdict.Reasons = []string{"Gymflow's data is 3 days old."}
	return preview
}

// work is what Perform would find for the state.
func (r *riverside) work(facts setup.Facts) setup.Answer {
	found := setup.Result{State: facts.State, Attempt: facts.Attempt, At: noon, Err: r.fail[facts.State]}
	switch facts.State {
	case setup.CheckGymflow:
		found.Account = &gymflow.Account{ID: "g", Name: "Riverside Gym", TimeZone: r.zone}
	case setup.CheckKey:
		found.Health = &kisi.Health{
			User: kisi.CurrentUser{ID: 5, Name: "Olivia Owner", Email: "olivia@riverside.example", OrganizationID: 4711}, Login: kisi.Login{Type: "api"},
			Organization: kisi.Organization{ID: 4711, Name: "Riverside"}, RoleName: "Owner", Owner: r.owner, CanRead: true, CanWrite: true,
		}
		if !r.owner {
			found.Health.User.Name, found.Health.User.Email, found.Health.RoleName = "Adam Admin", "adam@riverside.example", "Administrator"
		}
	case setup.LoadPlaces:
		found.Places = r.places
	case setup.LoadChoices:
		found.Choices = r.choices()
	case setup.LoadReview:
		found.Preview = r.preview
	}
	return setup.Answer{Move: setup.Done, Result: found}
}

// at walks to a state; with a failure set for it, to its problem.
func (r *riverside) at(t *testing.T, state setup.State) *Wizard {
	t.Helper()
	w := New(context.Background(), Options{Now: func() time.Time { return noon }})
	w.facts, w.question = setup.Start(setup.Facts{})
	for moves := 0; w.question.State != state; moves++ {
		if moves > 40 || w.question.Problem != "" {
			t.Fatalf("never came to %q: at %q, %s", state, w.question.State, w.question.Problem)
		}
		answer, given := r.answer[w.question.State]
		switch {
		case w.question.Kind == setup.Work:
			answer = r.work(w.facts)
		case !given:
			answer = setup.Answer{Move: setup.Submit, Groups: map[string]int64{}}
		}
		w.facts, w.question = setup.Next(w.facts, answer)
	}
	if r.fail[state] != nil {
		w.facts, w.question = setup.Next(w.facts, r.work(w.facts))
	}
	w.page = w.newPage()
	return w
}

func (w *Wizard) fed(answer setup.Answer) *Wizard {
	w.facts, w.question = setup.Next(w.facts, answer)
	w.page = w.newPage()
	return w
}

// running is the sync in the middle, with what went wrong.
func running(t *testing.T, troubles ...store.Trouble) *Wizard {
	w := newRiverside().at(t, setup.Syncing)
	page := w.page.(*runPage)
	page.confirmed = true
	page.see(sight{run: &store.Run{ID: "r1", Outcome: store.OutcomeRunning}, progress: store.Progress{
		Run: "r1", Running: true, Phase: "writing", Done: 96, Total: 332, Granted: 48, Failed: len(troubles), Rate: 3.96, Left: time.Minute,
		Started: noon.Add(-24 * time.Second), Troubles: troubles,
	}})
	return w
}

// ended is the last screen for a run, where a service can be made.
func ended(t *testing.T, run store.Run) *Wizard { return endedWith(t, run, machines(), nil) }

// endedWith is the last screen where this was found out of the service.
func endedWith(t *testing.T, run store.Run, found setup.Service, failure error) *Wizard {
	t.Helper()
	w := endedAlone(t, run, &kept{})
	w.Update(serviceLooked{w.page.(*runPage), found, failure})
	return w
}

// endedAlone is the last screen before it is known what can be offered; for ever where keeping is nil.
func endedAlone(t *testing.T, run store.Run, keeping setup.Keeping) *Wizard {
	t.Helper()
	w := running(t, run.Problems...)
	w.options.Keeping = keeping
	run.ID, run.Outcome = "r1", cmp.Or(run.Outcome, store.OutcomeDone)
	w.page.(*runPage).see(sight{run: &run})
	return w.fed(setup.Answer{Move: setup.Done, Result: setup.Result{State: setup.Syncing, Run: &run}})
}

func troubles() []store.Trouble {
	return []store.Trouble{
		{Name: "Gus Byrne", Text: "Kisi says that gus@@example is no e-mail address. Correct it in Gymflow; the next sync tries again."},
		{Name: "Áine Daly", Text: "Kisi gave no answer in time. The next sync tries again."},
	}
}

// scenes are the wizard's screens in the order in which a person meets them, with what the page of screens says of each.
func scenes(t *testing.T) []scene {
	make := newRiverside
	refused, down := make(), make()
	refused.fail[setup.CheckKey], down.fail[setup.LoadReview] = kisi.ErrUnauthorized, fmt.Errorf("planning: %w", errors.New("the line is down"))
	admin, zones, nowhere, many := make(), make(), make(), make()
	admin.owner = false
	zones.zone = "Europe/London"
	nowhere.zone, nowhere.places = "", []kisi.Place{{ID: 2, Name: "Dublin HQ", LocksCount: 5}}
	for i := range 60 {
		many.places = append(many.places, kisi.Place{ID: int64(10 + i), Name: fmt.Sprintf("Studio %02d", i+1), Address: fmt.Sprintf("%d Main Street", i+1), LocksCount: 2})
	}
	holds, doubts, old := make(), make(), make()
	holds.preview, doubts.preview, old.preview = held(), untrusted(), stale()
	nobody := make()
	nobody.preview.Adoptable = nil
	progress := func(w *Wizard, phase string, done, total int) *Wizard {
		w.page.(*workPage).gauge.set(phase, done, total)
		return w
	}
	typed := func(w *Wizard, text string) *Wizard {
		for _, r := range text {
			pressed(w, string(r))
		}
		return w
	}
	done := store.Run{Granted: 166, Kept: 3}
	with := func(s setup.Service, change func(*setup.Service)) setup.Service {
		change(&s)
		return s
	}
	return []scene{
		{"gymflow address", make().at(t, setup.AskAddress)},
		{"gymflow address refused", make().at(t, setup.AskAddress).fed(setup.Answer{Move: setup.Submit, Text: "http://bridge.riverside.example"})},
		{"gymflow token", make().at(t, setup.AskToken)},
		{"gymflow check", make().at(t, setup.CheckGymflow)},
		{"roster missing", roster(t, fmt.Errorf("%w at /srv/members.csv", gymflow.ErrNoFile), nil)},
		{"roster faults", roster(t, nil, faulty(t))},
		{"roster status not known", roster(t, nil, understood(t))},
		{"roster status", roster(t, nil, understood(t)).fed(setup.Answer{Move: setup.Submit, Chosen: "status:Ruhend"})},
		{"roster column", roster(t, nil, understood(t)).fed(setup.Answer{Move: setup.Submit, Chosen: "column:Trainer"})},
		{"roster", roster(t, nil, explained(t))},
		{"key after a roster", roster(t, nil, explained(t)).fed(setup.Answer{Move: setup.Submit, Chosen: "fits"})},
		{"key", make().at(t, setup.AskKey)},
		{"key check", make().at(t, setup.CheckKey)},
		{"key refused", refused.at(t, setup.CheckKey)},
		{"key warning", admin.at(t, setup.WarnKey)},
		{"key warning in full", pressed(sized(admin.at(t, setup.WarnKey), 40, 9), "i")},
		{"place", make().at(t, setup.AskPlace)},
		{"place search", typed(pressed(many.at(t, setup.AskPlace), "/"), "o 4")},
		{"time zone differs", zones.at(t, setup.AskZone)},
		{"time zone unknown", nowhere.at(t, setup.AskZone)},
		{"associate reading", progress(make().at(t, setup.LoadChoices), "reading Gymflow", 100, 240)},
		{"associate", make().at(t, setup.AskAssociations)},
		{"associate notice", make().at(t, setup.AskAssociations).fed(setup.Answer{Move: setup.Submit, Groups: map[string]int64{}})},
		{"associate groups", pressed(make().at(t, setup.AskAssociations), "tab", "enter", "down")},
		{"associate chosen", pressed(make().at(t, setup.AskAssociations), "A", "G", "up", "x")},
		{"associate search", typed(pressed(make().at(t, setup.AskAssociations), "/"), "mon")},
		{"unlocking", make().at(t, setup.AskUnlocking)},
		{"planning", progress(make().at(t, setup.LoadReview), "reading Kisi", 250, 1200)},
		{"planning failed", down.at(t, setup.LoadReview)},
		{"people", pressed(make().at(t, setup.AskPeople), "down", "space")},
		{"people nobody to ask", nobody.at(t, setup.AskPeople)},
		{"people left alone", pressed(make().at(t, setup.AskPeople), "o")},
		{"review", make().at(t, setup.AskReview)},
		{"review by person", typed(pressed(make().at(t, setup.AskReview), "/"), "peak")},
		{"review held", holds.at(t, setup.AskReview)},
		{"review not trusted", doubts.at(t, setup.AskReview)},
		{"review words", typed(pressed(doubts.at(t, setup.AskReview), "down", "enter"), "remove")},
		{"review too old", old.at(t, setup.AskReview)},
		{"sync", running(t)},
		{"sync problems", running(t, troubles()...)},
		{"end", ended(t, store.Run{Granted: 166, Kept: 3})},
		{"end problems", ended(t, store.Run{Granted: 164, Kept: 3, Failed: 2, Outcome: store.OutcomePartial, Problems: troubles()})},
		{"end held", ended(t, store.Run{Kept: 133, Held: 31, Fingerprint: "f00d", Outcome: store.OutcomeHeld})},
		{"end without systemd", endedWith(t, done, setup.Service{Missing: "systemd does not run here as this machine's service manager"}, nil)},
		{"end with a service", endedWith(t, done, with(machines(), func(s *setup.Service) { s.Active = true }), nil)},
		{"end with a failed service", endedWith(t, done, with(ones(), func(s *setup.Service) { s.State = "failed" }), nil)},
		{"service offer", pressed(ended(t, done), "s")},
		{"service offer own", pressed(endedWith(t, done, ones(), nil), "s")},
		{"service installing", pressed(ended(t, done), "s", "enter")},
		{"service installed", installedAs(t, with(machines(), func(s *setup.Service) { s.Active = true }), nil)},
		{"service installed own", installedAs(t, with(ones(), func(s *setup.Service) { s.Active = true }), nil)},
		{"service failed", installedAs(t, machines(), errors.New("systemctl restart kisiflow.service: Job for kisiflow.service failed. What it said: journalctl --unit kisiflow"))},
	}
}

// sized gives the size that a key needs to mean what it means there.
func sized(w *Wizard, width, height int) *Wizard {
	w.SetSize(width, height)
	return w
}

// scene is one screen by name.
type scene struct {
	name   string
	wizard *Wizard
}
