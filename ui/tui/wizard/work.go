package wizard

import (
	"fmt"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// workPage shows what is being done, and when that failed, why and what to do.
type workPage struct {
	*shared
	question setup.Question
	began    time.Time
	gauge    *gauge
	file     bool        // the members come from a roster file
	blame    setup.State // where back leads when the work failed
}

func newWork(shared *shared, question setup.Question) *workPage {
	if question.Problem != "" { // what was being done is over
		question.Body = nil
	}
	return &workPage{shared: shared, question: question, began: shared.now(), gauge: &gauge{}}
}

func (p *workPage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	pressed, ok := message.(tea.KeyPressMsg)
	switch {
	case !ok || p.question.Problem == "":
	case p.question.Refused && key.Matches(pressed, p.keys.Enter):
		return &setup.Answer{Move: setup.GoBack}, nil
	case key.Matches(pressed, p.keys.Enter, p.keys.Again):
		return &setup.Answer{Move: setup.Retry}, nil
	}
	return nil, nil
}

func (p *workPage) escape() bool        { return false }
func (p *workPage) typing() bool        { return false }
func (p *workPage) leave() setup.Answer { return setup.Answer{Move: setup.GoBack} }

func (p *workPage) draw(width, height int) ([]string, *tea.Cursor) {
	blocks := p.opening(p.question, width)
	if p.question.Problem == "" {
		blocks = append(blocks, block{p.progress(width), weightMust})
	} else {
		blocks = append(blocks, block{p.whatNow(width), weightNote})
	}
	lines, _ := arrange(blocks, height)
	return lines, nil
}

// whatNow are the ways on after the work failed.
func (p *workPage) whatNow(width int) []string {
	way := func(key, does string) string {
		return p.theme.Key.Render(look.PadRight(key, len("enter"))) + p.theme.Hint.Render("  "+does)
	}
	back := "goes back to " + placeOfBack(p.blame)
	if p.file && p.blame == setup.AskAddress {
		back = "goes back to the file's path, to change it"
	}
	lines := []string{way("enter", "tries again")}
	switch {
	case p.question.Refused: // the same again would be refused again
		lines = []string{way("enter", back), way("r", "tries again with the same")}
	case p.question.CanGoBack:
		lines = append(lines, way("esc", back))
	}
	for i := range lines {
		lines[i] = look.Cut(lines[i], width)
	}
	return lines
}

// placeOfBack names the answer that is at fault.
func placeOfBack(blame setup.State) string {
	switch blame {
	case setup.AskAddress:
		return "Gymflow's address, to change it"
	case setup.AskToken:
		return "the token, to enter another"
	case setup.AskKey:
		return "the key, to enter another"
	case setup.AskPlace:
		return "the choice of the place"
	case setup.AskAssociations:
		return "the associations"
	}
	return "the question before"
}

const barWidth = 40

func (p *workPage) progress(width int) []string {
	phase, done, total := p.gauge.read()
	var lines []string
	if phase != "" {
		lines = append(lines, look.Paragraph(setup.PhaseWords(look.Clean(phase)), width)...)
	}
	if total > 0 {
		count := fmt.Sprintf("  %s of %s", words.Number(done), words.Number(total))
		lines = append(lines, p.theme.Bar(done, total, min(barWidth, width-look.Width(count)))+count)
	} else if done > 0 {
		lines = append(lines, words.Number(done)+" so far")
	}
	if elapsed := p.now().Sub(p.began); elapsed >= time.Second {
		lines = append(lines, p.theme.Faint.Render(fmt.Sprintf("%d s", int(elapsed.Seconds()))))
	} else if len(lines) == 0 {
		lines = append(lines, p.theme.Faint.Render("one moment"))
	}
	return lines
}

func (p *workPage) bindings() (short []key.Binding, full [][]key.Binding) {
	if p.question.Problem != "" {
		short = []key.Binding{look.Named(p.keys.Enter, "try again")}
		if p.question.Refused {
			short = []key.Binding{look.Named(p.keys.Enter, "give another"), look.Named(p.keys.Again, "try again")}
		}
		return short, [][]key.Binding{short}
	}
	return nil, nil
}
