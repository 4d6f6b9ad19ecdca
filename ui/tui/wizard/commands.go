package wizard

import (
	"context"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
	"kisiflow/ui/setup"
)

// stamp tells for which question a command was begun. It is compared as a pointer, so that it is unique over all
// wizards of the program's life. It has a size, or all would be the same.
type stamp struct{ _ byte }

// The results of the wizard's commands.
type (
	loadedMessage struct {
		wizard *Wizard
		facts  setup.Facts
		err    error
	}
	savedMessage struct {
		wizard *Wizard
		err    error
	}
	confirmedMessage struct {
		generation *stamp
		before     string // the newest run before this sync
		err        error
	}
	performedMessage struct {
		generation *stamp
		answer     setup.Answer
	}
	tickMessage    struct{ generation *stamp }
	watchedMessage struct {
		generation *stamp
		change     store.Change
		seen       *sight // nil: nothing changed
		err        error
	}
)

// sight is what the run page shows of the state file.
type sight struct {
	progress store.Progress
	run      *store.Run // the sync's run, once it is there
	holder   store.Holder
	held     bool
}

const (
	// workTime bounds one piece of work: a large gym is read in minutes, and each call has its own time-out.
	workTime = 15 * time.Minute
	// pace is how often the screen looks at work in hand (tui.md: 2 to 4 times a second).
	pace = 250 * time.Millisecond
)

func send(message tea.Msg) tea.Cmd { return func() tea.Msg { return message } }

func (w *Wizard) tick() tea.Cmd {
	generation := w.generation
	return tea.Tick(w.pace, func(time.Time) tea.Msg { return tickMessage{generation} })
}

func (w *Wizard) load() tea.Cmd {
	state, update := w.options.Store, w.options.Update
	return func() tea.Msg {
		facts, err := setup.Load(state, update)
		return loadedMessage{w, facts, err}
	}
}

func (w *Wizard) begin(message loadedMessage) tea.Cmd {
	if message.wizard != w {
		return nil
	}
	if message.err != nil {
		w.failed = fmt.Sprintf("The setup could not be read: %v.", message.err)
		return nil
	}
	w.failed = ""
	message.facts.Prefill = w.options.Prefill
	message.facts.From = w.options.From
	w.facts, w.question = setup.Start(message.facts)
	w.entered = len(w.facts.History)
	return w.show()
}

// save keeps the answers so far, one save at a time.
func (w *Wizard) save() tea.Cmd {
	if w.saving {
		w.unsaved = true
		return nil
	}
	w.saving, w.unsaved = true, false
	state, facts := w.options.Store, w.facts
	return func() tea.Msg { return savedMessage{w, setup.Save(state, facts)} }
}

func (w *Wizard) saved(message savedMessage) tea.Cmd {
	if message.wizard != w {
		return nil
	}
	w.saving = false
	w.failed = ""
	if message.err != nil {
		w.failed = fmt.Sprintf("The last answer could not be kept: %v.", message.err)
	}
	if w.confirming {
		return w.confirm()
	}
	if w.unsaved {
		return w.save()
	}
	return nil
}

// perform does the question's work outside of the event loop.
func (w *Wizard) perform() tea.Cmd {
	ctx, cancel := context.WithTimeout(w.context, workTime)
	w.cancel = cancel
	engine, facts, generation := w.options.Engine, w.facts, w.generation
	progress := &gauge{}
	if working, ok := w.page.(*workPage); ok {
		working.gauge = progress
	}
	return tea.Batch(w.tick(), func() tea.Msg {
		defer cancel()
		return performedMessage{generation, setup.Perform(ctx, engine, facts, progress.set)}
	})
}

// gauge carries progress from the work's goroutine to the screen.
type gauge struct {
	mutex       sync.Mutex
	phase       string
	done, total int
}

func (g *gauge) set(phase string, done, total int) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.phase, g.done, g.total = phase, done, total
}

func (g *gauge) read() (phase string, done, total int) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.phase, g.done, g.total
}

// confirm puts the reviewed draft in force, after a save in hand: that one would bring the draft back.
func (w *Wizard) confirm() tea.Cmd {
	if w.saving {
		w.confirming, w.unsaved = true, false
		return nil
	}
	w.confirming = false
	state, engine, facts := w.options.Store, w.options.Engine, w.facts
	approve, by, generation := facts.Approve, w.options.By, w.generation
	return func() tea.Msg {
		before, err := newestRun(state)
		if err == nil {
			err = setup.Confirm(engine, facts, approve, by)
		}
		return confirmedMessage{generation, before, err}
	}
}

func newestRun(state *store.Store) (id string, err error) {
	err = state.View(func(tx *store.Tx) error {
		runs, err := tx.Runs(1)
		if err == nil && len(runs) > 0 {
			id = runs[0].ID
		}
		return err
	})
	return id, err
}

func (w *Wizard) confirmed(message confirmedMessage) tea.Cmd {
	running, ok := w.page.(*runPage)
	if message.generation != w.generation || !ok {
		return nil
	}
	if message.err != nil { // the machine leads back to Review and says why
		return w.answer(setup.Answer{Move: setup.Done, Result: setup.Result{State: setup.Syncing, Err: message.err}})
	}
	running.failed, running.confirmed = "", true
	w.lastBefore = message.before
	return w.watch(store.Change{}, 0)
}

// watch looks at the state file after a while and reads it where it changed.
func (w *Wizard) watch(known store.Change, after time.Duration) tea.Cmd {
	state, before, generation := w.options.Store, w.lastBefore, w.generation
	look := func() tea.Msg {
		message := watchedMessage{generation: generation, change: known}
		message.err = state.View(func(tx *store.Tx) error {
			change, err := tx.Changes()
			if err != nil || change == known {
				return err
			}
			message.change = change
			message.seen, err = see(tx, before)
			return err
		})
		return message
	}
	return tea.Tick(after, func(time.Time) tea.Msg { return look() })
}

func see(tx *store.Tx, before string) (*sight, error) {
	var seen sight
	var err error
	if seen.progress, err = tx.Progress(); err != nil {
		return nil, err
	}
	if seen.holder, seen.held, err = tx.Leased(); err != nil {
		return nil, err
	}
	runs, err := tx.Runs(1)
	if err == nil && len(runs) > 0 && runs[0].ID != before {
		seen.run = &runs[0]
	}
	return &seen, err
}

func (w *Wizard) watched(message watchedMessage) tea.Cmd {
	running, ok := w.page.(*runPage)
	if message.generation != w.generation || !ok {
		return nil
	}
	running.failed = ""
	if message.err != nil {
		running.failed = fmt.Sprintf("The state file could not be read: %v.", message.err)
	}
	if message.seen != nil {
		running.see(*message.seen)
		if run := message.seen.run; run != nil && run.Outcome != store.OutcomeRunning {
			return w.answer(setup.Answer{Move: setup.Done, Result: setup.Result{State: setup.Syncing, Run: run}})
		}
	}
	return w.watch(message.change, w.pace)
}
