package access

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kisiflow/gymflow"
)

func TestNextChange(t *testing.T) {
	none := gymflow.Date{}
	active := holding(unlimited, gymflow.Active)
	overdue := holding(unlimited, gymflow.Overdue)
	overdue.OverdueSince = november(9)
	linked := active
	linked.PrimaryMemberID = "m2"
	blocked := ann(dates(active, none, november(20), none, none))
	blocked.Blocked = true
	for _, test := range []struct {
		name   string
		member gymflow.Member
		on     int // day of November; 0: nothing to come
		gains  bool
	}{
		{"nothing to come", ann(active), 0, false},
		{"the day after the end", ann(dates(active, none, november(20), none, none)), 21, false},
		{"start", ann(dates(active, november(12), none, none, none)), 12, true},
		{"start of what is pending", ann(dates(holding(unlimited, gymflow.Pending), november(12), none, none, none)), 12, true},
		{"pause", ann(dates(active, none, none, november(15), november(18))), 15, false},
		{"resume", ann(dates(active, none, none, november(5), november(18))), 18, true},
		{"resume of what is paused", ann(dates(holding(unlimited, gymflow.Paused), none, none, november(5), november(18))), 18, true},
		{"paused without end", ann(holding(unlimited, gymflow.Paused)), 0, false},
		{"end of grace", ann(overdue), 14, false},
		{"end of the primary's", ann(linked), 16, false},
		{"no change while another holding opens the same", ann(active, dates(active, none, november(20), none, none)), 0, false},
		{"blocked stays blocked", blocked, 0, false},
		{"one group ends, another stays", ann(holding(offPeak, gymflow.Active), dates(active, none, november(12), none, none)), 13, false},
		{"a start after the end of another", ann(dates(active, none, november(12), none, none), dates(holding(offPeak, gymflow.Active), november(13), none, none, none)), 13, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			with := rules(t)
			with.GraceDays = 5
			primary := member("m2", "", dates(holding(unlimited, gymflow.Active), none, november(15), none, none))
			got := decideOne(t, with, test.member, primary).Next
			if test.on == 0 {
				if got != nil {
					t.Fatalf("changes at %s", got.At)
				}
				return
			}
			want := &Change{At: StartOfDay(november(test.on), dublin(t)), Gains: test.gains}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNextChangeOfAnOverride(t *testing.T) {
	with := rules(t)
	with.Overrides = map[string]Override{"m1": {MemberID: "m1", Kind: Allow, Until: november(12)}}
	got := decideOne(t, with, ann(holding(unlimited, gymflow.Cancelled))).Next
	if got == nil || got.Gains || !got.At.Equal(StartOfDay(november(13), dublin(t))) {
		t.Errorf("next is %+v", got)
	}
	if held := decideOne(t, with, ann(holding(unlimited, "frozen"))).Next; held != nil {
		t.Errorf("when the override ends the unknown status keeps the right, yet next is %+v", held)
	}
}
