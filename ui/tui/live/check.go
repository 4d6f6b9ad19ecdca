package live

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// check is "check this member now": both sides read anew for one member, shown step by step as each step ends.
type check struct {
	running bool
	at      time.Time
	steps   []reconcile.Step
	mends   bool
	problem string
	stop    context.CancelFunc
	number  int // of the check: messages of an earlier one are dropped
}

// checkTime bounds the whole check; each step has a time of its own.
const checkTime = 2 * time.Minute

// stepDone is one step, as a message; checkDone is the end.
type (
	stepDone struct {
		number int
		step   reconcile.Step
		next   tea.Cmd // waits for the one after it
	}
	checkDone struct {
		number int
		result reconcile.MemberCheck
		err    error
	}
)

// beginCheck starts the check in a command. The steps pass through a channel that holds all of them, so that the engine
// never waits for a screen.
func (p *page) beginCheck() tea.Cmd {
	s := p.scene
	if p.check != nil && p.check.running {
		s.say("The check is going on. esc stops it.")
		return nil
	}
	number := s.checks + 1
	s.checks = number
	ctx, stop := context.WithTimeout(context.Background(), checkTime)
	p.check = &check{running: true, at: s.now, stop: stop, number: number}
	p.compose()
	p.text.offset = p.text.from(p.checkLine)
	if p.scene.tall {
		p.text.offset = max(p.checkLine-p.text.height*2/3, 0) // the name stays in sight where it can
	}
	p.text.settle()
	steps := make(chan reconcile.Step, len(reconcile.CheckSteps()))
	engine, id := s.engine, p.who.row.ID
	run := func() tea.Msg {
		defer stop()
		defer close(steps)
		result, err := engine.CheckMember(ctx, id, func(step reconcile.Step) {
			select {
			case steps <- step:
			default:
			}
		})
		return checkDone{number, result, err}
	}
	return tea.Batch(run, nextStep(number, steps))
}

func nextStep(number int, steps <-chan reconcile.Step) tea.Cmd {
	return func() tea.Msg {
		step, more := <-steps
		if !more {
			return nil
		}
		return stepDone{number, step, nextStep(number, steps)}
	}
}

func (m *membersPanel) tookStep(message stepDone) tea.Cmd {
	if p := m.page; p != nil && p.check != nil && p.check.number == message.number && p.check.running {
		p.check.steps = append(p.check.steps, message.step)
		p.compose()
	}
	return message.next
}

// tookCheck ends the check. Where a sync would mend something it asks for one: the only way in which rights change.
func (m *membersPanel) tookCheck(message checkDone) tea.Cmd {
	p := m.page
	if p == nil || p.check == nil || p.check.number != message.number || !p.check.running {
		return nil
	}
	p.check.running, p.check.steps, p.check.mends = false, message.result.Steps, message.result.Mends
	switch {
	case errors.Is(message.err, context.DeadlineExceeded):
		p.check.problem = "The check took too long and was stopped."
	case message.err != nil:
		p.check.problem = "The check ended: " + sentence(message.err)
	}
	p.compose()
	if message.err != nil || !message.result.Mends {
		return nil
	}
	return p.mend()
}

func (p *page) mend() tea.Cmd {
	s := p.scene
	switch {
	case s.facts.settings.Disabled():
		s.say("The integration is switched off, so nothing is mended.")
		return nil
	case s.waiting(), s.facts.progress.Running && s.facts.progress.alive:
		s.say("A sync is on its way, which mends this.")
		return nil
	}
	return s.ask(s.request(), "A sync is asked for, which mends this for "+p.who.name+". Removals may wait for your approval.")
}

// stopCheck ends a check that is going on; it tells whether there was one.
func (p *page) stopCheck() bool {
	if p.check == nil || !p.check.running {
		return false
	}
	p.check.stop()
	p.check.running = false
	p.check.problem = "The check was stopped before its end."
	p.compose()
	return true
}

// checkSteps sets what the check found, below the facts.
func (p *page) checkSteps(c *composer) {
	if p.check == nil {
		return
	}
	if len(c.out) > 0 {
		c.blank()
	}
	p.checkLine = len(c.out)
	c.out = append(c.out, set("Checked "+p.scene.when(p.check.at)+p.check.summary(), c.theme.Title, c.width)...)
	steps := p.check.steps
	if last := len(steps) - 1; p.check.whole() { // what follows from all is what one wants to know
		for _, line := range steps[last].Lines {
			c.say(look.Clean(line.Text), 0)
		}
		if p.scene.facts.runs.lastSync.After(p.check.at) {
			c.say("A sync has ended since. c checks again.", 0)
		}
		steps = steps[:last]
		c.blank()
	}
	for _, step := range steps {
		if len(step.Lines) == 1 && look.Width(step.Lines[0].Text) <= c.width-stateWidth-2 {
			c.state(step.State, look.Clean(step.Lines[0].Text), c.theme.Text, 2)
			continue
		}
		c.state(step.State, step.Title, c.theme.Text, 2)
		for _, line := range step.Lines {
			c.finding(line)
		}
	}
	titles := reconcile.CheckSteps()
	switch {
	case p.check.running && len(p.check.steps) < len(titles):
		c.state("", titles[len(p.check.steps)], c.theme.Faint, 2)
	case p.check.problem != "":
		for _, line := range look.Paragraph(p.check.problem+" Press c to check again.", c.width-2) {
			c.out = append(c.out, "   "+c.theme.Error.Render(line))
		}
	}
}

// whole tells that all steps ended, so that the last of them says what follows.
func (k *check) whole() bool {
	return !k.running && k.problem == "" && len(k.steps) > 1 && len(k.steps) == len(reconcile.CheckSteps())
}

// summary is what came of it, in few words.
func (k *check) summary() string {
	if k.running || k.problem != "" {
		return ""
	}
	differs, unclear := 0, 0
	for _, step := range k.steps {
		switch step.State {
		case reconcile.CheckDiffers:
			differs++
		case reconcile.CheckUnclear:
			unclear++
		}
	}
	told := nonEmpty(some(differs, "step differs", "steps differ"), some(unclear, "can't be told", "can't be told"))
	if len(told) == 0 {
		return ": all in order"
	}
	return ": " + strings.Join(told, ", ")
}

// some is "2 differ"; "" for none.
func some(count int, one, many string) string {
	switch count {
	case 0:
		return ""
	case 1:
		return "1 " + one
	}
	return words.Number(count) + " " + many
}

// stateWidth holds "cannot tell".
const stateWidth = 13

// state is a step: its word, then its title.
func (c *composer) state(state reconcile.CheckState, title string, style lipgloss.Style, indent int) {
	word := string(state)
	if word == "" {
		word = "looking"
	}
	for index, text := range look.Paragraph(title, c.width-stateWidth-indent) {
		if index > 0 {
			word = ""
		}
		c.out = append(c.out, look.Indent([]string{" " + c.ink(state).Render(look.PadRight(word, stateWidth)) + style.Render(text)}, indent)...)
	}
}

// finding is a line of a step. What is in order is told quietly.
func (c *composer) finding(line reconcile.CheckLine) {
	style, mark := c.theme.Faint, "  "
	switch line.State {
	case reconcile.CheckDiffers:
		style, mark = c.theme.Text, "! "
	case reconcile.CheckUnclear:
		style, mark = c.theme.Text, "? "
	}
	indent := 3 + stateWidth
	if c.width < 60 {
		indent = 5
	}
	for index, text := range look.Paragraph(look.Clean(line.Text), c.width-indent-2) {
		if index > 0 {
			mark = "  "
		}
		c.out = append(c.out, look.Indent([]string{c.ink(line.State).Render(mark) + style.Render(text)}, indent)...)
	}
}

func (c *composer) ink(state reconcile.CheckState) lipgloss.Style {
	switch state {
	case reconcile.CheckOK:
		return c.theme.Good
	case reconcile.CheckDiffers:
		return c.theme.Problem
	case reconcile.CheckUnclear:
		return c.theme.Waiting
	}
	return c.theme.Faint
}
