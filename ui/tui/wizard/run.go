package wizard

import (
	"fmt"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// runPage shows the first sync while it runs, from the state file, and its result.
type runPage struct {
	*shared
	question  setup.Question
	confirmed bool
	failed    string
	seen      sight
	first     int // the problem at the top
}

func newRun(shared *shared, question setup.Question, before page) *runPage {
	p := &runPage{shared: shared, question: question}
	if same, ok := before.(*runPage); ok {
		p.seen, p.confirmed = same.seen, same.confirmed
	}
	return p
}

func (p *runPage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	over := p.question.Kind == setup.End
	switch {
	case over && key.Matches(pressed, p.keys.Enter, p.keys.Watch), p.confirmed && key.Matches(pressed, p.keys.Watch):
		return nil, send(look.OpenLive{})
	case key.Matches(pressed, p.keys.Up):
		p.first = max(0, p.first-1)
	case key.Matches(pressed, p.keys.Down):
		p.first++
	}
	return nil, nil
}

func (p *runPage) escape() bool        { return false }
func (p *runPage) typing() bool        { return false }
func (p *runPage) leave() setup.Answer { return setup.Answer{Move: setup.GoBack} }

func (p *runPage) draw(width, height int) ([]string, *tea.Cursor) {
	blocks := p.opening(p.question, width)
	if p.failed != "" {
		blocks = append(blocks, block{p.problem(p.failed, width), weightMust})
	}
	if p.question.Kind != setup.End {
		blocks = append(blocks, block{p.state(width), weightMust})
	}
	lines, _ := arrange(append(blocks, block{p.tally(width), weightMust}), height)
	return append(lines, p.problems(width, height-len(lines))...), nil
}

// state is the phase, the bar, the rate and the time left.
func (p *runPage) state(width int) []string {
	progress := p.seen.progress
	if !p.ours() {
		if p.seen.held {
			holder := p.seen.holder
			return look.Paragraph(look.Clean(fmt.Sprintf("Waiting for the %s on %s (process %d), which is at work and takes this next.",
				holder.Purpose, holder.Host, holder.PID)), width)
		}
		return []string{p.theme.Faint.Render("Waiting for the sync to begin.")}
	}
	lines := []string{look.Fit(progress.Phase, width)}
	if progress.Total > 0 {
		count := fmt.Sprintf("  %s of %s", words.Number(progress.Done), words.Number(progress.Total))
		lines = append(lines, p.theme.Bar(progress.Done, progress.Total, min(barWidth, width-look.Width(count)))+count)
	}
	return append(lines, p.theme.Faint.Render(look.Cut(p.pace(), width)))
}

// ours tells that the progress in the file is of this sync, not of an earlier run.
func (p *runPage) ours() bool {
	return p.confirmed && p.seen.run != nil && p.seen.progress.Run == p.seen.run.ID
}

func (p *runPage) pace() string {
	progress := p.seen.progress
	text := "running for " + seconds(p.now().Sub(progress.Started))
	if progress.Rate > 0 {
		text += fmt.Sprintf(" · %.1f a second", progress.Rate)
	}
	if progress.Left > 0 {
		text += " · " + words.Duration(progress.Left) + " left"
	}
	return text
}

func seconds(d time.Duration) string {
	whole := int(max(0, d).Seconds())
	if whole < 60 {
		return fmt.Sprintf("%d s", whole)
	}
	return fmt.Sprintf("%d min %02d s", whole/60, whole%60)
}

// tally is what the sync did so far; at the end the machine says it in a sentence.
func (p *runPage) tally(width int) []string {
	if p.question.Kind == setup.End || !p.ours() {
		return nil
	}
	progress := p.seen.progress
	failed := "failed " + words.Number(progress.Failed)
	if progress.Failed > 0 {
		failed = p.theme.Problem.Render(failed)
	}
	return []string{look.Cut("granted "+words.Number(progress.Granted)+" · revoked "+words.Number(progress.Revoked)+" · "+failed, width)}
}

// problems is the growing list of what went wrong, the newest at the end.
func (p *runPage) problems(width, height int) []string {
	troubles := p.seen.progress.Troubles
	if run := p.seen.run; p.question.Kind == setup.End && run != nil {
		troubles = run.Problems
	} else if !p.ours() {
		return nil
	}
	const above = 2
	if len(troubles) == 0 || height <= above {
		return nil
	}
	lines := []string{"", p.theme.Problem.Render(words.Count(len(troubles), "problem"))}
	p.first = max(0, min(p.first, len(troubles)-(height-above)))
	for _, trouble := range troubles[p.first:min(len(troubles), p.first+height-above)] {
		lines = append(lines, "  "+look.Cut(sentence(trouble), width-2))
	}
	return lines
}

func sentence(trouble store.Trouble) string {
	if name := look.Clean(trouble.Name); name != "" {
		return name + ": " + look.Clean(trouble.Text)
	}
	return look.Clean(trouble.Text)
}

func (p *runPage) bindings() (short []key.Binding, full [][]key.Binding) {
	switch {
	case p.question.Kind == setup.End:
		short = []key.Binding{look.Named(p.keys.Enter, "open the live view")}
	case p.confirmed:
		short = []key.Binding{p.keys.Watch}
	}
	return short, [][]key.Binding{append(short, p.keys.Up, p.keys.Down)}
}
