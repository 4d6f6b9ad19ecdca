package access

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kisiflow/gymflow"
)

func TestForecastSaysWhoGainsAndWhoLosesWhen(t *testing.T) {
	dublin, err := time.LoadLocation("Europe/Dublin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 10, 20, 12, 0, 0, 0, dublin)
	day := func(month time.Month, day int) gymflow.Date { return gymflow.Date{Year: 2026, Month: month, Day: day} }
	holding := func(id string, change func(*gymflow.Holding)) gymflow.Holding {
		held := gymflow.Holding{ID: id, MembershipID: "A", Status: gymflow.Active, StartsOn: day(1, 1)}
		change(&held)
		return held
	}
	ends := holding("1", func(h *gymflow.Holding) { h.EndsOn = day(10, 25) })
	roster := gymflow.Roster{Members: []gymflow.Member{
		{ID: "ends", Email: "e@x", FirstName: "Ends", Holdings: []gymflow.Holding{ends}},
		{ID: "starts", Email: "s@x", FirstName: "Starts", Holdings: []gymflow.Holding{holding("2", func(h *gymflow.Holding) { h.StartsOn = day(10, 22) })}},
		{ID: "pauses", Email: "p@x", FirstName: "Pauses", Holdings: []gymflow.Holding{holding("3", func(h *gymflow.Holding) { h.PausedFrom, h.ResumesOn = day(10, 23), day(10, 24) })}},
		{ID: "stays", Email: "t@x", FirstName: "Stays", Holdings: []gymflow.Holding{holding("4", func(*gymflow.Holding) {})}},
		{ID: "shares", Email: "S2@x", FirstName: "Shares", Holdings: []gymflow.Holding{ends}},
		{ID: "with", Email: "s2@x", FirstName: "With", Holdings: []gymflow.Holding{holding("5", func(*gymflow.Holding) {})}},
		{ID: "strange", Email: "u@x", FirstName: "Strange", Holdings: []gymflow.Holding{holding("6", func(h *gymflow.Holding) { h.Status, h.EndsOn = "odd", day(10, 21) })}},
		{ID: "later", Email: "l@x", FirstName: "Later", Holdings: []gymflow.Holding{holding("7", func(h *gymflow.Holding) { h.EndsOn = day(10, 26) })}},
	}}
	rules := Rules{Zone: dublin, Associations: []Association{{MembershipID: "A", MembershipName: "Unlimited", GroupID: 7}}}
	// The clocks go back on the 25th, which has 25 hours: the 26th begins at midnight in winter time.
	until := time.Date(2026, 10, 26, 0, 0, 0, 0, dublin)
	var got []string
	for _, change := range Forecast(now, until, roster, rules) {
		word := "loses"
		if change.Gains {
			word = "gains"
		}
		if change.Why == "" || change.GroupID != 7 {
			t.Errorf("%+v", change)
		}
		got = append(got, change.At.UTC().Format("2006-01-02T15:04Z ")+change.MemberID+" "+word)
	}
	want := []string{"2026-10-21T23:00Z starts gains", "2026-10-22T23:00Z pauses loses", "2026-10-23T23:00Z pauses gains", "2026-10-26T00:00Z ends loses"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if early := Forecast(now, until.Add(-time.Second), roster, rules); len(early) != 3 {
		t.Errorf("a second before midnight: %+v", early)
	}
}

// TestForecastAgreesWithTheRules: what is deserved now, changed as forecast, is what the rules say then. Each person has an
// e-mail of their own.
func TestForecastAgreesWithTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		date := func(name string) gymflow.Date {
			offset := rapid.IntRange(-3, 12).Draw(t, name)
			if offset < -2 {
				return gymflow.Date{}
			}
			return gymflow.DateOf(now).AddDays(offset)
		}
		member := gymflow.Member{ID: "m", Email: "m@x"}
		for i := range rapid.IntRange(1, 3).Draw(t, "holdings") {
			member.Holdings = append(member.Holdings, gymflow.Holding{
				ID: string(rune('a' + i)), MembershipID: rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "membership"),
				Status:   rapid.SampledFrom([]gymflow.Status{gymflow.Active, gymflow.Cancelling, gymflow.Cancelled, gymflow.Overdue}).Draw(t, "status"),
				StartsOn: date("starts"), EndsOn: date("ends"), PausedFrom: date("paused"), ResumesOn: date("resumes"), OverdueSince: date("overdue"),
			})
		}
		rules := Rules{Zone: time.UTC, GraceDays: rapid.IntRange(0, 4).Draw(t, "grace"), Associations: []Association{{MembershipID: "A", GroupID: 1}, {MembershipID: "B", GroupID: 2}}}
		until := now.AddDate(0, 0, rapid.IntRange(0, 15).Draw(t, "until"))
		roster := gymflow.Roster{Members: []gymflow.Member{member}}
		groups := Decide(now, roster, rules)["m"].Groups()
		for _, change := range Forecast(now, until, roster, rules) {
			if change.Gains {
				groups = append(groups, change.GroupID)
			} else {
				groups = slices.DeleteFunc(groups, func(group int64) bool { return group == change.GroupID })
			}
		}
		slices.Sort(groups)
		if want := Decide(until, roster, rules)["m"].Groups(); !slices.Equal(groups, want) {
			t.Fatalf("forecast %v, the rules say %v: %+v", groups, want, member)
		}
	})
}
