package line_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/line"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func rows() []access.Row {
	missed := access.MissedPayment
	next := noon().AddDate(0, 0, 2)
	return []access.Row{
		{
			ID: "m_1", Name: "Ann Lee", Email: "ann@example.com", Standing: access.HasAccess, Since: noon().AddDate(0, 0, -20),
			Memberships: []access.MembershipRef{{ID: "ms_1", Name: "Unlimited Monthly", Status: "active"}},
			Groups:      []access.GroupRef{{ID: 1, Name: "All hours"}}, NextChange: &next,
		},
		{
			ID: "m_2", Name: "山田 太郎\x1b]0;owned\a", Standing: access.NoAccess, Reason: &missed, Since: noon().Add(-8 * time.Hour), Detail: "Overdue\nsince yesterday.",
			Memberships: []access.MembershipRef{{ID: "ms_2", Name: "Off-peak", Status: "overdue"}},
			Entitled:    []access.GroupRef{{ID: 2, Name: "Off-peak"}},
		},
	}
}

func TestMembersStandInColumns(t *testing.T) {
	var out bytes.Buffer
	line.PrintMembers(&out, rows(), noon())
	want := `Name       Membership         Group      Access     Why             Since        Next change
Ann Lee    Unlimited Monthly  All hours  access                     3 Nov        ends in 2 days
山田 太郎  Off-peak           Off-peak   no access  missed payment  today 04:00
2 members: access 1, no access 1. Reasons: missed payment 1.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAMemberIsExplained(t *testing.T) {
	var out bytes.Buffer
	off := false
	member := gymflow.Member{
		ID: "m_2", OverdueSince: gymflow.Date{Year: 2026, Month: 11, Day: 22}, App: &gymflow.App{Bluetooth: &off},
		Holdings: []gymflow.Holding{{MembershipID: "ms_2", Status: "overdue", StartsOn: gymflow.Date{Year: 2026, Month: 1, Day: 5}}},
	}
	line.PrintExplain(&out, rows()[1], member, []gymflow.Membership{{ID: "ms_2", Name: "Off-peak"}},
		[]store.Entry{{At: noon(), Kind: store.Revoked, Group: "Off-peak", Before: "access right", After: "none", Run: "r3"}}, noon())
	want := `山田 太郎 (m_2)
No access, missed payment, since today 04:00.
` + access.MissedPayment.Sentence() + `
Overdue since yesterday.
What to do: ` + access.MissedPayment.Fix() + `
Entitled to: Off-peak.
An invoice is overdue since yesterday.
Membership Off-peak: overdue, started 5 Jan.
The member's app: Bluetooth off.

What happened, newest first:
2026-11-23 12:00, revoked, Off-peak. Run r3.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAPlanSaysWhoLosesAccessAndWhatIsHeld(t *testing.T) {
	var out bytes.Buffer
	preview := reconcile.Preview{
		Members: 40, Writes: 3, Time: 2 * time.Second, NewUsers: 1,
		Plan: access.Plan{
			Grants:  []access.Grant{{Name: "Ann", GroupName: "All hours", Why: "Unlimited is active"}},
			Revokes: []access.Revoke{{Name: "Bo", GroupName: "All hours", Why: "Unlimited was cancelled."}}, Fingerprint: "abc",
		},
		Verdict:  access.Verdict{Hold: true, Reasons: []string{"All hours would be empty."}},
		Groups:   []reconcile.GroupChange{{Name: "All hours", Grant: 1, Held: 1, Keep: 12345}},
		Warnings: []string{"The clock is 3 minutes off."},
	}
	line.PrintPlan(&out, preview)
	want := `Of 40 members: 1 access right to give, 1 to take away.
Access group  Give  Take away    Keep  Held  Left alone
All hours        1          0  12,345     1           0
Bo would lose All hours. Unlimited was cancelled.
3 requests to Kisi, about 2 seconds.
1 person will be new in Kisi.
Warning: The clock is 3 minutes off.
Held: All hours would be empty.
To let these removals happen: kisiflow sync --approve abc
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	line.PrintNames(&out, preview)
	if diff := cmp.Diff("Ann gets All hours. Unlimited is active.\nBo would lose All hours. Unlimited was cancelled.\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestARunSaysWhatItDid(t *testing.T) {
	var out bytes.Buffer
	line.PrintRun(&out, store.Run{
		ID: "r7", Outcome: store.OutcomePartial, Members: 40, Granted: 1, Revoked: 2, Kept: 30, Failed: 1, Started: noon(), Finished: noon().Add(time.Minute),
		Requests: store.Requests{KisiRead: 9, KisiWrite: 3, Gymflow: 2}, Problems: []store.Trouble{{Name: "Bo", Text: "Kisi refused\x1b[2J."}},
	})
	want := `Run r7: done, with problems.
40 members: 1 access right given, 2 taken away, 30 kept, 0 removals held, 1 member failed.
Problem: Bo: Kisi refused.
9 reads and 3 writes to Kisi, 2 requests to Gymflow, took about a minute.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestNothingFromOutsideSteersTheTerminal(t *testing.T) {
	const evil = "Bo\x1b[2J\x1b]52;c;eA==\a\r\n\u202e\u009b1m"
	reason := access.IsHeld
	row := access.Row{ID: evil, Name: evil, Email: evil, Detail: evil, Standing: access.Held, Reason: &reason,
		Memberships: []access.MembershipRef{{Name: evil}}, Groups: []access.GroupRef{{Name: evil}}, Entitled: []access.GroupRef{{Name: evil}}}
	var out bytes.Buffer
	line.PrintMembers(&out, []access.Row{row}, noon())
	line.PrintExplain(&out, row, gymflow.Member{Unreadable: evil, Holdings: []gymflow.Holding{{MembershipID: evil, Status: evil, PrimaryMemberID: evil}}},
		nil, []store.Entry{{At: noon(), Kind: store.Granted, Group: evil, Before: evil, After: evil, Evidence: evil, By: evil}}, noon())
	line.PrintActivity(&out, []store.Entry{{At: noon(), Kind: store.Granted, Name: evil}})
	line.PrintPlan(&out, reconcile.Preview{
		Plan:   access.Plan{Revokes: []access.Revoke{{Name: evil, GroupName: evil, Why: evil}}, Questions: []access.Question{{Text: evil}}, Fingerprint: "f"},
		Groups: []reconcile.GroupChange{{Name: evil}}, Warnings: []string{evil}, Verdict: access.Verdict{Hold: true, Reasons: []string{evil}},
	})
	line.PrintNames(&out, reconcile.Preview{Plan: access.Plan{Grants: []access.Grant{{Name: evil, GroupName: evil, Why: evil}}}})
	line.PrintRun(&out, store.Run{ID: evil, Outcome: evil, Notes: []string{evil}, Problems: []store.Trouble{{Name: evil, Text: evil}}, Held: 1, Fingerprint: evil})
	for _, r := range out.String() {
		if unicode.IsControl(r) && r != '\n' || r == '\u202e' {
			t.Fatalf("%q came through: %q", r, out.String())
		}
	}
}

func TestStatusSaysWhatNeedsYou(t *testing.T) {
	state, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := line.PrintStatus(&out, state, noon()); err != nil || !strings.Contains(out.String(), "not set up yet") {
		t.Errorf("%v, %q", err, out.String())
	}
	err = state.Update(func(tx *store.Tx) error {
		for _, put := range []error{
			tx.PutSettings(store.Settings{GymflowName: "Riverside", PlaceName: "Dublin HQ", Key: store.KeyFacts{OrganizationName: "Gyms", UserName: "Adam", LoginType: "api"}}),
			tx.PutStandings(rows(), noon()),
			tx.PutLedger(access.LedgerEntry{RightID: 1, GroupID: 1, UserID: 1}),
			tx.PutApprovable(store.Approvable{Fingerprint: "abc", Held: true, Why: []string{"Too many."}, At: noon(),
				Removals: []access.Revoke{{Entry: access.LedgerEntry{RightID: 1}, Name: "Bo"}}}),
			tx.PutQuestions([]access.Question{{Text: "Who is Bo?"}}),
		} {
			if put != nil {
				return put
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := line.PrintStatus(&out, state, noon()); err != nil {
		t.Fatal(err)
	}
	want := `Riverside in Gymflow is linked with Dublin HQ in Kisi (Gyms).
It was never synced. To do it now: kisiflow sync
Nothing is running now.
2 members: access 1, no access 1. Reasons: missed payment 1.
1 access right in Kisi is kisiflow's.
Needs you: 1 removal held.
Held: Too many.
To let them happen: kisiflow sync --approve abc
Needs you: Who is Bo?
Warning: The Kisi key belongs to Adam, who is not the organization's owner. When that person loses their rights or leaves, the key stops working and nobody's access is kept in step any more.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
