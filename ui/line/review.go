package line

import (
	"context"
	"strings"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// review says by group what the sync would do, people on demand, and asks for the word that starts it.
func (w *wizard) review(ctx context.Context, question setup.Question) (setup.Answer, error) {
	preview := *question.Preview
	for _, group := range preview.Groups {
		w.say(groupSentence(group))
	}
	removals := len(preview.Plan.Revokes)
	held := preview.Verdict.Hold && removals > 0
	prompt := reviewPrompt(preview, held, question.MayNot != "")
	for {
		text, err := w.choice(ctx, prompt)
		if err != nil {
			return setup.Answer{}, err
		}
		switch strings.ToLower(text) {
		case "", "y", "yes":
			return setup.Answer{Move: setup.Submit}, nil
		case "approve":
			if !held {
				w.say("Nothing is held. Type yes to start the sync.")
				continue
			}
			return w.approve(ctx, question)
		case "names", "n":
			PrintNames(w, preview)
		case "again":
			w.shown = ""
			return setup.Answer{Move: setup.Retry}, nil
		default:
			w.findInPlan(preview, text)
		}
	}
}

// reviewPrompt names what can be typed, and what yes does that can't be taken back.
func reviewPrompt(preview reconcile.Preview, held, mayNot bool) string {
	prompt := "Start the sync now"
	if preview.Mails > 0 {
		prompt += ", which sends " + words.Count(preview.Mails, "e-mail")
	}
	removals := theseRemovals(len(preview.Plan.Revokes))
	switch {
	case held && mayNot:
		prompt += "? Enter for yes, which holds " + removals
	case held:
		prompt += "? Enter for yes, which holds " + removals + "; approve to do them, too"
	default:
		prompt += "? Enter for yes"
	}
	return prompt + "; names to hear each change, part of a name to find somebody, again to plan again, b to go back, q to leave"
}

// approve asks for the words where Gymflow's list is not to be trusted.
func (w *wizard) approve(ctx context.Context, question setup.Question) (setup.Answer, error) {
	answer := setup.Answer{Move: setup.Submit, Approve: true}
	if question.Words == "" {
		return answer, nil
	}
	w.say("Look into Gymflow first. If its list is a fault there, people who paid would lose access.")
	text, err := w.choice(ctx, "Type "+question.Words+" to approve, b to go back")
	if isBack(err) {
		return setup.Answer{Move: setup.Keep}, nil // to the review itself
	}
	answer.Text = text
	return answer, err
}

// findInPlan says what happens to the people whose name holds a text.
func (w *wizard) findInPlan(preview reconcile.Preview, text string) {
	found := 0
	tell := func(name string, sentence ...string) {
		if matches(words.Clean(name), text) {
			found++
			w.say(append([]string{named(name), " "}, sentence...)...)
		}
	}
	for _, grant := range preview.Plan.Grants {
		tell(grant.Name, "gets ", words.Clean(grant.GroupName), ". ", sentence(grant.Why))
	}
	what := "loses "
	if preview.Verdict.Hold {
		what = "would lose "
	}
	for _, revoke := range preview.Plan.Revokes {
		tell(revoke.Name, what, words.Clean(revoke.GroupName), ". ", sentence(revoke.Why))
	}
	for _, kept := range preview.Plan.Kept {
		tell(kept.Name, "keeps the access right that is there.")
	}
	for _, foreign := range preview.Plan.Foreign {
		tell(foreign.Name, "is left alone.")
	}
	if found == 0 {
		w.sayf("Nobody in the plan is called %s. Type yes, names, again, back or quit, or another part of a name.", quoted(text))
	}
}

// groupSentence is one group's row as it is said.
func groupSentence(group reconcile.GroupChange) string {
	text := named(group.Name) + ": " + words.Number(group.Grant) + " to give, " + words.Number(group.Revoke) + " to take away, " +
		words.Number(group.Keep) + " kept"
	if group.Held > 0 {
		text += ", " + words.Count(group.Held, "removal") + " held"
	}
	if group.Foreign > 0 {
		text += ", " + words.Count(group.Foreign, "other") + " left alone"
	}
	return text + "."
}

// sync puts the draft in force and follows the first run, which the engine does in its own loop.
func (w *wizard) sync(ctx context.Context, facts setup.Facts) (setup.Answer, error) {
	before, err := runsSoFar(w.state)
	if err != nil {
		return setup.Answer{}, err
	}
	result := setup.Result{State: setup.Syncing}
	if result.Err = setup.Confirm(w.engine, facts, facts.Approve, w.by); result.Err != nil {
		w.shown = ""
		return setup.Answer{Move: setup.Done, Result: result}, nil
	}
	run, err := w.follow(ctx, w.state, before, "setup")
	if err != nil {
		return setup.Answer{}, err
	}
	result.Run = &run
	return setup.Answer{Move: setup.Done, Result: result}, nil
}

func (w *wizard) ended(ctx context.Context, facts setup.Facts, question setup.Question) {
	if facts.Run != nil {
		for _, trouble := range facts.Run.Problems {
			w.say("Problem: ", troubleWords(trouble))
		}
	}
	if question.Kind == setup.End && facts.Run != nil && !w.update && !w.again {
		w.doors(ctx)
	}
	if question.Kind == setup.End {
		w.keep(ctx)
	}
	if question.Kind == setup.End && !w.update && !w.again && !w.terminal.Temporary {
		w.say("To see everybody's access: kisiflow")
	}
}

func troubleWords(trouble store.Trouble) string {
	text := words.Clean(trouble.Text)
	if trouble.Name != "" {
		text = words.Clean(trouble.Name) + ": " + text
	}
	return text
}

// doors reads out the doors of the place. The link works without them, so that a failure is only said.
func (w *wizard) doors(ctx context.Context) {
	w.say("Reading the doors of the place from Kisi.")
	found, err := w.engine.Doors(ctx)
	if err != nil {
		w.say("Note: the doors can't be shown: ", words.Clean(err.Error()), ". To try again: kisiflow doors")
		return
	}
	PrintDoors(w, found)
}
