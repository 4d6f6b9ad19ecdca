package live

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"kisiflow/ui/tui/look"
)

// clean makes a text from outside safe for the terminal, and of the same width on every terminal: where those that know
// grapheme clusters and those that count characters disagree (a family of joined emoji takes 2 cells or 8), only the
// first character of the cluster stays. Otherwise such a name would push its row out of its columns.
func clean(text string) string {
	text = look.Clean(text)
	if ansi.StringWidth(text) == ansi.StringWidthWc(text) {
		return text
	}
	var steady strings.Builder
	for text != "" {
		cluster, width := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		if cluster == "" {
			break
		}
		text = text[len(cluster):]
		if width != ansi.StringWidthWc(cluster) {
			_, size := utf8.DecodeRuneInString(cluster)
			cluster = cluster[:size]
		}
		steady.WriteString(cluster)
	}
	return steady.String()
}
