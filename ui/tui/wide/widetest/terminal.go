// Package widetest is a terminal for tests, which gives letters their widths.
package widetest

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Terminal is a terminal as far as the renderer uses one. Half a wide letter that is written over takes the other half
// with it, as in a real one.
type Terminal struct {
	Rows    [][]string // the cells; the second of a wide letter is Half
	Unknown []string   // what it was sent and does not know, and letters past the margin

	clusters          bool
	width             int
	x, y, top, bottom int
}

// Half is the second cell of a wide letter.
const Half = "\x00"

// New makes a terminal that knows grapheme clusters, or one that gives every codepoint its own width.
func New(width, height int, clusters bool) *Terminal {
	t := &Terminal{clusters: clusters, width: width, bottom: height - 1}
	for range height {
		t.Rows = append(t.Rows, t.blankRow())
	}
	return t
}

func (t *Terminal) blankRow() []string {
	row := make([]string, t.width)
	for x := range row {
		row[x] = " "
	}
	return row
}

// Write takes what a program writes.
func (t *Terminal) Write(chunk []byte) (int, error) {
	text, parser := string(chunk), ansi.NewParser()
	for len(text) > 0 {
		sequence, width, size, _ := ansi.DecodeSequence(text, ansi.NormalState, parser)
		text = text[size:]
		switch {
		case ansi.HasCsiPrefix(sequence):
			t.control(sequence, parser)
		case width > 0 || sequence[0] >= 0xc0:
			t.print(sequence)
		default:
			t.simple(sequence)
		}
	}
	return len(chunk), nil
}

func (t *Terminal) print(cluster string) {
	if t.clusters {
		t.put(cluster, ansi.StringWidth(cluster))
		return
	}
	for _, letter := range cluster {
		t.put(string(letter), ansi.StringWidthWc(string(letter)))
	}
}

func (t *Terminal) put(letter string, width int) {
	row := t.Rows[t.y]
	if width == 0 {
		at := max(0, t.x-1)
		if at > 0 && row[at] == Half {
			at--
		}
		row[at] += letter
		return
	}
	if t.x+width > t.width {
		t.Unknown = append(t.Unknown, "past the margin: "+letter)
		return
	}
	for x := t.x; x < t.x+width; x++ {
		t.blank(x)
	}
	row[t.x] = letter
	for x := t.x + 1; x < t.x+width; x++ {
		row[x] = Half
	}
	t.x += width
}

// blank empties a cell, and the letter of which it is a part.
func (t *Terminal) blank(x int) {
	row := t.Rows[t.y]
	for from := x; from >= 0; from-- {
		if row[from] != Half {
			x = from
			break
		}
	}
	row[x] = " "
	for x++; x < len(row) && row[x] == Half; x++ {
		row[x] = " "
	}
}

func (t *Terminal) simple(sequence string) {
	switch sequence {
	case "\r":
		t.x = 0
	case "\n":
		t.y++
		if t.y > t.bottom {
			t.y = t.bottom
			t.scroll(t.top, 1)
		}
	case "\b":
		t.x--
	case "\t":
		t.x = min(t.x/8*8+8, t.width-1)
	case "\x1bM":
		t.y--
		if t.y < t.top {
			t.y = t.top
			t.scroll(t.top, -1)
		}
	default:
		t.Unknown = append(t.Unknown, sequence)
	}
}

// scroll moves the rows from one to the bottom up by so many.
func (t *Terminal) scroll(from, by int) {
	for ; by > 0; by-- {
		copy(t.Rows[from:t.bottom], t.Rows[from+1:t.bottom+1])
		t.Rows[t.bottom] = t.blankRow()
	}
	for ; by < 0; by++ {
		copy(t.Rows[from+1:t.bottom+1], t.Rows[from:t.bottom])
		t.Rows[from] = t.blankRow()
	}
}

func (t *Terminal) control(sequence string, parser *ansi.Parser) {
	first, _ := parser.Param(0, 1)
	first = max(first, 1)
	second, _ := parser.Param(1, 1)
	t.x = min(t.x, t.width-1)
	switch sequence[len(sequence)-1] {
	case 'm', 'h', 'l', 'u':
	case 'H':
		t.y, t.x = first-1, max(second, 1)-1
	case 'G':
		t.x = first - 1
	case 'd':
		t.y = first - 1
	case 'A':
		t.y -= first
	case 'B':
		t.y += first
	case 'C':
		t.x += first
	case 'D':
		t.x -= first
	case 'r':
		t.top, t.bottom, t.x, t.y = first-1, second-1, 0, 0
	case 'S':
		t.scroll(t.top, first)
	case 'T':
		t.scroll(t.top, -first)
	case 'L':
		t.scroll(t.y, -first)
	case 'M':
		t.scroll(t.y, first)
	default:
		t.edit(sequence, parser, first)
	}
	t.x, t.y = min(max(t.x, 0), t.width-1), min(max(t.y, 0), len(t.Rows)-1)
}

func (t *Terminal) edit(sequence string, parser *ansi.Parser, count int) {
	row := t.Rows[t.y]
	mode, _ := parser.Param(0, 0)
	switch sequence[len(sequence)-1] {
	case 'X':
		t.erase(t.x, t.x+count)
	case 'K':
		if mode == 1 {
			t.erase(0, t.x+1)
		} else {
			t.erase(t.x, t.width)
		}
	case 'J':
		if mode == 2 {
			for y := range t.Rows {
				t.Rows[y] = t.blankRow()
			}
			return
		}
		t.erase(t.x, t.width)
		for y := t.y + 1; y < len(t.Rows); y++ {
			t.Rows[y] = t.blankRow()
		}
	case '@':
		t.whole(t.x)
		t.Rows[t.y] = append(append(append([]string(nil), row[:t.x]...), t.blankRow()[:count]...), row[t.x:t.width-count]...)
	case 'P':
		t.whole(t.x)
		t.whole(t.x + count)
		t.Rows[t.y] = append(append(append([]string(nil), row[:t.x]...), row[t.x+count:]...), t.blankRow()[:count]...)
	default:
		t.Unknown = append(t.Unknown, sequence)
	}
}

func (t *Terminal) erase(from, to int) {
	for x := from; x < min(to, t.width); x++ {
		t.blank(x)
	}
}

// whole blanks the letter that begins before x and reaches over it.
func (t *Terminal) whole(x int) {
	if x < t.width && t.Rows[t.y][x] == Half {
		t.blank(x)
	}
}

// Screen is what is to be seen; a wide letter's second cell shows as nothing.
func (t *Terminal) Screen() string {
	lines := make([]string, len(t.Rows))
	for y, row := range t.Rows {
		lines[y] = strings.TrimRight(strings.Join(row, ""), " ")
	}
	return strings.Join(lines, "\n")
}
