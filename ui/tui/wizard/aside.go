package wizard

import (
	"strconv"

	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// What stands beside the question on a wide screen: there the page keeps the width that it has on a screen of 80 columns,
// and the rest says what helps to answer. Nothing stands there that has to be read.
const (
	pageBeside = look.Measure + 2
	asideGap   = 4
	asideWidth = 36
)

// hasAside tells that there is room beside the page, and no list over it that takes the whole width.
func (w *Wizard) hasAside() bool {
	if w.width-2*look.Margin < pageBeside+asideGap+asideWidth || w.height < roomy || w.page == nil || w.reading.open {
		return false
	}
	switch p := w.page.(type) {
	case *associatePage:
		return p.chooser == nil
	case *peoplePage:
		return p.others == nil || len(p.people) == 0
	case *reviewPage:
		return p.names == nil
	}
	return true
}

// pageWidth is what the page gets of the screen.
func (w *Wizard) pageWidth() int {
	if w.hasAside() {
		return pageBeside
	}
	return max(1, w.width-2*look.Margin)
}

// beside sets the aside right of the page's lines, in at most height lines.
func (w *Wizard) beside(lines []string, height int) []string {
	if !w.hasAside() {
		return lines
	}
	aside := w.aside(height)
	for len(lines) < min(len(aside), height) {
		lines = append(lines, "")
	}
	for i := range min(len(aside), len(lines)) {
		if aside[i] != "" {
			lines[i] = look.PadRight(lines[i], pageBeside+asideGap) + look.Cut(aside[i], asideWidth)
		}
	}
	return lines
}

func (w *Wizard) aside(height int) []string {
	switch page := w.page.(type) {
	case *associatePage:
		return w.groupsAside(page, height)
	case *peoplePage:
		return w.associationsAside(height)
	case *reviewPage:
		if page.typed != nil {
			return nil
		}
		legend := w.legendAside()
		return append(append(legend, ""), w.associationsAside(height-len(legend)-1)...)
	}
	return w.stepsAside(height)
}

// stepsAside is what was answered already, and what is still to come.
func (w *Wizard) stepsAside(height int) []string {
	var before, after []string
	for _, step := range setup.Steps() {
		switch {
		case step < w.question.Step || w.question.Kind == setup.End:
			for i, fact := range w.answered(step) {
				name := step.String()
				if i > 0 {
					name = ""
				}
				before = append(before, w.labelled(name, fact)...)
			}
		case step > w.question.Step:
			after = append(after, w.labelled(step.String(), purpose(step))...)
		}
	}
	past := "So far"
	if w.question.Kind == setup.End {
		past = "What is set up"
	}
	var lines []string
	for _, part := range []struct {
		title string
		lines []string
	}{{past, before}, {"What comes", after}} {
		if len(part.lines) == 0 {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(append(lines, w.theme.Faint.Render(part.title), ""), part.lines...)
	}
	return lines[:min(len(lines), max(0, height))]
}

// labelled is a step's name with a few words beside it, over as many lines as they need.
func (w *Wizard) labelled(name, text string) []string {
	const label = 14
	lines := look.Wrap(look.Clean(text), asideWidth-label)
	for i, line := range lines {
		lines[i] = w.theme.Faint.Render(look.PadRight(name, label)) + line
		name = ""
	}
	return lines
}

// purpose says in few words what a step is for.
func purpose(step setup.Step) string {
	switch step {
	case setup.StepKey:
		return "the way into Kisi"
	case setup.StepPlace:
		return "whose doors are opened"
	case setup.StepAssociate:
		return "what opens which doors"
	case setup.StepReview:
		return "see what will change"
	case setup.StepSync:
		return "only then Kisi changes"
	}
	return ""
}

// answered is what is known of a step that is behind.
func (w *Wizard) answered(step setup.Step) []string {
	draft := w.facts.Draft
	switch step {
	case setup.StepGymflow:
		return known(draft.GymflowName)
	case setup.StepKey:
		role := draft.Key.RoleName
		if draft.Key.Owner {
			role = "the owner"
		}
		if organization := look.Clean(draft.Key.OrganizationName); role != "" && organization != "" {
			role += " of " + organization
		}
		return known(draft.Key.UserName, role)
	case setup.StepPlace:
		return known(draft.PlaceName, draft.Zone)
	case setup.StepAssociate:
		memberships, groups := 0, map[int64]bool{}
		for _, association := range draft.Associations {
			if association.GroupID != 0 {
				memberships++
				groups[association.GroupID] = true
			}
		}
		facts := []string{words.Count(memberships, "membership"), words.Count(len(groups), "access group")}
		switch draft.Unlocking {
		case store.Managed:
			facts = append(facts, "no e-mails from Kisi")
		case store.Invited:
			facts = append(facts, "Kisi invites by e-mail")
		}
		return facts
	}
	return nil
}

// known leaves out what is not.
func known(facts ...string) []string {
	var kept []string
	for _, fact := range facts {
		if look.Clean(fact) != "" {
			kept = append(kept, fact)
		}
	}
	return kept
}

// groupsAside are the access groups that can be chosen, before one of them has to be.
func (w *Wizard) groupsAside(page *associatePage, height int) []string {
	if page.question.Choices == nil {
		return nil
	}
	const name, doors, people = 22, 5, 5
	row := func(group, count, there string) string {
		return look.PadRight(group, name) + "  " + look.PadLeft(count, doors) + "  " + look.PadLeft(there, people)
	}
	groups := page.question.Choices.Groups
	notes := look.Wrap("Opens for: the members who could open a door today.", asideWidth)
	lines := []string{w.theme.Faint.Render("The access groups"), "", w.theme.Faint.Render(row("Group", "Doors", "In it"))}
	room := max(0, height-len(lines)-len(notes)-1)
	for i, group := range groups {
		if i == room-1 && len(groups) > room {
			lines = append(lines, w.theme.Faint.Render("and "+words.Number(len(groups)-i)+" more"))
			break
		}
		lines = append(lines, row(look.Clean(group.Name), words.Number(group.LocksCount), words.Number(group.UsersCount)))
	}
	return append(append(lines, ""), styled(w.theme.Faint.Render, notes)...)
}

// associationsAside are the associations that the plan is made of, by access group.
func (w *Wizard) associationsAside(height int) []string {
	lines := []string{w.theme.Faint.Render("What opens what"), ""}
	var order []int64
	memberships, names := map[int64][]string{}, map[int64]string{}
	for _, association := range w.facts.Draft.Associations {
		id := association.GroupID
		if _, known := names[id]; !known && id != 0 {
			order = append(order, id)
		}
		names[id] = association.GroupName
		memberships[id] = append(memberships[id], look.Clean(association.MembershipName))
	}
	if len(memberships[0]) > 0 {
		order, names[0] = append(order, 0), "No access"
	}
	for _, id := range order {
		lines = append(lines, look.Fit(names[id], asideWidth))
		lines = append(lines, look.Indent(styled(w.theme.Faint.Render, memberships[id]), 2)...)
	}
	if room := max(1, height); len(lines) > room {
		left := len(lines) - room + 1
		lines = append(lines[:room-1:room-1], w.theme.Faint.Render("and "+strconv.Itoa(left)+" lines more"))
	}
	return lines
}

// legendAside explains the columns of the plan.
func (w *Wizard) legendAside() []string {
	lines := []string{w.theme.Faint.Render("The columns"), ""}
	for _, column := range [][2]string{
		{"+ gets", "is given access"}, {"- loses", "access is taken away"}, {"= keeps", "has access, keeps it"},
		{"? held", "waits until you approve"}, {"· others", "not kisiflow's: untouched"},
	} {
		lines = append(lines, w.theme.Faint.Render(look.PadRight(column[0], 10))+column[1])
	}
	return lines
}
