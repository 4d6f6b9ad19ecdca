// Package wizard shows the six steps of the setup on the full screen. What is asked, and what an answer leads to, is
// ui/setup's; here is only how a question looks and which keys answer it.
package wizard

import (
	"context"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// Options are what the wizard works with.
type Options struct {
	Store   *store.Store
	Engine  *reconcile.Engine
	By      string                   // who answers: user@host
	Now     func() time.Time         // nil for time.Now
	Update  bool                     // "Update Integration": begins at Associate with what is in force
	From    setup.Step               // goes through the set-up again from this step on; 0 for a first setup, or from its beginning
	Prefill *setup.Prefill           // defaults that the caller brings along; nil for none
	Again   bool                     // everything is set up already: this is not the first setup
	Keeping setup.Keeping            // what is offered at the end of a first set-up, to go on without a screen; nil for nothing
	Hint    func(text string) string // makes the command lines in a text fit to be pasted; nil where they are already
}

// shared is what all pages use; the theme in it may change while they live.
type shared struct {
	theme *look.Theme
	keys  look.Keys
	now   func() time.Time
	hint  func(text string) string // see Options
}

// page is how one question is shown and answered.
type page interface {
	// update takes a key, a paste or a message of the page's own. An answer is given when the person moved on.
	update(message tea.Msg) (*setup.Answer, tea.Cmd)
	// escape closes what the page itself has open; false when the step is to be left.
	escape() bool
	// leave is the answer that goes back one step and takes along what was chosen so far.
	leave() setup.Answer
	// draw gives at most height lines, and where the hardware cursor stands in them.
	draw(width, height int) ([]string, *tea.Cursor)
	bindings() (short []key.Binding, full [][]key.Binding)
	typing() bool
}

// Wizard is the screen of the setup.
type Wizard struct {
	shared
	context context.Context // of all commands; ends with the program
	options Options
	width   int
	height  int

	failed   string // why the draft could not be read or kept
	facts    setup.Facts
	entered  int // how many answers stood before the page at which the set-up was entered; see atEntry
	question setup.Question
	page     page

	reading reading // the whole text of the question, where it has no room beside the answer

	saving, unsaved bool // one save at a time, so that an older draft never replaces a newer one
	confirming      bool
	lastBefore      string

	pace       time.Duration // how often work in hand is looked at
	generation *stamp        // of the work or watch in hand; a message of an older one is dropped
	cancel     context.CancelFunc
	typed      map[setup.State]string // what was typed and not submitted when a step was left backwards; in memory only
	chosen     *associatePage         // the associations while they are read again, to come back to the same row
	hammered   time.Time              // when a key was last ignored because work was going on
	deafUntil  time.Time
}

// New makes the wizard. Its commands end with ctx.
func New(ctx context.Context, options Options) *Wizard {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Hint == nil {
		options.Hint = func(text string) string { return text }
	}
	return &Wizard{
		shared:  shared{theme: look.NewTheme(true, true), keys: look.NewKeys(), now: options.Now, hint: options.Hint},
		context: ctx,
		options: options,
		pace:    pace,
		cancel:  func() {},
		typed:   map[setup.State]string{},
	}
}

var _ look.Screen = (*Wizard)(nil)

// Init reads what is known already.
func (w *Wizard) Init() tea.Cmd { return w.load() }

// SetSize says how much room there is.
func (w *Wizard) SetSize(width, height int) { w.width, w.height = width, height }

// SetTheme changes the styles.
func (w *Wizard) SetTheme(theme *look.Theme) { w.theme = theme }

// Typing tells that a text field has focus.
func (w *Wizard) Typing() bool { return !w.reading.open && w.page != nil && w.page.typing() }

// Update takes one message.
func (w *Wizard) Update(message tea.Msg) tea.Cmd {
	switch message := message.(type) {
	case loadedMessage:
		return w.begin(message)
	case savedMessage:
		return w.saved(message)
	case confirmedMessage:
		return w.confirmed(message)
	case performedMessage:
		if message.generation != w.generation {
			return nil
		}
		w.cancel()
		if w.now().Sub(w.hammered) < deafness {
			w.deafUntil = w.now().Add(deafness)
		}
		return w.answer(message.answer)
	case tickMessage:
		if message.generation != w.generation || w.question.Kind != setup.Work || w.question.Problem != "" {
			return nil
		}
		return w.tick()
	case watchedMessage:
		return w.watched(message)
	case serviceLooked:
		w.tookService(message)
		return nil
	case serviceInstalled:
		w.tookInstalled(message)
		return nil
	case tea.KeyPressMsg:
		return w.press(message)
	}
	return w.pass(message)
}

// deafness is how long keys are ignored after a page opened by itself while somebody was hammering on the keyboard.
const deafness = 400 * time.Millisecond

func (w *Wizard) press(message tea.KeyPressMsg) tea.Cmd {
	if w.page == nil {
		if w.failed != "" && key.Matches(message, w.keys.Enter) {
			return w.load()
		}
		return nil
	}
	if w.now().Before(w.deafUntil) {
		return nil
	}
	if w.read(message) {
		return nil
	}
	back := w.keys.Back
	if w.page.typing() {
		back = w.keys.Escape
	}
	if key.Matches(message, back) {
		return w.back()
	}
	if w.question.Kind == setup.Work && w.question.Problem == "" {
		w.hammered = w.now()
	}
	return w.pass(message)
}

// back closes what the page has open, or leaves the step. Work in hand is cancelled by it.
func (w *Wizard) back() tea.Cmd {
	if w.page.escape() {
		return nil
	}
	if w.question.CanGoBack && !w.atEntry() {
		if text, ok := w.page.(*textPage); ok && text.touched {
			w.typed[w.question.State] = text.input.Value()
		}
		return w.answer(w.page.leave())
	}
	if w.options.Update || w.options.From != 0 {
		w.cancel()
		w.generation = new(stamp)
		return send(look.OpenLive{})
	}
	return nil
}

// atEntry tells that nothing was answered since the set-up was entered at a step: leaving it changes nothing.
func (w *Wizard) atEntry() bool { return w.options.From != 0 && len(w.facts.History) <= w.entered }

func (w *Wizard) pass(message tea.Msg) tea.Cmd {
	if w.page == nil {
		return nil
	}
	answer, command := w.page.update(message)
	if answer == nil {
		return command
	}
	return tea.Batch(command, w.answer(*answer))
}

// answer goes from one question to the next.
func (w *Wizard) answer(answer setup.Answer) tea.Cmd {
	state := w.question.State
	w.facts, w.question = setup.Next(w.facts, answer)
	switch answer.Move {
	case setup.Keep: // the page stays as it is, and says what is to know of the choice
		if page, ok := w.page.(*associatePage); ok {
			page.question.Warnings = w.question.Warnings
		}
		return w.save()
	case setup.Submit:
		delete(w.typed, state)
	}
	return w.show()
}

// show makes the page for the question as it stands now, and begins what it needs.
func (w *Wizard) show() tea.Cmd {
	w.generation = new(stamp)
	w.reading = reading{}
	w.cancel()
	w.cancel = func() {}
	w.page = w.newPage()
	switch w.question.Kind {
	case setup.Run:
		return w.confirm()
	case setup.End:
		return w.lookAtService()
	case setup.Work:
		if w.question.Problem == "" {
			return tea.Batch(w.save(), w.perform())
		}
	}
	return w.save()
}

// newPage makes the page for the question, with what was typed there before, or where the list was left to be read again.
func (w *Wizard) newPage() page {
	before := w.page
	switch now := before.(type) {
	case *associatePage:
		w.chosen = now
	case *workPage:
		if w.question.Kind == setup.Associate && w.chosen != nil && w.chosen.rereading {
			before = w.chosen
		}
	}
	made := newPage(&w.shared, w.question, before)
	if last, ok := made.(*runPage); ok && w.options.Engine != nil {
		last.parent, last.readDoors = w.context, w.options.Engine.Doors
	}
	if last, ok := made.(*runPage); ok && w.question.Kind == setup.End {
		w.beginEnd(last)
	}
	if work, ok := made.(*workPage); ok {
		work.blame, work.file = w.facts.Blame, w.facts.Draft.Roster.Given()
	}
	if text, ok := made.(*textPage); ok {
		if typed, was := w.typed[w.question.State]; was && w.question.Problem == "" {
			text.input.SetValue(typed)
			text.input.CursorEnd()
			text.touched = true
		}
	}
	return made
}

func newPage(shared *shared, question setup.Question, before page) page {
	switch question.Kind {
	case setup.Text, setup.Secret:
		return newText(shared, question)
	case setup.Choose:
		return newChoose(shared, question)
	case setup.Work:
		return newWork(shared, question)
	case setup.Associate:
		return newAssociate(shared, question, before)
	case setup.People:
		return newPeople(shared, question)
	case setup.Review:
		return newReview(shared, question, before)
	default:
		return newRun(shared, question, before)
	}
}

// Bindings are the keys of the question in sight.
func (w *Wizard) Bindings() (short []key.Binding, full [][]key.Binding) {
	if w.page == nil {
		if w.failed != "" {
			again := []key.Binding{look.Named(w.keys.Enter, "try again")}
			return again, [][]key.Binding{again}
		}
		return nil, nil
	}
	if w.reading.open {
		short = w.readingBindings()
		return short, [][]key.Binding{short}
	}
	short, full = w.page.bindings()
	back := w.keys.Back
	if w.page.typing() {
		back = w.keys.Escape
	}
	_, writing := w.page.(*textPage)
	switch {
	case w.question.Kind == setup.Work && w.question.Problem == "":
		back = look.Named(back, "cancel")
	case w.page.typing() && !writing && !w.approving():
		back = look.Named(back, "show all")
	}
	if w.question.CanGoBack || w.options.Update || w.options.From != 0 {
		short = slices.Insert(slices.Clone(short), min(2, len(short)), back) // where a narrow help line still shows it
		full = append(full, []key.Binding{back})
	}
	if w.omits() { // on a narrow screen right behind what enter does
		whole := w.wholeKey()
		if w.question.Kind == setup.End { // there is no room for the doors, too; the help names their key
			short = slices.DeleteFunc(slices.Clone(short), func(each key.Binding) bool { return each.Help().Key == w.keys.Doors.Help().Key })
		}
		at := min(1, len(short))
		if w.question.Kind == setup.End {
			at = len(short)
		}
		short = slices.Insert(short, at, whole)
		full = append(full, []key.Binding{whole})
	}
	return short, full
}

// approving tells that the words are being typed without which removals are not approved.
func (w *Wizard) approving() bool {
	review, ok := w.page.(*reviewPage)
	return ok && review.typed != nil
}

// Farewell is the line to print after the program was left in the middle of the setup; "" when it ended.
func (w *Wizard) Farewell() string {
	switch {
	case w.question.Kind == setup.End, w.question.Kind == 0:
		return ""
	case w.question.Kind == setup.Run:
		return w.hint("The link is in force. What is left of the sync is done by: kisiflow sync")
	case w.options.Update:
		return "Nothing was changed yet. What you chose is kept; open the associations again to go on."
	default:
		return w.hint("Your answers are kept. To go on where you were: kisiflow setup")
	}
}
