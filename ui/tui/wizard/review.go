package wizard

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// reviewPage shows what the sync would do: a row a group, the people on demand, what it costs, and the guard's word.
// The cursor stands on "Start the sync" at first.
type reviewPage struct {
	*shared
	question setup.Question
	preview  *reconcile.Preview
	choices  []choice
	cursor   int // groups first, then the choices
	first    int
	names    *picker          // the people of one group, or all, while they are open
	naming   string           // that group's name; "" for all
	typed    *textinput.Model // the words that approve, while they are asked for
}

// choice is one way to go on.
type choice struct {
	label   string
	approve bool
}

func newReview(shared *shared, question setup.Question, before page) *reviewPage {
	preview := question.Preview
	if preview == nil {
		preview = &reconcile.Preview{}
	}
	p := &reviewPage{shared: shared, question: question, preview: preview, choices: []choice{{label: "Start the sync"}}}
	if preview.Mails > 0 { // it must be in sight on the smallest screen, too
		p.choices[0].label += ", " + words.Count(preview.Mails, "e-mail") + " go out"
	}
	if removals := len(preview.Plan.Revokes); preview.Verdict.Hold && removals > 0 {
		p.choices = []choice{{label: "Start, and hold the " + words.Count(removals, "removal")}}
		if question.MayNot == "" {
			p.choices = append(p.choices, choice{label: "Start, and do the " + words.Count(removals, "removal"), approve: true})
		}
	}
	p.cursor = len(preview.Groups)
	if same, ok := before.(*reviewPage); ok && same.typed != nil && question.Problem != "" { // other words than those asked for
		p.cursor, p.typed = same.cursor, same.typed
		p.typed.Reset()
	}
	return p
}

func (p *reviewPage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	switch {
	case p.typed != nil:
		return p.approval(message), nil
	case p.names != nil:
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
	case at < 0 && key.Matches(pressed, p.keys.Enter, p.keys.Space):
		p.open(&p.preview.Groups[p.cursor])
	case at >= 0 && key.Matches(pressed, p.keys.Enter):
		return p.start(p.choices[at]), nil
	case key.Matches(pressed, p.keys.Next):
		p.open(nil)
	case key.Matches(pressed, p.keys.Search):
		p.open(nil)
		p.names.handle(message)
	}
	return nil, nil
}

// start takes a choice; where Gymflow's list is not to be trusted, words must be typed first.
func (p *reviewPage) start(chosen choice) *setup.Answer {
	if chosen.approve && p.question.Words != "" {
		input := newInput(p.shared)
		p.typed = &input
		return nil
	}
	return &setup.Answer{Move: setup.Submit, Approve: chosen.approve}
}

// approval takes the typed words.
func (p *reviewPage) approval(message tea.Msg) *setup.Answer {
	pressed, isKey := message.(tea.KeyPressMsg)
	if !isKey || !key.Matches(pressed, p.keys.Enter) {
		if _, pasted := message.(tea.PasteMsg); isKey || pasted {
			*p.typed, _ = p.typed.Update(message)
		}
		return nil
	}
	if p.typed.Value() == "" {
		return nil
	}
	return &setup.Answer{Move: setup.Submit, Approve: true, Text: p.typed.Value()}
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

func (p *reviewPage) escape() bool {
	switch {
	case p.typed != nil:
		p.typed = nil
		return true
	case p.names == nil:
		return false
	}
	if !p.names.escape() {
		p.names = nil
	}
	return true
}

func (p *reviewPage) typing() bool {
	return p.typed != nil || p.names != nil && p.names.find.active
}

func (p *reviewPage) leave() setup.Answer { return setup.Answer{Move: setup.GoBack} }

func (p *reviewPage) bindings() (short []key.Binding, full [][]key.Binding) {
	k := p.keys
	switch {
	case p.typed != nil:
		short = []key.Binding{look.Named(k.Enter, "approve and start")}
		return short, [][]key.Binding{short}
	case p.names != nil:
		short = []key.Binding{k.Move()}
		if !p.names.find.active {
			short = append(short, k.Search)
		}
		return short, [][]key.Binding{p.names.movements(), {k.Search}}
	}
	enter := look.Named(k.Enter, "start")
	if p.cursor < len(p.preview.Groups) {
		enter = look.Named(k.Enter, "its people")
	}
	people, again := look.Named(k.Next, "by person"), look.Named(k.Again, "plan again")
	return []key.Binding{enter, k.Move(), people, k.Search, again}, [][]key.Binding{
		{k.Up, k.Down, k.PageUp, k.PageDown, k.First, k.Last},
		{look.Named(k.Enter, "people of a group, or start"), people, look.Named(k.Search, "search by person"), again},
	}
}
