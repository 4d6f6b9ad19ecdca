package line

import (
	"fmt"
	"io"
	"time"

	"kisiflow/access"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// status is what PrintStatus reads in one transaction.
type status struct {
	settings  store.Settings
	set       bool
	rows      []access.Row
	rowsAt    time.Time
	synced    time.Time
	progress  store.Progress
	holder    store.Holder
	working   bool
	held      store.Approvable
	anyHeld   bool
	questions []access.Question
	runs      []store.Run
	ours      int
}

func readStatus(state *store.Store) (found status, err error) {
	err = state.View(func(tx *store.Tx) error {
		if found.settings, found.set, err = tx.Settings(); err != nil {
			return err
		}
		if found.rows, found.rowsAt, err = tx.Standings(); err != nil {
			return err
		}
		if found.synced, _, err = tx.LastSync(); err != nil {
			return err
		}
		if found.progress, err = tx.Progress(); err != nil {
			return err
		}
		if found.holder, found.working, err = tx.Leased(); err != nil {
			return err
		}
		if found.held, found.anyHeld, err = tx.HeldList(); err != nil {
			return err
		}
		if found.questions, err = tx.Questions(); err != nil {
			return err
		}
		if found.runs, err = tx.Runs(1); err != nil {
			return err
		}
		ledger, err := tx.Ledger()
		found.ours = len(ledger)
		return err
	})
	if err != nil {
		return status{}, fmt.Errorf("reading how things stand: %w", err)
	}
	return found, nil
}

// PrintStatus says what is linked, how fresh it is, what is running, and what needs the admin.
func PrintStatus(w io.Writer, state *store.Store, now time.Time) error {
	found, err := readStatus(state)
	if err != nil {
		return err
	}
	if !found.set {
		put(w, "kisiflow is not set up yet. To set it up: kisiflow setup")
		return nil
	}
	settings := found.settings
	putf(w, "%s in Gymflow is linked with %s in Kisi (%s).", named(settings.GymflowName), named(settings.PlaceName), words.Clean(settings.Key.OrganizationName))
	if found.synced.IsZero() {
		put(w, "It was never synced. To do it now: kisiflow sync")
	} else {
		putf(w, "In step %s (%s).", words.Ago(found.synced, now), words.Stamp(found.synced, now.Location()))
	}
	put(w, runningWords(found, now))
	if len(found.rows) > 0 {
		put(w, CountWords(found.rows))
	}
	put(w, sentenceCase(words.Count(found.ours, "access right"))+" in Kisi "+isAre(found.ours)+" kisiflow's.")
	if len(found.runs) > 0 {
		run := found.runs[0]
		putf(w, "Last run %s, %s: %s; %s given, %s taken away.", words.Clean(run.ID), words.Ago(run.Started, now), outcomeWords(run.Outcome),
			words.Count(run.Granted, "access right"), words.Number(run.Revoked))
	}
	printNeeds(w, found)
	return nil
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func runningWords(found status, now time.Time) string {
	switch {
	case found.progress.Running && found.working:
		return "A sync is running: " + progressWords(found.progress.Phase, found.progress.Done, found.progress.Total)
	case found.working:
		return fmt.Sprintf("At work: %s on %s, process %d, since %s.", words.Clean(found.holder.Purpose), words.Clean(found.holder.Host),
			found.holder.PID, words.When(found.holder.Since, now, now.Location()))
	}
	return "Nothing is running now."
}

// printNeeds lists what waits for a person.
func printNeeds(w io.Writer, found status) {
	if found.anyHeld {
		put(w, "Needs you: "+words.Count(len(found.held.Removals), "removal")+" held.")
		for _, why := range found.held.Why {
			put(w, "Held: "+words.Clean(why))
		}
		put(w, "To let them happen: kisiflow sync --approve "+words.Clean(found.held.Fingerprint))
	}
	for _, question := range found.questions {
		put(w, "Needs you: "+words.Clean(question.Text))
	}
	for _, warning := range setup.KeyWarnings(found.settings.Key) {
		put(w, "Warning: "+warning)
	}
}
