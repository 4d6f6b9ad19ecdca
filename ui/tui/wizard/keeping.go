package wizard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// keepOffer is what the last page knows of the service that goes on without a screen, and what is being done about it.
type keepOffer struct {
	keeping setup.Keeping // nil: nothing is offered
	parent  context.Context
	pace    time.Duration
	said    []string // on the page, behind what the question says itself
	looked  bool
	found   setup.Service

	open    bool // the offer is in sight
	asked   *installing
	over    bool // the installing ended
	done    []string
	problem string
	below   []string
}

// installing is one try; the result of another is dropped.
type installing struct {
	stop  context.CancelFunc
	began time.Time
}

// The results of the commands here.
type (
	serviceLooked struct {
		page  *runPage
		found setup.Service
		err   error
	}
	serviceInstalled struct {
		asked *installing
		found setup.Service
		done  []string
		err   error
	}
	serviceTick struct{ asked *installing }
)

// lookTime and installTime are longer than all that systemctl may take by the service package's own bounds.
const (
	lookTime    = time.Minute
	installTime = 4 * time.Minute
)

func (k *keepOffer) offers() bool { return k.looked && k.found.Offered() && k.keeping != nil }

// beginEnd gives the last page what it says of the service; until that is known it says nothing of it.
func (w *Wizard) beginEnd(page *runPage) {
	page.service = keepOffer{parent: w.context, pace: w.pace}
	if w.options.Update || w.options.From != 0 { // who came from the live view goes back there
		return
	}
	if page.service.keeping = w.options.Keeping; page.service.keeping == nil {
		w.say(page, []string{setup.WithoutService})
	}
}

// say puts sentences on the last page, behind what the question says itself.
func (w *Wizard) say(page *runPage, sentences []string) {
	page.service.said = sentences
	w.question.Body = append(slices.Clone(page.question.Body), sentences...) // the whole text of the page
}

// saidBlocks are these sentences on the page.
func (p *runPage) saidBlocks(width int) []block {
	var blocks []block
	for _, each := range p.service.said {
		blocks = append(blocks, block{look.Paragraph(p.hint(each), width), weightBody})
	}
	return blocks
}

// lookAtService finds out in a command what can be offered.
func (w *Wizard) lookAtService() tea.Cmd {
	page, ok := w.page.(*runPage)
	if !ok || page.service.keeping == nil {
		return nil
	}
	kept, parent := page.service.keeping, w.context
	return func() tea.Msg {
		ctx, stop := context.WithTimeout(parent, lookTime)
		defer stop()
		found, err := kept.Look(ctx)
		return serviceLooked{page, found, err}
	}
}

func (w *Wizard) tookService(message serviceLooked) {
	page, ok := w.page.(*runPage)
	if !ok || page != message.page {
		return
	}
	page.service.looked, page.service.found = message.err == nil, message.found
	sentences := message.found.Summary()
	if message.err != nil {
		sentences = setup.LookFailed(message.err)
	}
	if page.service.offers() {
		sentences[0] += " " + howToKeep
	}
	w.say(page, append(sentences, setup.Pushes))
}

// howToKeep stands behind the sentence that says what a service is good for.
const howToKeep = "Press s to see what that does, and to make it one."

func (p *runPage) openService() {
	p.closeDoors()
	p.service.open, p.first = true, 0
}

// closeService stops the installing, or closes what is in sight; it tells whether there was either.
func (p *runPage) closeService() bool {
	if !p.service.open {
		return false
	}
	if p.installing() {
		p.service.asked.stop() // it says what it did before
		return true
	}
	p.service.open, p.service.problem, p.service.below, p.first = false, "", nil, 0
	return true
}

func (p *runPage) installing() bool { return p.service.asked != nil && !p.service.over }

// installed tells that it was done in this visit.
func (p *runPage) installed() bool { return p.service.over && p.service.problem == "" }

func (p *runPage) serviceKey(pressed tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(pressed, p.keys.Up):
		p.first = max(0, p.first-1)
	case key.Matches(pressed, p.keys.Down):
		p.first++
	case p.installing():
	case key.Matches(pressed, p.keys.Enter) && p.installed():
		return send(look.OpenLive{})
	case key.Matches(pressed, p.keys.Enter):
		return p.install()
	}
	return nil
}

// install does it in a command.
func (p *runPage) install() tea.Cmd {
	ctx, stop := context.WithTimeout(p.service.parent, installTime)
	asked := &installing{stop: stop, began: p.now()}
	p.service.asked, p.service.over, p.service.problem, p.service.below, p.first = asked, false, "", nil, 0
	kept := p.service.keeping
	return tea.Batch(p.serviceTick(serviceTick{asked}), func() tea.Msg {
		defer stop()
		found, done, err := kept.Install(ctx)
		return serviceInstalled{asked, found, done, err}
	})
}

// serviceTick lets the seconds go on.
func (p *runPage) serviceTick(message serviceTick) tea.Cmd {
	if p.service.asked != message.asked || !p.installing() {
		return nil
	}
	return tea.Tick(p.service.pace, func(time.Time) tea.Msg { return message })
}

func (w *Wizard) tookInstalled(message serviceInstalled) {
	p, ok := w.page.(*runPage)
	if !ok || p.service.asked != message.asked {
		return
	}
	p.service.over, p.service.done, p.first = true, message.done, 0
	switch {
	case errors.Is(message.err, context.Canceled):
		p.service.problem, p.service.below = setup.InstallFailed(message.done, errors.New("it was stopped"))
	case message.err != nil:
		p.service.problem, p.service.below = setup.InstallFailed(message.done, message.err)
	default:
		p.service.found = message.found
		w.say(p, append(message.found.Summary(), setup.Pushes))
	}
}

// serviceLines is the offer, or what became of it, as much as there is room for.
func (p *runPage) serviceLines(width, height int) []string {
	var blocks [][]string
	title := func(text string) {
		blocks = append(blocks, styled(p.theme.Title.Render, look.Paragraph(text, width)))
	}
	sentences := func(all []string) {
		var lines []string
		for _, each := range all {
			lines = append(lines, look.Paragraph(p.hint(each), width)...)
		}
		blocks = append(blocks, lines)
	}
	switch {
	case p.installing():
		title("Installing the service")
		sentences([]string{"systemd reads the unit, starts it and waits until it says that it runs. esc stops the waiting."})
		blocks = append(blocks, []string{p.theme.Faint.Render(fmt.Sprintf("%d s", int(max(0, p.now().Sub(p.service.asked.began)).Seconds())))})
	case p.service.problem != "":
		title("The service does not run")
		blocks = append(blocks, p.problem(p.service.problem, width))
		for _, each := range p.service.below {
			sentences([]string{each})
		}
	case p.installed():
		title("kisiflow goes on by itself")
		for _, each := range p.service.found.Installed() {
			sentences([]string{each})
		}
	default:
		above, below := p.service.found.Offer()
		title("Keep kisiflow running?")
		sentences([]string{above})
		blocks = append(blocks, p.serviceFacts(width))
		if below != "" {
			sentences([]string{below})
		}
	}
	return p.scrolled(blocks, width, height)
}

// serviceFacts are the names beside the texts, or above them where it is narrow.
func (p *runPage) serviceFacts(width int) []string {
	const label = 10
	var lines []string
	for _, fact := range p.service.found.Facts() {
		name := fact.Name
		for _, line := range look.Wrap(look.Clean(p.hint(fact.Text)), max(1, width-label)) {
			lines = append(lines, p.theme.Faint.Render(look.PadRight(name, label))+line)
			name = ""
		}
	}
	return lines
}

// scrolled sets blocks below one another; what has no room is reached with the arrow keys.
func (p *runPage) scrolled(blocks [][]string, width, height int) []string {
	var lines []string
	gap := 0
	for _, each := range blocks {
		gap += len(each) + 1
	}
	for i, each := range blocks {
		if i > 0 && gap-1 <= height { // blank lines only where all has room
			lines = append(lines, "")
		}
		lines = append(lines, each...)
	}
	p.first = max(0, min(p.first, len(lines)-height))
	last := min(len(lines), p.first+height)
	shown := slices.Clone(lines[p.first:last])
	if len(shown) > 0 && last < len(lines) {
		shown[len(shown)-1] = look.Sides(look.Cut(shown[len(shown)-1], width-2), p.theme.Faint.Render("↓"), width)
	}
	if len(shown) > 1 && p.first > 0 {
		shown[0] = look.Sides(look.Cut(shown[0], width-2), p.theme.Faint.Render("↑"), width)
	}
	return shown
}

func (p *runPage) serviceBindings() (short []key.Binding, full [][]key.Binding) {
	does, back := "install", "not now"
	switch {
	case p.installing():
		short = []key.Binding{look.Named(p.keys.Back, "stop waiting")}
		return short, [][]key.Binding{short}
	case p.service.problem != "":
		does, back = "try again", "back"
	case p.installed():
		does, back = "live view", "back"
	}
	short = []key.Binding{look.Named(p.keys.Enter, does), look.Named(p.keys.Back, back)}
	return short, [][]key.Binding{append(slices.Clone(short), p.keys.Up, p.keys.Down)}
}
