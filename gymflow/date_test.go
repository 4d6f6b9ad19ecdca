package gymflow

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDateRoundTripsAndCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := Date{Year: rapid.IntRange(1900, 2200).Draw(t, "year"), Month: time.January, Day: 1}
		day := start.AddDays(rapid.IntRange(0, 365).Draw(t, "day"))
		read, err := ParseDate(day.String())
		if err != nil || read != day {
			t.Fatalf("%v came back as %v, %v", day, read, err)
		}
		steps := rapid.IntRange(-800, 800).Draw(t, "steps")
		other := day.AddDays(steps)
		if other.AddDays(-steps) != day {
			t.Fatalf("%v and %d days there and back is %v", day, steps, other.AddDays(-steps))
		}
		if day.Before(other) != (steps > 0) || day.After(other) != (steps < 0) {
			t.Fatalf("%v and %v are compared wrongly", day, other)
		}
	})
}

func TestDateRefusesWhatIsNoDay(t *testing.T) {
	for _, text := range []string{"", "2026-02-30", "2026-2-3", "2026-13-01", "20260331", "2026-03-31T00:00:00Z",
		" 2026-03-31", "31/03/2026", "٢٠٢٦-٠٣-٣١", "-001-01-01"} {
		if day, err := ParseDate(text); err == nil {
			t.Errorf("%q was read as %v", text, day)
		}
	}
	if day, err := ParseDate("2028-02-29"); err != nil || day != (Date{2028, time.February, 29}) {
		t.Errorf("29 February 2028: %v, %v", day, err)
	}
	if (Date{}).String() != "" || !(Date{}).IsZero() {
		t.Error("no date has to show as nothing")
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-03-31", "2026-02-30", "0000-01-01", "9999-12-31", "", "2026-3-1", "\x1b[31m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		day, err := ParseDate(text)
		if err == nil && day.String() != text {
			t.Fatalf("%q was read as %v", text, day)
		}
	})
}
