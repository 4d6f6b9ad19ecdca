package line

import (
	"io"
	"time"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/words"
)

// PrintPlan prints what a run would do: by group, then everybody who would lose access, then what it costs.
func PrintPlan(w io.Writer, preview reconcile.Preview) {
	plan := preview.Plan
	if plan.Empty() {
		put(w, "Nothing has to change: "+words.Count(preview.Members, "member")+" in step.")
	} else {
		putf(w, "Of %s: %s to give, %s to take away.", words.Count(preview.Members, "member"),
			words.Count(len(plan.Grants), "access right"), words.Number(len(plan.Revokes)))
	}
	printGroups(w, preview.Groups)
	printRemovals(w, plan.Revokes, preview.Verdict.Hold)
	if n := len(plan.Unconfirmed); n > 0 {
		wait := " wait"
		if n == 1 {
			wait = " waits"
		}
		put(w, sentenceCase(words.Count(n, "removal"))+wait+" for a second complete list, because Gymflow's list no longer has the member.")
	}
	if preview.Writes > 0 {
		putf(w, "%s to Kisi, %s.", words.Count(preview.Writes, "request"), words.Duration(preview.Time))
	}
	if preview.NewUsers > 0 {
		put(w, sentenceCase(words.Count(preview.NewUsers, "person"))+" will be new in Kisi.")
	}
	if preview.Mails > 0 {
		put(w, "Kisi will send "+words.Count(preview.Mails, "e-mail")+".")
	}
	for _, question := range plan.Questions {
		put(w, "To decide: "+words.Clean(question.Text))
	}
	for _, warning := range preview.Warnings {
		put(w, "Warning: "+words.Clean(warning))
	}
	if preview.Verdict.Hold {
		for _, reason := range preview.Verdict.Reasons {
			put(w, "Held: "+words.Clean(reason))
		}
		put(w, "To let these removals happen: kisiflow sync --approve "+plan.Fingerprint)
	}
}

func printGroups(w io.Writer, groups []reconcile.GroupChange) {
	if len(groups) == 0 {
		return
	}
	changes := newTable("Access group", ">Give", ">Take away", ">Keep", ">Held", ">Left alone")
	for _, group := range groups {
		changes.add(named(group.Name), words.Number(group.Grant), words.Number(group.Revoke), words.Number(group.Keep),
			words.Number(group.Held), words.Number(group.Foreign))
	}
	changes.print(w)
}

func printRemovals(w io.Writer, revokes []access.Revoke, held bool) {
	what := "loses"
	if held {
		what = "would lose"
	}
	for i, revoke := range revokes {
		if i == shownNames {
			putf(w, "And %d more removals.", len(revokes)-shownNames)
			return
		}
		putf(w, "%s %s %s. %s", named(revoke.Name), what, words.Clean(revoke.GroupName), sentence(revoke.Why))
	}
}

// PrintNames prints every single change of a plan by name.
func PrintNames(w io.Writer, preview reconcile.Preview) {
	if preview.Plan.Empty() {
		put(w, "Nobody's access changes.")
	}
	for _, grant := range preview.Plan.Grants {
		again := ""
		if grant.Again {
			again = " (again; somebody removed it in Kisi)"
		}
		putf(w, "%s gets %s%s. %s", named(grant.Name), words.Clean(grant.GroupName), again, sentence(grant.Why))
	}
	for _, revoke := range preview.Plan.Revokes {
		what := "loses"
		if preview.Verdict.Hold {
			what = "would lose"
		}
		putf(w, "%s %s %s. %s", named(revoke.Name), what, words.Clean(revoke.GroupName), sentence(revoke.Why))
	}
}

// PrintRun prints what a run did.
func PrintRun(w io.Writer, run store.Run) {
	outcome := outcomeWords(run.Outcome)
	if run.Audit {
		outcome += ", audit only"
	}
	putf(w, "Run %s: %s.", words.Clean(run.ID), outcome)
	putf(w, "%s: %s given, %s taken away, %s kept, %s held, %s failed.", sentenceCase(words.Count(run.Members, "member")),
		words.Count(run.Granted, "access right"), words.Number(run.Revoked), words.Number(run.Kept),
		words.Count(run.Held, "removal"), words.Count(run.Failed, "member"))
	if run.Foreign > 0 {
		put(w, sentenceCase(words.Count(run.Foreign, "access right"))+" of others left alone.")
	}
	for _, note := range run.Notes {
		put(w, "Note: "+words.Clean(note))
	}
	for _, trouble := range run.Problems {
		put(w, "Problem: "+troubleWords(trouble))
	}
	if run.Held > 0 {
		put(w, "To let the held removals happen: kisiflow sync --approve "+words.Clean(run.Fingerprint))
	}
	text := words.Number(run.Requests.KisiRead) + " reads and " + words.Number(run.Requests.KisiWrite) + " writes to Kisi, " +
		words.Count(run.Requests.Gymflow, "request") + " to Gymflow"
	if !run.Finished.IsZero() && !run.Started.IsZero() {
		text += ", " + tookWords(run.Finished.Sub(run.Started))
	}
	put(w, text+".")
}

func tookWords(took time.Duration) string { return "took " + words.Duration(took) }

func outcomeWords(outcome string) string {
	switch outcome {
	case store.OutcomeRunning:
		return "still running"
	case store.OutcomeDone:
		return "done"
	case store.OutcomePartial:
		return "done, with problems"
	case store.OutcomeHeld:
		return "done, removals are held"
	case store.OutcomeStopped:
		return "stopped before its end"
	case store.OutcomeFailed:
		return "failed"
	}
	return words.Clean(outcome)
}
