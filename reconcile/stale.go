package reconcile

import (
	"fmt"
	"time"

	"kisiflow/store"
)

// How old Gymflow's data may be before removals are held. The bounds keep a setting from switching the check off, and from
// holding every removal of a source that is written once in a while.
const (
	usualStaleAfter = 24 * time.Hour
	leastStaleAfter = time.Hour
	mostStaleAfter  = 7 * 24 * time.Hour
)

// staleAfter is the setting as it is in force.
func staleAfter(settings store.Settings) time.Duration {
	if settings.StaleAfter <= 0 {
		return usualStaleAfter
	}
	return min(max(settings.StaleAfter, leastStaleAfter), mostStaleAfter)
}

// judgeAge sets the sentence that holds all removals when Gymflow's own word on its data is too old (peers.md C.1: doors
// stay as they are, nobody is taken out by age). Against the host's clock and the process's own the younger age counts:
// a moved clock beside a simulator makes no data old.
func (s *survey) judgeAge() {
	s.stale = s.olderFile()
	if s.stale != "" {
		return
	}
	age := min(time.Since(s.roster.AsOf), s.engine.options.Now().Sub(s.roster.AsOf))
	limit := staleAfter(s.settings)
	if age <= limit {
		return
	}
	if s.to.Roster.Given() {
		s.stale = fmt.Sprintf("The roster file is %s old (as of %s), and beyond %s nobody is taken out because of it. "+
			"Export a new one from Gymflow; as soon as it is read, the removals are weighed anew.",
			inHours(age), s.roster.AsOf.In(s.zone).Format("2 Jan 15:04"), inHours(limit))
		return
	}
	s.stale = fmt.Sprintf("Gymflow's data is %s old (as of %s), and beyond %s nobody is taken out because of it. "+
		"See why Gymflow or its bridge gives old data; as soon as it is fresh, the removals are weighed anew.",
		inHours(age), s.roster.AsOf.In(s.zone).Format("2 Jan 15:04"), inHours(limit))
}

// olderFile is what is said of a roster file from before the last one: somebody put an old export back. A time that lies in the
// future is nothing to compare with, or one file from a computer with a wrong clock would hold all that follow.
func (s *survey) olderFile() string {
	if !s.to.Roster.Given() || !s.roster.AsOf.Before(s.rosterAsOf) || time.Until(s.rosterAsOf) > clockTolerance {
		return ""
	}
	return fmt.Sprintf("The roster file is older (as of %s) than the last one that was read (as of %s), so nobody is taken out because of it. "+
		"Export a new one from Gymflow.", s.roster.AsOf.In(s.zone).Format("2 Jan 15:04:05"), s.rosterAsOf.In(s.zone).Format("2 Jan 15:04:05"))
}

func inHours(span time.Duration) string {
	switch hours := int(span.Hours()); {
	case hours > 24*365:
		return "more than a year"
	case hours >= 72:
		return fmt.Sprintf("%d days", hours/24)
	case hours == 1:
		return "1 hour"
	default:
		return fmt.Sprintf("%d hours", hours)
	}
}
