package live

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
)

const (
	// pollEvery is how often the change counters are read; a read costs 0.02 ms (design.md section 2).
	pollEvery = 400 * time.Millisecond
	// pollAfterTrouble is slower: a damaged or locked file does not mend in a moment.
	pollAfterTrouble = 2 * time.Second
	// standingsEvery bounds how often all standings are read while a run writes them one by one.
	standingsEvery = 2 * time.Second
)

// pollDue says that it is time to look at the counters again.
type pollDue struct{ generation int }

// polled is one look at the state file: only what changed was read.
type polled struct {
	generation int
	read       parts
	facts      facts // only the parts in read, and the counters
	err        error
}

// read looks at the state file in a command. Standings are left for later while a run writes many of them.
func (l *Live) read() tea.Cmd {
	s := l.scene
	generation, before, first := l.generation, s.facts.changes, !s.facts.loaded
	later := s.facts.progress.Running && s.now.Sub(l.standingsAt) < standingsEvery
	return func() tea.Msg {
		answer := polled{generation: generation}
		answer.err = s.store.View(func(tx *store.Tx) error {
			changes, err := tx.Changes()
			if err != nil {
				return err
			}
			due := changed(before, changes)
			if first {
				due = parts{true, true, true, true}
			}
			if due.standings && later && !first {
				due.standings, changes.Standings = false, before.Standings
			}
			answer.read = due
			return answer.facts.fill(tx, changes, due)
		})
		return answer
	}
}

// fill reads the parts that are due, all in one transaction so that they fit together.
func (f *facts) fill(tx *store.Tx, changes store.Change, due parts) (err error) {
	f.changes = changes
	if due.settings {
		if f.settings, err = readSettings(tx); err != nil {
			return err
		}
	}
	if due.standings {
		if f.standings, err = readStandings(tx); err != nil {
			return err
		}
	}
	if due.progress {
		if f.progress, err = readProgress(tx); err != nil {
			return err
		}
	}
	if due.runs {
		if f.runs, err = readRuns(tx); err != nil {
			return err
		}
	}
	return nil
}

// take puts what was read in place and says when to look again.
func (l *Live) take(answer polled) tea.Cmd {
	if answer.generation != l.generation {
		return nil
	}
	if answer.err != nil {
		l.scene.trouble = "What is shown may be old: " + sentence(answer.err) + " It is tried again by itself."
		return l.pollAfter(pollAfterTrouble)
	}
	l.scene.trouble = ""
	waited := l.scene.waiting()
	known := &l.scene.facts
	newest, seen := known.runs.newest, known.loaded
	known.loaded, known.changes = true, answer.facts.changes
	if answer.read.settings {
		known.settings = answer.facts.settings
	}
	if answer.read.standings {
		known.standings = answer.facts.standings
		l.standingsAt = l.scene.now
	}
	if answer.read.progress {
		known.progress = answer.facts.progress
	}
	if answer.read.runs {
		known.runs = answer.facts.runs
	}
	if answer.read.any() {
		if waited && !l.scene.waiting() {
			l.scene.notice = "" // it said that the sync would begin
		}
		if seen {
			l.scene.noteOthers(newest)
		}
		l.scene.settlePrompt()
		for _, panel := range l.panels {
			panel.refresh(answer.read)
		}
	}
	return tea.Batch(l.pollAfter(pollEvery), l.members.reload(answer.read))
}

func (l *Live) pollAfter(pause time.Duration) tea.Cmd {
	return l.after(pause, pollDue{l.generation})
}
