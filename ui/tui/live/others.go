package live

import (
	"cmp"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/ui/tui/table"
	"kisiflow/ui/words"
)

// othersList is the access rights in our groups that are not ours.
type othersList struct {
	scene *scene
	rows  *table.Table[int64, access.Foreign]
}

func newOthersList(s *scene) *othersList {
	return &othersList{s, table.New(func(one access.Foreign) int64 { return one.Right.ID },
		table.Column[access.Foreign]{Title: "Name", Width: 14, Flex: 2, Most: 32, Cell: nameOf},
		table.Column[access.Foreign]{Title: "Group", Width: 10, Flex: 1, Most: 20, Cell: s.groupOf},
		table.Column[access.Foreign]{Title: "In Gymflow", Width: 16, Flex: 1, Most: 32, Priority: 1, Cell: inGymflow},
		table.Column[access.Foreign]{Title: "There since", Width: 12, Priority: 2, Cell: func(one access.Foreign) string { return s.when(one.Right.CreatedAt) }},
	)}
}

func (o *othersList) refresh() {
	rows := slices.Clone(o.scene.facts.standings.foreign)
	slices.SortStableFunc(rows, func(a, b access.Foreign) int {
		return cmp.Or(cmp.Compare(fold(nameOf(a)), fold(nameOf(b))), cmp.Compare(a.Right.ID, b.Right.ID))
	})
	o.rows.SetRows(rows)
}

// ask wants a yes before one right is taken over, because the rules may then remove it.
func (o *othersList) ask() {
	s := o.scene
	one, any := o.rows.Selected()
	if !any {
		return
	}
	if one.MemberID == "" {
		s.say(nameOf(one) + " is not a member in Gymflow, so no rule could decide about them. Their access stays as it is.")
		return
	}
	then := "From then on the rules keep or remove it."
	if !one.Entitled {
		then = "They do not deserve it by the rules, so the next sync removes it."
	}
	s.confirm(fmt.Sprintf("Take over %s's access to %s? %s", nameOf(one), s.groupOf(one), then),
		func() tea.Cmd { return s.takeOver(nameOf(one), one) })
}

// matched are the rights of members who deserve them.
func (o *othersList) matched() []access.Foreign {
	var matched []access.Foreign
	for _, one := range o.scene.facts.standings.foreign {
		if one.MemberID != "" && one.Entitled {
			matched = append(matched, one)
		}
	}
	return matched
}

// askAll takes over at once what is beyond doubt: the rights of members who deserve them. The others stay for one by one.
func (o *othersList) askAll() {
	s, matched := o.scene, o.matched()
	if len(matched) == 0 {
		s.say("Nobody on this list is a member who deserves the access, so there is nothing to take over at once. t takes over one.")
		return
	}
	rest := "."
	if left := o.rows.Len() - len(matched); left > 0 {
		rest = ". The other " + words.Number(left) + " are left alone."
	}
	if len(matched) == 1 {
		s.confirm("Take over 1 access right of a member who deserves it? From then on the rules keep or remove it"+rest,
			func() tea.Cmd { return s.takeOver("", matched...) })
		return
	}
	s.confirm("Take over "+words.Count(len(matched), "access right")+" of members who deserve them? From then on the rules keep or remove them"+rest,
		func() tea.Cmd { return s.takeOver("", matched...) })
}

func nameOf(one access.Foreign) string {
	return cmp.Or(one.Name, one.Right.AssigneeName, one.Right.AssigneeEmail, fmt.Sprintf("user %d", one.Right.AssigneeID))
}

func (s *scene) groupOf(one access.Foreign) string {
	return cmp.Or(s.facts.settings.groups[one.GroupID], fmt.Sprintf("group %d", one.GroupID))
}

func inGymflow(one access.Foreign) string {
	switch {
	case one.MemberID == "":
		return "not a member"
	case one.Entitled:
		return "deserves it"
	}
	return "does not deserve it"
}
