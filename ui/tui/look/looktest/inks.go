// Package looktest holds screens to golden files in few bytes: the words once, and once which of them have which ink.
package looktest

import (
	"fmt"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"kisiflow/ui/tui/look"
)

// Inks tells where a screen is not plain, one line of it a line: "4: 1-9 bold · 12-30 waiting". A colour is told by its name
// in the theme, so that dark and light can be held to the same file; one that the theme does not have is told as it is,
// which no file says. Columns count from 1, and the last is included.
func Inks(view string, theme *look.Theme) string {
	names := colours(theme)
	return told(view, func(colour string) string {
		if name, known := names[colour]; known {
			return name
		}
		return "unknown " + colour
	})
}

// Attributes tells only what is seen without colour: bold and underlined.
func Attributes(view string) string { return told(view, func(string) string { return "" }) }

func told(view string, name func(colour string) string) string {
	var told strings.Builder
	for row, line := range strings.Split(view, "\n") {
		if runs := inksOfLine(line, name); len(runs) > 0 {
			fmt.Fprintf(&told, "%d: %s\n", row+1, strings.Join(runs, " · "))
		}
	}
	return told.String()
}

// colours are the theme's foregrounds as the escape sequence says them, by name.
func colours(theme *look.Theme) map[string]string {
	names := map[string]string{}
	for name, style := range map[string]lipgloss.Style{
		"faint": theme.Faint, "accent": theme.Accent, "good": theme.Good, "waiting": theme.Waiting, "held": theme.Held, "problem": theme.Problem,
	} {
		if _, none := style.GetForeground().(lipgloss.NoColor); !none {
			r, g, b, _ := style.GetForeground().RGBA()
			names[fmt.Sprintf("38;2;%d;%d;%d", r>>8, g>>8, b>>8)] = name
		}
	}
	return names
}

// ink is what is in force at a place of the line.
type ink struct {
	bold, underlined bool
	colour           string
}

func (i ink) told() string {
	var words []string
	if i.bold {
		words = append(words, "bold")
	}
	if i.underlined {
		words = append(words, "underlined")
	}
	if i.colour != "" {
		words = append(words, i.colour)
	}
	return strings.Join(words, " ")
}

// inksOfLine reads one line. Blanks without an underline look the same in every ink, so they end no run and begin none.
func inksOfLine(line string, name func(string) string) (runs []string) {
	var now, running ink
	first, last, column := 0, 0, 0
	end := func() {
		if running != (ink{}) && last > 0 {
			runs = append(runs, fmt.Sprintf("%d-%d %s", first, last, running.told()))
		}
		running, last = ink{}, 0
	}
	for line != "" {
		sequence, width, length, _ := ansi.DecodeSequence(line, ansi.NormalState, nil)
		line = line[length:]
		switch {
		case strings.HasPrefix(sequence, "\x1b["):
			now = changed(now, sequence, name)
			continue
		case width == 0:
			continue
		case sequence == " " && !now.underlined:
			column += width
			continue
		}
		if now != running {
			end()
			running, first = now, column+1
		}
		column += width
		last = column
	}
	end()
	return runs
}

// changed is the ink after a sequence. What is no colour of the theme and no known attribute stays as it is written.
func changed(now ink, sequence string, name func(string) string) ink {
	body, isStyle := strings.CutSuffix(strings.TrimPrefix(sequence, "\x1b["), "m")
	if !isStyle {
		return ink{colour: "sequence " + strconv.Quote(sequence)}
	}
	if body == "" || body == "0" {
		return ink{}
	}
	parts := strings.Split(body, ";")
	for index := 0; index < len(parts); index++ {
		switch part := parts[index]; part {
		case "1":
			now.bold = true
		case "4":
			now.underlined = true
		case "38":
			colour := strings.Join(parts[index:min(index+5, len(parts))], ";")
			index += 4
			now.colour = name(colour)
		default:
			now.colour = "unknown " + strings.Join(parts[index:], ";")
			return now
		}
	}
	return now
}
