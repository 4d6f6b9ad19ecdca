package line

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kisiflow/store"
	"kisiflow/ui/words"
)

// watchEvery is how often the state file is looked at.
const watchEvery = 250 * time.Millisecond

// patience is how long nobody may take a request up before that is said.
const patience = 30 * time.Second

// recentRuns is how many runs are compared to find the one that was asked for.
const recentRuns = 20

func runsSoFar(state *store.Store) (ids []string, err error) {
	err = state.View(func(tx *store.Tx) error {
		runs, err := tx.Runs(recentRuns)
		for _, run := range runs {
			ids = append(ids, run.ID)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the runs so far: %w", err)
	}
	return ids, nil
}

// follow waits for the run that a request with this trigger leads to, and says how it goes. Whichever process runs the
// engine, all that is seen here comes from the state file.
func (d *dialogue) follow(ctx context.Context, state *store.Store, before []string, trigger string) (store.Run, error) {
	d.say("It begins in a moment. Ctrl+C stops it well: the request in hand is finished, and the rest is done when kisiflow is started again.")
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var seen store.Change
	speech := spoken{said: time.Now()}
	waiting := time.Now()
	for {
		sight, err := look(state, seen, before, trigger)
		if err != nil {
			return store.Run{}, err
		}
		seen = sight.change
		if sight.run != nil {
			return *sight.run, nil
		}
		if sight.progress.Running {
			waiting = time.Now()
			speech.set(sight.progress.Phase, sight.progress.Done, sight.progress.Total)
		}
		if text := speech.line(time.Now()); text != "" {
			d.say(text + leftWords(sight.progress))
		}
		if time.Since(waiting) > patience && !sight.busy {
			d.say("Nothing has begun yet. Another kisiflow may be busy. You can wait, or leave with Ctrl+C.")
			waiting = time.Now()
		}
		select {
		case <-ctx.Done():
			return store.Run{}, ctx.Err()
		case <-ticker.C:
		}
	}
}

func leftWords(progress store.Progress) string {
	if progress.Left <= 0 {
		return ""
	}
	return " " + sentenceCase(words.Duration(progress.Left)) + " left."
}

// sight is one look at the state file.
type sight struct {
	change   store.Change
	progress store.Progress
	busy     bool
	run      *store.Run // the run that was waited for, ended
}

func look(state *store.Store, seen store.Change, before []string, trigger string) (found sight, err error) {
	err = state.View(func(tx *store.Tx) error {
		if found.change, err = tx.Changes(); err != nil {
			return err
		}
		if _, found.busy, err = tx.Leased(); err != nil {
			return err
		}
		if found.progress, err = tx.Progress(); err != nil || found.change.Runs == seen.Runs {
			return err
		}
		runs, err := tx.Runs(recentRuns)
		at := slices.IndexFunc(runs, func(run store.Run) bool {
			return run.Trigger == trigger && run.Outcome != store.OutcomeRunning && !slices.Contains(before, run.ID)
		})
		if err == nil && at >= 0 {
			found.run = &runs[at]
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("watching the sync: %w", err)
	}
	return found, err
}
