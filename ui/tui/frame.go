package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"

	"kisiflow/ui/tui/look"
)

// helpHeight is the last line, which is the root's.
const helpHeight = 1

func (r *root) small() bool { return r.width < look.SmallestWidth || r.height < look.SmallestHeight }

func (r *root) content() string {
	switch {
	case r.width == 0:
		return ""
	case r.small():
		need := fmt.Sprintf("terminal too small (need %d×%d, have %d×%d)", look.SmallestWidth, look.SmallestHeight, r.width, r.height)
		return strings.Join(look.Wrap(need, r.width), "\n")
	}
	width := r.width - 2*look.Margin
	body := r.screen().View()
	if r.help {
		body = r.helpPage()
	}
	return body + "\n" + strings.Repeat(" ", look.Margin) + r.lastLine(width)
}

func (r *root) lastLine(width int) string {
	if r.asking {
		for _, question := range []string{
			"A sync is running. ctrl+c again leaves; it finishes the call in hand and goes on next time.",
			"A sync is running. ctrl+c again leaves; it goes on next time.",
			"A sync is running. ctrl+c again leaves.",
		} {
			if look.Width(question) <= width {
				return r.theme.Warning.Render(question)
			}
		}
		return r.theme.Warning.Render("A sync runs. ctrl+c again leaves.")
	}
	short, _ := r.bindings()
	return r.theme.HelpLine(short, width)
}

// bindings are the screen's, with the root's own behind them.
func (r *root) bindings() (short []key.Binding, full [][]key.Binding) {
	short, full = r.screen().Bindings()
	own := []key.Binding{r.keys.Leave}
	if r.screen().Typing() {
		short = append(short[:len(short):len(short)], r.keys.Leave)
	} else {
		short = append(short[:len(short):len(short)], r.keys.Quit, r.keys.Help)
		own = []key.Binding{r.keys.Help, r.keys.Quit, r.keys.Leave}
	}
	return short, append(full[:len(full):len(full)], own)
}
