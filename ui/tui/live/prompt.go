package live

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
)

// prompt is a question in place, at the foot of the screen. It is answered by y, by words that must be typed, by a typed
// value, or by one letter of several. Everything else means no, and changes nothing. None opens by itself: each is the
// answer to a key, so that a key typed ahead cannot answer what was not seen.
type prompt struct {
	about    string // fingerprint of the list that it asks about, "" for none
	question string
	yes      func() tea.Cmd // after y, or after the words
	words    string         // that must be typed; "" for none
	take     func(value string) tea.Cmd
	check    func(value string) string // what is wrong with a value; "" for nothing
	letters  []letter
	field    *textinput.Model
	problem  string
	settings bool // it asks about a setting
}

// letter is one of several answers.
type letter struct {
	key, does string
	do        func() tea.Cmd
}

// confirm wants a y.
func (s *scene) confirm(question string, yes func() tea.Cmd) {
	s.prompt = &prompt{question: question, yes: yes}
}

// confirmInWords wants words typed: for what cannot be taken back easily.
func (s *scene) confirmInWords(question, words string, yes func() tea.Cmd) tea.Cmd {
	return s.open(&prompt{question: question, words: words, yes: yes}, "Type "+words+" to do it: ")
}

// enter wants a value. The old one stands there to be changed.
func (s *scene) enter(question, label, value string, check func(string) string, take func(string) tea.Cmd) tea.Cmd {
	command := s.open(&prompt{question: question, check: check, take: take}, label)
	s.prompt.field.SetValue(value)
	s.prompt.field.CursorEnd()
	return command
}

// enterSecret wants a value that is not shown.
func (s *scene) enterSecret(question, label string, take func(string) tea.Cmd) tea.Cmd {
	command := s.open(&prompt{question: question, take: take, check: func(value string) string {
		if value == "" {
			return "Nothing was entered. Paste it, or press esc."
		}
		return ""
	}}, label)
	const longest = 400
	s.prompt.field.CharLimit = longest
	s.prompt.field.EchoMode = textinput.EchoPassword
	s.prompt.field.EchoCharacter = '•'
	return command
}

func (s *scene) open(asked *prompt, label string) tea.Cmd {
	input := field(label)
	asked.field = &input
	s.prompt = asked
	return input.Focus()
}

// choose wants one of several letters.
func (s *scene) choose(question string, letters ...letter) {
	s.prompt = &prompt{question: question, letters: letters}
}

// decide takes a key for the question in place.
func (s *scene) decide(press tea.KeyPressMsg) tea.Cmd {
	asked := s.prompt
	switch {
	case asked.field != nil:
		return s.decideByField(press)
	case len(asked.letters) > 0:
		s.prompt = nil
		for _, one := range asked.letters {
			if press.String() == one.key {
				return one.do()
			}
		}
		return nil
	}
	s.prompt = nil
	if press.String() == "y" || press.String() == "Y" {
		return asked.yes()
	}
	s.say("Nothing was changed.")
	return nil
}

func (s *scene) decideByField(press tea.KeyPressMsg) tea.Cmd {
	asked := s.prompt
	switch {
	case matches(press, s.keys.Escape):
		s.prompt = nil
		s.say("Nothing was changed.")
		return nil
	case !matches(press, s.keys.Enter):
		return s.pasteIntoPrompt(press)
	}
	value := strings.TrimSpace(look.Clean(asked.field.Value()))
	if asked.words != "" {
		if value != asked.words {
			asked.problem = "That is not it. Type " + asked.words + ", or press esc to leave everything as it is."
			return nil
		}
		s.prompt = nil
		return asked.yes()
	}
	if asked.check != nil {
		if asked.problem = asked.check(value); asked.problem != "" {
			return nil
		}
	}
	s.prompt = nil
	return asked.take(value)
}

// pasteIntoPrompt hands typed or pasted text to the field. Line breaks at the ends of what is pasted don't count.
func (s *scene) pasteIntoPrompt(message tea.Msg) tea.Cmd {
	if s.prompt.field == nil {
		return nil
	}
	if pasted, is := message.(tea.PasteMsg); is {
		pasted.Content = strings.TrimSpace(pasted.Content)
		message = pasted
	}
	s.prompt.problem = ""
	changed, command := s.prompt.field.Update(message)
	*s.prompt.field = changed
	return command
}

// lines is the question as it stands at the foot.
func (p *prompt) lines(theme *look.Theme, width int) []string {
	question := p.question
	switch {
	case p.field != nil:
		lines := set(question, theme.Title, width)
		if p.problem != "" {
			lines = append(lines, set(p.problem, theme.Error, width)...)
		}
		label := p.field.Prompt
		if look.Width(label) > width-minimalField {
			lines = append(lines, set(strings.TrimSpace(label), theme.Text, width)...)
			shown := *p.field
			shown.Prompt = ""
			shown.SetWidth(width - 1)
			return append(lines, " "+shown.View())
		}
		p.field.SetWidth(max(width-look.Width(label)-1, 1))
		return append(lines, " "+p.field.View())
	case len(p.letters) > 0:
		return append(set(question, theme.Title, width), p.choices(theme, width)...)
	}
	lines := set(question+"\u00a0y/N", theme.Title, width) // alone on a line, y/N would ask nothing
	lines[len(lines)-1] = strings.Replace(lines[len(lines)-1], "\u00a0", " ", 1) + " "
	return lines
}

// choices are the letters with what they do. None is broken in the middle; each key is seen to be one.
func (p *prompt) choices(theme *look.Theme, width int) []string {
	var lines []string
	line, taken := "", 0
	for _, one := range p.letters {
		needs := look.Width(one.key + " " + one.does)
		if line != "" && taken+look.Width(separator)+needs > width {
			lines = append(lines, line)
			line, taken = "", 0
		}
		if line == "" {
			line = " "
		} else {
			line += separator
			taken += look.Width(separator)
		}
		line += theme.Selected.Render(one.key) + " " + one.does
		taken += needs
	}
	return append(lines, line)
}

// minimalField is how many cells a field needs beside its label.
const minimalField = 16

// cursor is the column in the last of the lines.
func (p *prompt) cursor(lines []string, width int) int {
	if p.field == nil {
		return look.Width(lines[len(lines)-1])
	}
	at := p.field.Cursor()
	if at == nil {
		return look.Margin
	}
	x := at.X + look.Margin
	if label := look.Width(p.field.Prompt); label > width-2*look.Margin-minimalField {
		x -= label
	}
	return x
}

// bindings are the keys that answer.
func (p *prompt) bindings(k keys) []key.Binding {
	leave := look.Named(k.Escape, "cancel")
	switch {
	case p.field != nil:
		return []key.Binding{look.Named(k.Enter, "go on"), leave}
	case len(p.letters) > 0:
		return []key.Binding{leave} // the letters stand in the question
	}
	yes := key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "yes"))
	no := key.NewBinding(key.WithKeys("n", "esc", "enter"), key.WithHelp("n", "no"))
	return []key.Binding{yes, no}
}
