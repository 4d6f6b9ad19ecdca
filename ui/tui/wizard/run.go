package wizard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
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
	troubles  []store.Trouble // all that were seen, the newest first; the state file shows the newest few
	first     int             // the problem or the door at the top

	service   keepOffer   // on the last page
	doors     *placeDoors // once they are asked for
	parent    context.Context
	readDoors func(context.Context) (reconcile.PlaceDoors, error) // nil: no engine
}

// see takes a look at the state file, and keeps the problems that it no longer shows.
func (p *runPage) see(seen sight) {
	p.seen = seen
	if !p.ours() {
		return
	}
	var fresh []store.Trouble
	for _, trouble := range seen.progress.Troubles {
		if !slices.Contains(p.troubles, trouble) {
			fresh = append(fresh, trouble)
		}
	}
	p.troubles = append(fresh, p.troubles...)
}

func newRun(shared *shared, question setup.Question, before page) *runPage {
	p := &runPage{shared: shared, question: question}
	if same, ok := before.(*runPage); ok {
		p.seen, p.confirmed, p.troubles = same.seen, same.confirmed, same.troubles
	}
	return p
}

func (p *runPage) update(message tea.Msg) (*setup.Answer, tea.Cmd) {
	switch message := message.(type) {
	case doorsRead:
		p.tookDoors(message)
	case serviceTick:
		return nil, p.serviceTick(message)
	}
	pressed, ok := message.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	over := p.question.Kind == setup.End
	if p.service.open {
		return nil, p.serviceKey(pressed)
	}
	switch {
	case over && p.service.offers() && key.Matches(pressed, p.keys.Keep):
		p.openService()
	case over && key.Matches(pressed, p.keys.Enter, p.keys.Watch), p.confirmed && key.Matches(pressed, p.keys.Watch):
		return nil, send(look.OpenLive{})
	case over && key.Matches(pressed, p.keys.Doors):
		return nil, p.askDoors()
	case key.Matches(pressed, p.keys.Up):
		p.first = max(0, p.first-1)
	case key.Matches(pressed, p.keys.Down):
		p.first++
	}
	return nil, nil
}

func (p *runPage) escape() bool        { return p.closeService() || p.closeDoors() }
func (p *runPage) typing() bool        { return false }
func (p *runPage) leave() setup.Answer { return setup.Answer{Move: setup.GoBack} }

func (p *runPage) draw(width, height int) ([]string, *tea.Cursor) {
	if p.service.open {
		return p.serviceLines(width, height), nil
	}
	blocks := p.opening(p.question, width)
	if n := len(p.question.Warnings); len(p.shownTroubles()) > 0 { // problems follow at once on what was said of them
		blocks = slices.Insert(blocks, len(blocks)-n, p.saidBlocks(width)...)
	} else {
		blocks = append(blocks, p.saidBlocks(width)...)
	}
	if p.question.Kind != setup.End && p.confirmed {
		blocks = append(blocks, block{styled(p.theme.Faint.Render, look.Paragraph("v opens the live view, and the sync goes on there. ctrl+c stops it: "+
			"the request in hand is finished, and the rest is done when kisiflow is started again.", width)), weightNote})
	}
	if p.failed != "" {
		blocks = append(blocks, block{p.problem(p.failed, width), weightMust})
	}
	if p.question.Kind != setup.End {
		blocks = append(blocks, block{p.state(width), weightMust})
	}
	if p.question.Kind == setup.End && len(p.shownTroubles()) == 0 {
		blocks = append(blocks, block{styled(p.theme.Faint.Render, look.Paragraph("Next is the live view. It shows every member's access and why, and what needs you.", width)), weightBody})
	}
	room := height
	if len(p.shownTroubles()) > 0 { // what went wrong is in sight on the smallest screen, too
		room = max(1, height-leastTrouble)
	}
	lines, _ := arrange(append(blocks, block{p.tally(width), weightMust}), room)
	if p.doors != nil {
		return append(lines, p.doorLines(width, height-len(lines))...), nil
	}
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
		return []string{p.theme.Faint.Render("The sync begins in a moment.")}
	}
	lines := look.Paragraph(setup.PhaseWords(look.Clean(progress.Phase)), width)
	if width < narrow && len(p.shownTroubles()) > 0 {
		lines = nil // the bar tells enough beside the problems
	}
	if progress.Total > 0 {
		count := fmt.Sprintf("  %s of %s", words.Number(progress.Done), words.Number(progress.Total))
		lines = append(lines, p.theme.Bar(progress.Done, progress.Total, min(barWidth, width-look.Width(count)))+count)
	}
	pace := p.pace()
	if look.Width(pace) > width { // how long it has run matters least
		_, pace, _ = strings.Cut(pace, " · ")
	}
	return append(lines, p.theme.Faint.Render(look.Cut(pace, width)))
}

// ours tells that the progress in the file is of this sync, not of an earlier run.
func (p *runPage) ours() bool {
	return p.confirmed && p.seen.run != nil && p.seen.progress.Run == p.seen.run.ID
}

func (p *runPage) pace() string {
	progress := p.seen.progress
	text := "running for " + seconds(p.now().Sub(progress.Started))
	if progress.Rate > 0 { // a rate of writes
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
	return []string{look.Cut("granted "+words.Number(progress.Granted)+" · taken away "+words.Number(progress.Revoked)+" · "+failed, width)}
}

// leastTrouble is a blank line, the number of problems and two lines of the first.
const leastTrouble = 4

func (p *runPage) shownTroubles() []store.Trouble {
	if run := p.seen.run; p.question.Kind == setup.End && run != nil {
		return run.Problems
	}
	if !p.ours() {
		return nil
	}
	return p.troubles
}

// problems is the growing list of what went wrong and what to do, the newest first. Each takes the lines that it needs.
func (p *runPage) problems(width, height int) []string {
	troubles := p.shownTroubles()
	const above = 2
	if len(troubles) == 0 || height <= above {
		return nil
	}
	var all []string
	for _, trouble := range troubles {
		all = append(all, marked("! ", p.theme.Text.Render, sentence(trouble), width)...)
	}
	room := height - above
	p.first = max(0, min(p.first, len(all)-room))
	head := words.Count(len(troubles), "problem")
	if len(all) > room {
		head += ", ↑↓ to read all"
	}
	return append([]string{"", p.theme.Problem.Render(look.Cut(head, width))}, all[p.first:min(len(all), p.first+room)]...)
}

func sentence(trouble store.Trouble) string {
	if name := look.Clean(trouble.Name); name != "" {
		return name + ": " + look.Clean(trouble.Text)
	}
	return look.Clean(trouble.Text)
}

func (p *runPage) bindings() (short []key.Binding, full [][]key.Binding) {
	switch {
	case p.service.open:
		return p.serviceBindings()
	case p.question.Kind == setup.End:
		short = []key.Binding{look.Named(p.keys.Enter, "live view"), p.keys.Doors}
		if p.service.offers() {
			short = slices.Insert(short, 1, p.keys.Keep)
		}
	case p.confirmed:
		short = []key.Binding{p.keys.Watch}
	}
	return short, [][]key.Binding{append(short, p.keys.Up, p.keys.Down)}
}
