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
	items := make([]item, 0, len(p.people))
	for _, foreign := range p.people {
		items = append(items, item{
			id: number(foreign.Right.ID), label: personName(foreign.Name, foreign.Right.AssigneeEmail),
			detail: join(groupName(question.Preview, foreign.GroupID), emailBeside(foreign)),
		})
	}
	p.list = newPicker(shared, items, "")
	p.tick()
	return p
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
	if p.list.handle(message) {
		return nil, nil
	}
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	switch {
	case key.Matches(pressed, p.keys.Enter) && p.list.filter.Value() != "":
		p.list.escape() // enter ends a search; only with everybody in sight it goes on
	case key.Matches(pressed, p.keys.Enter):
		return &setup.Answer{Move: setup.Submit, Leave: p.leaving()}, nil
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
	}
	p.tick()
	return nil, nil
}

func (p *peoplePage) leaving() []int64 {
	var ids []int64
	for id, left := range p.left {
		if left {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (p *peoplePage) escape() bool { return p.list.escape() }
func (p *peoplePage) typing() bool { return p.list.filtering }

func (p *peoplePage) leave() setup.Answer {
	return setup.Answer{Move: setup.GoBack, Leave: p.leaving()}
}

func (p *peoplePage) draw(width, height int) ([]string, *tea.Cursor) {
	blocks := p.opening(p.question, width)
	left := len(p.leaving())
	tally := words.Number(len(p.people)-left) + " of " + words.Count(len(p.people), "person") + " taken over"
	if others := len(p.question.Preview.Others); others > 0 {
		tally += ", " + words.Number(others) + " more left alone"
	}
	blocks = append(blocks, block{[]string{p.theme.Faint.Render(look.Cut(tally, width))}, weightNote})
	return withList(blocks, p.list.draw, width, height)
}

func (p *peoplePage) bindings() (short []key.Binding, full [][]key.Binding) {
	k := p.keys
	keys := []key.Binding{
		look.Named(k.Space, "tick"), look.Named(k.Accept, "tick all"), look.Named(k.NoAccess, "tick none"), look.Named(k.Enter, "continue"),
	}
	short = append([]key.Binding{k.Move()}, keys...)
	return short, [][]key.Binding{p.list.movements(), append(keys, k.Search)}
}
