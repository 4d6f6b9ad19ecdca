package live

import (
	"cmp"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/ui/tui/table"
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
	s.prompt = &prompt{
		question: fmt.Sprintf("Take over %s's access to %s? %s", nameOf(one), s.groupOf(one), then),
		yes:      func() tea.Cmd { return s.takeOver(one) },
	}
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
