package wizard

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
)

// item is one row to choose from.
type item struct {
	id      string
	mark    string // a short word or sign before the label
	label   string
	detail  string
	warning string
	note    string // said below the list while the row is selected
}

func (i item) matches(sought string) bool {
	return strings.Contains(strings.ToLower(i.label+" "+i.detail), sought)
}

// picker is a list to choose one row from, with a filter. Only the rows in sight are drawn.
type picker struct {
	*shared
	items     []item
	shown     []int // of items, those that the filter lets through
	cursor    int   // in shown
	first     int   // the row at the top
	find      finder
	explained bool // few choices that are explained in sentences: details stand below their labels where there is room
	warned    bool // some row has a warning: all rows leave room for its mark
}

// filterFrom is the number of rows from which a list shows how to search it.
const filterFrom = 9

func newPicker(shared *shared, items []item, chosen string) *picker {
	p := &picker{shared: shared, find: newFinder(shared)}
	for i, each := range items {
		each.label, each.detail, each.warning = look.Clean(each.label), look.Clean(each.detail), look.Clean(each.warning)
		p.items = append(p.items, each)
		p.warned = p.warned || each.warning != ""
		p.shown = append(p.shown, i)
		if each.id == chosen {
			p.cursor = i
		}
	}
	return p
}

// selected is the row under the cursor.
func (p *picker) selected() (item, bool) {
	if p.cursor >= len(p.shown) {
		return item{}, false
	}
	return p.items[p.shown[p.cursor]], true
}

// handle takes keys that move or filter; false when the key means something else, as enter does also while filtering.
func (p *picker) handle(message tea.Msg) bool {
	if p.find.ends(message) {
		return false
	}
	if p.find.begins(message) {
		return true
	}
	if p.find.types(message) {
		p.refilter()
		return true
	}
	pressed, isKey := message.(tea.KeyPressMsg)
	return isKey && (p.move(pressed) || p.find.active)
}

func (p *picker) move(pressed tea.KeyPressMsg) bool {
	const page = 10
	switch {
	case key.Matches(pressed, p.keys.Up):
		p.to(p.cursor - 1)
	case key.Matches(pressed, p.keys.Down):
		p.to(p.cursor + 1)
	case key.Matches(pressed, p.keys.PageUp):
		p.to(p.cursor - page)
	case key.Matches(pressed, p.keys.PageDown):
		p.to(p.cursor + page)
	case key.Matches(pressed, p.keys.First):
		p.to(0)
	case key.Matches(pressed, p.keys.Last):
		p.to(len(p.shown) - 1)
	default:
		return false
	}
	return true
}

func (p *picker) to(row int) { p.cursor = max(0, min(row, len(p.shown)-1)) }

// escape clears the filter.
func (p *picker) escape() bool {
	if !p.find.clear() {
		return false
	}
	p.refilter()
	return true
}

// refilter keeps the cursor on its row where that is still shown.
func (p *picker) refilter() {
	before, had := p.selected()
	sought := p.find.sought()
	p.shown = p.shown[:0]
	cursor := 0
	for i, each := range p.items {
		if !each.matches(sought) {
			continue
		}
		if had && each.id == before.id {
			cursor = len(p.shown)
		}
		p.shown = append(p.shown, i)
	}
	p.to(cursor)
}

// draw gives at most height lines.
func (p *picker) draw(width, height int) ([]string, *tea.Cursor) {
	var lines []string
	var cursor *tea.Cursor
	if bar := p.find.line(len(p.shown), len(p.items), width); bar != "" && height > 2 {
		lines = append(lines, bar)
		cursor = p.find.cursor()
	}
	if len(p.shown) == 0 {
		if len(p.items) == 0 {
			return nil, nil
		}
		return append(lines, p.theme.Faint.Render("Nothing matches. esc shows all again.")), cursor
	}
	if tall, at := p.tall(width); tall != nil && len(lines)+len(tall) <= height {
		return append(lines, tall...), rowCursor(len(lines) + at)
	}
	labels := p.labelWidth(width)
	warning := p.below(labels, width)
	if len(lines)+len(warning)+min(len(p.shown), leastRows-2) > height {
		warning = nil
	}
	size := max(1, height-len(lines)-len(warning))
	p.first = look.Window(p.first, p.cursor, len(p.shown), size)
	last := min(p.first+size, len(p.shown)) - 1
	for row := p.first; row <= last; row++ {
		if row == p.cursor && cursor == nil {
			cursor = rowCursor(len(lines))
		}
		line := p.row(row, labels, width)
		if more := moreRows(row, p.first, last, len(p.shown)); more != "" {
			line = look.Sides(line, p.theme.Faint.Render(more), width)
		}
		lines = append(lines, line)
	}
	return append(lines, warning...), cursor
}

// moreRows is the sign at the end of the first or the last row in sight that there are more beyond it.
func moreRows(row, first, last, all int) string {
	switch {
	case row == last && last < all-1:
		return "↓"
	case row == first && first > 0:
		return "↑"
	}
	return ""
}

// rowCursor is the hardware cursor at the beginning of a row: screen readers follow it.
func rowCursor(row int) *tea.Cursor {
	cursor := tea.NewCursor(0, row)
	cursor.Shape = tea.CursorUnderline
	return cursor
}

func (p *picker) labelWidth(width int) int {
	widest := 0
	for _, i := range p.shown {
		widest = max(widest, look.Width(p.items[i].mark+p.items[i].label))
	}
	room := width - 2
	room -= p.markRoom()
	if width >= narrow { // on a narrow screen the label goes before the detail
		room = max(room*6/10, 12)
	}
	return max(1, min(widest, room))
}

// markRoom is what the mark of a warning takes beside the labels.
func (p *picker) markRoom() int {
	if p.warned {
		return len(" !")
	}
	return 0
}

// narrow is the width below which details give way to labels.
const narrow = 60

func (p *picker) row(row, labels, width int) string {
	each := p.items[p.shown[row]]
	selected := row == p.cursor
	label := look.PadRight(each.mark+each.label, labels)
	if selected {
		label = p.theme.Selected.Render(label)
	}
	line := p.theme.CursorCell(selected) + label
	switch {
	case each.warning != "":
		line += p.theme.Warning.Render(" !")
	case p.warned:
		line += "  "
	}
	const least = 6
	if room := width - look.Width(line) - 2; each.detail != "" && room >= least {
		line += "  " + p.theme.Faint.Render(look.Cut(each.detail, room))
	}
	return look.Cut(line, width)
}

// below is what there is to say of the selected row: what of it was cut off on its line, and its warning in full.
func (p *picker) below(labels, width int) []string {
	each, ok := p.selected()
	if !ok {
		return nil
	}
	var lines []string
	if whole := each.mark + each.label + "  " + each.detail; look.Width(each.mark+each.label) > labels || look.Width(each.detail) > width-labels-4-p.markRoom() {
		lines = append([]string{""}, styled(p.theme.Faint.Render, look.Paragraph(whole, width))...)
	}
	if each.warning != "" {
		lines = append(append(lines, ""), p.warning(each.warning, width)...)
	}
	if each.note != "" {
		lines = append(append(lines, ""), look.Paragraph(look.Clean(each.note), width)...)
	}
	return lines
}

// mostExplained is the number of rows up to which details may stand below their labels.
const mostExplained = 4

// tall sets each detail and warning below its label: for a few choices that are explained in sentences. at is the
// selected row's line; there are no lines when there are too many choices.
func (p *picker) tall(width int) (lines []string, at int) {
	if !p.explained || len(p.items) > mostExplained || len(p.shown) != len(p.items) || p.find.active {
		return nil, 0
	}
	for row, each := range p.items {
		label := each.mark + each.label
		if row == p.cursor {
			label, at = p.theme.Selected.Render(label), len(lines)
		}
		lines = append(lines, p.theme.CursorCell(row == p.cursor)+look.Cut(label, width-2))
		lines = append(lines, look.Indent(styled(p.theme.Faint.Render, look.Paragraph(each.detail, width-2)), 2)...)
		if each.warning != "" {
			lines = append(lines, look.Indent(p.warning(each.warning, width-2), 2)...)
		}
		if row < len(p.items)-1 && (each.detail != "" || each.warning != "") {
			lines = append(lines, "")
		}
	}
	return lines, at
}
