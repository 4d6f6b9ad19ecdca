package main

import (
	"maps"
	"slices"
	"strings"

	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
)

// handCase is one member made by hand, with what a reader of section 4 expects of them.
type handCase struct {
	member gymflow.Member
	opens  string // the groups, or "as is"
	reason string // "" where access is plain; two by | where the text leaves it open
}

const (
	opensAll     = "All hours"
	opensOffPeak = "Off-peak"
	opensBoth    = "All hours, Off-peak"
	staysAsIs    = "as is"
)

// person is a member without anything amiss.
func person(id string, holdings ...gymflow.Holding) gymflow.Member {
	member := gymflow.Member{ID: id, Email: id + "@x.example", FirstName: "Case", LastName: id, Holdings: holdings}
	for at := range member.Holdings {
		member.Holdings[at].ID = "h_" + id + string(rune('a'+at))
	}
	return member
}

// holds is a holding that began long ago.
func holds(membership string, status gymflow.Status, today gymflow.Date) gymflow.Holding {
	return gymflow.Holding{MembershipID: membership, Status: status, StartsOn: today.AddDays(-100)}
}

// with changes a copy of a holding.
func with(holding gymflow.Holding, change func(*gymflow.Holding)) gymflow.Holding {
	change(&holding)
	return holding
}

func putCases(c *trial, cases func(gymflow.Date) []handCase) {
	for _, one := range cases(c.today()) {
		c.world.gymflow.Gym.Put(one.member)
	}
}

// good are the same people, each with both groups and nothing amiss: what the cases then change.
func good(today gymflow.Date) []handCase {
	cases := handMade(today)
	for at := range cases {
		member := person(cases[at].member.ID, holds(gymflowtest.UnlimitedMonthly, gymflow.Active, today), holds(gymflowtest.OffPeak, gymflow.Active, today))
		member.Email = cases[at].member.Email
		cases[at] = handCase{member: member, opens: opensBoth}
	}
	return cases
}

// expectCases holds the oracle itself, and kisiflow, against what was written down by hand.
func expectCases(c *trial, hadBoth bool) {
	c.t.Helper()
	o := c.oracle()
	names := map[string]int64{opensAll: c.world.group(groupAllHours).ID, opensOffPeak: c.world.group(groupOffPeak).ID}
	inForce, rows := c.inForce(o), map[string]shownRow{}
	for _, row := range c.rows() {
		rows[row.ID] = row
	}
	for _, one := range handMade(c.today()) {
		want := map[int64]bool{}
		for name, group := range names {
			if one.opens == name || one.opens == opensBoth || (one.opens == staysAsIs && hadBoth) {
				want[group] = true
			}
		}
		c.compared += 2
		if got := inForce[foldEmail(one.member.Email)]; !maps.Equal(got, want) && one.member.Email != "" {
			c.differ("%s has %v, by hand %s %v", one.member.ID, numbers(got), one.opens, numbers(want))
		}
		reason := ""
		if got := rows[one.member.ID].Reason; got != nil {
			reason = *got
		}
		if !slices.Contains(strings.Split(one.reason, "|"), reason) && reason != "shared_email" {
			c.differ("%s has the reason %q, by hand %q", one.member.ID, reason, one.reason)
		}
	}
}

// handMade are members at every turn of section 4.
func handMade(today gymflow.Date) []handCase {
	return slices.Concat(statusCases(today), dateCases(today), debtCases(today), linkedCases(today), personCases(today))
}

func statusCases(today gymflow.Date) []handCase {
	one := func(id string, status gymflow.Status) gymflow.Member {
		return person("status_"+id, holds(gymflowtest.UnlimitedMonthly, status, today))
	}
	return []handCase{
		{one("active", "active"), opensAll, ""},
		{one("cancelling", "cancelling"), opensAll, ""},
		{one("odd_active", "ACTIVE"), opensAll, ""},
		{one("odd_cancelling", "Cancelling"), opensAll, ""},
		{one("pending", "pending"), "", "not_started"},
		{one("paused", "Paused"), "", "paused"},
		{one("overdue", "overdue"), "", "missed_payment"},
		{one("past_due", "Past Due"), "", "missed_payment"},
		{one("shouted_past_due", "PAST DUE"), "", "missed_payment"},
		{one("cancelled", "cancelled"), "", "cancelled"},
		{one("expired", "expired"), "", "expired"},
		{one("unknown", "frozen_by_staff"), staysAsIs, "unknown_status"},
		{one("nearly", "activ"), staysAsIs, "unknown_status"},
		{person("unknown_beside_good", holds(gymflowtest.UnlimitedMonthly, "active", today), holds(gymflowtest.OffPeak, "on hold", today)), staysAsIs, "unknown_status"},
		{person("unknown_not_included", holds(gymflowtest.UnlimitedMonthly, "active", today), holds(gymflowtest.OnlineCoaching, "on hold", today)), staysAsIs, "unknown_status"},
		{person("not_included", holds(gymflowtest.OnlineCoaching, "active", today)), "", "not_included"},
		{person("unheard_of", holds("ms_unheard_of", "active", today)), "", "not_included"},
		{person("two_groups", holds(gymflowtest.UnlimitedMonthly, "active", today), holds(gymflowtest.OffPeak, "active", today)), opensBoth, ""},
		{person("one_of_two", holds(gymflowtest.UnlimitedMonthly, "cancelled", today), holds(gymflowtest.OffPeak, "active", today)), opensOffPeak, ""},
		{person("same_group_twice", holds(gymflowtest.StudentMonthly, "active", today), holds(gymflowtest.OffPeak, "cancelled", today)), opensOffPeak, ""},
		{person("nearest", holds(gymflowtest.UnlimitedMonthly, "cancelled", today), holds(gymflowtest.OffPeak, "paused", today)), "", "paused"},
		{person("nothing"), "", "no_membership"},
	}
}

func dateCases(today gymflow.Date) []handCase {
	dated := func(id string, change func(*gymflow.Holding)) gymflow.Member {
		return person("dated_"+id, with(holds(gymflowtest.UnlimitedMonthly, gymflow.Active, today), change))
	}
	pause := func(id string, from, until int) gymflow.Member {
		return dated("pause_"+id, func(h *gymflow.Holding) { h.PausedFrom, h.ResumesOn = today.AddDays(from), today.AddDays(until) })
	}
	return []handCase{
		{dated("starts_today", func(h *gymflow.Holding) { h.StartsOn = today }), opensAll, ""},
		{dated("starts_tomorrow", func(h *gymflow.Holding) { h.StartsOn = today.AddDays(1) }), "", "not_started"},
		{dated("pending_begun", func(h *gymflow.Holding) { h.Status = gymflow.Pending }), "", "not_started"},
		{dated("ends_today", func(h *gymflow.Holding) { h.EndsOn = today }), opensAll, ""},
		{dated("cancelling_ends_today", func(h *gymflow.Holding) { h.Status, h.EndsOn = gymflow.Cancelling, today }), opensAll, ""},
		{dated("cancelling_over", func(h *gymflow.Holding) { h.Status, h.EndsOn = gymflow.Cancelling, today.AddDays(-1) }), "", "cancelled"},
		{dated("day_pass_today", func(h *gymflow.Holding) { h.MembershipID, h.StartsOn, h.EndsOn = gymflowtest.DayPass, today, today }), opensAll, ""},
		{dated("day_pass_over", func(h *gymflow.Holding) { h.MembershipID, h.EndsOn = gymflowtest.DayPass, today.AddDays(-1) }), "", "expired"},
		{dated("cancelled_ends_tomorrow", func(h *gymflow.Holding) { h.Status, h.EndsOn = gymflow.Cancelled, today.AddDays(1) }), "", "cancelled"},
		{pause("from_today", 0, 5), "", "paused"},
		{pause("last_day", -5, 1), "", "paused"},
		{pause("over_today", -5, 0), opensAll, ""},
		{pause("from_tomorrow", 1, 5), opensAll, ""},
		{pause("of_no_day", 0, 0), opensAll, ""},
		{dated("pause_open", func(h *gymflow.Holding) { h.PausedFrom = today }), "", "paused"},
		{dated("pause_open_later", func(h *gymflow.Holding) { h.PausedFrom = today.AddDays(1) }), opensAll, ""},
		{dated("paused_by_word", func(h *gymflow.Holding) {
			h.Status, h.PausedFrom, h.ResumesOn = gymflow.Paused, today.AddDays(-9), today
		}), "", "paused"},
	}
}

func debtCases(today gymflow.Date) []handCase {
	owing := func(id string, since int, holdings ...gymflow.Holding) gymflow.Member {
		member := person("debt_"+id, holdings...)
		member.OverdueSince = today.AddDays(since)
		return member
	}
	active := holds(gymflowtest.UnlimitedMonthly, gymflow.Active, today)
	oldDebt := with(holds(gymflowtest.OffPeak, gymflow.Cancelled, today), func(h *gymflow.Holding) { h.OverdueSince = today.AddDays(-60) })
	return []handCase{
		{owing("today", 0, active), "", "missed_payment"},
		{owing("of_old", -400, active), "", "missed_payment"},
		{owing("on_cancelled", -60, oldDebt, active), "", "missed_payment"},
		{person("debt_on_cancelled_only", oldDebt, active), "", "missed_payment"},
		{person("debt_paid", with(oldDebt, func(h *gymflow.Holding) { h.OverdueSince = gymflow.Date{} }), active), opensAll, ""},
		{owing("beside_good", -3, with(holds(gymflowtest.OffPeak, gymflow.Overdue, today), func(h *gymflow.Holding) { h.OverdueSince = today.AddDays(-3) }), active), "", "missed_payment"},
	}
}

func linkedCases(today gymflow.Date) []handCase {
	var cases []handCase
	linked := func(id string, status gymflow.Status, opens, reason string, primary ...gymflow.Holding) {
		payer := person("payer_" + id)
		payer.Holdings = append(payer.Holdings, person("payer_"+id, primary...).Holdings...)
		shared := with(holds(gymflowtest.OffPeak, status, today), func(h *gymflow.Holding) { h.PrimaryMemberID = payer.ID })
		cases = append(cases, handCase{person("linked_"+id, shared), opens, reason})
		if primary != nil {
			cases = append(cases, payerCase(payer))
		}
	}
	offPeak := func(status gymflow.Status) gymflow.Holding { return holds(gymflowtest.OffPeak, status, today) }
	linked("active", gymflow.Active, opensOffPeak, "", offPeak(gymflow.Active))
	linked("cancelling", gymflow.Active, opensOffPeak, "", offPeak(gymflow.Cancelling))
	linked("cancelled", gymflow.Active, "", "cancelled|expired", offPeak(gymflow.Cancelled))
	linked("expired", gymflow.Active, "", "cancelled|expired", offPeak(gymflow.Expired))
	linked("over", gymflow.Active, "", "cancelled|expired", with(offPeak(gymflow.Cancelling), func(h *gymflow.Holding) { h.EndsOn = today.AddDays(-1) }))
	linked("ends_today", gymflow.Active, opensOffPeak, "", with(offPeak(gymflow.Cancelling), func(h *gymflow.Holding) { h.EndsOn = today }))
	linked("unknown", gymflow.Active, opensOffPeak, "", offPeak("on hold"))
	linked("bought_again", gymflow.Active, opensOffPeak, "", offPeak(gymflow.Active), offPeak(gymflow.Expired))
	linked("odd_cancelled", gymflow.Active, "", "cancelled|expired", offPeak("Cancelled"))
	linked("paused", gymflow.Active, opensOffPeak, "", offPeak(gymflow.Paused))
	linked("overdue", gymflow.Active, opensOffPeak, "", offPeak(gymflow.Overdue))
	linked("other", gymflow.Active, opensOffPeak, "", offPeak(gymflow.Active), holds(gymflowtest.UnlimitedMonthly, gymflow.Cancelled, today))
	linked("own_paused", gymflow.Paused, "", "paused", offPeak(gymflow.Active))
	linked("absent", gymflow.Active, opensOffPeak, "")
	return cases
}

// payerCase expects of a payer what their first holding says.
func payerCase(payer gymflow.Member) handCase {
	expected := map[gymflow.Status][2]string{
		gymflow.Active: {opensOffPeak, ""}, gymflow.Cancelling: {opensOffPeak, ""}, gymflow.Cancelled: {"", "cancelled"}, "Cancelled": {"", "cancelled"},
		gymflow.Paused: {"", "paused"}, gymflow.Overdue: {"", "missed_payment"}, gymflow.Expired: {"", "expired"},
		"on hold": {staysAsIs, "unknown_status"},
	}[payer.Holdings[0].Status]
	if payer.ID == "payer_over" {
		expected = [2]string{"", "cancelled"}
	}
	return handCase{payer, expected[0], expected[1]}
}

func personCases(today gymflow.Date) []handCase {
	active := holds(gymflowtest.UnlimitedMonthly, gymflow.Active, today)
	blocked := person("blocked", active)
	blocked.Blocked = true
	blockedUnknown := person("blocked_unknown", holds(gymflowtest.UnlimitedMonthly, "on hold", today))
	blockedUnknown.Blocked = true
	noEmail := person("no_email", active)
	noEmail.Email = ""
	signedOut := person("signed_out", active)
	signedOut.App = &gymflow.App{SignedIn: new(false)}
	one, other := person("shared_one", active), person("shared_other", holds(gymflowtest.OffPeak, gymflow.Active, today))
	one.Email, other.Email = "Family@X.example", "family@x.EXAMPLE"
	cleaner, manager := person("cleaner", active), person("manager", active)
	cleaner.Email, manager.Email = "CLARA@cleaning.example", "moira@gym.example"
	return []handCase{
		{blocked, "", "blocked"},
		{blockedUnknown, staysAsIs, "unknown_status"},
		{noEmail, opensAll, "no_email"},
		{signedOut, opensAll, "missing_permission"},
		{one, opensBoth, ""},
		{other, opensBoth, ""},
		{cleaner, opensAll, ""},
		{manager, opensAll, ""},
	}
}
