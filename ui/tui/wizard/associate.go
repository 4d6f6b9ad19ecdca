package wizard

import (
	"fmt"
	"maps"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// associatePage asks for an access group, or none, for every membership. Below the memberships stands "Continue",
// where the cursor is at first.
type associatePage struct {
	*shared
	question setup.Question
	rows     []reconcile.MembershipFacts
	groups   map[int64]kisi.Group
	chosen   map[string]int64
	cursor   int // len(rows) is Continue
	first    int
	chooser  *picker // the list of groups for the row, while it is open
}

func newAssociate(shared *shared, question setup.Question, before page) *associatePage {
	p := &associatePage{shared: shared, question: question, groups: map[int64]kisi.Group{}, chosen: map[string]int64{}}
	if question.Choices != nil {
		p.rows = question.Choices.Memberships
		for _, group := range question.Choices.Groups {
			p.groups[group.ID] = group
		}
	}
	maps.Copy(p.chosen, question.Chosen)
	p.cursor = len(p.rows)
	if same, ok := before.(*associatePage); ok && len(same.rows) == len(p.rows) { // the same question with a notice
		p.cursor, p.first = same.cursor, same.first
	}
	return p
}

// recall takes back what was picked before the step was left backwards, as far as it is still on offer.
func (p *associatePage) recall(picked map[string]int64) {
	for _, row := range p.rows {
		group, was := picked[row.ID]
		if _, known := p.groups[group]; was && (known || group == 0) {
			p.chosen[row.ID] = group
		}
	}
}

func (p *associatePage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	if p.chooser != nil {
		p.choose(message)
		return nil, nil
	}
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok || p.move(pressed) {
		return nil, nil
	}
	onContinue := p.cursor == len(p.rows)
	switch {
	case key.Matches(pressed, p.keys.Continue), onContinue && key.Matches(pressed, p.keys.Enter, p.keys.Space):
		return &setup.Answer{Move: setup.Submit, Groups: maps.Clone(p.chosen)}, nil
	case key.Matches(pressed, p.keys.AcceptAll):
		for id, group := range p.question.Suggested {
			if _, decided := p.chosen[id]; !decided {
				p.chosen[id] = group
			}
		}
	case onContinue:
	case key.Matches(pressed, p.keys.Enter, p.keys.Space):
		p.open()
	case key.Matches(pressed, p.keys.Accept):
		if group, ok := p.question.Suggested[p.rows[p.cursor].ID]; ok {
			p.decide(group)
		}
	case key.Matches(pressed, p.keys.NoAccess):
		p.decide(0)
	}
	return nil, nil
}

// decide sets the row's group and goes on to the next row.
func (p *associatePage) decide(group int64) {
	p.chosen[p.rows[p.cursor].ID] = group
	p.cursor++
}

func (p *associatePage) move(pressed tea.KeyPressMsg) bool {
	const page = 10
	to := p.cursor
	switch {
	case key.Matches(pressed, p.keys.Up):
		to--
	case key.Matches(pressed, p.keys.Down):
		to++
	case key.Matches(pressed, p.keys.PageUp):
		to -= page
	case key.Matches(pressed, p.keys.PageDown):
		to += page
	case key.Matches(pressed, p.keys.First):
		to = 0
	case key.Matches(pressed, p.keys.Last):
		to = len(p.rows)
	case key.Matches(pressed, p.keys.Next, p.keys.Previous): // between the list and Continue
		if p.cursor == len(p.rows) {
			to = 0
		} else {
			to = len(p.rows)
		}
	default:
		return false
	}
	p.cursor = max(0, min(to, len(p.rows)))
	return true
}

const noGroup = "0"

// open shows the list of groups for the row.
func (p *associatePage) open() {
	items := []item{{id: noGroup, label: "No access", detail: "this membership opens no door"}}
	for _, group := range p.question.Choices.Groups {
		detail, warning := describe(group)
		items = append(items, item{id: fmt.Sprint(group.ID), label: group.Name, detail: detail, warning: warning})
	}
	id := p.rows[p.cursor].ID
	at, decided := p.chosen[id]
	if !decided {
		at = p.question.Suggested[id]
	}
	p.chooser = newPicker(p.shared, items, fmt.Sprint(at))
}

// describe tells what a group opens and what is odd about it.
func describe(group kisi.Group) (detail, warning string) {
	detail = words.Count(group.LocksCount, "door") + ", " + words.Count(group.UsersCount, "person")
	if group.PlaceID == 0 {
		detail += ", whole organization"
	}
	return detail, strings.Join(setup.GroupWarnings(group), " ")
}

func (p *associatePage) choose(message tea.Msg) {
	if p.chooser.handle(message) {
		return
	}
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok || !key.Matches(pressed, p.keys.Enter, p.keys.Space) {
		return
	}
	if chosen, ok := p.chooser.selected(); ok {
		var group int64
		for id := range p.groups {
			if fmt.Sprint(id) == chosen.id {
				group = id
			}
		}
		p.chooser = nil
		p.decide(group)
	}
}

func (p *associatePage) escape() bool {
	if p.chooser == nil {
		return false
	}
	if !p.chooser.escape() {
		p.chooser = nil
	}
	return true
}

func (p *associatePage) typing() bool { return p.chooser != nil && p.chooser.filtering }

func (p *associatePage) leave() setup.Answer {
	return setup.Answer{Move: setup.GoBack, Groups: maps.Clone(p.chosen)}
}

func (p *associatePage) bindings() (short []key.Binding, full [][]key.Binding) {
	k := p.keys
	if p.chooser != nil {
		take := look.Named(k.Enter, "choose")
		return []key.Binding{k.Move(), take, k.Search}, [][]key.Binding{p.chooser.movements(), {take, k.Search}}
	}
	enter := look.Named(k.Enter, "choose group")
	if p.cursor == len(p.rows) {
		enter = look.Named(k.Enter, "continue")
	}
	short = []key.Binding{k.Move(), enter}
	if len(p.question.Suggested) > 0 {
		short = append(short, look.Named(k.AcceptAll, "take suggestions"))
	}
	short = append(short, k.NoAccess, k.Continue)
	full = [][]key.Binding{
		{k.Up, k.Down, k.PageUp, k.PageDown, k.First, k.Last, look.Named(k.Next, "list or Continue")},
		{look.Named(k.Enter, "choose group"), k.Accept, k.AcceptAll, k.NoAccess, k.Continue},
	}
	return short, full
}
