package look

import (
	"strings"

	"charm.land/bubbles/v2/key"
)

// The smallest terminal in which the program can be used.
const (
	SmallestWidth  = 40
	SmallestHeight = 10
)

// Margin is the blank column left and right of everything.
const Margin = 1

// RuleLine is a line across the screen that separates.
func (t *Theme) RuleLine(width int) string {
	return t.Rule.Render(strings.Repeat("─", max(0, width)))
}

// HelpLine is the short help of the last line, "↑↓ move · enter open · ? help". Where the width does not do, entries
// are left out before the last one, so that the way to the full help stays.
func (t *Theme) HelpLine(bindings []key.Binding, width int) string {
	entries := make([]string, 0, len(bindings))
	for _, binding := range bindings {
		if binding.Enabled() {
			help := binding.Help()
			entries = append(entries, t.Key.Render(help.Key)+" "+t.Hint.Render(help.Desc))
		}
	}
	separator := t.Hint.Render(" · ")
	for len(entries) > 2 && Width(strings.Join(entries, separator)) > width {
		entries = append(entries[:len(entries)-2], entries[len(entries)-1])
	}
	return Cut(strings.Join(entries, separator), width)
}

// HelpPage is the full help from the same bindings: groups side by side where there is room, else below one another.
// first is the line at the top where not all have room; HelpLast is the greatest that it can be.
func (t *Theme) HelpPage(groups [][]key.Binding, width, height, first int) string {
	lines := t.helpLines(groups, width)
	closes := t.Hint.Render("any key closes this")
	if len(lines) > height {
		first = max(0, min(first, lastFirst(lines, height)))
		lines = lines[first:min(len(lines), first+height-1)]
		return Fill(append(lines[:len(lines):len(lines)], t.Hint.Render("↑↓ to read all, any other key closes")), width, height)
	}
	if len(lines) < height-1 {
		lines = append(lines, "", closes)
	}
	return Fill(lines, width, height)
}

// HelpLast is the greatest first line of a HelpPage; 0 where all has room.
func (t *Theme) HelpLast(groups [][]key.Binding, width, height int) int {
	return lastFirst(t.helpLines(groups, width), height)
}

// lastFirst: one line is taken by the word on how to go on.
func lastFirst(lines []string, height int) int {
	if len(lines) <= height {
		return 0
	}
	return len(lines) - height + 1
}

func (t *Theme) helpLines(groups [][]key.Binding, width int) []string {
	columns := make([][]string, 0, len(groups))
	for _, group := range groups {
		if lines := t.helpGroup(group); len(lines) > 0 {
			columns = append(columns, lines)
		}
	}
	return append([]string{t.Title.Render("Keys"), ""}, beside(columns, width)...)
}

func (t *Theme) helpGroup(group []key.Binding) []string {
	widest := 0
	for _, binding := range group {
		widest = max(widest, Width(binding.Help().Key))
	}
	lines := make([]string, 0, len(group))
	for _, binding := range group {
		if binding.Enabled() {
			help := binding.Help()
			lines = append(lines, t.Key.Render(PadRight(help.Key, widest))+"  "+t.Hint.Render(help.Desc))
		}
	}
	return lines
}

const columnGap = 4

// beside sets as many columns side by side as the width takes, and the others below.
func beside(columns [][]string, width int) []string {
	var lines []string
	for len(columns) > 0 {
		count, total := 0, -columnGap
		for _, column := range columns {
			if total += columnGap + widest(column); total > width && count > 0 {
				break
			}
			count++
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, band(columns[:count])...)
		columns = columns[count:]
	}
	return lines
}

func widest(lines []string) int {
	width := 0
	for _, line := range lines {
		width = max(width, Width(line))
	}
	return width
}

// band is columns side by side.
func band(columns [][]string) []string {
	tallest := 0
	for _, column := range columns {
		tallest = max(tallest, len(column))
	}
	lines := make([]string, tallest)
	for row := range lines {
		var line strings.Builder
		for _, column := range columns {
			cell := ""
			if row < len(column) {
				cell = column[row]
			}
			line.WriteString(PadRight(cell, widest(column)+columnGap))
		}
		lines[row] = strings.TrimRight(line.String(), " ")
	}
	return lines
}

// Bar is a still progress bar of width cells: done of total.
func (t *Theme) Bar(done, total, width int) string {
	if total <= 0 || width <= 0 {
		return ""
	}
	full := min(width, max(0, width*done/total))
	return t.Good.Render(strings.Repeat("━", full)) + t.Rule.Render(strings.Repeat("─", width-full))
}
