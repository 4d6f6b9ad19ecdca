package gymflow

import (
	"fmt"
	"time"
)

// Date is a calendar day without a time zone. The zero Date means "none".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(text string) (Date, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("%s is not a date like 2026-03-31", shownText(text))
	}
	return DateOf(day), nil
}

// DateOf is the calendar day that the instant's own location shows.
func DateOf(instant time.Time) Date {
	year, month, day := instant.Date()
	return Date{year, month, day}
}

// IsZero reports whether the date is absent.
func (d Date) IsZero() bool { return d == Date{} }

// String is YYYY-MM-DD, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Compare is -1, 0 or +1 as d is before, equal to or after other.
func (d Date) Compare(other Date) int {
	return d.noonUTC().Compare(other.noonUTC())
}

// Before reports whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// AddDays is the date that many calendar days later (or earlier, when negative).
func (d Date) AddDays(days int) Date {
	return DateOf(d.noonUTC().AddDate(0, 0, days))
}

// noonUTC has no daylight-saving edge near it, which makes it safe to count days on.
func (d Date) noonUTC() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
}
