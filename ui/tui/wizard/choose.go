package wizard

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// choosePage asks for one of a few or of hundreds of options.
type choosePage struct {
	*shared
	question setup.Question
	list     *picker
}

func newChoose(shared *shared, question setup.Question) *choosePage {
	items := make([]item, 0, len(question.Options))
	for _, option := range question.Options {
		items = append(items, item{id: option.ID, label: option.Label, detail: option.Detail, warning: option.Warning})
	}
	list := newPicker(shared, items, question.Default)
	list.explained = true
	return &choosePage{shared: shared, question: question, list: list}
}

func (p *choosePage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	if p.list.handle(message) {
		return nil, nil
	}
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok || !key.Matches(pressed, p.keys.Enter, p.keys.Space) {
		return nil, nil
	}
	chosen, ok := p.list.selected()
	if !ok {
		return nil, nil
	}
	return &setup.Answer{Move: setup.Submit, Chosen: chosen.id}, nil
}

func (p *choosePage) escape() bool        { return p.list.escape() }
func (p *choosePage) typing() bool        { return p.list.find.active }
func (p *choosePage) leave() setup.Answer { return setup.Answer{Move: setup.GoBack} }

func (p *choosePage) draw(width, height int) ([]string, *tea.Cursor) {
	return withList(p.opening(p.question, width), p.list.draw, width, height)
}

// leastRows is how many lines a list gets before sentences above it are left out.
const leastRows = 5

// withList sets a list below blocks; it gets what they leave over.
func withList(blocks []block, list func(width, height int) ([]string, *tea.Cursor), width, height int) ([]string, *tea.Cursor) {
	wanted, _ := list(width, height)
	room := min(len(wanted), max(leastRows, height/2))
	above, _ := arrange(blocks, max(1, height-room-1))
	if len(above) > 0 {
		above = append(above, "")
	}
	rows, cursor := list(width, max(1, height-len(above)))
	if cursor != nil {
		cursor.Y += len(above)
	}
	return append(above, rows...), cursor
}

func (p *choosePage) bindings() (short []key.Binding, full [][]key.Binding) {
	short = []key.Binding{look.Named(p.keys.Enter, "choose"), p.keys.Move()}
	if len(p.list.items) >= filterFrom && !p.list.find.active {
		short = append(short, p.keys.Search)
	}
	return short, [][]key.Binding{p.list.movements(), {look.Named(p.keys.Enter, "choose"), p.keys.Search}}
}

func (p *picker) movements() []key.Binding {
	k := p.keys
	return []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.First, k.Last}
}
