package live

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// header is the first line: what is linked, how fresh, what waits for the admin. The shorter forms are for narrow screens.
func (s *scene) header(width int) string {
	width -= 2 * look.Margin
	freshness, style := s.freshness()
	attention, short := s.attention()
	for _, left := range []string{s.linked(true), s.linked(false), "kisiflow", ""} {
		for _, pending := range []string{attention, short} {
			right := freshness
			if pending != "" {
				right += "   " + pending
			}
			if words.Width(left)+2+words.Width(right) > width && (left != "" || pending != short) {
				continue
			}
			drawn := style.Render(freshness)
			if pending != "" {
				drawn += "   " + s.theme.Held.Render(pending)
			}
			return " " + look.Sides(s.theme.Title.Render(left), drawn, width)
		}
	}
	return ""
}

func (s *scene) linked(whole bool) string {
	settings := s.facts.settings
	if settings.GymflowName == "" && settings.PlaceName == "" {
		return "kisiflow"
	}
	linked := settings.GymflowName + " → " + settings.PlaceName
	if whole {
		return "kisiflow · " + linked
	}
	return linked
}

// attention is what needs the admin, long and short.
func (s *scene) attention() (long, short string) {
	if count := s.heldCount(); count > 0 {
		return words.Count(count, "removal") + " held", words.Number(count) + " held"
	}
	if count := len(s.facts.standings.questions); count > 0 {
		return words.Number(count) + " to decide", words.Number(count) + " to decide"
	}
	return "", ""
}

func (s *scene) heldCount() int {
	if !s.facts.runs.isHeld {
		return 0
	}
	return len(s.facts.runs.held.Removals)
}

// freshness says in a few words how the two sides stand.
func (s *scene) freshness() (string, lipgloss.Style) {
	theme, progress, runs := s.theme, s.facts.progress, s.facts.runs
	switch {
	case s.trouble != "":
		return "! the state file can't be read", theme.Problem
	case !s.facts.loaded:
		return "○ reading", theme.Faint
	case progress.Running && !progress.alive:
		return "! the sync broke off", theme.Problem
	case progress.Running:
		return "○ " + runningWords(progress.Progress), theme.Waiting
	case s.facts.settings.Disabled():
		return "○ switched off", theme.Waiting
	case s.audits() && !s.waiting() && s.keyDeath() == "" && !brokeOff(runs.runs):
		if !runs.synced {
			return "○ audit only, not read yet", theme.Waiting
		}
		return "○ audit only, read" + s.at(runs.lastSync), theme.Waiting
	case s.waiting():
		return "○ sync asked for", theme.Waiting
	}
	if s.keyDeath() != "" {
		return "! the Kisi key stopped working", theme.Problem
	}
	if last, found := lastEnded(runs.runs); found {
		switch last.Outcome {
		case store.OutcomeStopped, store.OutcomeFailed:
			return "! " + last.Outcome + because(last), theme.Problem
		case store.OutcomePartial:
			return "! " + partly(last) + s.at(runs.lastSync), theme.Problem
		}
	}
	switch {
	case !s.facts.settings.set:
		return "○ not set up", theme.Faint
	case !runs.synced:
		return "○ not synced yet", theme.Faint
	case s.now.Sub(runs.lastSync) > 24*time.Hour:
		return "○ last synced " + ago(runs.lastSync, s.now), theme.Waiting
	}
	if !runs.inStep { // removals are held, or a list is not believed: what waits stands beside it
		return "○ last read" + s.at(runs.lastSync), theme.Waiting
	}
	return "● in step" + s.at(runs.lastSync), theme.Good
}

// audits: nothing may be changed in Kisi, by what is stored or by how this process was called.
func (s *scene) audits() bool { return s.audit || s.facts.settings.Audit }

// brokeOff: the last run did not come to its end.
func brokeOff(runs []store.Run) bool {
	last, found := lastEnded(runs)
	return found && (last.Outcome == store.OutcomeStopped || last.Outcome == store.OutcomeFailed || last.Outcome == store.OutcomePartial)
}

func partly(run store.Run) string {
	if run.Failed > 0 {
		return words.Count(run.Failed, "member") + " failed"
	}
	return "not all done"
}

// runningWords say how far the run is. Numbers come only from the state file, so nothing moves unless something happens.
func runningWords(progress store.Progress) string {
	phase := progress.Phase
	if phase == "" || phase == "writing" {
		phase = "syncing"
	}
	if progress.Total > 0 {
		return fmt.Sprintf("%s %s of %s", phase, words.Number(progress.Done), words.Number(progress.Total))
	}
	return phase
}

// keyDeath is the sentence on a key that Kisi refused; "" while it works.
func (s *scene) keyDeath() string {
	key := s.facts.settings.Key
	switch {
	case key.DiedAt.IsZero():
		return ""
	case key.UserName == "":
		return "Kisi refuses the key since " + s.when(key.DiedAt) + "."
	}
	return "Kisi refuses the key of " + look.Clean(key.UserName) + " since " + s.when(key.DiedAt) + "."
}

// because is the run's own word on why it ended, up to the first full stop.
func because(run store.Run) string {
	if len(run.Notes) == 0 || run.Notes[0] == "" {
		return ""
	}
	const longest = 40 // a longer one stands under Sync, and would push the title off the line
	first, _, _ := strings.Cut(run.Notes[0], ". ")
	if first = strings.TrimSuffix(first, "."); words.Width(first) > longest {
		return ""
	}
	return ": " + first
}

func lastEnded(runs []store.Run) (store.Run, bool) {
	for _, run := range runs {
		if run.Outcome != store.OutcomeRunning {
			return run, true
		}
	}
	return store.Run{}, false
}

// at is the clock time of the last sync, not how long ago it was: a screen on which nothing happens stays as it is and
// costs nothing over SSH. Only from an hour on does it say how old that is, and then it changes once an hour.
func (s *scene) at(instant time.Time) string {
	clock := " at " + instant.In(s.zone()).Format("15:04")
	if s.now.Sub(instant) < time.Hour {
		return clock
	}
	return clock + ", " + ago(instant, s.now)
}

// ago counts hours, and days where nobody counts hours any more.
func ago(instant, now time.Time) string {
	hours := int(now.Sub(instant) / time.Hour)
	if hours < 48 {
		return fmt.Sprintf("%d h ago", hours)
	}
	return fmt.Sprintf("%d days ago", hours/24)
}

// tabLine is the second line: where you are among the five tabs.
func (l *Live) tabLine() string {
	wide, short := l.tabNames()
	for _, form := range []struct {
		names []string
		gap   string
	}{{wide, "   "}, {short, " "}} {
		if words.Width(strings.Join(form.names, form.gap))+2*look.Margin > l.width && form.gap != " " {
			continue
		}
		drawn := make([]string, len(form.names))
		for index, name := range form.names {
			style := l.scene.theme.Text
			if tab(index) == l.tab {
				style = l.scene.theme.Accent.Underline(true).UnderlineSpaces(true) // seen without colour too
			}
			drawn[index] = style.Render(name)
		}
		return " " + strings.Join(drawn, form.gap)
	}
	return ""
}

func (l *Live) tabNames() (wide, short []string) {
	count := ""
	if people := len(l.scene.facts.standings.people); people > 0 {
		count = " " + words.Number(people)
	}
	return []string{"Members" + count, "Sync", "Associations", "Activity", "Settings"},
		[]string{"Members", "Sync", "Assoc.", "Activity", "Settings"}
}
