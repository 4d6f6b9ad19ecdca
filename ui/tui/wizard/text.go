package wizard

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// newInput is a text field with a still hardware cursor. Its own paste key is off: it would start programs of the
// server to read a clipboard that is not the person's.
func newInput(shared *shared) textinput.Model {
	input := textinput.New()
	input.Prompt = ""
	input.SetVirtualCursor(false)
	input.KeyMap.Paste.SetEnabled(false)
	dress(&input, shared.theme)
	input.Focus()
	return input
}

func dress(input *textinput.Model, theme *look.Theme) {
	styles := textinput.Styles{
		Focused: textinput.StyleState{Text: theme.Text, Placeholder: theme.Faint, Prompt: theme.Text},
		Blurred: textinput.StyleState{Text: theme.Faint, Placeholder: theme.Faint, Prompt: theme.Faint},
	}
	styles.Cursor.Shape = tea.CursorBar
	input.SetStyles(styles)
}

// textPage asks for a line of text or a secret.
type textPage struct {
	*shared
	question setup.Question
	input    textinput.Model
	touched  bool
	tight    bool // the screen is narrow: short words
}

func newText(shared *shared, question setup.Question) *textPage {
	p := &textPage{shared: shared, question: question, input: newInput(shared)}
	if question.Kind == setup.Secret {
		p.input.EchoMode = textinput.EchoPassword
		p.input.EchoCharacter = '•'
		if question.HasSecret {
			p.input.Placeholder = "paste another, or press enter to keep the one from before"
		} else {
			p.input.Placeholder = "paste it here"
		}
		return p
	}
	if question.State == setup.AskAddress {
		p.input.Placeholder = "such as https://gym.example.com or /srv/members.csv"
	}
	p.input.SetValue(look.Clean(question.Default))
	p.input.CursorEnd()
	return p
}

func (p *textPage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	var command tea.Cmd
	switch message := message.(type) {
	case tea.PasteMsg:
		if !p.touched { // what is pasted takes the place of what was proposed
			p.input.Reset()
		}
		message.Content = p.pasted(message.Content)
		p.input, command = p.input.Update(message)
		p.touched = true
	case tea.KeyPressMsg:
		if key.Matches(message, p.keys.Enter) {
			return &setup.Answer{Move: setup.Submit, Text: strings.TrimSpace(p.input.Value())}, nil
		}
		p.input, command = p.input.Update(message)
		p.touched = true
	}
	return nil, command
}

// pasted takes line breaks out of what was pasted, and all blanks out of a secret: neither is ever part of one.
func (p *textPage) pasted(content string) string {
	if p.question.Kind == setup.Secret {
		return strings.Join(strings.Fields(content), "")
	}
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(content))
}

func (p *textPage) escape() bool { return false }
func (p *textPage) typing() bool { return true }

func (p *textPage) leave() setup.Answer { return setup.Answer{Move: setup.GoBack} }

func (p *textPage) draw(width, height int) ([]string, *tea.Cursor) {
	p.tight = width < narrow
	dress(&p.input, p.theme)
	p.input.SetWidth(max(1, min(width, look.Measure)-3))
	label := p.theme.Faint.Render(p.question.Label)
	blocks := append(p.opening(p.question, width), block{[]string{label, p.theme.Accent.Render("› ") + p.input.View()}, weightMust})
	field := len(blocks) - 1
	if p.question.State == setup.AskAddress {
		blocks = append(blocks, block{styled(p.theme.Faint.Render, look.Paragraph(ahead, width)), weightBody})
	}
	lines, at := arrange(blocks, height)
	cursor := p.input.Cursor()
	if cursor != nil {
		cursor.X += 2
		cursor.Y = at[field] + 1
	}
	return lines, cursor
}

// ahead stands below the first question: what comes, and that one may leave.
const ahead = "Six steps, a few minutes. Nothing is changed in Kisi before you have seen the plan and started it. " +
	"You can leave at any time: what you answered is kept, and the setup goes on where you were."

func (p *textPage) bindings() (short []key.Binding, full [][]key.Binding) {
	does := "continue"
	switch p.question.State {
	case setup.AskToken:
		does = "check the token"
	case setup.AskKey:
		does = "check the key"
	}
	if p.tight { // all three keys have room on the smallest screen
		does = "go on"
	}
	short = []key.Binding{look.Named(p.keys.Enter, does)}
	return short, [][]key.Binding{short}
}
