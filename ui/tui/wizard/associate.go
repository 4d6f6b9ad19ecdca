package wizard

import (
	"maps"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// associatePage asks for an access group, or none, for every membership. Below the memberships stands "Continue",
// where the cursor is at first. Each choice is kept at once.
type associatePage struct {
	*shared
	question  setup.Question
	rows      []reconcile.MembershipFacts
	shown     []int // of rows, those that the search lets through
	find      finder
	groups    map[int64]kisi.Group
	fresh     map[int64]bool // groups that were not there before the last reading
	chosen    map[string]int64
	cursor    int // in shown; len(shown) is Continue
	first     int
	chooser   *picker // the list of groups for the row, while it is open
	tight     bool    // the screen is narrow: short words
	rereading bool    // the page was left to read again
}

func newAssociate(shared *shared, question setup.Question, before page) *associatePage {
	p := &associatePage{
		shared: shared, question: question, find: newFinder(shared),
		groups: map[int64]kisi.Group{}, chosen: map[string]int64{},
	}
	if question.Choices != nil {
		p.rows = question.Choices.Memberships
		for _, group := range question.Choices.Groups {
			p.groups[group.ID] = group
		}
	}
	maps.Copy(p.chosen, question.Chosen)
	p.refind()
	p.cursor = len(p.shown)
	if len(p.chosen) == 0 && len(question.Suggested) == 0 { // nothing to continue with yet
		p.cursor = 0
	}
	if same, ok := before.(*associatePage); ok {
		p.takeUp(same)
	}
	return p
}

// takeUp goes on where the page was left: the same question with a notice, or with what was read again.
func (p *associatePage) takeUp(same *associatePage) {
	p.find, p.first, p.fresh = same.find, same.first, same.fresh
	if same.rereading {
		p.fresh = map[int64]bool{}
		for id := range p.groups {
			_, known := same.groups[id]
			p.fresh[id] = !known
		}
	}
	row, onRow := same.row()
	p.refind()
	p.cursor = len(p.shown)
	if !onRow {
		return
	}
	at := slices.IndexFunc(p.shown, func(i int) bool { return p.rows[i].ID == row.ID })
	if at < 0 {
		return
	}
	p.cursor = at
	if same.chooser != nil {
		p.open()
	}
}

// row is the membership under the cursor; false on Continue.
func (p *associatePage) row() (reconcile.MembershipFacts, bool) {
	if p.cursor >= len(p.shown) {
		return reconcile.MembershipFacts{}, false
	}
	return p.rows[p.shown[p.cursor]], true
}

func (p *associatePage) refind() {
	row, onRow := p.row()
	sought := p.find.sought()
	p.shown = p.shown[:0]
	cursor := 0
	for i, each := range p.rows {
		choice, _ := p.choice(each)
		if !strings.Contains(strings.ToLower(look.Clean(each.Name)+" "+choice), sought) {
			continue
		}
		if onRow && each.ID == row.ID {
			cursor = len(p.shown)
		}
		p.shown = append(p.shown, i)
	}
	p.cursor = cursor
}

func (p *associatePage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	switch {
	case p.chooser != nil:
		return p.choose(message), nil
	case p.find.begins(message):
		p.cursor = min(p.cursor, max(0, len(p.shown)-1))
		return nil, nil
	case p.find.types(message):
		p.refind()
		return nil, nil
	}
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok || p.move(pressed) {
		return nil, nil
	}
	p.find.ends(message) // enter ends the search and opens the row
	_, onRow := p.row()
	switch {
	case key.Matches(pressed, p.keys.Continue), !onRow && key.Matches(pressed, p.keys.Enter, p.keys.Space):
		return p.submit(), nil
	case key.Matches(pressed, p.keys.Again):
		return p.reread(), nil
	case key.Matches(pressed, p.keys.AcceptAll):
		return p.acceptAll(), nil
	case onRow:
		return p.onRow(pressed), nil
	}
	return nil, nil
}

func (p *associatePage) submit() *setup.Answer {
	p.find.clear()
	p.refind()
	p.cursor = len(p.shown)
	return &setup.Answer{Move: setup.Submit, Groups: maps.Clone(p.chosen)}
}

// reread looks for groups and memberships that are new; what was chosen stays.
func (p *associatePage) reread() *setup.Answer {
	p.rereading = true
	return &setup.Answer{Move: setup.Retry, Groups: maps.Clone(p.chosen)}
}

func (p *associatePage) keep() *setup.Answer {
	return &setup.Answer{Move: setup.Keep, Groups: maps.Clone(p.chosen)}
}

// anySuggested: a suggestion waits that was neither taken nor decided otherwise.
func (p *associatePage) anySuggested() bool {
	for id := range p.question.Suggested {
		if _, decided := p.chosen[id]; !decided {
			return true
		}
	}
	return false
}

func (p *associatePage) acceptAll() *setup.Answer {
	for id, group := range p.question.Suggested {
		if _, decided := p.chosen[id]; !decided {
			p.chosen[id] = group
		}
	}
	return p.keep()
}

// onRow takes the keys that are about the membership under the cursor.
func (p *associatePage) onRow(pressed tea.KeyPressMsg) *setup.Answer {
	switch {
	case key.Matches(pressed, p.keys.Enter, p.keys.Space):
		p.open()
	case key.Matches(pressed, p.keys.Accept):
		row, _ := p.row()
		if group, ok := p.question.Suggested[row.ID]; ok {
			return p.decide(group)
		}
	case key.Matches(pressed, p.keys.NoAccess):
		return p.decide(0)
	}
	return nil
}

// decide sets the row's group and goes on to the next row.
func (p *associatePage) decide(group int64) *setup.Answer {
	row, _ := p.row()
	p.chosen[row.ID] = group
	p.cursor++
	return p.keep()
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
		to = len(p.shown)
	case key.Matches(pressed, p.keys.Next, p.keys.Previous): // between the list and Continue
		if p.cursor == len(p.shown) {
			to = 0
		} else {
			to = len(p.shown)
		}
	default:
		return false
	}
	p.cursor = max(0, min(to, len(p.shown)))
	return true
}

func (p *associatePage) escape() bool {
	if p.chooser != nil {
		if !p.chooser.escape() {
			p.chooser = nil
		}
		return true
	}
	if !p.find.clear() {
		return false
	}
	p.refind()
	return true
}

func (p *associatePage) typing() bool {
	return p.find.active || p.chooser != nil && p.chooser.find.active
}

func (p *associatePage) leave() setup.Answer {
	return setup.Answer{Move: setup.GoBack, Groups: maps.Clone(p.chosen)}
}

func (p *associatePage) bindings() (short []key.Binding, full [][]key.Binding) {
	k := p.keys
	again := look.Named(k.Again, "read again")
	if p.chooser != nil {
		take := look.Named(k.Enter, "choose")
		return []key.Binding{take, k.Move(), k.Search, again}, [][]key.Binding{p.chooser.movements(), {take, k.Search, again}}
	}
	if p.find.active {
		open := look.Named(k.Enter, "choose group")
		return []key.Binding{open, k.Move()}, [][]key.Binding{{open}}
	}
	enter := look.Named(k.Enter, "choose group")
	if p.cursor == len(p.shown) {
		enter = look.Named(k.Enter, "continue")
	}
	short = []key.Binding{enter, k.Move()}
	if p.anySuggested() {
		short = append(short, look.Named(k.AcceptAll, "take suggestions"))
	}
	if p.cursor < len(p.shown) { // on Continue the one does nothing, and the other is what enter does
		short = append(short, k.NoAccess, again, k.Search, k.Continue)
	} else {
		short = append(short, again, k.Search)
	}
	full = [][]key.Binding{
		{k.Up, k.Down, k.PageUp, k.PageDown, k.First, k.Last, look.Named(k.Next, "list or Continue"), k.Search},
		{look.Named(k.Enter, "choose group"), k.Accept, k.AcceptAll, k.NoAccess, again, k.Continue},
	}
	return short, full
}
