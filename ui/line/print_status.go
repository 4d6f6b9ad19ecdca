package line

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/words"
)

// status is what PrintStatus reads in one transaction.
type status struct {
	settings  store.Settings
	set       bool
	rows      []access.Row
	rowsAt    time.Time
	fresh     store.Freshness
	asOf      time.Time // of the last roster, by its source's own word
	progress  store.Progress
	holder    store.Holder
	working   bool
	watcher   store.Holder
	watched   bool
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
		if found.fresh, err = tx.Freshness(); err != nil {
			return err
		}
		if found.progress, err = tx.Progress(); err != nil {
			return err
		}
		if found.holder, found.working, err = tx.Leased(); err != nil {
			return err
		}
		if found.watcher, found.watched, _, err = tx.Watched(); err != nil {
			return err
		}
		if found.asOf, err = tx.RosterAsOf(); err != nil {
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
	source := named(settings.GymflowName) + " in Gymflow"
	if settings.Roster.Given() {
		source = "The roster file " + named(settings.GymflowName)
	}
	putf(w, "%s is linked with %s in Kisi (%s).", source, named(settings.PlaceName), words.Clean(settings.Key.OrganizationName))
	put(w, freshWords(found, now))
	if settings.Roster.Given() && !found.asOf.IsZero() {
		putf(w, "The roster file is from %s (%s).", words.Ago(found.asOf, now), words.Stamp(found.asOf, now.Location()))
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
	printNotes(w, found)
	printNeeds(w, found)
	return nil
}

// freshWords: in step is only what the last sync left with nothing held, withheld or failed, while somebody keeps it so.
func freshWords(found status, now time.Time) string {
	fresh := found.fresh
	if found.settings.Disabled() {
		return offWords(found, now)
	}
	if fresh.Last.Audit && !fresh.ReadAt.IsZero() && fresh.Last.Outcome == store.OutcomeDone {
		return fmt.Sprintf("Audit only: last read %s (%s).", words.Ago(fresh.ReadAt, now), words.Stamp(fresh.ReadAt, now.Location()))
	}
	if fresh.ReadAt.IsZero() {
		return "It was never synced. To do it now: kisiflow sync"
	}
	at := fmt.Sprintf("%s (%s)", words.Ago(fresh.ReadAt, now), words.Stamp(fresh.ReadAt, now.Location()))
	if fresh.InStep() {
		return "In step " + at + "."
	}
	var undone []string
	switch last := fresh.Last; last.Outcome {
	case store.OutcomeFailed, store.OutcomeStopped:
		undone = append(undone, "the sync since then "+outcomeWords(last.Outcome))
	default:
		if last.Held > 0 {
			undone = append(undone, words.Count(last.Held, "removal")+" held")
		}
		if last.Failed > 0 {
			undone = append(undone, words.Count(last.Failed, "member")+" failed")
		}
		if len(undone) == 0 {
			undone = append(undone, "not all could be done")
		}
	}
	return "Last read " + at + ", " + strings.Join(undone, ", ") + "."
}

// offWords: while it is switched off nothing is kept in step, however well the last sync ended.
func offWords(found status, now time.Time) string {
	text := "Switched off " + words.When(found.settings.DisabledAt, now, now.Location())
	if by := words.Clean(found.settings.DisabledBy); by != "" {
		text += " by " + by
	}
	text += ". Nothing is synced until it is switched on again."
	if !found.fresh.ReadAt.IsZero() {
		text += " Both sides were last read " + words.Ago(found.fresh.ReadAt, now) + "."
	}
	return text
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
	if found.watched {
		return fmt.Sprintf("Nothing is running now; kisiflow watch waits for what changes: process %d on %s, since %s.", found.watcher.PID, words.Clean(found.watcher.Host),
			words.When(found.watcher.Since, now, now.Location()))
	}
	return "Nothing is running now."
}

// printNotes repeats what the last run had to say, but for the guard's sentences, which stand where the admin must decide.
func printNotes(w io.Writer, found status) {
	if len(found.runs) == 0 {
		return
	}
	for _, note := range found.runs[0].Notes {
		asked := slices.ContainsFunc(found.questions, func(question access.Question) bool { return strings.Contains(question.Text, note) })
		if !asked && !slices.Contains(found.held.Why, note) {
			put(w, "Note: "+words.Clean(note))
		}
	}
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
		if found.anyHeld && aboutTheHeld(question, found.held) {
			continue // said above
		}
		put(w, "Needs you: "+words.Clean(question.Text))
	}
	for _, warning := range reconcile.KeyWarnings(found.settings.Key) {
		put(w, "Warning: "+warning)
	}
}

// aboutTheHeld: the question says again what is held, and why.
func aboutTheHeld(question access.Question, held store.Approvable) bool {
	return question.MemberID == "" && question.GroupID == 0 && question.Reason == access.IsHeld &&
		!slices.ContainsFunc(held.Why, func(why string) bool { return !strings.Contains(question.Text, why) })
}
