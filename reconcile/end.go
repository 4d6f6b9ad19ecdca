package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"kisiflow/access"
	"kisiflow/store"
)

// scheduled is the trigger of runs that nobody asked for.
const scheduled = "schedule"

// end stores what came of the run. The error that stopped it, if any, is given back with the run.
func (r *syncRun) end(cause error) (store.Run, error) {
	r.record.Finished = r.engine.options.Now()
	r.record.Failed = len(r.outcome.Failed)
	r.record.Notes = append(append(r.record.Notes, r.why...), r.notes...)
	r.record.Outcome, r.record.Exit = r.result(cause)
	if cause != nil {
		why := sentence(cause.Error())
		r.record.Notes = append(r.record.Notes, why)
		r.meter.trouble(store.Trouble{Text: why, At: r.record.Finished})
	}
	if err := r.commit(func(tx *store.Tx) error { return r.storeEnd(tx, cause) }); err != nil && cause == nil {
		return r.record, err
	}
	return r.record, cause
}

// result is the outcome word and the exit code (design.md section 8).
func (r *syncRun) result(cause error) (string, int) {
	code := ExitCode(cause)
	asked := r.request.Approve != "" && r.hold
	switch {
	case code == exitRefused, code == exitInterrupted, cause != nil && r.record.Planned:
		return store.OutcomeStopped, code
	case cause != nil:
		return store.OutcomeFailed, code
	case r.record.Audit && r.unanswered == 0 && !r.trimmed:
		return store.OutcomeDone, 0
	case r.record.Failed > 0:
		return store.OutcomePartial, exitPartial
	case r.record.Held > 0, r.unbelieved, asked:
		return store.OutcomeHeld, exitHeld
	case r.unanswered > 0:
		return store.OutcomePartial, exitUnavailable
	case r.trimmed:
		return store.OutcomePartial, exitPartial
	}
	return store.OutcomeDone, 0
}

func (r *syncRun) storeEnd(tx *store.Tx, cause error) error {
	news, err := r.isNews(tx)
	if err != nil {
		return err
	}
	failures := []error{tx.PutRun(r.record), tx.PutProgress(r.meter.last()), storeKeyLife(tx, cause, r.record.Finished)}
	switch {
	case r.record.Planned && r.record.Undoes != "":
		failures = append(failures, r.storeUndone(tx))
	case r.record.Planned:
		r.state.HeldGroups, r.state.Rules.GoneGroups = r.withheld, r.gone
		rows, err := r.keepOvertaken(tx, r.survey.rows(r.weighed, r.outcome))
		failures = append(failures, err, tx.PutDrift(store.Drift{}), tx.PutWithheld(r.withheld),
			r.storePicture(tx, r.afterwards(), rows, append(r.plan.Foreign, r.newcomer...)))
		if r.peopleChanged() {
			failures = append(failures, r.storeNewPeople(tx))
		}
	}
	if news {
		failures = append(failures, journal(tx, store.Entry{
			At: r.record.Finished, Kind: store.RunEnded, Run: r.record.ID, By: r.by, After: r.record.Outcome, Evidence: r.summary(),
		}))
	}
	return errors.Join(failures...)
}

// isNews: a run by schedule that changed nothing, and ended as the one before it, is told by its record alone. A service
// that is down all night makes one entry in the journal.
func (r *syncRun) isNews(tx *store.Tx) (bool, error) {
	if r.record.Trigger != scheduled || r.record.Granted+r.record.Revoked > 0 {
		return true, nil
	}
	runs, err := tx.Runs(2)
	if err != nil || len(runs) < 2 {
		return true, err
	}
	before := runs[1]
	same := before.Outcome == r.record.Outcome && slices.Equal(before.Notes, r.record.Notes) && before.Failed == r.record.Failed
	return !same && (r.record.Outcome != store.OutcomeDone || len(r.record.Notes) > 0), nil
}

// afterwards is the weighed plan with the questions about groups that were lost or refused while writing.
func (r *syncRun) afterwards() weighed {
	w := r.weighed
	asked := map[int64]bool{}
	for _, question := range w.plan.Questions {
		if question.MemberID == "" {
			asked[question.GroupID] = true
		}
	}
	questions := w.plan.Questions[:len(w.plan.Questions):len(w.plan.Questions)]
	for group, why := range r.withheld {
		if asked[group] {
			continue
		}
		reason := access.IsHeld
		if r.gone[group] {
			reason, why = access.GroupGone, why+" Choose another one under Associations."
		}
		questions = append(questions, access.Question{GroupID: group, Reason: reason, Text: why})
	}
	w.plan.Questions = slices.DeleteFunc(questions, func(question access.Question) bool { return r.overtaken[question.MemberID] })
	return w
}

// peopleChanged: users found or made by this run are known from now on.
func (r *syncRun) peopleChanged() bool { return len(r.created) > 0 && !r.people.ReadAt.IsZero() }

// summary is the run in one sentence.
func (r *syncRun) summary() string {
	var parts []string
	count := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	count(r.record.Granted, "right given", "rights given")
	count(r.record.Revoked, "right taken away", "rights taken away")
	count(r.record.Held, "removal held", "removals held")
	count(r.record.Failed, "member failed", "members failed")
	text := "Nothing to change."
	if len(parts) > 0 {
		text = strings.Join(parts, ", ") + "."
	} else if !r.record.Planned {
		text = "Nothing was changed."
	}
	return strings.Join(append([]string{text}, r.record.Notes...), " ")
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	text = cleanLine(text)
	if text == "" {
		return ""
	}
	letters := []rune(text)
	text = string(append([]rune{unicode.ToUpper(letters[0])}, letters[1:]...))
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
