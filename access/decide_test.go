package access

import (
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
)

func decideOne(t *testing.T, rules Rules, members ...gymflow.Member) Decision {
	t.Helper()
	return Decide(noon(t), roster(members...), rules)[members[0].ID]
}

// ruleCase is one line of design.md section 4: a member, and what they deserve on 10 November 2026.
type ruleCase struct {
	name   string
	member gymflow.Member
	groups []int64
	reason Reason
	detail string // a part of it
}

func checkRules(t *testing.T, rules Rules, cases []ruleCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			got := decideOne(t, rules, test.member)
			if !equalGroups(got.Groups(), test.groups...) || got.Reason != test.reason {
				t.Errorf("deserves %v because %q, want %v because %q (%s)", got.Groups(), got.Reason, test.groups, test.reason, got.Detail)
			}
			if !strings.Contains(got.Detail, test.detail) || got.Detail == "" {
				t.Errorf("evidence %q does not say %q", got.Detail, test.detail)
			}
			if got.Hold {
				t.Error("held")
			}
		})
	}
}

func dates(h gymflow.Holding, starts, ends, paused, resumes gymflow.Date) gymflow.Holding {
	h.StartsOn, h.EndsOn, h.PausedFrom, h.ResumesOn = starts, ends, paused, resumes
	return h
}

func TestStatusAndDates(t *testing.T) {
	none := gymflow.Date{}
	active := holding(unlimited, gymflow.Active)
	both := []int64{allHours}
	checkRules(t, rules(t), []ruleCase{
		{"active", ann(active), both, "", "Unlimited Monthly is active."},
		{"cancelling runs on", ann(dates(holding(unlimited, gymflow.Cancelling), none, november(20), none, none)), both, "", "until the end of 20 Nov 2026"},
		{"cancelling on its last day", ann(dates(holding(unlimited, gymflow.Cancelling), none, november(10), none, none)), both, "", ""},
		{"cancelling after its last day", ann(dates(holding(unlimited, gymflow.Cancelling), none, november(9), none, none)), nil, IsCancelled, "cancelled, ended on 9 Nov 2026"},
		{"pending", ann(dates(holding(unlimited, gymflow.Pending), november(11), none, none, none)), nil, NotStarted, "starts on 11 Nov 2026"},
		{"still pending on its day", ann(dates(holding(unlimited, gymflow.Pending), november(10), none, none, none)), nil, NotStarted, "still pending"},
		{"active from today", ann(dates(active, november(10), none, none, none)), both, "", ""},
		{"active from tomorrow", ann(dates(active, november(11), none, none, none)), nil, NotStarted, "starts on 11 Nov 2026"},
		{"active to the end of today", ann(dates(active, none, november(10), none, none)), both, "", ""},
		{"active to yesterday", ann(dates(active, none, november(9), none, none)), nil, IsExpired, "expired, ended on 9 Nov 2026"},
		{"paused", ann(holding(unlimited, gymflow.Paused)), nil, IsPaused, "Unlimited Monthly: paused."},
		{"paused until", ann(dates(holding(unlimited, gymflow.Paused), none, none, november(1), november(20))), nil, IsPaused, "paused since 1 Nov 2026, resumes on 20 Nov 2026"},
		{"active, in its pause", ann(dates(active, none, none, november(10), november(11))), nil, IsPaused, ""},
		{"active, on the day it resumes", ann(dates(active, none, none, november(1), november(10))), both, "", ""},
		{"active, in an open pause", ann(dates(active, none, none, november(1), none)), nil, IsPaused, ""},
		{"active, pause to come", ann(dates(active, none, none, november(11), none)), both, "", ""},
		{"a resume date alone is no pause", ann(dates(active, none, none, none, november(20))), both, "", ""},
		{"cancelled", ann(holding(unlimited, gymflow.Cancelled)), nil, IsCancelled, "Unlimited Monthly: cancelled."},
		{"expired", ann(holding(unlimited, gymflow.Expired)), nil, IsExpired, "Unlimited Monthly: expired."},
		{"no holding", ann(), nil, NoMembership, "No membership"},
		{"no association", ann(holding(pool, gymflow.Active)), nil, NotIncluded, "Pool opens no access group"},
		{"no access chosen", ann(holding(sauna, gymflow.Active)), nil, NotIncluded, "Sauna opens no access group"},
		{"union over holdings", ann(active, holding(offPeak, gymflow.Active)), []int64{allHours, quiet}, "", "Off-peak is active"},
		{"one of two is enough", ann(holding(unlimited, gymflow.Expired), holding(offPeak, gymflow.Active)), []int64{quiet}, "", ""},
		{"two holdings, one group", ann(active, active), both, "", ""},
	})
}

func TestBlockAndApp(t *testing.T) {
	blocked := ann(holding(unlimited, gymflow.Active))
	blocked.Blocked = true
	blockedStrange := ann(holding(unlimited, "frozen"))
	blockedStrange.Blocked = true
	signedOut := ann(holding(unlimited, gymflow.Active))
	signedOut.App = &gymflow.App{SignedIn: yes(false), Bluetooth: yes(true), Location: yes(false)}
	unknown := ann(holding(unlimited, gymflow.Active))
	unknown.App = &gymflow.App{SignedIn: yes(true)}
	device := ann(holding(unlimited, gymflow.Active))
	device.App = &gymflow.App{PrimaryDevice: yes(false), Bluetooth: yes(false)}
	unpaid := ann(holding(unlimited, gymflow.Overdue))
	unpaid.App = signedOut.App
	checkRules(t, rules(t), []ruleCase{
		{"blocked", blocked, nil, IsBlocked, "Staff blocked"},
		{"signed out, location off", signedOut, []int64{allHours}, MissingPermission, "signed out of the app, location is off"},
		{"not the primary device", device, []int64{allHours}, MissingPermission, "Bluetooth is off, not the primary device"},
		{"unknown is not off", unknown, []int64{allHours}, "", ""},
		{"the app is no reason without access", unpaid, nil, MissedPayment, ""},
	})
	if got := decideOne(t, rules(t), blockedStrange); !got.Hold || got.Reason != UnknownStatus {
		t.Errorf("blocked with an unknown status: hold %v because %q, want held as they are because of the unknown status", got.Hold, got.Reason)
	}
}

func TestDebts(t *testing.T) {
	active := holding(unlimited, gymflow.Active)
	overdue := holding(unlimited, gymflow.Overdue)
	overdueSince := overdue
	overdueSince.OverdueSince = november(3)
	oldDebt := holding(offPeak, gymflow.Cancelled)
	oldDebt.OverdueSince = november(2)
	ended := overdue
	ended.EndsOn = november(9)
	ofMember := func(m gymflow.Member, since gymflow.Date) gymflow.Member {
		m.OverdueSince = since
		return m
	}
	checkRules(t, rules(t), []ruleCase{
		{"overdue", ann(overdue), nil, MissedPayment, "Unlimited Monthly: overdue."},
		{"overdue with a date", ann(overdueSince), nil, MissedPayment, "Unlimited Monthly: overdue since 3 Nov 2026."},
		{"invoice of the member", ofMember(ann(active), november(4)), nil, MissedPayment, "An invoice is overdue since 4 Nov 2026"},
		{"invoice due today", ofMember(ann(active), november(10)), nil, MissedPayment, ""},
		{"a good second holding does not help", ann(overdueSince, holding(offPeak, gymflow.Active)), nil, MissedPayment, ""},
		{"an old debt beside a new membership", ann(active, oldDebt), nil, MissedPayment, "Off-peak: overdue since 2 Nov 2026; Unlimited Monthly opens nothing"},
		{"the oldest of two debts is named", ofMember(ann(overdueSince), november(1)), nil, MissedPayment, "since 1 Nov 2026"},
		{"a known date is named before an unknown one", ann(overdue, overdueSince), nil, MissedPayment, "since 3 Nov 2026"},
		{"debt of a membership without group", ann(active, holding(pool, gymflow.Overdue)), nil, MissedPayment, "Pool: overdue"},
		{"debt and nothing live: cancelled", ann(oldDebt), nil, IsCancelled, ""},
		{"debt and nothing live: expired", ofMember(ann(holding(unlimited, gymflow.Expired)), november(1)), nil, IsExpired, ""},
		{"debt and nothing held", ofMember(ann(), november(1)), nil, NoMembership, ""},
		{"overdue, but ended", ann(ended), nil, IsExpired, ""},
		{"debt while paused", ofMember(ann(holding(unlimited, gymflow.Paused)), november(1)), nil, IsPaused, ""},
	})
}

func TestGrace(t *testing.T) {
	withGrace := rules(t)
	withGrace.GraceDays = 3
	since := func(status gymflow.Status, ofHolding, ofMember int) gymflow.Member {
		h := holding(unlimited, status)
		m := ann(h)
		if ofHolding > 0 {
			m.Holdings[0].OverdueSince = november(ofHolding)
		}
		if ofMember > 0 {
			m.OverdueSince = november(ofMember)
		}
		return m
	}
	opens := []int64{allHours}
	checkRules(t, withGrace, []ruleCase{
		{"last day of grace", since(gymflow.Overdue, 8, 0), opens, "", "overdue since 8 Nov 2026, and access stays to the end of 10 Nov 2026"},
		{"grace is over", since(gymflow.Overdue, 7, 0), nil, MissedPayment, "overdue since 7 Nov 2026"},
		{"the member's date counts for the holding", since(gymflow.Overdue, 0, 8), opens, "", ""},
		{"the member's date is too old", since(gymflow.Overdue, 0, 7), nil, MissedPayment, ""},
		{"one of two debts is too old", since(gymflow.Active, 8, 5), nil, MissedPayment, "since 5 Nov 2026"},
		{"without a date there is no grace", since(gymflow.Overdue, 0, 0), nil, MissedPayment, ""},
		{"active with a young invoice", since(gymflow.Active, 0, 9), opens, "", ""},
	})
	if got := decideOne(t, withGrace, since(gymflow.Overdue, 7, 0)); !got.Since.Equal(StartOfDay(november(10), dublin(t))) {
		t.Errorf("without access since %s, want the end of the grace", got.Since)
	}
}

func TestLinkedHolding(t *testing.T) {
	linked := holding(unlimited, gymflow.Active)
	linked.PrimaryMemberID = "m2"
	endedYesterday := holding(unlimited, gymflow.Active)
	endedYesterday.EndsOn = november(9)
	unreadable := member("m2", "", holding(unlimited, gymflow.Cancelled))
	unreadable.Unreadable = "A date is malformed."
	self := linked
	self.PrimaryMemberID = "m1"
	for _, test := range []struct {
		name    string
		linked  gymflow.Holding
		primary []gymflow.Member
		opens   bool
	}{
		{"primary active", linked, []gymflow.Member{member("m2", "", holding(unlimited, gymflow.Active))}, true},
		{"primary paused", linked, []gymflow.Member{member("m2", "", holding(unlimited, gymflow.Paused))}, true},
		{"primary overdue", linked, []gymflow.Member{member("m2", "", holding(unlimited, gymflow.Overdue))}, true},
		{"primary cancelled", linked, []gymflow.Member{member("m2", "", holding(unlimited, gymflow.Cancelled))}, false},
		{"primary expired", linked, []gymflow.Member{member("m2", "", holding(unlimited, gymflow.Expired))}, false},
		{"primary past its end", linked, []gymflow.Member{member("m2", "", endedYesterday)}, false},
		{"primary has bought it again", linked, []gymflow.Member{member("m2", "", holding(unlimited, gymflow.Cancelled), holding(unlimited, gymflow.Active))}, true},
		{"primary has another membership", linked, []gymflow.Member{member("m2", "", holding(offPeak, gymflow.Cancelled))}, true},
		{"primary not in the roster", linked, nil, true},
		{"primary can't be read", linked, []gymflow.Member{unreadable}, true},
		{"its own primary", self, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := decideOne(t, rules(t), append([]gymflow.Member{ann(test.linked)}, test.primary...)...)
			if opens := len(got.Entitled) > 0; opens != test.opens {
				t.Fatalf("opens %v, want %v (%s)", opens, test.opens, got.Detail)
			}
			if !test.opens && (got.Reason != IsCancelled || !strings.Contains(got.Detail, "shared by Member m2")) {
				t.Errorf("%q: %s", got.Reason, got.Detail)
			}
		})
	}
}

func TestUnknownIsHeld(t *testing.T) {
	unreadable := ann(holding(unlimited, gymflow.Active))
	unreadable.Unreadable = `Member m1: "2026-13-01" is not a date like 2026-03-31.`
	for name, test := range map[string]struct {
		member gymflow.Member
		detail string
	}{
		"alone":                     {ann(holding(unlimited, "frozen")), `Unlimited Monthly has the status "frozen"`},
		"beside a good holding":     {ann(holding(offPeak, gymflow.Active), holding(unlimited, "frozen")), "frozen"},
		"of a membership unrelated": {ann(holding(offPeak, gymflow.Active), holding(pool, "")), `Pool has the status ""`},
		"unreadable":                {unreadable, "2026-13-01"},
	} {
		t.Run(name, func(t *testing.T) {
			got := decideOne(t, rules(t), test.member)
			if !got.Hold || got.Reason != UnknownStatus || len(got.Entitled) != 0 || got.Next != nil {
				t.Errorf("not held as it is: %+v", got)
			}
			if !strings.Contains(got.Detail, test.detail) {
				t.Errorf("evidence %q does not say %q", got.Detail, test.detail)
			}
		})
	}
}

func TestEveryKnownStatusHasAMeaning(t *testing.T) {
	for _, status := range []gymflow.Status{
		gymflow.Active, gymflow.Pending, gymflow.Paused, gymflow.Cancelling, gymflow.Overdue, gymflow.Cancelled, gymflow.Expired, "frozen", "",
	} {
		if _, means := meanings()[status]; means != status.Known() {
			t.Errorf("%q: in the table %v, known %v", status, means, status.Known())
		}
	}
}

func TestOverrides(t *testing.T) {
	set := time.Date(2026, time.November, 5, 9, 0, 0, 0, time.UTC)
	allow := func(until int) Override {
		return Override{MemberID: "m1", Kind: Allow, Until: november(until), By: "eve@desk", Note: "Pays on Friday.", At: set}
	}
	block := Override{MemberID: "m1", Kind: Block, By: "eve@desk", At: set}
	blocked := ann(holding(unlimited, gymflow.Active))
	blocked.Blocked = true
	opens := []int64{allHours}
	for _, test := range []struct {
		ruleCase
		override Override
	}{
		{ruleCase{"block", ann(holding(unlimited, gymflow.Active)), nil, Overridden, "blocked by eve@desk"}, block},
		{ruleCase{"block outranks an unknown status", ann(holding(unlimited, "frozen")), nil, Overridden, ""}, block},
		{ruleCase{"allow in debt", ann(holding(unlimited, gymflow.Overdue)), opens, Overridden, "until 12 Nov 2026 by eve@desk. Note: Pays on Friday."}, allow(12)},
		{ruleCase{"allow on its last day", ann(holding(unlimited, gymflow.Overdue)), opens, Overridden, ""}, allow(10)},
		{ruleCase{"allow is over", ann(holding(unlimited, gymflow.Overdue)), nil, MissedPayment, ""}, allow(9)},
		{ruleCase{"allow when blocked in Gymflow", blocked, opens, Overridden, ""}, allow(12)},
		{ruleCase{"allow with an unknown status", ann(holding(unlimited, "frozen")), opens, Overridden, ""}, allow(12)},
		{ruleCase{"allow opens all associated holdings", ann(holding(unlimited, gymflow.Expired), holding(offPeak, gymflow.Active), holding(pool, gymflow.Active)), []int64{allHours, quiet}, Overridden, ""}, allow(12)},
		{ruleCase{"allow can't open what is not associated", ann(holding(pool, gymflow.Active)), nil, NotIncluded, ""}, allow(12)},
		{ruleCase{"allow without a membership", ann(), nil, NoMembership, ""}, allow(12)},
	} {
		with := rules(t)
		with.Overrides = map[string]Override{"m1": test.override}
		checkRules(t, with, []ruleCase{test.ruleCase})
	}
}

func TestGoneGroup(t *testing.T) {
	gone := rules(t)
	gone.GoneGroups = map[int64]bool{allHours: true}
	only := decideOne(t, gone, ann(holding(unlimited, gymflow.Active)))
	if len(only.Entitled) != 0 || !only.HoldGroups[allHours] || only.Reason != GroupGone {
		t.Errorf("only a gone group: %+v", only)
	}
	beside := decideOne(t, gone, ann(holding(unlimited, gymflow.Active), holding(offPeak, gymflow.Active)))
	if !equalGroups(beside.Groups(), quiet) || !beside.HoldGroups[allHours] || beside.Reason != "" {
		t.Errorf("a gone group beside a good one: %+v", beside)
	}
	unpaid := decideOne(t, gone, ann(holding(unlimited, gymflow.Overdue)))
	if unpaid.HoldGroups[allHours] || unpaid.Reason != MissedPayment {
		t.Errorf("a debt and a gone group: %+v", unpaid)
	}
}

// With several holdings the one nearest to access gives the reason.
func TestNearestHoldingGivesTheReason(t *testing.T) {
	cancelled, expired := holding(unlimited, gymflow.Cancelled), holding(unlimited, gymflow.Expired)
	paused, pending, overdue := holding(unlimited, gymflow.Paused), holding(offPeak, gymflow.Pending), holding(unlimited, gymflow.Overdue)
	poolActive := holding(pool, gymflow.Active)
	checkRules(t, rules(t), []ruleCase{
		{"missed payment before paused", ann(paused, holding(offPeak, gymflow.Overdue)), nil, MissedPayment, ""},
		{"paused before not started", ann(pending, paused), nil, IsPaused, ""},
		{"not started before not included", ann(poolActive, pending), nil, NotStarted, ""},
		{"not included before cancelled", ann(cancelled, poolActive), nil, NotIncluded, ""},
		{"cancelled before expired", ann(expired, cancelled), nil, IsCancelled, ""},
		{"overdue without a group", ann(holding(pool, gymflow.Overdue), expired), nil, NotIncluded, ""},
		{"paused without a group", ann(holding(pool, gymflow.Paused), expired), nil, NotIncluded, ""},
		{"expired without a group", ann(holding(pool, gymflow.Expired)), nil, IsExpired, ""},
		{"overdue beside not included", ann(poolActive, overdue), nil, MissedPayment, ""},
	})
}

func TestClocksDisagree(t *testing.T) {
	ends := holding(unlimited, gymflow.Active)
	ends.EndsOn = november(10)
	people := roster(ann(ends), member("m2", "", holding(offPeak, gymflow.Active)))
	before := StartOfDay(november(11), dublin(t)).Add(-time.Minute)
	decisions := Decide(before, people, rules(t))
	HoldWhereClocksDisagree(decisions, Decide(before.Add(3*time.Minute), people, rules(t)))
	if !decisions["m1"].HoldGroups[allHours] || len(decisions["m2"].HoldGroups) != 0 {
		t.Errorf("held %v and %v", decisions["m1"].HoldGroups, decisions["m2"].HoldGroups)
	}
	later := Decide(before.Add(3*time.Minute), people, rules(t))
	HoldWhereClocksDisagree(later, Decide(before, people, rules(t)))
	if !later["m1"].HoldGroups[allHours] {
		t.Error("the other way round it is not held")
	}
}
