package wizard

import (
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// reviewPage shows what the sync would do: a row a group, the names on demand, what it costs, and the guard's word.
// The cursor stands on "Start the sync" at first.
type reviewPage struct {
	*shared
	question setup.Question
	preview  *reconcile.Preview
	choices  []choice
	cursor   int // groups first, then the choices
	first    int
	names    *picker // the people of one group, while they are open
	naming   string  // that group's name
}

// choice is one way to go on.
type choice struct {
	label   string
	approve bool
}

func newReview(shared *shared, question setup.Question) *reviewPage {
	preview := question.Preview
	if preview == nil {
		preview = &reconcile.Preview{}
	}
	p := &reviewPage{shared: shared, question: question, preview: preview, choices: []choice{{label: "Start the sync"}}}
	if removals := words.Count(len(preview.Plan.Revokes), "removal"); preview.Verdict.Hold {
		p.choices = []choice{{label: "Sync, hold the " + removals}, {label: "Sync and approve " + removals, approve: true}}
	}
	p.cursor = len(preview.Groups)
	return p
}

func (p *reviewPage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	if p.names != nil {
		p.names.handle(message)
		return nil, nil
	}
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok || p.move(pressed) {
		return nil, nil
	}
	at := p.cursor - len(p.preview.Groups)
	switch {
	case key.Matches(pressed, p.keys.Again):
		return &setup.Answer{Move: setup.Retry}, nil
	case at < 0 && key.Matches(pressed, p.keys.Enter, p.keys.Space, p.keys.Next):
		p.open(p.preview.Groups[p.cursor])
	case at >= 0 && key.Matches(pressed, p.keys.Enter):
		return &setup.Answer{Move: setup.Submit, Approve: p.choices[at].approve}, nil
	case key.Matches(pressed, p.keys.Next): // from the choices to the groups
		p.cursor = 0
	}
	return nil, nil
}

func (p *reviewPage) move(pressed tea.KeyPressMsg) bool {
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
		to = len(p.preview.Groups)
	default:
		return false
	}
	p.cursor = max(0, min(to, len(p.preview.Groups)+len(p.choices)-1))
	return true
}

// open lists the people of a group with what happens to each, and why.
func (p *reviewPage) open(group reconcile.GroupChange) {
	plan := p.preview.Plan
	var items []item
	add := func(mark, name, why string) {
		items = append(items, item{id: strconv.Itoa(len(items)), mark: mark + " ", label: name, detail: why})
	}
	for _, grant := range plan.Grants {
		if grant.GroupID == group.GroupID {
			add("+", personName(grant.Name, grant.Email), grant.Why)
		}
	}
	taken := "-"
	if p.preview.Verdict.Hold {
		taken = "?"
	}
	for _, revoke := range plan.Revokes {
		if revoke.Entry.GroupID == group.GroupID {
			add(taken, personName(revoke.Name, revoke.Entry.Email), revoke.Why)
		}
	}
	for _, revoke := range plan.Unconfirmed {
		if revoke.Entry.GroupID == group.GroupID {
			add("…", personName(revoke.Name, revoke.Entry.Email), "waits for a second read: "+revoke.Why)
		}
	}
	for _, kept := range plan.Kept {
		if kept.GroupID == group.GroupID {
			add("=", personName(kept.Name, kept.Email), "keeps access")
		}
	}
	for _, foreign := range plan.Foreign {
		if foreign.GroupID == group.GroupID {
			add("·", personName(foreign.Name, foreign.Right.AssigneeEmail), "not ours, left alone")
		}
	}
	p.names, p.naming = newPicker(p.shared, items, ""), look.Clean(group.Name)
}

func (p *reviewPage) escape() bool {
	if p.names == nil {
		return false
	}
	if !p.names.escape() {
		p.names = nil
	}
	return true
}

func (p *reviewPage) typing() bool        { return p.names != nil && p.names.filtering }
func (p *reviewPage) leave() setup.Answer { return setup.Answer{Move: setup.GoBack} }

func (p *reviewPage) bindings() (short []key.Binding, full [][]key.Binding) {
	k := p.keys
	if p.names != nil {
		return []key.Binding{k.Move(), k.Search}, [][]key.Binding{p.names.movements(), {k.Search}}
	}
	names := look.Named(k.Next, "names")
	enter := look.Named(k.Enter, "start the sync")
	if p.cursor < len(p.preview.Groups) {
		enter, names = look.Named(k.Enter, "names"), look.Named(k.Last, "to the start")
	}
	again := look.Named(k.Again, "plan again")
	return []key.Binding{enter, k.Move(), names, again}, [][]key.Binding{
		{k.Up, k.Down, k.PageUp, k.PageDown, k.First, k.Last}, {look.Named(k.Enter, "names, or start"), look.Named(k.Next, "names of a group"), again},
	}
}

// What a person is called: by name, or by e-mail when there is no name.
func personName(name, email string) string {
	if name = look.Clean(name); name != "" {
		return name
	}
	return look.Clean(email)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

// sums adds up the groups' rows.
func sums(groups []reconcile.GroupChange) reconcile.GroupChange {
	total := reconcile.GroupChange{Name: "All groups"}
	for _, group := range groups {
		total.Grant += group.Grant
		total.Revoke += group.Revoke
		total.Keep += group.Keep
		total.Held += group.Held
		total.Foreign += group.Foreign
	}
	return total
}
