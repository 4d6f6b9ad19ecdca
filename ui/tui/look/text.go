package look

import (
	"strings"
	"unicode"

	"kisiflow/ui/words"
)

// Measure is the widest that a paragraph is set: longer lines are hard to read.
const Measure = 76

// Clean is words.Clean, and takes away marks at the beginning that would join what stands before the text on the line.
func Clean(text string) string { return strings.TrimLeftFunc(words.Clean(text), unicode.IsMark) }

// Width is the number of cells that text takes.
func Width(text string) int { return words.Width(text) }

// Cut shortens text of our own, styled or not, to width cells.
func Cut(text string, width int) string { return words.Fit(text, width) }

// Fit cleans text from outside and shortens it to width cells.
func Fit(text string, width int) string { return words.Fit(Clean(text), width) }

// PadRight is text cut or filled with blanks behind to exactly width cells.
func PadRight(text string, width int) string {
	text = Cut(text, width)
	return text + strings.Repeat(" ", max(0, width-words.Width(text)))
}

// PadLeft is text cut or filled with blanks in front to exactly width cells: numbers stand right.
func PadLeft(text string, width int) string {
	text = Cut(text, width)
	return strings.Repeat(" ", max(0, width-words.Width(text))) + text
}

// Wrap breaks a paragraph into lines of at most width cells, at blanks where it can.
func Wrap(text string, width int) []string {
	if text == "" {
		return nil
	}
	return words.Wrap(text, max(1, width))
}

// Paragraph is Wrap at the width of the screen or at Measure, whichever is less.
func Paragraph(text string, width int) []string { return Wrap(text, min(width, Measure)) }

// Indent puts blanks before every line.
func Indent(lines []string, by int) []string {
	blanks := strings.Repeat(" ", by)
	indented := make([]string, len(lines))
	for i, line := range lines {
		indented[i] = blanks + line
	}
	return indented
}

// Sides sets left and right at the two ends of a line of width cells; the left side gives way.
func Sides(left, right string, width int) string {
	if right == "" {
		return Cut(left, width)
	}
	right = Cut(right, width)
	room := width - words.Width(right) - 1
	if room <= 0 {
		return right
	}
	return PadRight(left, room) + " " + right
}

// Fill is lines made into a region of exactly width by height: cut where there is more, blank lines where there is less.
func Fill(lines []string, width, height int) string {
	filled := make([]string, 0, max(0, height))
	for i := range height {
		if i < len(lines) {
			filled = append(filled, Cut(lines[i], width))
			continue
		}
		filled = append(filled, "")
	}
	return strings.Join(filled, "\n")
}

// Window tells which of count rows a region of size rows shows so that the row at the cursor is in it, beginning from
// where the region stood before.
func Window(first, cursor, count, size int) int {
	if size <= 0 {
		return cursor
	}
	if cursor < first {
		first = cursor
	}
	if cursor >= first+size {
		first = cursor - size + 1
	}
	return max(0, min(first, count-size))
}
