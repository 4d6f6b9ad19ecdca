package wizard

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/kisi"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

const noGroup = "0"

// open shows the list of groups for the row.
func (p *associatePage) open() {
	row, onRow := p.row()
	if !onRow {
		return
	}
	items := []item{{id: noGroup, label: "No access", detail: "this membership opens no door"}}
	for _, group := range p.question.Choices.Groups {
		detail, warning := describe(group)
		if p.fresh[group.ID] {
			detail = "new: " + detail
		}
		items = append(items, item{id: fmt.Sprint(group.ID), label: group.Name, detail: detail, warning: warning, note: whoIsThere(group)})
	}
	at, decided := p.chosen[row.ID]
	if !decided {
		at = p.question.Suggested[row.ID]
	}
	p.chooser = newPicker(p.shared, items, fmt.Sprint(at))
}

// whoIsThere says what becomes of the people who are in the group already.
func whoIsThere(group kisi.Group) string {
	switch group.UsersCount {
	case 0:
		return ""
	case 1:
		return "1 person is in " + look.Clean(group.Name) + " already. The review names them and asks: take over, or leave alone."
	}
	return words.Count(group.UsersCount, "person") + " are in " + look.Clean(group.Name) + " already. The review names them and asks: take over, or leave alone."
}

// describe tells what a group opens, who is in it, and what is odd about it.
func describe(group kisi.Group) (detail, warning string) {
	detail = words.Count(group.LocksCount, "door") + ", " + words.Count(group.UsersCount, "person") + " in it"
	if group.PlaceID == 0 {
		detail += ", whole organization"
	}
	return detail, strings.Join(setup.GroupWarnings(group), " ")
}

func (p *associatePage) choose(message tea.Msg) *setup.Answer {
	if p.chooser.handle(message) {
		return nil
	}
	pressed, ok := message.(tea.KeyPressMsg)
	switch {
	case !ok:
	case key.Matches(pressed, p.keys.Again):
		return p.reread()
	case key.Matches(pressed, p.keys.Enter, p.keys.Space):
		if chosen, found := p.chooser.selected(); found {
			p.chooser = nil
			return p.decide(p.groupID(chosen.id))
		}
	}
	return nil
}

func (p *associatePage) groupID(item string) int64 {
	for id := range p.groups {
		if fmt.Sprint(id) == item {
			return id
		}
	}
	return 0
}

func (p *associatePage) drawChooser(width, height int) ([]string, *tea.Cursor) {
	row, _ := p.row()
	title := "Access group for " + look.Clean(row.Name)
	touched := words.Count(row.Members, "member") + " have it"
	if row.Members == 1 {
		touched = "1 member has it"
	}
	touched += "; today it would open doors for " + words.Number(row.Opening) + "."
	head := []block{
		{[]string{p.theme.Title.Render(look.Cut(title, width))}, weightTitle},
		{look.Paragraph(touched, width), weightNote},
		{styled(p.theme.Faint.Render, look.Paragraph("A group is missing? Make it in Kisi (web.kisi.io > Groups > Add group), give it doors, "+
			"then press r here. What you chose stays.", width)), weightBody},
	}
	return withList(head, p.chooser.draw, width, height)
}
