package live

import (
	"cmp"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/tui/table"
	"kisiflow/ui/words"
)

// associationsPanel shows which membership opens which group, and who is in those groups by another hand.
type associationsPanel struct {
	scene  *scene
	rows   *table.Table[string, association]
	others *othersList
	open   bool // the list of others
	width  int
	height int
}

// association is a row: one membership.
type association struct {
	id      string
	name    string
	group   string
	members int
	status  string
	problem bool
}

func newAssociationsPanel(s *scene) *associationsPanel {
	p := &associationsPanel{scene: s, others: newOthersList(s)}
	p.rows = table.New(func(row association) string { return row.id },
		table.Column[association]{Title: "Membership", Width: 14, Flex: 2, Most: 36, Cell: func(a association) string { return a.name }},
		table.Column[association]{Title: "Group", Width: 10, Flex: 2, Most: 30, Cell: func(a association) string { return a.group }},
		table.Column[association]{Title: "Members", Width: 7, Right: true, Priority: 2, Cell: func(a association) string { return words.Number(a.members) }},
		table.Column[association]{
			Title: "", Width: 18, Flex: 1, Most: 40, Priority: 1,
			Cell: func(a association) string { return a.status },
			Ink: func(a association) table.Ink {
				if a.problem {
					return s.inks[access.Problem]
				}
				return s.inks[access.NoAccess]
			},
		},
	)
	return p
}

func (p *associationsPanel) refresh(read parts) {
	if !read.settings && !read.standings {
		return
	}
	p.rows.SetRows(p.scene.associations())
	p.others.refresh()
	if p.others.rows.Len() == 0 {
		p.open = false
	}
}

// associations lists those in force, and then the memberships that have appeared in Gymflow since.
func (s *scene) associations() []association {
	members := map[string]int{}
	for index := range s.facts.standings.people {
		counted := map[string]bool{}
		for _, held := range s.facts.standings.people[index].row.Memberships {
			if !ended(held.Status) && !counted[held.ID] {
				counted[held.ID] = true
				members[held.ID]++
			}
		}
	}
	gone := map[int64]bool{}
	for _, question := range s.facts.standings.questions {
		if question.Reason == access.GroupGone {
			gone[question.GroupID] = true
		}
	}
	var rows []association
	known := map[string]bool{}
	for _, one := range s.facts.settings.Associations {
		known[one.MembershipID] = true
		row := association{id: one.MembershipID, name: one.MembershipName, group: one.GroupName, members: members[one.MembershipID]}
		switch {
		case one.GroupID == 0:
			row.group = "No access"
		case gone[one.GroupID]:
			row.status, row.problem = "! group gone in Kisi", true
		}
		rows = append(rows, row)
	}
	for _, membership := range s.facts.standings.memberships {
		if !known[membership.ID] && s.facts.settings.set && !membership.Archived {
			rows = append(rows, association{
				id: membership.ID, name: look.Clean(membership.Name), group: "not chosen yet", members: members[membership.ID],
				status: "opens no door",
			})
		}
	}
	slices.SortStableFunc(rows, func(a, b association) int { return cmp.Compare(fold(a.name), fold(b.name)) })
	return rows
}

func (p *associationsPanel) resize(width, height int) {
	p.width, p.height = width, height
	p.others.rows.SetSize(width-look.Margin, max(height-len(p.aboveOthers()), 1))
	p.rows.SetSize(width-look.Margin, max(height-len(p.above())-len(p.below()), 1))
}

func (p *associationsPanel) themed() {
	p.rows.SetInks(p.scene.tableInks())
	p.others.rows.SetInks(p.scene.tableInks())
}

func (p *associationsPanel) entered() tea.Cmd      { return nil }
func (p *associationsPanel) paste(tea.Msg) tea.Cmd { return nil }
func (p *associationsPanel) typing() bool          { return false }

func (p *associationsPanel) press(press tea.KeyPressMsg) tea.Cmd {
	k := p.scene.keys
	if p.open {
		switch {
		case matches(press, k.Back), matches(press, k.Left):
			p.open = false
		case matches(press, k.Adopt):
			p.others.ask()
		case matches(press, k.AdoptAll):
			p.others.askAll()
		default:
			selectionKeys(p.scene, press, p.others.rows)
		}
		return nil
	}
	switch {
	case selectionKeys(p.scene, press, p.rows):
	case matches(press, k.Edit), matches(press, k.Enter):
		update := p.scene.facts.settings.set
		return func() tea.Msg { return look.OpenWizard{Update: update} }
	case matches(press, k.Adopt):
		p.open = p.others.rows.Len() > 0
	}
	return nil
}

func (p *associationsPanel) above() []string {
	if p.height >= 16 {
		return []string{""}
	}
	return nil
}

// below says what can be done, and who is there by another hand.
func (p *associationsPanel) below() []string {
	c := p.scene.composer(p.width)
	if p.height >= 12 {
		c.blank()
	}
	count := p.others.rows.Len()
	switch {
	case count > 0 && p.height >= roomy: // they are listed below
	case count > 0 && p.height >= 12:
		c.say(othersSentence(count), 0)
	case count > 0:
		c.line("Not kisiflow's: " + words.Number(count) + ", t shows them.")
	}
	if p.height >= 12 {
		if p.anyGone() {
			c.say("A group is gone in Kisi. Its members stay as they are; e chooses another.", 0)
		}
		c.say("e adds, changes or removes associations; you see the plan before it is done.", 0)
	}
	if p.height >= roomy && count > 0 {
		p.preview(c)
	}
	return c.out
}

// preview is the first of those who are there by another hand, where a tall screen has room for them.
func (p *associationsPanel) preview(c *composer) {
	sentence := othersSentence(p.others.rows.Len())
	c.heading(strings.Replace(strings.TrimSuffix(sentence, "."), "shows", "takes over", 1))
	const name, group, most = 34, 22, 12
	rows := p.others.rows.Rows()
	for _, one := range rows[:min(len(rows), most)] {
		c.line("  " + look.PadRight(nameOf(one), name) + look.PadRight(p.scene.groupOf(one), group) + c.theme.Faint.Render(inGymflow(one)))
	}
	if left := len(rows) - most; left > 0 {
		c.line("  " + c.theme.Faint.Render(words.Number(left)+" more"))
	}
}

// anyGone tells that an association leads to a group that is gone.
func (p *associationsPanel) anyGone() bool {
	return slices.ContainsFunc(p.rows.Rows(), func(one association) bool { return one.problem })
}

func othersSentence(count int) string {
	if count == 1 {
		return "1 access right in these groups is not kisiflow's. t shows it."
	}
	return words.Number(count) + " access rights in these groups are not kisiflow's. t shows them."
}

func (p *associationsPanel) aboveOthers() []string {
	c := p.scene.composer(p.width)
	if p.height < 12 {
		c.line("Not kisiflow's, and left alone:")
		return c.out
	}
	if p.height >= 16 {
		c.blank()
	}
	c.say("These access rights are not kisiflow's, and are left alone. t takes one over: from then on the rules keep or remove it.", 0)
	c.blank()
	return c.out
}

func (p *associationsPanel) lines() []string {
	if p.open {
		return append(p.aboveOthers(), strings.Split(p.others.rows.View(), "\n")...)
	}
	if p.rows.Len() == 0 {
		why := "No membership opens a group yet. Press e to choose which membership opens which group."
		if !p.scene.facts.settings.set {
			why = notSetUp
		}
		if !p.scene.facts.loaded {
			why = "Reading the state file."
		}
		return p.scene.empty(nil, why, p.width)
	}
	rows := strings.Split(p.rows.View(), "\n")
	rows = rows[:min(len(rows), 1+p.rows.Len())] // the sentences stand right below the last row
	return append(append(p.above(), rows...), p.below()...)
}

func (p *associationsPanel) cursor() (x, y int, found bool) {
	if p.open {
		x, y, found = p.others.rows.Cursor()
		return x, y + len(p.aboveOthers()), found
	}
	x, y, found = p.rows.Cursor()
	return x, y + len(p.above()), found
}

func (p *associationsPanel) bindings() bindings {
	k := p.scene.keys
	if p.open {
		shown := []key.Binding{look.Named(k.Back, "back"), k.Move(), look.Named(k.Adopt, "take over"), k.AdoptAll}
		return bindings{shown, shown}
	}
	edit := look.Named(k.Edit, "change associations")
	short := []key.Binding{k.Move(), edit}
	if p.others.rows.Len() > 0 {
		short = append(short, look.Named(k.Adopt, "people already there"))
	}
	return bindings{short, short[1:]}
}
