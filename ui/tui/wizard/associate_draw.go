package wizard

import (
	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

func (p *associatePage) draw(width, height int) ([]string, *tea.Cursor) {
	if p.chooser != nil {
		row := p.rows[p.cursor]
		title := "Access group for " + look.Clean(row.Name)
		head := []block{{[]string{p.theme.Title.Render(look.Cut(title, width))}, weightTitle}}
		return withList(head, p.chooser.draw, width, height)
	}
	blocks := p.opening(p.question, width)
	const below = 2 // a blank line and Continue
	need := len(p.rows) + 1
	room := max(min(need, height/2), leastRows) + below
	above, _ := arrange(blocks, max(1, height-room-1))
	if len(above) > 0 {
		above = append(above, "")
	}
	columns := p.columns(width)
	above = append(above, p.theme.Faint.Render(columns.line("", "Membership", "Members", "Access group")))
	size := max(1, height-len(above)-below)
	p.first = look.Window(p.first, min(p.cursor, max(0, len(p.rows)-1)), len(p.rows), size)
	cursor := rowCursor(0)
	lines := above
	for i := p.first; i < min(p.first+size, len(p.rows)); i++ {
		if i == p.cursor {
			cursor.Y = len(lines)
		}
		lines = append(lines, p.row(columns, i))
	}
	onContinue := p.cursor == len(p.rows)
	if onContinue {
		cursor.Y = len(lines) + 1
	}
	lines = append(lines, "", p.theme.CursorCell(onContinue)+p.continueLine(onContinue, width-2))
	return lines, cursor
}

func (p *associatePage) continueLine(selected bool, width int) string {
	label := "Continue"
	if selected {
		label = p.theme.Selected.Render(label)
	}
	open := 0
	for _, row := range p.rows {
		if _, decided := p.chosen[row.ID]; !decided {
			open++
		}
	}
	note := ""
	if open > 0 {
		note = words.Number(open) + " of " + words.Count(len(p.rows), "membership") + " not associated"
	}
	return look.Cut(label+p.theme.Faint.Render("  "+note), width)
}

// associateColumns are the widths of the table: names left, numbers right.
type associateColumns struct{ name, members, group int }

const membersWidth = 7

func (p *associatePage) columns(width int) associateColumns {
	widest, widestGroup := len("Membership"), len("suggested: ")
	for _, row := range p.rows {
		widest = max(widest, look.Width(look.Clean(row.Name)))
		text, _ := p.choice(row)
		widestGroup = max(widestGroup, look.Width(text))
	}
	room := width - 2 - membersWidth - 4 // cursor, numbers, gaps
	group := min(widestGroup, max(room/2, room-widest))
	name := max(1, min(widest, room-group))
	return associateColumns{name: name, members: membersWidth, group: max(1, room-name)}
}

func (c associateColumns) line(cursor, name, members, group string) string {
	return look.PadRight(cursor, 2) + look.PadRight(name, c.name) + "  " + look.PadLeft(members, c.members) + "  " + look.Cut(group, c.group)
}

func (p *associatePage) row(columns associateColumns, index int) string {
	row := p.rows[index]
	selected := index == p.cursor
	name := look.PadRight(look.Clean(row.Name), columns.name)
	if selected {
		name = p.theme.Selected.Render(name)
	}
	text, faint := p.choice(row)
	text = look.Cut(text, columns.group)
	if faint {
		text = p.theme.Faint.Render(text)
	}
	return columns.line(p.theme.CursorCell(selected), name, words.Number(row.Members), text)
}

// choice says what the membership opens so far; faint is for what is not an access group that was chosen.
func (p *associatePage) choice(row reconcile.MembershipFacts) (text string, faint bool) {
	id, decided := p.chosen[row.ID]
	if decided {
		if id == 0 {
			return "No access", true
		}
		return p.groupName(id), false
	}
	if suggested, ok := p.question.Suggested[row.ID]; ok {
		return "suggested: " + p.groupName(suggested), true
	}
	return "not associated", true
}

func (p *associatePage) groupName(id int64) string {
	group, known := p.groups[id]
	if !known {
		return "a group that Kisi no longer has"
	}
	if group.LocksCount == 0 || !group.LoginEnabled {
		return look.Clean(group.Name) + " !"
	}
	return look.Clean(group.Name)
}
