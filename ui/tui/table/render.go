package table

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Ink is a style reduced to what is written before and after a text. It is made once for a theme, so that
// rendering a row builds no style.
type Ink struct{ before, after string }

// InkOf reduces a style. Only colours and attributes survive, no padding or border.
func InkOf(style lipgloss.Style) Ink {
	const probe = "x"
	before, after, found := strings.Cut(style.Inline(true).Render(probe), probe)
	if !found {
		return Ink{}
	}
	return Ink{before, after}
}

// Write puts text in the ink.
func (i Ink) Write(text string) string { return i.before + text + i.after }

func (i Ink) writeTo(out *strings.Builder, text string) {
	out.WriteString(i.before)
	out.WriteString(text)
	out.WriteString(i.after)
}

// View gives exactly the table's height in lines, header first.
func (t *Table[ID, Row]) View() string {
	if t.height == 0 {
		return ""
	}
	var out strings.Builder
	out.Grow(t.height * (t.width + 64))
	t.header(&out)
	for line := range t.body() {
		out.WriteByte('\n')
		if index := t.offset + line; index < len(t.rows) {
			t.row(&out, t.rows[index], index == t.selected)
		}
	}
	return out.String()
}

func (t *Table[ID, Row]) header(out *strings.Builder) {
	out.WriteString(strings.Repeat(" ", min(gutter, t.width)))
	for index, place := range t.shown {
		column := t.columns[place.column]
		title := column.Title
		if place.column == t.sorted {
			title = t.marked(title, place.width)
		}
		last := index == len(t.shown)-1
		t.inks.Header.writeTo(out, fit(title, place.width, column.Right, last))
		if !last {
			out.WriteString("  ")
		}
	}
}

// marked adds which way the rows are sorted; the mark is never what gets cut.
func (t *Table[ID, Row]) marked(title string, width int) string {
	mark := "↑"
	if t.downward {
		mark = "↓"
	}
	if measure(title)+2 <= width {
		return title + " " + mark
	}
	return ansi.Truncate(title, width-1, "…") + mark
}

func (t *Table[ID, Row]) row(out *strings.Builder, row Row, selected bool) {
	if selected {
		t.inks.Marker.writeTo(out, " ▸ ")
	} else {
		out.WriteString("   ")
	}
	for index, place := range t.shown {
		column := &t.columns[place.column]
		ink := t.inks.Text
		switch {
		case column.Ink != nil:
			ink = column.Ink(row)
		case selected && index == 0:
			ink = t.inks.Selected
		}
		last := index == len(t.shown)-1
		cell := fit(column.Cell(row), place.width, column.Right, last)
		text := strings.TrimRight(cell, " ") // blanks stay plain: to the renderer coloured ones are another thing to write
		if text != "" {
			ink.writeTo(out, text)
		}
		out.WriteString(cell[len(text):])
		if !last {
			out.WriteString("  ")
		}
	}
}

// fit cuts or pads a text to a width. The last cell of a line is not padded: blanks at the end are bytes for nothing.
func fit(text string, width int, right, last bool) string {
	cells := measure(text)
	if cells > width {
		text = ansi.Truncate(text, width, "…")
		cells = ansi.StringWidth(text)
	}
	blank := width - cells
	switch {
	case blank <= 0:
		return text
	case right:
		return spaces(blank) + text
	case last:
		return text
	default:
		return text + spaces(blank)
	}
}

// measure is ansi.StringWidth with a short way for plain text, which most cells are.
func measure(text string) int {
	for index := range len(text) {
		if text[index] < ' ' || text[index] > '~' {
			return ansi.StringWidth(text)
		}
	}
	return len(text)
}

const blanks = "                                                                "

func spaces(count int) string {
	if count <= len(blanks) {
		return blanks[:count]
	}
	return strings.Repeat(" ", count)
}
