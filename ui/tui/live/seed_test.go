package live

import (
	"fmt"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// seedNow is a Monday morning in Dublin.
func seedNow() time.Time { return time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC) }

func seedZone() *time.Location {
	zone, err := time.LoadLocation("Europe/Dublin")
	if err != nil {
		panic(err)
	}
	return zone
}

func seedSettings() store.Settings {
	return store.Settings{
		GymflowURL: "https://api.gymflow.example", GymflowName: "Riverside Gym", GymflowZone: "Europe/Dublin",
		Key: store.KeyFacts{
			UserID: 7, UserName: "Nora Byrne", UserEmail: "nora@riverside.example", OrganizationName: "Riverside Fitness Ltd",
			RoleName: "administrator",
		},
		PlaceID: 3, PlaceName: "Dublin HQ", PlaceAddress: "12 Quay Street, Dublin", PlaceZone: "Europe/Dublin", Zone: "Europe/Dublin",
		Associations: []access.Association{
			{MembershipID: "u", MembershipName: "Unlimited Monthly", GroupID: 11, GroupName: "All hours"},
			{MembershipID: "o", MembershipName: "Off-peak", GroupID: 12, GroupName: "Off-peak"},
			{MembershipID: "s", MembershipName: "Swim", GroupID: 13, GroupName: "Pool"},
			{MembershipID: "d", MembershipName: "Day pass", GroupID: 0},
		},
		Unlocking: store.Managed, Limits: access.DefaultLimits(), SetUpAt: seedNow().AddDate(0, -1, 0), SetUpBy: "nora@gym",
	}
}

// seedRows are members in every standing, with names that try the columns.
func seedRows() []access.Row {
	first := []string{
		"Ann", "Bo", "Chloé", "Dmitri", "Eva", "Fionn", "Grace", "Hugo", "Ines", "Jonas", "Kirsten", "Liam", "Maeve", "Noah", "Orla", "Pádraig",
	}
	last := []string{"Lee", "Chen", "O'Brien", "Petrov", "Nowak", "Byrne", "Walsh", "García", "Øster", "Müller"}
	reasons := []access.Reason{
		"", "", "", access.MissedPayment, "", "", access.IsPaused, "", access.NotIncluded, "", access.NotStarted, "", access.IsWaiting,
		"", access.IsHeld, "", access.Failed, access.MissingPermission,
	}
	rows := make([]access.Row, 0, 48)
	for index := range 48 {
		name := first[index%len(first)] + " " + last[(index*7+index/16)%len(last)]
		row := access.Row{
			ID: fmt.Sprintf("m%03d", index), Name: name, Email: fmt.Sprintf("member%d@example.com", index),
			Memberships: []access.MembershipRef{{ID: "u", Name: "Unlimited Monthly", Status: "active"}},
			Entitled:    []access.GroupRef{{ID: 11, Name: "All hours"}},
			Groups:      []access.GroupRef{{ID: 11, Name: "All hours"}},
			Standing:    access.HasAccess, Since: time.Date(2026, 11, 3, 0, 0, 0, 0, seedZone()).AddDate(0, 0, -index*9),
			Detail: "Unlimited Monthly is active.",
		}
		if index%3 == 1 {
			row.Memberships = []access.MembershipRef{{ID: "o", Name: "Off-peak", Status: "active"}}
			row.Entitled, row.Groups = []access.GroupRef{{ID: 12, Name: "Off-peak"}}, []access.GroupRef{{ID: 12, Name: "Off-peak"}}
		}
		seedReason(&row, reasons[index%len(reasons)], index)
		rows = append(rows, row)
	}
	return append(rows, oddRows()...)
}

func seedReason(row *access.Row, reason access.Reason, index int) {
	if reason == "" {
		return
	}
	row.Reason = &reason
	row.Since = seedNow().Add(-time.Duration(index*37) * time.Minute)
	switch reason {
	case access.IsWaiting:
		row.Standing, row.Groups, row.Detail = access.Waiting, nil, "Access to All hours is given with the next run."
	case access.IsHeld:
		row.Standing, row.Entitled = access.Held, nil
	case access.Failed:
		row.Standing, row.Groups, row.Detail = access.Problem, nil, "Kisi answered that the user can't be found."
	case access.MissingPermission:
		row.Detail = "The app reports that Bluetooth is off."
	default:
		row.Standing, row.Entitled, row.Groups = access.NoAccess, nil, nil
		row.Detail = "The invoice of 23 Nov is overdue."
		next := time.Date(2026, 11, 24, 0, 0, 0, 0, seedZone())
		if reason == access.NotStarted {
			row.NextChange, row.Gains = &next, true
		}
	}
}

// oddRows carry names that come from outside as they please.
func oddRows() []access.Row {
	tomorrow := time.Date(2026, 11, 24, 0, 0, 0, 0, seedZone())
	row := func(id, name string) access.Row {
		return access.Row{
			ID: id, Name: name, Email: id + "@example.com", Standing: access.HasAccess, Since: seedNow().AddDate(-1, 0, 0), NextChange: &tomorrow,
			Memberships: []access.MembershipRef{{ID: "s", Name: "Swim", Status: "cancelling"}, {ID: "o", Name: "Off-peak", Status: "expired"}},
			Entitled:    []access.GroupRef{{ID: 13, Name: "Pool"}}, Groups: []access.GroupRef{{ID: 13, Name: "Pool"}},
		}
	}
	long := ""
	for len(long) < 300 {
		long += "Aurelia-Maria "
	}
	return []access.Row{
		row("w1", "王小明 山田太郎"), row("w2", "שרה לוי"), row("w3", "\x1b]0;owned\a\x1b[31mAnna Escape\x1b[0m\nNewline"), row("w4", long),
		row("w5", "Zoe\u0308 Family 👩‍👩‍👧‍👦"),
	}
}

func seedRoster() gymflow.Roster {
	off, on := false, true
	day := func(text string) gymflow.Date {
		date, err := gymflow.ParseDate(text)
		if err != nil {
			panic(err)
		}
		return date
	}
	roster := gymflow.Roster{
		Memberships: []gymflow.Membership{
			{ID: "u", Name: "Unlimited Monthly"}, {ID: "o", Name: "Off-peak"}, {ID: "s", Name: "Swim"}, {ID: "d", Name: "Day pass"},
			{ID: "n", Name: "Student term"},
		},
		ReadAt: seedNow().Add(-4 * time.Minute),
	}
	for index := range 48 {
		roster.Members = append(roster.Members, gymflow.Member{ID: fmt.Sprintf("m%03d", index), Holdings: []gymflow.Holding{
			{ID: "h1", MembershipID: "u", Status: gymflow.Active, StartsOn: day("2026-02-01"), OverdueSince: day("2026-11-20")},
			{ID: "h2", MembershipID: "o", Status: gymflow.Expired, StartsOn: day("2025-02-01"), EndsOn: day("2026-01-31")},
		}, OverdueSince: day("2026-11-20"), App: &gymflow.App{SignedIn: &on, Bluetooth: &off}})
	}
	return roster
}

func seedJournal(tx *store.Tx, count int) error {
	rows := seedRows()
	for index := range count {
		entry := store.Entry{
			At: seedNow().Add(-time.Duration(count-index) * 11 * time.Minute), Kind: store.Granted, Run: "r4", By: "nora@gym",
			MemberID: fmt.Sprintf("m%03d", index%48), Name: rows[index%48].Name, GroupID: 11, Group: "All hours",
			UserID: int64(100 + index), RightID: int64(5000 + index),
			Before: "no access right", After: "access right", Evidence: "Unlimited Monthly is active since 1 February.",
		}
		if index%3 == 0 {
			entry.Kind, entry.Before, entry.After = store.Revoked, "access right", "no access right"
			entry.Evidence = "An invoice is overdue since 20 November, and Gymflow gives no access until it is paid."
		}
		if _, err := tx.AppendJournal(entry); err != nil {
			return err
		}
	}
	return nil
}

// seedLedger keeps some of the rights that run r4 gave.
func seedLedger(tx *store.Tx) error {
	rows := seedRows()
	for _, index := range []int{1, 2, 4, 5, 7, 8} {
		entry := access.LedgerEntry{
			RightID: int64(5000 + index), GroupID: 11, UserID: int64(100 + index), MemberID: rows[index].ID, Name: rows[index].Name, Run: "r4",
		}
		if err := tx.PutLedger(entry); err != nil {
			return err
		}
	}
	return nil
}

func seedRuns(tx *store.Tx) error {
	for index, outcome := range []string{store.OutcomeDone, store.OutcomeStopped, store.OutcomePartial, store.OutcomeHeld} {
		run := store.Run{
			ID: fmt.Sprintf("r%d", index+1), Trigger: "schedule", Started: seedNow().Add(-time.Duration(4-index) * 5 * time.Hour), Outcome: outcome,
			Members: 53, Granted: index * 3, Revoked: index, Held: 0, Planned: true,
		}
		run.Finished = run.Started.Add(2 * time.Minute)
		if outcome == store.OutcomeHeld {
			run.Started = seedNow().Add(-4 * time.Minute)
			run.Finished, run.Held, run.Failed = run.Started.Add(30*time.Second), 14, 1
			run.Notes = []string{"14 of 40 access rights would go, more than 25 %. They wait for you."}
			run.Problems = []store.Trouble{{
				MemberID: "m016", Name: "Ann Lee", GroupID: 11, At: run.Finished,
				Text: "Kisi answered that the user can't be found. Look in Kisi whether the user was deleted, then sync again.",
			}}
		}
		if err := tx.PutRun(run); err != nil {
			return err
		}
	}
	list := store.Approvable{Fingerprint: "f14", Held: true, At: seedNow(), Run: "r4", Why: []string{"14 of 40 access rights would go, more than 25 %. They wait for you."}}
	rows := seedRows()
	for index := range 14 {
		list.Removals = append(list.Removals, access.Revoke{
			Entry: access.LedgerEntry{RightID: int64(900 + index), GroupID: 11, UserID: int64(index)}, Name: rows[index].Name, GroupName: "All hours",
			Evidence: access.Strong, Why: "Unlimited Monthly was cancelled on 22 November.",
		})
	}
	return tx.PutApprovable(list)
}

func seedForeign() []access.Foreign {
	return []access.Foreign{
		{Right: kisi.Right{ID: 801, AssigneeName: "Clean Team", CreatedAt: seedNow().AddDate(-1, 0, 0)}, GroupID: 11},
		{Right: kisi.Right{ID: 802, AssigneeName: "Eva Nowak", CreatedAt: seedNow().AddDate(0, -2, 0)}, GroupID: 12, MemberID: "m004", Name: "Eva Nowak", Entitled: true},
		{Right: kisi.Right{ID: 803, AssigneeName: "Hugo García", CreatedAt: seedNow().AddDate(0, -3, 0)}, GroupID: 11, MemberID: "m007", Name: "Hugo García"},
	}
}

// seed fills a state file with a gym in the middle of its life.
func seed(file *store.Store) error {
	return file.Update(func(tx *store.Tx) error {
		for _, step := range []func() error{
			func() error { return tx.PutSettings(seedSettings()) },
			func() error { return tx.PutRoster(seedRoster()) },
			func() error { return tx.PutStandings(seedRows(), seedNow().Add(-4*time.Minute)) },
			func() error { return tx.PutForeign(seedForeign()) },
			func() error {
				return tx.PutQuestions([]access.Question{{
					MemberID: "m006", Name: "Grace Walsh", GroupID: 11, Reason: access.IsHeld,
					Text: "Somebody removed Grace Walsh from All hours in Kisi again after kisiflow had given the access back. To give it again: " +
						"choose \"follow the rules\" as the override on the member's page. To leave it removed, do nothing.",
				}})
			},
			func() error { return seedRuns(tx) },
			func() error { return seedJournal(tx, 60) },
			func() error { return seedLedger(tx) },
			func() error { return tx.PutProgress(store.Progress{Run: "r4", Phase: "done"}) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// seedSteps are a check that found something in each of its ways.
func seedSteps() []reconcile.Step {
	titles := reconcile.CheckSteps()
	line := func(state reconcile.CheckState, text string) reconcile.CheckLine {
		return reconcile.CheckLine{State: state, Text: text}
	}
	return []reconcile.Step{
		{Number: 1, Title: titles[0], State: reconcile.CheckOK, Lines: []reconcile.CheckLine{line(reconcile.CheckOK, "Gymflow answers for Riverside Gym.")}},
		{Number: 2, Title: titles[1], State: reconcile.CheckDiffers, Lines: []reconcile.CheckLine{
			line(reconcile.CheckOK, "Dmitri García, member3@example.com."), line(reconcile.CheckDiffers, "Gymflow changed something about this member after the last sync."),
		}},
		{Number: 3, Title: titles[2], State: reconcile.CheckOK, Lines: []reconcile.CheckLine{
			line(reconcile.CheckOK, "Not blocked in Gymflow."), line(reconcile.CheckOK, "No overdue invoice that keeps the member out."),
			line(reconcile.CheckDiffers, "Off-peak is expired, ended on 31 Jan 2026."), line(reconcile.CheckOK, "So access to All hours is deserved."),
		}},
		{Number: 4, Title: titles[3], State: reconcile.CheckOK, Lines: []reconcile.CheckLine{line(reconcile.CheckOK, "One person in Kisi: Dmitri García (member3@example.com), user 103.")}},
		{Number: 5, Title: titles[4], State: reconcile.CheckUnclear, Lines: []reconcile.CheckLine{
			line(reconcile.CheckOK, "Another way in: a role in the whole organization (organization_administrator)."),
			line(reconcile.CheckUnclear, "All hours opens only at certain times. Kisi shows which, under the group's restrictions."),
		}},
		{Number: 6, Title: titles[5], State: reconcile.CheckDiffers, Lines: []reconcile.CheckLine{
			line(reconcile.CheckDiffers, "Access to All hours is missing: a sync gives it. Unlimited Monthly is active."),
		}},
	}
}

// distrust lets the held list come from a roster that lost its members.
func (s *stage) distrust() *stage {
	return s.update(func(tx *store.Tx) error {
		list, _, err := tx.HeldList()
		if err != nil {
			return err
		}
		list.Untrusted = true
		return tx.PutApprovable(list)
	}).poll()
}
