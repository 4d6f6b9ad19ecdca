package gymflow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// written is when the files of these tests were written; the clock stands an hour later.
func written() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }

// rosterIn writes a file and makes its source. Nothing ever waits.
func rosterIn(t testing.TB, name, content string, file RosterFile) *File {
	t.Helper()
	file.Path = filepath.Join(t.TempDir(), name)
	writeAt(t, file.Path, content, written())
	return sourceOf(t, file)
}

func sourceOf(t testing.TB, file RosterFile) *File {
	t.Helper()
	source, err := NewFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	source.host = func() time.Time { return written().Add(time.Hour) }
	source.pause = func(context.Context, time.Duration) error {
		t.Error("it waits for a file that is an hour old")
		return nil
	}
	return source
}

func writeAt(t testing.TB, path, content string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// inWords is a roster in one line a holding.
func inWords(roster Roster) string {
	var lines []string
	for _, member := range roster.Members {
		for _, holding := range member.Holdings {
			lines = append(lines, fmt.Sprintf("%s <%s> %s: %s %s %s..%s paused %s..%s overdue %s/%s", member.ID, member.Email, member.Name(), holding.ID,
				holding.Status, holding.StartsOn, holding.EndsOn, holding.PausedFrom, holding.ResumesOn, holding.OverdueSince, member.OverdueSince))
		}
	}
	return strings.Join(lines, "\n")
}

// TestEveryFormOfTheSameRoster: delimiters, encodings, line ends, quoting and headings differ, what is read does not.
func TestEveryFormOfTheSameRoster(t *testing.T) {
	const want = `ann@x.example <ann@x.example> Anna Šmídová-Žák: ann@x.example/all hours active 2026-03-31.. paused .. overdue /`
	const plain = "Email,First Name,Last Name,Membership Name,Status,Membership Start Date\nann@x.example,Anna,Šmídová-Žák,All hours,Active,2026-03-31\n"
	windows, err := charmap.Windows1252.NewEncoder().String(strings.NewReplacer("í", "i", "á", "a").Replace(plain))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"plain":           plain,
		"bom":             "\ufeff" + plain,
		"crlf":            strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolon":       strings.ReplaceAll(plain, ",", ";"),
		"tab":             strings.ReplaceAll(plain, ",", "\t"),
		"sep":             "sep=;\r\n" + strings.ReplaceAll(plain, ",", ";"),
		"quoted":          `"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(plain), ",", `","`), "\n", "\"\n\"") + `"`,
		"quoted newline":  strings.ReplaceAll(plain, "All hours", "\"All\nhours\""),
		"case and spaces": strings.ReplaceAll(plain, "Email,First Name", "E-MAIL,firstname"),
		"blank lines":     strings.ReplaceAll(plain, "\n", "\n\n,,,,,\n"),
		"slashes":         strings.ReplaceAll(plain, "2026-03-31", "2026/03/31"),
		"day first":       strings.ReplaceAll(plain, "2026-03-31", "31/03/2026"),
		"month first":     strings.ReplaceAll(plain, "2026-03-31", "03/31/2026"),
		"midnight":        strings.ReplaceAll(plain, "2026-03-31", "2026-03-31 00:00:00"),
		"template marks":  strings.ReplaceAll(plain, "Email,", "Email*,"),
		"windows":         windows,
	} {
		t.Run(name, func(t *testing.T) {
			roster, err := rosterIn(t, "members.csv", content, RosterFile{}).Roster(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			expected := want
			if name == "windows" {
				expected = strings.NewReplacer("í", "i", "á", "a").Replace(want)
			}
			if got := inWords(roster); got != expected {
				t.Errorf("got\n%s\nwant\n%s", got, expected)
			}
			if !roster.AsOf.Equal(written()) {
				t.Errorf("as of %v", roster.AsOf)
			}
		})
	}
}

func TestRowsOfOneMemberAreJoined(t *testing.T) {
	const file = `Member ID,Email,Name,Membership,Status,Start date,Expiry,Paused from,Resumes on,Overdue since
m1,ann@x.example,Ann Lee,All hours,active,2026-01-02,,,,
m1,,Ann Lee,Off-peak,cancelled,2025-01-02,2025-12-31,,,2025-06-01
,ANN@x.example,,Pool,paused,2026-02-01,,2026-11-01,2026-12-01,
m2,,Bo,OFF-PEAK,Past Due,2026-01-02,,,,2026-11-20
,cy@x.example,Cy,off-peak ,Frozen solid,,,,,
,Cy@x.example,Cy,off-peak,Frozen solid,,,,,
,cy@x.example,Cy,off-peak,expired,,2026-01-01,,,
`
	source := rosterIn(t, "members.csv", file, RosterFile{})
	roster, err := source.Roster(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `m1 <ann@x.example> Ann Lee: m1/all hours active 2026-01-02.. paused .. overdue /2025-06-01
m1 <ann@x.example> Ann Lee: m1/off-peak cancelled 2025-01-02..2025-12-31 paused .. overdue 2025-06-01/2025-06-01
m1 <ann@x.example> Ann Lee: m1/pool paused 2026-02-01.. paused 2026-11-01..2026-12-01 overdue /2025-06-01
m2 <> Bo: m2/off-peak overdue 2026-01-02.. paused .. overdue 2026-11-20/2026-11-20
cy@x.example <cy@x.example> Cy: cy@x.example/off-peak Frozen solid .. paused .. overdue /
cy@x.example <cy@x.example> Cy: cy@x.example/off-peak/2 expired ..2026-01-01 paused .. overdue /`
	if got := inWords(roster); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var names []string
	for _, membership := range roster.Memberships {
		names = append(names, membership.ID+"="+membership.Name)
	}
	if got := strings.Join(names, ", "); got != "all hours=All hours, pool=Pool, off-peak=off-peak" {
		t.Errorf("memberships: %s", got)
	}
	if _, err := source.Member(t.Context(), "m1"); !errors.Is(err, ErrNoChanges) {
		t.Errorf("one member: %v", err)
	}
	if _, _, err := source.Changed(t.Context(), written()); !errors.Is(err, ErrNoChanges) {
		t.Errorf("changes: %v", err)
	}
}

func TestTheAdminsWords(t *testing.T) {
	file := RosterFile{
		Columns:  map[string]string{"Abo": "membership", "Lead status": "ignore", "Kunden-Nr.": "Member ID", "Stand": "status"},
		Statuses: map[string]string{"Läuft": "active", "FROZEN": "Paused", "": "expired"},
		Dates:    MonthFirst,
	}
	const content = "Kunden-Nr.;Abo;Membership;Stand;Status;Lead status;Start\n" +
		"7;All hours;x;läuft;new;y;03/04/2026\n8;All hours;x;frozen;new;y;03/04/2026\n9;All hours;x;;new;y;3/4/2026\n"
	roster, err := rosterIn(t, "m.csv", content, file).Roster(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `7 <> 7: 7/all hours active 2026-03-04.. paused .. overdue /
8 <> 8: 8/all hours paused 2026-03-04.. paused .. overdue /
9 <> 9: 9/all hours expired 2026-03-04.. paused .. overdue /`
	if got := inWords(roster); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	roster, err = rosterIn(t, "m.csv", "email,membership\na@x,All\n", RosterFile{RowsAre: Active}).Roster(t.Context(), nil)
	if err != nil || roster.Members[0].Holdings[0].Status != Active {
		t.Errorf("every row is active: %+v %v", roster, err)
	}
	for _, wrong := range []RosterFile{
		{}, {Path: "x", RowsAre: "fine"}, {Path: "x", Dates: "YY"}, {Path: "x", Columns: map[string]string{"a": "nothing"}},
		{Path: "x", Statuses: map[string]string{"a": "fine"}},
	} {
		if _, err := NewFile(wrong, nil); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

// TestEveryFaultIsTold: with line and column, and nothing of the file is used.
func TestEveryFaultIsTold(t *testing.T) {
	const head = "email,membership,status,start date,end date\n"
	for name, one := range map[string]struct {
		content string
		want    []string
	}{
		"each fault": {head + "ann@x,All,active,2026-02-30,\nnobody,,,soon,\n,All,active,,\na@x,#N/A,active,,\n", []string{
			`line 2, column 4 (start date): "2026-02-30" is not a day of the calendar`,
			`line 3, column 1 (email): "nobody" is not an e-mail address`,
			`line 3, column 2 (membership): the membership is empty`,
			`line 3, column 3 (status): the status is empty`,
			`line 3, column 4 (start date): "soon" is not a date`,
			`line 4, column 1 (email): there is neither an e-mail address nor a member id`,
			`line 5, column 2 (membership): "#N/A" is an error of the spreadsheet`,
		}},
		"lines behind a quoted newline": {head + "\"a@x\",\"All\n\nhours\",active,,\nb@x,All,active,x,\n", []string{`line 5, column 4 (start date): "x" is not`}},
		"two ways":                      {head + "a@x,All,active,03/04/2026,04/03/2026\n", []string{`line 2, column 4 (start date): "03/04/2026" can be read in two ways`, `line 2, column 5`}},
		"two orders":                    {head + "a@x,All,active,13/01/2026,01/13/2026\n", []string{`line 2, column 4 (start date): "13/01/2026" is written in another order`, `line 2, column 5`}},
		"short":                         {head + "a@x,All,active,,\nb@x,Al", []string{"line 3, column 2: the row ends after 2 of 5 values"}},
		"long":                          {head + "a@x,All,active,,,,7\n", []string{"line 2, column 6: the row has 7 values, the heading only 5"}},
		"open quote":                    {head + "a@x,All,active,,\nb@x,\"All,active,,\nc@x,All,active,,\n", []string{"line 3, column"}},
		"stray quote":                   {head + "a@x,A\"ll,active,,\n", []string{"line 2, column 6: a quotation mark"}},
		"no columns":                    {"a,b\n1,2\n", []string{"line 1: there is no column with e-mail", "line 1: there is no column with memberships", "line 1: there is no status column"}},
		"one column of several":         {"surname,b\nLee,2\nKim,3\n", []string{"line 1: there is no column with e-mail", "line 1: there is no column with memberships", "line 1: there is no status column"}},
		"no status":                     {"email,membership\na@x,All\n", []string{"line 1: there is no status column"}},
		"twice":                         {"email,E-Mail,membership,status\na@x,b@x,All,active\n", []string{"line 1, column 2 (E-Mail): columns 1 and 2 are both email"}},
		"only a heading":                {head, []string{"line 1: there is a heading, but not one member below it"}},
		"empty":                         {" \r\n\n", []string{"the file is empty"}},
		"binary":                        {head + "a@x\x00", []string{"there is a zero byte in line 2"}},
		"cut in a letter":               {head + "é@x,All,active,,\nb@x,Al\xc3", []string{"the text is UTF-8, but line 3"}},
		"neither":                       {head + "\x81@x,All,active,,\n", []string{"neither UTF-8 nor Windows-1252 (line 2)"}},
		"utf-16":                        {"\xff\xfee\x00m\x00", []string{"UTF-16"}},
		"giant cell":                    {head + "a@x," + strings.Repeat("A", 70_000) + ",active,,\n", []string{"line 2, column 2 (membership): the value is longer than 1000"}},
		"two addresses":                 {"member id,email,membership,status\n1,a@x,All,active\n1,b@x,All,active\n", []string{`line 3, column 2 (email): member "1" has another address in line 2`}},
		"whose row":                     {"member id,email,membership,status\n1,a@x,All,active\n2,a@x,All,active\n,a@x,All,active\n", []string{"line 4, column 2 (email): the row has no member id, and 2 members"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rosterIn(t, "m.csv", one.content, RosterFile{}).Roster(t.Context(), nil)
			var refused *Refused
			if !errors.As(err, &refused) {
				t.Fatalf("%v", err)
			}
			if len(refused.Faults) != len(one.want) || refused.More != 0 {
				t.Errorf("%d faults: %v", len(refused.Faults), refused.Faults)
			}
			for at, want := range one.want {
				if at >= len(refused.Faults) || !strings.HasPrefix(refused.Faults[at].String(), want) && !strings.Contains(refused.Faults[at].Text, want) {
					t.Errorf("fault %d is not %q: %v", at, want, refused.Faults)
				}
			}
		})
	}
}

func TestFaultsWithoutEndAreCounted(t *testing.T) {
	_, err := rosterIn(t, "m.csv", "email,membership,status\n"+strings.Repeat("x,y,z\n", 5000), RosterFile{}).Roster(t.Context(), nil)
	var refused *Refused
	if !errors.As(err, &refused) || len(refused.Faults) != 100 || refused.More != 4900 {
		t.Fatalf("%v", err)
	}
	if text := err.Error(); !strings.HasSuffix(text, "and 4997 more") || len(text) > 500 {
		t.Errorf("%s", text)
	}
}

func TestHostileTextIsHarmless(t *testing.T) {
	const content = "email,membership,status,name\nann@x,\"\x1b[2JAll \u202ehours\",\"\x1b]0;t\aactive\",\"=cmd|' /C calc'!A0\n\x1b[31m\"\nbo@x,All hours,\x1b[31mactive,bad\x1b\n"
	source := rosterIn(t, "m.csv", content, RosterFile{})
	roster, err := source.Roster(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	told, err := source.Understand(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %v", roster, told)
	if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), unwelcome) {
		t.Errorf("%q", text)
	}
	if len(roster.Memberships) != 1 || roster.Members[0].Holdings[0].Status != Active {
		t.Errorf("%+v", roster)
	}
}

func TestHowAFileWasUnderstood(t *testing.T) {
	const content = "Email;Plan;Status;Start;Shoe size\n" + "a@x;All;Active;25/03/2026;44\nb@x;All;Frozen;26/03/2026;39\nc@x;Off;Active;27/03/2026;\n"
	told, err := rosterIn(t, "m.csv", content, RosterFile{}).Understand(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if told.Form != "CSV, semicolon, UTF-8" || told.Dates != DayFirst || told.Rows != 3 || len(told.Members) != 3 || len(told.Faults) != 0 {
		t.Errorf("%+v", told)
	}
	if !slices.Equal(told.Columns, []RosterColumn{{1, "Email", "email"}, {2, "Plan", "membership"}, {3, "Status", "status"}, {4, "Start", "start date"}, {5, "Shoe size", ""}}) {
		t.Errorf("%+v", told.Columns)
	}
	if !slices.Equal(told.Statuses, []RosterStatus{{"Active", Active, 2}, {"Frozen", "Frozen", 1}}) {
		t.Errorf("%+v", told.Statuses)
	}
	if len(told.Sample) != 3 || told.Sample[1].Membership != "All" || told.Sample[1].StartsOn.String() != "2026-03-26" {
		t.Errorf("%+v", told.Sample)
	}
	told, err = rosterIn(t, "m.csv", content+"x;;Active;;\n", RosterFile{}).Understand(t.Context())
	if err != nil || len(told.Faults) != 2 || len(told.Columns) != 5 || told.Members != nil {
		t.Errorf("with faults: %+v %v", told, err)
	}
}
