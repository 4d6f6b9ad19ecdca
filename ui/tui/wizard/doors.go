package wizard

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// placeDoors are the doors of the place, asked of Kisi on the last page when the admin wants to see them.
type placeDoors struct {
	running bool
	found   reconcile.PlaceDoors
	problem string
	stop    context.CancelFunc
}

const doorsTime = 90 * time.Second

type doorsRead struct {
	asked *placeDoors // of an earlier asking they are dropped
	found reconcile.PlaceDoors
	err   error
}

// askDoors asks in a command.
func (p *runPage) askDoors() tea.Cmd {
	if p.doors != nil && p.doors.running || p.readDoors == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(p.parent, doorsTime)
	asked := &placeDoors{running: true, stop: stop}
	p.doors, p.first = asked, 0
	read := p.readDoors
	return func() tea.Msg {
		defer stop()
		found, err := read(ctx)
		return doorsRead{asked, found, err}
	}
}

func (p *runPage) tookDoors(message doorsRead) {
	if p.doors != message.asked || !p.doors.running {
		return
	}
	p.doors.running, p.doors.found = false, message.found
	switch {
	case errors.Is(message.err, context.DeadlineExceeded):
		p.doors.problem = "Kisi took too long. d asks again."
	case message.err != nil:
		p.doors.problem = "The doors can't be shown: " + look.Clean(message.err.Error()) + "."
	}
}

// closeDoors stops the asking, or closes what it found; it tells whether there was either.
func (p *runPage) closeDoors() bool {
	if p.doors == nil {
		return false
	}
	p.doors.stop()
	p.doors, p.first = nil, 0
	return true
}

// doorLines are the doors with their groups, as many as there is room for.
func (p *runPage) doorLines(width, height int) []string {
	if p.doors == nil || height <= 0 {
		return nil
	}
	all := []string{""}
	switch {
	case p.doors.running:
		all = append(all, p.theme.Faint.Render(look.Cut("Asking Kisi for the doors. esc stops it.", width)))
	case p.doors.problem != "":
		all = append(all, p.problem(p.doors.problem, width)...)
	default:
		found := p.doors.found
		all = append(all, p.theme.Title.Render(look.Cut("Doors of "+look.Clean(found.Place), width)))
		if found.LockedDown {
			all = append(all, look.Paragraph("The place is locked down: no door opens until that is ended in Kisi.", width)...)
		}
		for _, door := range found.Doors {
			text := door.Name
			if names := door.GroupNames(); len(names) > 0 {
				text += ": " + words.List(names)
			}
			text = strings.Join(append([]string{text + "."}, door.Notes()...), " ")
			all = append(all, look.Indent(look.Paragraph(look.Clean(text), width-2), 2)...)
		}
	}
	p.first = max(0, min(p.first, len(all)-height))
	return all[p.first:min(len(all), p.first+height)]
}
