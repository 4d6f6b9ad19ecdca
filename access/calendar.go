package access

import (
	"time"

	"kisiflow/gymflow"
)

// StartOfDay is the first instant of the day in the zone, right also where local midnight does not exist
// or comes twice (peers.md C.9). A day that the zone skipped altogether starts with the next one that exists.
func StartOfDay(day gymflow.Date, zone *time.Location) time.Time {
	zone = orUTC(zone)
	noon := time.Date(day.Year, day.Month, day.Day, 12, 0, 0, 0, zone)
	if shown := gymflow.DateOf(noon); shown != day {
		// Samoa has no 30 December 2011: Go answers with a neighbouring day.
		if shown.After(day) {
			return StartOfDay(shown, zone)
		}
		return StartOfDay(day.AddDays(1), zone)
	}
	instant := noon
	for {
		_, offset := instant.Zone()
		midnight := time.Date(day.Year, day.Month, day.Day, 0, 0, -offset, 0, time.UTC).In(zone)
		since, _ := instant.ZoneBounds()
		if since.IsZero() || midnight.After(since) {
			return midnight
		}
		// The clocks were changed at or after this offset's midnight: the day began with the change,
		// unless the offset before it shows the same day already.
		before := since.Add(-time.Nanosecond)
		if gymflow.DateOf(before.In(zone)) != day {
			return since
		}
		instant = before
	}
}

// Today is the zone's calendar day at the instant.
func Today(now time.Time, zone *time.Location) gymflow.Date {
	return gymflow.DateOf(now.In(orUTC(zone)))
}

func orUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// spoken is the date as an admin reads it: 3 Nov 2026.
func spoken(day gymflow.Date) string {
	return time.Date(day.Year, day.Month, day.Day, 12, 0, 0, 0, time.UTC).Format("2 Jan 2006")
}
