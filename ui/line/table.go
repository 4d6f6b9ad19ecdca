package line

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"kisiflow/ui/words"
)

// widest bounds a column, so that one long name does not push all the others away.
const widest = 40

// table prints rows in aligned columns. text/tabwriter counts characters; here cells are counted, so that wide names
// don't break the columns.
type table struct {
	heads []string
	right []bool // the column's numbers stand at the right
	rows  [][]string
}

func newTable(heads ...string) *table {
	t := &table{right: make([]bool, len(heads))}
	for i, head := range heads {
		name, isNumber := strings.CutPrefix(head, ">")
		t.heads, t.right[i] = append(t.heads, name), isNumber
	}
	return t
}

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = words.Fit(words.Clean(cells[i]), widest)
	}
	t.rows = append(t.rows, cells)
}

func (t *table) print(w io.Writer) {
	widths := make([]int, len(t.heads))
	for _, row := range append([][]string{t.heads}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], words.Width(cell))
		}
	}
	for _, row := range append([][]string{t.heads}, t.rows...) {
		var text strings.Builder
		for i, cell := range row {
			if i > 0 {
				text.WriteString("  ")
			}
			if t.right[i] {
				text.WriteString(words.PadLeft(cell, widths[i]))
			} else {
				text.WriteString(words.Pad(cell, widths[i]))
			}
		}
		put(w, strings.TrimRight(text.String(), " "))
	}
}

// put writes one line. That a reader has gone away is noticed where the process ends.
func put(w io.Writer, text string) { _, _ = fmt.Fprintln(w, text) }

func putf(w io.Writer, format string, arguments ...any) { put(w, fmt.Sprintf(format, arguments...)) }

func sentenceCase(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

func matches(text, filter string) bool {
	return filter == "" || strings.Contains(strings.ToLower(text), strings.ToLower(filter))
}
