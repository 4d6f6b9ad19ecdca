// Package wide keeps wide text cheap on the wire and columns straight behind it.
//
// The renderer of Bubble Tea 2.1.1 (ultraviolet, lineHasDrift) writes every line that holds a wide cell anew in every
// frame, also where nothing changed, because it cannot know how many columns a terminal gives such text. A page of
// Chinese names cost 2.6 kB for each press of a key. So the renderer never meets wide text: Mark puts blanks in its
// place, each carrying which piece of which text it stands for, and Writer writes the text where the renderer writes
// the blanks, sets the cursor by column behind it, and so needs no agreement with the terminal about its width.
package wide

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// An application program command is what the renderer carries through in a cell (ultraviolet, passThrough).
const (
	opening = "\x1b_kisiflow:"
	closing = "\x1b\\"
)

// span is wide text on the screen.
type span struct {
	text   string
	column int  // of its first cell, from 0
	cells  int  // it stands for so many
	loose  bool // a terminal may draw it in fewer cells, or give it fewer now than before: what was there is erased first
}

// cell is what stands for one cell of a span. No two spans that differ have a cell in common, so that the renderer
// replaces a span as a whole. The text is encoded because some letters hold the byte that ends a command.
func (s span) cell(index int) string {
	loose := 0
	if s.loose {
		loose = 1
	}
	text := base64.RawStdEncoding.EncodeToString([]byte(s.text))
	return fmt.Sprintf("%s%d;%d;%d;%d;%s%s ", opening, s.column, index, s.cells, loose, text, closing)
}

// Mark replaces the wide text in a screen of the given width.
func Mark(screen string, width int) string {
	if !strings.ContainsFunc(screen, suspicious) && !strings.Contains(screen, opening) {
		return screen
	}
	lines := strings.Split(screen, "\n")
	for index, line := range lines {
		if strings.ContainsFunc(line, suspicious) || strings.Contains(line, opening) {
			lines[index] = markLine(line, width)
		}
	}
	return strings.Join(lines, "\n")
}

// suspicious is false for what surely takes one cell everywhere, so that most lines are not taken apart.
func suspicious(letter rune) bool {
	switch {
	case letter < 0x300, 0x2010 <= letter && letter < 0x2028, 0x2190 <= letter && letter < 0x2200,
		0x2500 <= letter && letter < 0x25FD:
		return false
	}
	return true
}

// line is a line while it is being marked.
type line struct {
	out    strings.Builder
	column int
	width  int
	taken  int // blanks that the span before has taken for itself
}

func markLine(text string, width int) string {
	marked := &line{width: width}
	for len(text) > 0 {
		end := strings.IndexFunc(text, func(letter rune) bool { return letter < ' ' || letter == 0x7f })
		switch {
		case end < 0:
			marked.plain(text, "")
			text = ""
		case end > 0:
			marked.plain(text[:end], text[end:])
			text = text[end:]
		default:
			sequence, _, size, _ := ansi.DecodeSequence(text, ansi.NormalState, nil)
			if !ansi.HasApcPrefix(sequence) { // nobody but Mark says what Writer shall write
				marked.out.WriteString(sequence)
			}
			text = text[size:]
		}
	}
	return marked.out.String()
}

// plain marks text without control sequences; rest is what follows it on the line.
func (l *line) plain(text, rest string) {
	for l.taken > 0 && strings.HasPrefix(text, " ") {
		text = text[1:]
		l.taken--
	}
	begin := firstLoose(text)
	l.out.WriteString(text[:begin])
	l.column += ansi.StringWidth(text[:begin])
	if begin == len(text) {
		return
	}
	text = text[begin:]
	// A terminal lays out all of it up to where there is room for a difference: to a gap between columns.
	end := len(text)
	if gap := strings.Index(text, "  "); gap >= 0 {
		end = gap
	}
	end = len(strings.TrimRight(text[:end], " "))
	l.span(text[:end], text[end:]+rest)
	l.plain(text[end:], rest)
}

// firstLoose is where the first cluster begins that is not one cell wide by every measure; the end where there is none.
func firstLoose(text string) int {
	for at := 0; at < len(text); {
		cluster, width := ansi.FirstGraphemeCluster(text[at:], ansi.GraphemeWidth)
		if len(cluster) > 1 && (width != 1 || ansi.StringWidthWc(cluster) != 1) {
			return at
		}
		at += len(cluster)
	}
	return len(text)
}

func (l *line) span(text, rest string) {
	text = ansi.Truncate(text, max(0, l.width-l.column), "")
	cells, codepoints := ansi.StringWidth(text), ansi.StringWidthWc(text)
	if cells == 0 {
		return
	}
	marked := span{text: text, column: l.column, cells: cells, loose: cells != codepoints}
	// A terminal that knows nothing of clusters shows a family of four as four people: twice, or four times, as wide.
	if more := codepoints - cells; more > 0 {
		if more <= l.room(rest, cells) {
			marked.cells += more
			l.taken = more
		} else {
			marked.text = narrowed(text)
		}
	}
	for index := range marked.cells {
		l.out.WriteString(marked.cell(index))
	}
	l.column += marked.cells
}

// room is how many of the blanks behind a text of so many cells may become part of it.
func (l *line) room(rest string, cells int) int {
	blanks := 0
	for len(rest) > 0 {
		if rest[0] == ' ' {
			blanks++
			rest = rest[1:]
			continue
		}
		sequence, width, size, _ := ansi.DecodeSequence(rest, ansi.NormalState, nil)
		if width > 0 || !ansi.HasCsiPrefix(sequence) {
			return blanks - 1
		}
		rest = rest[size:]
	}
	return l.width - l.column - cells
}

// narrowed leaves of every cluster that some terminals draw wider only what all draw alike: of a family, its first member.
func narrowed(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		cluster, width := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		text = text[len(cluster):]
		if ansi.StringWidthWc(cluster) > width {
			for end := range cluster {
				if end > 0 {
					cluster = cluster[:end]
					break
				}
			}
		}
		out.WriteString(cluster)
	}
	return out.String()
}
