package live

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/tui/look"
)

// unlocks are a member's last attempts at the doors, asked of Kisi when the admin wants to see them.
type unlocks struct {
	running bool
	at      time.Time
	found   reconcile.Unlocks
	problem string
	stop    context.CancelFunc
	number  int // messages of an earlier look are dropped
}

// unlocksTime bounds the asking; the engine has a shorter one of its own.
const unlocksTime = 90 * time.Second

type unlocksRead struct {
	number int
	found  reconcile.Unlocks
	err    error
}

// beginUnlocks asks in a command.
func (p *page) beginUnlocks() tea.Cmd {
	s := p.scene
	if p.unlocks != nil && p.unlocks.running {
		s.say("Kisi is being asked. esc stops it.")
		return nil
	}
	s.checks++
	number, engine, id := s.checks, s.engine, p.who.row.ID
	ctx, stop := context.WithTimeout(context.Background(), unlocksTime)
	p.unlocks = &unlocks{running: true, at: s.now, stop: stop, number: number}
	p.compose()
	p.text.offset = p.unlocksLine
	p.text.settle()
	return func() tea.Msg {
		defer stop()
		found, err := engine.LastUnlocks(ctx, id)
		return unlocksRead{number, found, err}
	}
}

func (m *membersPanel) tookUnlocks(message unlocksRead) {
	p := m.page
	if p == nil || p.unlocks == nil || p.unlocks.number != message.number || !p.unlocks.running {
		return
	}
	p.unlocks.running, p.unlocks.found = false, message.found
	switch {
	case errors.Is(message.err, context.DeadlineExceeded):
		p.unlocks.problem = "Kisi took too long. d asks again."
	case message.err != nil:
		p.unlocks.problem = "They can't be shown: " + sentence(message.err)
	}
	p.compose()
}

// stopUnlocks ends the asking; it tells whether it was going on.
func (p *page) stopUnlocks() bool {
	if p.unlocks == nil || !p.unlocks.running {
		return false
	}
	p.unlocks.stop()
	p.unlocks.running, p.unlocks.problem = false, "The asking was stopped. d asks again."
	p.compose()
	return true
}

// doorEvents sets what was found, below the facts and the check.
func (p *page) doorEvents(c *composer) {
	if p.unlocks == nil {
		return
	}
	p.unlocksLine = len(c.out)
	c.heading("Last unlocks, asked " + p.scene.when(p.unlocks.at))
	switch {
	case p.unlocks.running:
		c.say("Asking Kisi. It may take some seconds; esc stops it.", 2)
		return
	case p.unlocks.problem != "":
		c.out = append(c.out, look.Indent(set(p.unlocks.problem, c.theme.Error, c.width-2), 2)...)
		return
	case len(p.unlocks.found.Events) == 0 || p.unlocks.found.Partial:
		c.say(look.Clean(p.unlocks.found.Heading()), 2)
	}
	for _, event := range p.unlocks.found.Events {
		style := c.theme.Text
		if !event.Opened {
			style = c.theme.Problem
		}
		for index, line := range look.Paragraph(look.Clean(event.Sentence()), c.width-timeWidth-3) {
			when := p.scene.when(event.At)
			if index > 0 {
				when, style = "", c.theme.Faint
			}
			c.out = append(c.out, "   "+c.theme.Faint.Render(look.PadRight(when, timeWidth))+" "+style.Render(line))
		}
	}
}
