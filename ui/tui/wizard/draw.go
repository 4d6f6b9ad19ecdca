package wizard

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// View is the frame of all steps with the question in it.
func (w *Wizard) View() string {
	lines, _ := w.draw()
	return look.Fill(lines, w.width, w.height)
}

// Cursor is where the hardware cursor stands.
func (w *Wizard) Cursor() *tea.Cursor {
	_, cursor := w.draw()
	if cursor == nil || cursor.Y >= w.height || cursor.X >= w.width {
		return nil
	}
	return cursor
}

func (w *Wizard) draw() ([]string, *tea.Cursor) {
	width := max(1, w.width-2*look.Margin)
	lines := w.head(width)
	var inner []string
	var cursor *tea.Cursor
	switch {
	case w.reading.open && w.page != nil:
		inner = w.drawWhole(width, w.height-len(lines))
	case w.page != nil:
		height := w.height - len(lines)
		if w.height >= roomy { // the last line stays blank, so that a full page does not touch the keys below it
			height--
		}
		var trouble []string
		if w.failed != "" {
			trouble = w.problem(w.failed, width)
			height -= len(trouble)
		}
		inner, cursor = w.page.draw(w.pageWidth(), height)
		inner = append(w.beside(inner, height), trouble...)
	case w.failed != "":
		inner = w.problem(w.failed, width)
	default:
		inner = []string{w.theme.Faint.Render("Reading what is set up already.")}
	}
	if cursor != nil {
		cursor.X += look.Margin
		cursor.Y += len(lines)
	}
	lines = append(lines, inner...)
	return look.Indent(lines, look.Margin), cursor
}

// roomy is the height from which the frame takes lines for itself.
const roomy = 16

func (w *Wizard) head(width int) []string {
	steps := w.steps(width)
	if w.height < roomy {
		return []string{steps, ""}
	}
	name := "first setup"
	switch {
	case w.options.Update:
		name = "update integration"
	case w.options.Again:
		name = "setup"
	}
	title := w.theme.Title.Render("kisiflow") + w.theme.Faint.Render(" · "+name)
	return []string{look.Sides(title, w.theme.Faint.Render(w.link()), width), steps, w.theme.RuleLine(width), ""}
}

// link is what is being linked, as far as it is known: "Riverside Gym → Dublin HQ".
func (w *Wizard) link() string {
	gym, place := look.Clean(w.facts.Draft.GymflowName), look.Clean(w.facts.Draft.PlaceName)
	if gym != "" && place != "" {
		return gym + " → " + place
	}
	return gym + place
}

// steps is the line that says how far the setup is; on a narrow screen only the step itself.
func (w *Wizard) steps(width int) string {
	all := setup.Steps()
	now := w.question.Step
	over := w.question.Kind == setup.End
	parts := make([]string, 0, len(all))
	short := w.theme.Good.Render("✓") + w.theme.Faint.Render(" all "+numeral(len(all))+" steps")
	for i, step := range all {
		switch {
		case step < now || over:
			parts = append(parts, w.theme.Good.Render("✓")+" "+w.theme.Faint.Render(step.String()))
		case step == now:
			parts = append(parts, w.theme.Accent.Render("● "+step.String()))
			short = w.theme.Accent.Render("● "+step.String()) + w.theme.Faint.Render(" · step "+numeral(i+1)+" of "+numeral(len(all)))
		default:
			parts = append(parts, w.theme.Faint.Render(step.String()))
		}
	}
	line := strings.Join(parts, "  ")
	if look.Width(line) > width {
		return short
	}
	return look.Cut(line, width)
}

func numeral(n int) string { return string(rune('0' + n)) }

// block is a part of a page: lines that belong together. Where the height does not do, blocks of the lowest weight
// go first, and then the blank lines between them.
type block struct {
	lines  []string
	weight int
}

// The weights. What must be seen is never dropped.
const (
	weightBody = iota + 1
	weightNote
	weightWarning
	weightTitle
	weightMust
)

// arrange sets blocks below one another with blank lines between, in at most height lines. at tells in which line the
// block with that index begins, -1 when it was dropped.
func arrange(blocks []block, height int) (lines []string, at []int) {
	shown := make([]bool, len(blocks))
	for i, b := range blocks {
		shown[i] = len(b.lines) > 0
	}
	gap := 1
	for needed(blocks, shown, gap) > height {
		if lightest := lightestShown(blocks, shown); lightest >= 0 && blocks[lightest].weight < weightTitle {
			shown[lightest] = false
			continue
		}
		if gap == 1 {
			gap = 0
			continue
		}
		lightest := lightestShown(blocks, shown)
		if lightest < 0 || blocks[lightest].weight == weightMust {
			break
		}
		shown[lightest] = false
	}
	at = make([]int, len(blocks))
	for i, b := range blocks {
		at[i] = -1
		if !shown[i] {
			continue
		}
		if len(lines) > 0 && gap == 1 {
			lines = append(lines, "")
		}
		at[i] = len(lines)
		lines = append(lines, b.lines...)
	}
	return lines, at
}

func needed(blocks []block, shown []bool, gap int) int {
	total, count := 0, 0
	for i, b := range blocks {
		if shown[i] {
			total += len(b.lines)
			count++
		}
	}
	return total + gap*max(0, count-1)
}

// lightestShown is the last of the blocks with the lowest weight.
func lightestShown(blocks []block, shown []bool) int {
	found := -1
	for i, b := range blocks {
		if shown[i] && (found < 0 || b.weight <= blocks[found].weight) {
			found = i
		}
	}
	return found
}

// opening is what stands above the answer on every page: title, problem, warnings, body.
func (s *shared) opening(question setup.Question, width int) []block {
	blocks := []block{{lines: styled(s.theme.Title.Render, look.Paragraph(question.Title, width)), weight: weightTitle}}
	if question.Problem != "" {
		blocks = append(blocks, block{s.problem(question.Problem, width), weightMust})
	}
	if question.Notice != "" {
		blocks = append(blocks, block{styled(s.theme.Waiting.Render, look.Paragraph(look.Clean(question.Notice), width)), weightMust})
	}
	for _, paragraph := range question.Body {
		blocks = append(blocks, block{look.Paragraph(s.hint(paragraph), width), weightBody})
	}
	for _, warning := range question.Warnings {
		blocks = append(blocks, block{s.warning(warning, width), weightWarning})
	}
	return blocks
}

// warning is a sentence to know, with its mark; problem is one that says what went wrong.
func (s *shared) warning(text string, width int) []string {
	return marked("! ", s.theme.Warning.Render, text, width)
}

func (s *shared) problem(text string, width int) []string {
	return marked("✗ ", s.theme.Error.Render, text, width)
}

// marked sets a paragraph in behind a mark of two cells: what it is shows without colour, too.
func marked(mark string, render func(...string) string, text string, width int) []string {
	lines := look.Paragraph(look.Clean(text), width-2)
	for i, line := range lines {
		lines[i] = render(mark + line)
		mark = "  "
	}
	return lines
}

func styled(render func(...string) string, lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = render(line)
	}
	return out
}
