package words

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"kisiflow/gymflow"
)

// When says an instant as the gym's clock shows it: "today 04:12", "yesterday 18:30", "tomorrow 06:00", "3 Nov",
// "3 Nov 2025" in another year. An instant at midnight is a day and shows no clock. "" for the zero time.
func When(t, now time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(zone)
	day := near(gymflow.DateOf(local), gymflow.DateOf(now.In(zone)))
	if day == "" {
		return date(gymflow.DateOf(local), gymflow.DateOf(now.In(zone)))
	}
	if hour, minute, second := local.Clock(); hour+minute+second == 0 {
		return day
	}
	return day + " " + local.Format("15:04")
}

// Day says the day of an instant seen from now: "today", "yesterday", "in 2 days", "3 Nov". "" for the zero time.
func Day(t, now time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return Date(gymflow.DateOf(t.In(zone)), gymflow.DateOf(now.In(zone)))
}

// Date says a calendar day seen from today: "today", "yesterday", "in 2 days", "3 Nov". "" for none.
func Date(day, today gymflow.Date) string {
	if day.IsZero() {
		return ""
	}
	if word := near(day, today); word != "" {
		return word
	}
	for ahead := 2; ahead <= 6; ahead++ {
		if day == today.AddDays(ahead) {
			return fmt.Sprintf("in %d days", ahead)
		}
	}
	return date(day, today)
}

// near names the three days that have a word of their own.
func near(day, today gymflow.Date) string {
	switch day {
	case today:
		return "today"
	case today.AddDays(-1):
		return "yesterday"
	case today.AddDays(1):
		return "tomorrow"
	}
	return ""
}

func date(day, today gymflow.Date) string {
	text := strconv.Itoa(day.Day) + " " + day.Month.String()[:3]
	if day.Year != today.Year {
		text += " " + strconv.Itoa(day.Year)
	}
	return text
}

// Stamp is an instant in full, for lists in which one looks something up: "2026-11-03 04:12". "" for the zero time.
func Stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

// Ago says how long ago something was: "just now", "12 s ago", "4 min ago", "3 h ago", "2 days ago"; "never" for the
// zero time.
func Ago(t, now time.Time) string {
	passed := now.Sub(t)
	switch {
	case t.IsZero():
		return "never"
	case passed < 2*time.Second:
		return "just now"
	case passed < time.Minute:
		return fmt.Sprintf("%d s ago", int(passed.Seconds()))
	case passed < time.Hour:
		return fmt.Sprintf("%d min ago", int(passed.Minutes()))
	case passed < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(passed.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(passed.Hours()/24))
}

// Duration says roughly how long: "a moment", "about 15 seconds", "about 2 minutes", "about an hour".
func Duration(d time.Duration) string {
	rounded := func(unit time.Duration) int { return int(math.Round(float64(d) / float64(unit))) }
	switch {
	case d < 2*time.Second:
		return "a moment"
	case d < 10*time.Second:
		return fmt.Sprintf("about %d seconds", rounded(time.Second))
	case d < 53*time.Second:
		return fmt.Sprintf("about %d seconds", 5*rounded(5*time.Second))
	case d < 90*time.Second:
		return "about a minute"
	case d < 55*time.Minute:
		return "about " + Count(rounded(time.Minute), "minute")
	case d < 90*time.Minute:
		return "about an hour"
	case d < 36*time.Hour:
		return "about " + Count(rounded(time.Hour), "hour")
	}
	return "about " + Count(rounded(24*time.Hour), "day")
}
