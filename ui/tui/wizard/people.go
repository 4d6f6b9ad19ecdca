package wizard

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// peoplePage shows who is in the groups already and deserves it: everybody ticked is taken over.
type peoplePage struct {
	*shared
	question setup.Question
	people   []access.Foreign
	left     map[int64]bool
	list     *picker
	others   *picker // those who are left alone in any case, while they are looked at
}

const (
	ticked   = "[x] "
	unticked = "[ ] "
)

func newPeople(shared *shared, question setup.Question) *peoplePage {
	p := &peoplePage{shared: shared, question: question, left: map[int64]bool{}}
	for id, left := range question.Left {
		if left {
			p.left[id] = true
		}
	}
	if question.Preview != nil {
		p.people = question.Preview.Adoptable
	}
	p.list = newPicker(shared, p.items(p.people), "")
	if len(p.people) == 0 {
		p.showOthers()
	}
	p.tick()
	return p
}

func (p *peoplePage) items(people []access.Foreign) []item {
	items := make([]item, 0, len(people))
	for _, foreign := range people {
		items = append(items, item{
			id: number(foreign.Right.ID), label: personName(foreign.Name, foreign.Right.AssigneeEmail),
			detail: join(groupName(p.question.Preview, foreign.GroupID), emailBeside(foreign)),
		})
	}
	return items
}

func (p *peoplePage) showOthers() {
	if p.question.Preview != nil && len(p.question.Preview.Others) > 0 {
		p.others = newPicker(p.shared, p.items(p.question.Preview.Others), "")
	}
}

// emailBeside is the e-mail where it does not stand in the name's place already.
func emailBeside(foreign access.Foreign) string {
	if look.Clean(foreign.Name) == "" {
		return ""
	}
	return foreign.Right.AssigneeEmail
}

// groupName is a group's name as the plan has it.
func groupName(preview *reconcile.Preview, id int64) string {
	if preview != nil {
		for _, group := range preview.Groups {
			if group.GroupID == id {
				return group.Name
			}
		}
	}
	return ""
}

func (p *peoplePage) tick() {
	for i, foreign := range p.people {
		p.list.items[i].mark = ticked
		if p.left[foreign.Right.ID] {
			p.list.items[i].mark = unticked
		}
	}
}

func (p *peoplePage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	if p.others != nil && len(p.people) > 0 {
		p.others.handle(message)
		return nil, nil
	}
	list := p.list
	if p.others != nil {
		list = p.others
	}
	if list.handle(message) {
		return nil, nil
	}
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	switch {
	case key.Matches(pressed, p.keys.Enter) && list.find.input.Value() != "":
		list.escape() // enter ends a search; only with everybody in sight it goes on
	case key.Matches(pressed, p.keys.Enter):
		return &setup.Answer{Move: setup.Submit, Leave: p.leaving()}, nil
	case key.Matches(pressed, p.keys.Override):
		p.showOthers()
	default:
		return p.toggle(pressed), nil
	}
	return nil, nil
}

// toggle changes ticks, and gives them to be kept.
func (p *peoplePage) toggle(pressed tea.KeyPressMsg) *setup.Answer {
	switch {
	case key.Matches(pressed, p.keys.Space):
		if p.list.cursor < len(p.list.shown) {
			id := p.people[p.list.shown[p.list.cursor]].Right.ID
			p.left[id] = !p.left[id]
		}
	case key.Matches(pressed, p.keys.Accept):
		clear(p.left)
	case key.Matches(pressed, p.keys.NoAccess):
		for _, foreign := range p.people {
			p.left[foreign.Right.ID] = true
		}
	default:
		return nil
	}
	p.tick()
	return &setup.Answer{Move: setup.Keep, Leave: p.leaving()}
}

func (p *peoplePage) leaving() []int64 {
	ids := []int64{} // nil would mean that nothing was said
	for id, left := range p.left {
		if left {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (p *peoplePage) escape() bool {
	if p.others == nil {
		return p.list.escape()
	}
	if p.others.escape() {
		return true
	}
	if len(p.people) == 0 {
		return false
	}
	p.others = nil
	return true
}

func (p *peoplePage) typing() bool {
	return p.list.find.active || p.others != nil && p.others.find.active
}

func (p *peoplePage) leave() setup.Answer {
	return setup.Answer{Move: setup.GoBack, Leave: p.leaving()}
}

func (p *peoplePage) draw(width, height int) ([]string, *tea.Cursor) {
	if p.others != nil && len(p.people) > 0 {
		head := []block{{[]string{p.theme.Title.Render("Left alone")}, weightTitle},
			{look.Paragraph("They match no membership. What they have stays as it is, until you change it in Kisi or take them over later.", width), weightBody}}
		return withList(head, p.others.draw, width, height)
	}
	blocks := p.opening(p.question, width)
	if p.others != nil {
		return withList(blocks, p.others.draw, width, height)
	}
	tally := "[x] taken over: " + words.Number(len(p.people)-len(p.leaving())) + " of " + words.Number(len(p.people))
	if others := len(p.question.Preview.Others); others > 0 {
		tally += " · left alone in any case: " + words.Number(others) + ", o lists them"
	}
	blocks = append(blocks, block{[]string{p.theme.Faint.Render(look.Cut(tally, width))}, weightNote})
	return withList(blocks, p.list.draw, width, height)
}

func (p *peoplePage) bindings() (short []key.Binding, full [][]key.Binding) {
	k := p.keys
	if p.others != nil && len(p.people) > 0 {
		return []key.Binding{k.Move(), k.Search}, [][]key.Binding{p.others.movements(), {k.Search}}
	}
	if p.others != nil {
		short = []key.Binding{look.Named(k.Enter, "continue"), k.Move(), k.Search}
		return short, [][]key.Binding{p.others.movements(), short}
	}
	keys := []key.Binding{
		look.Named(k.Enter, "continue"), look.Named(k.Space, "tick"), look.Named(k.Accept, "tick all"), look.Named(k.NoAccess, "tick none"),
	}
	if len(p.question.Preview.Others) > 0 {
		keys = append(keys, look.Named(k.Override, "others"))
	}
	short = slices.Insert(slices.Clone(keys), 2, k.Move())
	return short, [][]key.Binding{p.list.movements(), append(keys, k.Search)}
}
