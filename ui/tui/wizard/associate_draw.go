package wizard

import (
	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

func (p *associatePage) draw(width, height int) ([]string, *tea.Cursor) {
	if p.chooser != nil {
		return p.drawChooser(width, height)
	}
	below := 2 // a blank line, and Continue
	if height < leastRows+4 {
		below = 1
	}
	room := max(min(len(p.rows)+1, height/2), leastRows) + below
	lines, _ := arrange(p.opening(p.question, width), max(1, height-room-1))
	if len(lines) > 0 && below == 2 {
		lines = append(lines, "")
	}
	var cursor *tea.Cursor
	if bar := p.find.line(len(p.shown), len(p.rows), width); bar != "" && height > leastRows+below {
		if cursor = p.find.cursor(); cursor != nil {
			cursor.Y += len(lines)
		}
		lines = append(lines, bar)
	}
	p.tight = width < narrow
	columns := p.columns(width)
	lines = append(lines, p.theme.Faint.Render(columns.line("", "Membership", "Members", "Opens for", "Access group")))
	size := max(1, height-len(lines)-below)
	p.first = look.Window(p.first, min(p.cursor, max(0, len(p.shown)-1)), len(p.shown), size)
	at := len(lines)
	for i := p.first; i < min(p.first+size, len(p.shown)); i++ {
		if i == p.cursor {
			at = len(lines)
		}
		lines = append(lines, p.line(columns, i))
	}
	if len(p.shown) == 0 {
		lines = append(lines, p.theme.Faint.Render("Nothing matches. esc shows all again."))
	}
	onContinue := p.cursor == len(p.shown)
	if onContinue {
		at = len(lines) + below - 1
	}
	if cursor == nil {
		cursor = rowCursor(at)
	}
	if below == 2 {
		lines = append(lines, "")
	}
	return append(lines, p.theme.CursorCell(onContinue)+p.continueLine(onContinue, width-2)), cursor
}

func (p *associatePage) continueLine(selected bool, width int) string {
	label := "Continue"
	if selected {
		label = p.theme.Selected.Render(label)
	}
	note := setup.OpensFor(p.question.Choices, p.chosen)
	open := 0
	for _, row := range p.rows {
		if _, decided := p.chosen[row.ID]; !decided {
			open++
		}
	}
	if p.tight {
		total, _ := setup.OpenToday(p.question.Choices, p.chosen)
		note = "for " + words.Number(total) + " today"
		if open > 0 {
			note += " · " + words.Number(open) + " none yet"
		}
	} else if open == len(p.rows) && selected {
		note += " · ↑ to the list, enter chooses a group"
	} else if open > 0 && open < len(p.rows) {
		note += " · " + words.Number(open) + " of " + words.Number(len(p.rows)) + " not associated"
	}
	return look.Cut(label+p.theme.Faint.Render("  "+note), width)
}

// associateColumns are the widths of the table: names left, numbers right. On a narrow screen one number goes.
type associateColumns struct{ name, members, today, group int }

const (
	membersWidth = 7
	todayWidth   = 9
)

func (p *associatePage) columns(width int) associateColumns {
	widest, widestGroup := len("Membership"), len("Access group")
	for _, row := range p.rows {
		widest = max(widest, look.Width(look.Clean(row.Name)))
		text, _ := p.choice(row)
		widestGroup = max(widestGroup, look.Width(text))
	}
	columns := associateColumns{members: membersWidth}
	room := width - 2 - membersWidth - 4 // cursor, numbers, gaps
	if width >= narrow {
		columns.today = todayWidth
		room -= todayWidth + 2
	}
	group := min(widestGroup, max(room/2, room-widest))
	columns.name = max(1, min(widest, room-group))
	columns.group = max(1, room-columns.name)
	return columns
}

func (c associateColumns) line(cursor, name, members, today, group string) string {
	numbers := look.PadLeft(members, c.members)
	if c.today > 0 {
		numbers += "  " + look.PadLeft(today, c.today)
	}
	return look.PadRight(cursor, 2) + look.PadRight(name, c.name) + "  " + numbers + "  " + look.Cut(group, c.group)
}

func (p *associatePage) line(columns associateColumns, index int) string {
	row := p.rows[p.shown[index]]
	selected := index == p.cursor
	name := look.Cut(look.Clean(row.Name), columns.name)
	if selected {
		name = p.theme.Selected.Render(name)
	}
	text, faint := p.choice(row)
	text = look.Cut(text, columns.group)
	if faint {
		text = p.theme.Faint.Render(text)
	}
	return columns.line(p.theme.CursorCell(selected), name, words.Number(row.Members), words.Number(row.Opening), text)
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
		if p.tight {
			return p.groupName(suggested) + "?", true
		}
		return "suggested: " + p.groupName(suggested), true
	}
	if p.tight {
		return "none yet", true
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
