package gymflow

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sound holds whatever was read to what the rules rely on.
func sound(t *testing.T, name string, content []byte, file RosterFile) {
	t.Helper()
	read := understand(content, RosterStamp{Path: name, Size: int64(len(content)), ModTime: written()}, file)
	read.tell()
	err := read.refused()
	if err != nil {
		if len(read.roster.Members) > 0 && read.wrong.none() || strings.ContainsFunc(err.Error(), unwelcome) {
			t.Fatalf("%q", err)
		}
		return
	}
	if len(read.roster.Members) == 0 {
		t.Fatal("no member, and no fault")
	}
	ids := map[string]bool{}
	for _, member := range read.roster.Members {
		if member.ID == "" || ids[member.ID] || len(member.Holdings) == 0 || strings.ContainsFunc(member.Name(), unwelcome) {
			t.Fatalf("%+v", member)
		}
		ids[member.ID] = true
		holdings := map[string]bool{}
		for _, holding := range member.Holdings {
			if holding.MembershipID == "" || holding.Status == "" || holdings[holding.ID] {
				t.Fatalf("%+v", member)
			}
			holdings[holding.ID] = true
		}
	}
}

func FuzzRosterCSV(f *testing.F) {
	for _, seed := range []string{
		smallRoster, "\ufeff" + smallRoster, strings.ReplaceAll(smallRoster, ",", ";"), "sep=\t\r\nemail\tmembership\n",
		"email,membership,start date,end date\na@x,\"All\nhours\",31/03/2026,2026-04-01\n", "email;membership\n\xe9@x;All\n",
		"member id,name,plan,expiry\n1,\x1b[31mAnn,All,\n1,,Off,2026-02-30\n", "email,email,,\n,,,\n", "\"", "\xff\xfe", "email,membership\n\"a@x,All",
	} {
		f.Add([]byte(seed), "")
	}
	f.Fuzz(func(t *testing.T, content []byte, status string) {
		sound(t, "m.csv", content, RosterFile{RowsAre: Active, Statuses: map[string]string{status: "paused"}})
	})
}

func FuzzRosterXLSX(f *testing.F) {
	f.Add([]byte(workbook(f, nil, []any{"Email", "Membership", "Start date"}, []any{"ann@x", "All", 46112})))
	f.Add([]byte(workbook(f, nil)))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, content []byte) {
		sound(t, "m.xlsx", content, RosterFile{RowsAre: Active})
	})
}

func FuzzRosterDate(f *testing.F) {
	for _, seed := range []string{"2026-03-31", "2026/3/1", "31/03/2026", "03/31/2026", "2026-02-30", "0000-00-00", "2026-03-31T00:00:00Z", "1/1/0001"} {
		f.Add(seed)
	}
	forms := newDateForms()
	f.Fuzz(func(t *testing.T, text string) {
		for _, order := range []DateOrder{"", DayFirst, MonthFirst} {
			day, fault := forms.read(text, order)
			if fault == "" && text != "" && (day.Year < 1 || day.AddDays(0) != day) || fault != "" && !day.IsZero() {
				t.Fatalf("%q is %v, %s", text, day, fault)
			}
		}
	})
}

// TestWrittenDatesAreReadBack: whatever the form, a date is itself again or, where two days could be meant, refused.
func TestWrittenDatesAreReadBack(t *testing.T) {
	forms := newDateForms()
	rapid.Check(t, func(t *rapid.T) {
		day := Date{Year: 2000, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 30_000).Draw(t, "day"))
		at := day.noonUTC()
		for layout, order := range map[string]DateOrder{"2006-01-02": "", "2006/01/02": "", "02/01/2006": DayFirst, "01/02/2006": MonthFirst, "2/1/2006": DayFirst} {
			if read, fault := forms.read(at.Format(layout), order); read != day || fault != "" {
				t.Fatalf("%s: %v %s", at.Format(layout), read, fault)
			}
		}
		text := at.Format("02/01/2006")
		found := forms.findOrder(func(yield func(string) bool) { yield(text) })
		if read, fault := forms.read(text, found); fault == "" && read != day || (fault == "") != (day.Day > 12 || day.Day == int(day.Month)) {
			t.Fatalf("%s: %v %s", text, read, fault)
		}
	})
}
