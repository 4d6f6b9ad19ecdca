package access

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kisiflow/gymflow"
)

// The days of peers.md C.9 on which local midnight does not exist, or comes twice.
func TestStartOfDayWhereMidnightFails(t *testing.T) {
	for _, test := range []struct{ zone, day, starts string }{
		{"America/Santiago", "2025-09-07", "2025-09-07T01:00:00-03:00"},
		{"America/Havana", "2025-03-09", "2025-03-09T01:00:00-04:00"},
		{"Atlantic/Azores", "2025-03-30", "2025-03-30T01:00:00Z"},
		{"America/Asuncion", "2024-10-06", "2024-10-06T01:00:00-03:00"},
		{"Asia/Beirut", "2025-03-30", "2025-03-30T01:00:00+03:00"},
		{"Africa/Cairo", "2025-04-25", "2025-04-25T01:00:00+03:00"},
		{"Asia/Amman", "2021-10-29", "2021-10-29T00:00:00+03:00"}, // the first of two
		{"Europe/Dublin", "2026-03-29", "2026-03-29T00:00:00Z"},
		{"Europe/Dublin", "2026-10-25", "2026-10-25T00:00:00+01:00"},
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"}, // no such day there
		{"UTC", "2026-03-01", "2026-03-01T00:00:00Z"},
	} {
		day, err := gymflow.ParseDate(test.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := StartOfDay(day, zone(t, test.zone)).Format(time.RFC3339); got != test.starts {
			t.Errorf("%s %s starts at %s, want %s", test.zone, test.day, got, test.starts)
		}
	}
}

func TestStartOfDayIsTheFirstInstantOfTheDay(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, name := range []string{
		"America/Santiago", "America/Havana", "Atlantic/Azores", "America/Asuncion", "Asia/Beirut", "Africa/Cairo",
		"Asia/Amman", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham",
	} {
		zones = append(zones, zone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		where := rapid.SampledFrom(zones).Draw(t, "zone")
		day := gymflow.Date{Year: 2012, Month: time.January, Day: 1}.AddDays(rapid.IntRange(0, 24*365).Draw(t, "day"))
		start := StartOfDay(day, where)
		if Today(start, where) != day {
			t.Fatalf("%s in %s starts at %s, which is %s", day, where, start, Today(start, where))
		}
		if before := Today(start.Add(-time.Nanosecond), where); before == day {
			t.Fatalf("%s in %s has begun before %s", day, where, start)
		}
	})
}

func TestTodayIsTheZonesDay(t *testing.T) {
	instant := time.Date(2026, time.November, 10, 23, 30, 0, 0, time.UTC)
	if got := Today(instant, zone(t, "Asia/Tokyo")); got != november(11) {
		t.Errorf("in Tokyo it is %s", got)
	}
	if got := Today(instant, nil); got != november(10) {
		t.Errorf("without a zone it is %s", got)
	}
}
