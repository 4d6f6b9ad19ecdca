// Package words turns what both fronts show into words: text from outside made safe for a terminal, counts, days,
// instants and durations as a gym's manager would say them, and text that fits a column.
package words

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes a text from outside safe and printable on one line: escape sequences, control characters and the marks
// that turn the direction of text are gone, line breaks and tabs became blanks, and runs of blanks are one. A mark at the
// beginning would join what stands before the text, so it goes too.
func Clean(text string) string {
	if plain(text) {
		return text
	}
	kept := printable(ansi.Strip(text))
	if kept == "" {
		// A sequence that never ends swallows all that follows it; a name must not hide itself that way.
		kept = printable(text)
	}
	return kept
}

// plain is the usual case: nothing to do.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return !strings.Contains(text, "  ") && strings.TrimSpace(text) == text
}

func printable(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.TrimLeftFunc(strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case r == '\u2028', r == '\u2029', unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), turnsDirection(r), r == '\ufeff':
			return -1
		}
		return r
	}, text)), " "), func(r rune) bool { return unicode.IsMark(r) || r == ' ' })
}

func turnsDirection(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// Width is how many cells a text takes on the terminal.
func Width(text string) int { return ansi.StringWidth(text) }

// Fit cuts a text to so many cells, ending in … where something was cut. Tabs count as one blank.
func Fit(text string, width int) string {
	if width <= 0 {
		return ""
	}
	text = strings.ReplaceAll(text, "\t", " ")
	return ansi.Truncate(text, width, "…")
}

// Pad fits a text and fills it up to exactly so many cells.
func Pad(text string, width int) string {
	text = Fit(text, width)
	return text + strings.Repeat(" ", max(0, width-Width(text)))
}

// PadLeft is Pad with the text at the right, for numbers.
func PadLeft(text string, width int) string {
	text = Fit(text, width)
	return strings.Repeat(" ", max(0, width-Width(text))) + text
}

// Wrap breaks a text into lines of at most so many cells, at blanks where there are any: a date, a flag or an address that breaks at
// a hyphen reads wrong, and can't be copied.
func Wrap(text string, width int) []string {
	if width <= 0 {
		return nil
	}
	const unbroken = "\u2011" // ansi.Wrap breaks at every other hyphen
	text = strings.NewReplacer("\t", " ", "-", unbroken).Replace(text)
	return strings.Split(strings.ReplaceAll(ansi.Wrap(text, width, ""), unbroken, "-"), "\n")
}

// Number is a number with its thousands apart: 12,345.
func Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// Count is a number with its noun: 1 member, 12 members, 2 people (of "person"), no plural tables needed elsewhere.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + plural(noun)
}

func plural(noun string) string {
	switch {
	case strings.HasSuffix(noun, "person"):
		return strings.TrimSuffix(noun, "person") + "people"
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ch"):
		return noun + "es"
	case strings.HasSuffix(noun, "y") && len(noun) > 1 && !strings.ContainsRune("aeiou", rune(noun[len(noun)-2])):
		return strings.TrimSuffix(noun, "y") + "ies"
	}
	return noun + "s"
}

// List joins a few things as one says them: "a", "a and b", "a, b and c".
func List(things []string) string {
	if len(things) < 2 {
		return strings.Join(things, "")
	}
	last := len(things) - 1
	return strings.Join(things[:last], ", ") + " and " + things[last]
}
