package live

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// settingsPanel shows what is set, and changes what can be changed: the selection goes from one such line to the next.
type settingsPanel struct {
	scene    *scene
	text     scroll
	selected string // label of the setting where you are
	opened   bool   // the selection is brought into sight at the next layout
	place    int    // its index, which stays where the label is gone: after "Switch off" comes "Switch on"
	settings []setting
	edges    map[string][2]int // of each setting's lines in the text: first and one past the last
}

// setting is a line that can be changed.
type setting struct {
	label string
	edit  func() tea.Cmd
}

func newSettingsPanel(s *scene) *settingsPanel { return &settingsPanel{scene: s} }

func (p *settingsPanel) resize(width, height int) {
	shrunk := height < p.text.height
	p.text.resize(width, height)
	p.compose()
	if shrunk || p.opened {
		p.opened = false
		p.reveal() // a question opened below: what it is about stays in sight
	}
}

func (p *settingsPanel) themed()               {} // it is composed when it is laid out, which follows
func (p *settingsPanel) refresh(parts)         {}
func (p *settingsPanel) paste(tea.Msg) tea.Cmd { return nil }
func (p *settingsPanel) lines() []string       { return p.text.lines(p.scene.theme) }
func (p *settingsPanel) typing() bool          { return false }

// entered begins at what is wrong.
func (p *settingsPanel) entered() tea.Cmd {
	if p.scene.facts.settings.set && p.scene.keyDeath() != "" {
		p.selected, p.opened = "Key", true
	}
	return nil
}

func (p *settingsPanel) cursor() (x, y int, found bool) {
	line := p.edges[p.selected][0] - p.text.offset
	if len(p.settings) == 0 || line < 0 || line >= p.text.height {
		return p.text.cursor()
	}
	return look.Margin, line, true
}

func (p *settingsPanel) press(press tea.KeyPressMsg) tea.Cmd {
	k := p.scene.keys
	switch {
	case len(p.settings) == 0:
		p.text.press(k, press)
	case matches(press, k.Up):
		p.move(-1)
	case matches(press, k.Down):
		p.move(1)
	case matches(press, k.PageUp):
		p.move(-few)
	case matches(press, k.PageDown):
		p.move(few)
	case matches(press, k.First):
		p.move(-len(p.settings))
	case matches(press, k.Last):
		p.move(len(p.settings))
	case matches(press, k.Enter), matches(press, k.Edit):
		if at := p.at(); at >= 0 {
			command := p.settings[at].edit()
			if p.scene.prompt != nil {
				p.scene.prompt.settings = true
			}
			return command
		}
	}
	return nil
}

// few is how many settings a page key goes over.
const few = 5

func (p *settingsPanel) at() int {
	for index, one := range p.settings {
		if one.label == p.selected {
			return index
		}
	}
	return -1
}

func (p *settingsPanel) move(by int) {
	p.selected = p.settings[min(max(p.at()+by, 0), len(p.settings)-1)].label
	p.compose()
	p.reveal()
}

// reveal brings the selection into sight; at both ends also what stands beyond it and can't be changed.
func (p *settingsPanel) reveal() {
	edge := p.edges[p.selected]
	switch p.at() {
	case 0:
		p.text.offset = 0
	case len(p.settings) - 1:
		p.text.offset = min(max(len(p.text.text)-p.text.height, 0), p.text.from(edge[0]))
	default:
		// The first and the last line in sight tell of more. Of a setting taller than the screen its beginning is shown.
		p.text.offset = min(max(p.text.offset, edge[1]-max(p.text.height-1, 1)), p.text.from(edge[0]))
	}
	p.text.settle()
}

func (p *settingsPanel) bindings() bindings {
	k := p.scene.keys
	if len(p.settings) == 0 {
		return bindings{[]key.Binding{look.Named(k.Move(), "scroll")}, nil}
	}
	change := look.Named(k.Enter, "change")
	return bindings{[]key.Binding{k.Move(), change}, []key.Binding{change}}
}

func (p *settingsPanel) compose() {
	s := p.scene
	p.settings, p.edges = nil, map[string][2]int{}
	c := s.composer(p.text.width)
	if s.tall {
		c.blank()
	}
	if !s.facts.settings.set {
		c.say(notSetUp, 2)
		p.file(c)
		p.text.show(c.out)
		return
	}
	p.gymflow(c)
	p.kisi(c)
	p.rules(c)
	p.integration(c)
	p.file(c)
	p.text.show(c.out)
	if p.at() < 0 {
		p.selected = p.settings[min(p.place, len(p.settings)-1)].label
		p.compose()
	}
	p.place = p.at()
}

const settingLabel = 12

// shown is a line that can only be read.
func (p *settingsPanel) shown(c *composer, label, text string) {
	p.put(c, label, text, false, c.theme.Text)
}

// warned is a sentence below a line, to be seen.
func (p *settingsPanel) warned(c *composer, text string) {
	for _, one := range look.Paragraph(text, c.width-settingLabel-2) {
		c.out = append(c.out, look.Indent([]string{" " + c.theme.Warning.Render(one)}, settingLabel+2)...)
	}
}

// changed is a line that can be changed; in another style than the text's where that is given.
func (p *settingsPanel) changed(c *composer, label, text string, edit func() tea.Cmd, styles ...lipgloss.Style) {
	p.settings = append(p.settings, setting{label, edit})
	first := len(c.out)
	p.put(c, label, text, label == p.selected, append(styles, c.theme.Text)[0])
	p.edges[label] = [2]int{first, len(c.out)}
}

func (p *settingsPanel) put(c *composer, label, text string, selected bool, style lipgloss.Style) {
	if text == "" {
		return
	}
	name := c.theme.Faint
	if selected {
		name = c.theme.Selected // the label alone: few bytes when the selection moves
	}
	for index, one := range look.Paragraph(text, c.width-settingLabel-2) {
		mark := look.CursorGap
		if index > 0 {
			label = ""
		} else {
			mark = c.theme.CursorCell(selected)
		}
		c.out = append(c.out, " "+mark+name.Render(label)+strings.Repeat(" ", max(settingLabel-look.Width(label), 0))+style.Render(one))
	}
}

func (p *settingsPanel) gymflow(c *composer) {
	s, settings := p.scene, p.scene.facts.settings
	c.line(s.theme.Title.Render("Gymflow"))
	if settings.Roster.Given() {
		p.changed(c, "File", look.Clean(settings.Roster.Path), p.again(setup.StepGymflow))
	} else {
		p.shown(c, "Business", settings.GymflowName)
		p.changed(c, "Address", hostOf(settings.GymflowURL), p.again(setup.StepGymflow))
	}
	if count := s.facts.standings.members; count > 0 {
		p.shown(c, "Roster", words.Count(count, "member")+", read "+s.when(s.facts.standings.readAt)+".")
	}
}

func (p *settingsPanel) file(c *composer) {
	s := p.scene
	c.heading("This computer")
	p.shown(c, "State file", s.path)
	if holder := s.facts.progress.holder; s.facts.progress.alive {
		p.shown(c, "At work", fmt.Sprintf("%s on %s, process %d, since %s.", look.Clean(holder.Purpose), look.Clean(holder.Host), holder.PID, s.when(holder.Since)))
	}
}
