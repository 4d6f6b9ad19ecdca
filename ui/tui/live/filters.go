package live

import (
	"slices"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// filter narrows the list of members. The zero filter shows all.
type filter struct {
	standing access.Standing
	reason   access.Reason
	tonight  bool
}

// counted is a filter with how many members it shows.
type counted struct {
	filter
	label string
	count int
	more  bool // not a filter: how many are hidden
}

func (f filter) shows(who *person, tonight time.Time) bool {
	switch {
	case f.tonight:
		return changesBy(who, tonight)
	case f.standing != "":
		return who.row.Standing == f.standing
	case f.reason != "":
		return who.reason == f.reason
	}
	return true
}

// changesBy tells whether dates alone change this member's access until then.
func changesBy(who *person, until time.Time) bool {
	return who.row.NextChange != nil && !who.row.NextChange.After(until)
}

// tonight ends tomorrow at four in the morning: what a manager finds on coming to work.
func (s *scene) tonight() time.Time {
	const hour = 4
	return access.StartOfDay(s.today().AddDays(1), s.zone()).Add(hour * time.Hour)
}

// filters counts the members by standing and reason: all and those with access first, then the reasons in
// their order, then what needs the admin. Those that show nobody are left out.
func (s *scene) filters() []counted {
	standings, reasons, tonight := map[access.Standing]int{}, map[access.Reason]int{}, 0
	until := s.tonight()
	for index := range s.facts.standings.people {
		who := &s.facts.standings.people[index]
		standings[who.row.Standing]++
		reasons[who.reason]++
		if changesBy(who, until) {
			tonight++
		}
	}
	listed := []counted{{label: "all", count: len(s.facts.standings.people)}}
	listed = append(listed, counted{filter: filter{standing: access.HasAccess}, label: "access", count: standings[access.HasAccess]})
	for _, reason := range access.Reasons() {
		if reason == access.IsWaiting || reason == access.IsHeld { // those standings are listed whole, below
			continue
		}
		listed = append(listed, counted{filter: filter{reason: reason}, label: reason.Label(), count: reasons[reason]})
	}
	for _, standing := range []access.Standing{access.Waiting, access.Held, access.Problem} {
		listed = append(listed, counted{filter: filter{standing: standing}, label: string(standing), count: standings[standing]})
	}
	listed = append(listed, counted{filter: filter{tonight: true}, label: "changes tonight", count: tonight})
	return slices.DeleteFunc(listed, func(one counted) bool { return one.count == 0 && one.filter != filter{} })
}

// filterLines set the filters on so many lines. Where they do not fit, those of the fewest members give way first, but
// never all, the one you are at, or what needs the admin.
func (s *scene) filterLines(all []counted, at filter, width, rows int) []string {
	shown := slices.Clone(all)
	lines := packed(shown, 0, width)
	for len(lines) > rows {
		least := -1
		for index, one := range shown {
			if index > 0 && one.filter != at && (least < 0 || one.weight() < shown[least].weight()) {
				least = index
			}
		}
		if least < 0 {
			break
		}
		shown = slices.Delete(shown, least, least+1)
		lines = packed(shown, len(all)-len(shown), width)
	}
	drawn := make([]string, 0, len(lines))
	for _, line := range lines[:min(len(lines), rows)] {
		texts := make([]string, len(line))
		for index, one := range line {
			style := s.theme.Faint
			if one.filter == at && !one.more {
				style = s.theme.Accent
			}
			texts[index] = style.Render(one.text())
		}
		drawn = append(drawn, look.Cut(strings.Join(texts, s.theme.Faint.Render(separator)), width))
	}
	return drawn
}

const separator = " · "

func (c counted) text() string {
	if c.more {
		return words.Number(c.count) + " more"
	}
	return c.label + " " + words.Number(c.count)
}

// weight is what a filter counts for when room is short.
func (c counted) weight() int {
	const always = 1 << 30
	if c.standing == access.Problem || c.standing == access.Held {
		return always
	}
	return c.count
}

// packed puts the filters, and how many are hidden, on as few lines as they need.
func packed(shown []counted, hidden, width int) [][]counted {
	if hidden > 0 {
		shown = append(slices.Clone(shown), counted{count: hidden, more: true})
	}
	var lines [][]counted
	used := 0
	for _, one := range shown {
		need := words.Width(separator) + words.Width(one.text())
		if len(lines) == 0 || used+need > width {
			lines = append(lines, nil)
			used = -words.Width(separator)
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], one)
		used += need
	}
	return lines
}

// forecast says who gains and who loses access tonight, from the dates; "" when nobody does.
func (s *scene) forecast() string {
	gains, loses := 0, 0
	until := s.tonight()
	for index := range s.facts.standings.people {
		who := &s.facts.standings.people[index]
		switch {
		case !changesBy(who, until):
		case who.row.Gains:
			gains++
		default:
			loses++
		}
	}
	by := " access by tomorrow 04:00."
	switch {
	case gains > 0 && loses > 0:
		return words.Number(gains) + verb(gains, " gain") + " and " + words.Number(loses) + verb(loses, " lose") + by
	case gains > 0:
		return words.Number(gains) + verb(gains, " gain") + by
	case loses > 0:
		return words.Number(loses) + verb(loses, " lose") + by
	}
	return ""
}

func verb(count int, plural string) string {
	if count == 1 {
		return plural + "s"
	}
	return plural
}
