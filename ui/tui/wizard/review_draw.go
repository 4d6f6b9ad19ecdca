package wizard

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

func (p *reviewPage) draw(width, height int) ([]string, *tea.Cursor) {
	switch {
	case p.typed != nil:
		return p.drawApproval(width, height)
	case p.names != nil:
		title := "Who changes, person by person"
		if p.naming != "" {
			title = "People of " + p.naming
		}
		head := []block{{[]string{p.theme.Title.Render(look.Cut(title, width))}, weightTitle},
			{styled(p.theme.Faint.Render, look.Paragraph("+ gets access  - loses it  ? held  … second look  = keeps it  · left alone", width)), weightNote}}
		return withList(head, p.names.draw, width, height)
	}
	choices := p.choiceLines(width)
	// One paragraph takes less room than four: what the sync costs and whether e-mails go out should be in sight.
	question := p.question
	question.Body = []string{strings.Join(question.Body, " ")}
	above := p.opening(question, width)
	rows := len(p.preview.Groups)
	// The choices and a few rows are always in sight; sentences give way first.
	least := len(choices) + 2 + min(rows, 3) + 1
	aboveLines, _ := arrange(above, max(1, height-least-1))
	if len(aboveLines) > 0 {
		aboveLines = append(aboveLines, "")
	}
	lines := aboveLines
	cursor := rowCursor(0)
	columns := reviewColumns(p.preview.Groups, width)
	size := max(1, height-len(lines)-len(choices)-2)
	total := rows > 1 && size > rows
	lines = append(lines, p.theme.Faint.Render(look.CursorGap+columns.line("Group", [5]string{"+ gets", "- loses", "= keeps", "? held", "· others"})))
	p.first = look.Window(p.first, min(p.cursor, max(0, rows-1)), rows, size)
	for i := p.first; i < min(p.first+size, rows); i++ {
		if i == p.cursor {
			cursor.Y = len(lines)
		}
		lines = append(lines, p.groupLine(columns, i))
	}
	if total {
		lines = append(lines, p.theme.Faint.Render(look.CursorGap+columns.numbers(sums(p.preview.Groups))))
	}
	lines = append(lines, "")
	if p.cursor >= rows {
		cursor.Y = len(lines) + p.cursor - rows
	}
	return append(lines, choices...), cursor
}

// drawApproval asks for the words that let removals happen although Gymflow's list is not to be trusted.
func (p *reviewPage) drawApproval(width, height int) ([]string, *tea.Cursor) {
	dress(p.typed, p.theme)
	p.typed.SetWidth(max(1, min(width, look.Measure)-3))
	blocks := []block{{[]string{p.theme.Title.Render(look.Cut("Take away "+words.Count(len(p.preview.Plan.Revokes), "access right")+"?", width))}, weightTitle}}
	if p.question.Problem != "" {
		blocks = append(blocks, block{p.problem(p.question.Problem, width), weightMust})
	}
	for _, reason := range p.preview.Verdict.Reasons {
		blocks = append(blocks, block{p.warning(reason, width), weightWarning})
	}
	blocks = append(blocks,
		block{look.Paragraph("Look into Gymflow first. If its list is right, type "+p.question.Words+" to approve. esc goes back, and nothing is taken away.", width), weightMust},
		block{[]string{p.theme.Faint.Render("Type " + p.question.Words), p.theme.Accent.Render("› ") + p.typed.View()}, weightMust})
	lines, at := arrange(blocks, height)
	cursor := p.typed.Cursor()
	if cursor != nil {
		cursor.X += 2
		cursor.Y = at[len(at)-1] + 1
	}
	return lines, cursor
}

func (p *reviewPage) choiceLines(width int) []string {
	lines := make([]string, len(p.choices))
	for i, each := range p.choices {
		selected := p.cursor == len(p.preview.Groups)+i
		label := look.Cut(each.label, width-2)
		if selected {
			label = p.theme.Selected.Render(label)
		}
		lines[i] = p.theme.CursorCell(selected) + label
	}
	return lines
}

const columnGap = 2

// reviewTable are the widths of the table: the numbers stand right, the name takes what is left.
type reviewTable struct {
	name    int
	columns []int // which of the numbers have room, by their place in figures
}

// figureWidths are those of the columns that figures gives.
func figureWidths() [5]int { return [5]int{6, 7, 7, 6, 8} }

func figures(group reconcile.GroupChange) [5]int {
	return [5]int{group.Grant, group.Revoke, group.Keep, group.Held, group.Foreign}
}

// reviewColumns leaves out columns where the width does not do: first those in which nothing happens, from the last on.
func reviewColumns(groups []reconcile.GroupChange, width int) reviewTable {
	table := reviewTable{columns: []int{0, 1, 2, 3, 4}}
	const leastName, leastColumns = 10, 2
	room := func() int {
		left := width - 2
		for _, column := range table.columns {
			left -= figureWidths()[column] + columnGap
		}
		return left
	}
	total := figures(sums(groups))
	for len(table.columns) > leastColumns && room() < leastName {
		leave := len(table.columns) - 1
		for at := leave; at >= 0; at-- {
			if total[table.columns[at]] == 0 {
				leave = at
				break
			}
		}
		table.columns = slices.Delete(table.columns, leave, leave+1)
	}
	widest := len(totalName)
	for _, group := range groups {
		widest = max(widest, look.Width(look.Clean(group.Name)))
	}
	table.name = max(1, min(widest, room()))
	return table
}

func (t reviewTable) line(name string, cells [5]string) string {
	line := look.PadRight(name, t.name)
	for _, column := range t.columns {
		line += strings.Repeat(" ", columnGap) + look.PadLeft(cells[column], figureWidths()[column])
	}
	return line
}

func (t reviewTable) numbers(group reconcile.GroupChange) string {
	var cells [5]string
	for column, n := range figures(group) {
		cells[column] = words.Number(n)
	}
	return t.line(look.Clean(group.Name), cells)
}

func (p *reviewPage) groupLine(columns reviewTable, index int) string {
	group := p.preview.Groups[index]
	selected := index == p.cursor
	line := columns.numbers(group)
	if selected {
		line = p.theme.Selected.Render(line)
	}
	return p.theme.CursorCell(selected) + line
}
