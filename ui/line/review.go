package line

import (
	"context"
	"strings"

	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// review shows the plan by group, names on demand, and asks for the word that starts it.
func (w *wizard) review(ctx context.Context, question setup.Question) (setup.Answer, error) {
	printGroups(w, question.Preview.Groups)
	prompt := "Start the sync now? yes, names, again (to plan again), back or quit [yes]"
	if question.Preview.Verdict.Hold {
		prompt = "Start the sync now? yes (removals stay held), approve (removals too), names, again, back or quit [yes]"
	}
	for {
		text, err := w.choice(ctx, prompt)
		if err != nil {
			return setup.Answer{}, err
		}
		switch strings.ToLower(text) {
		case "", "y", "yes":
			return setup.Answer{Move: setup.Submit}, nil
		case "approve":
			if question.Preview.Verdict.Hold {
				return setup.Answer{Move: setup.Submit, Approve: true}, nil
			}
			w.say("Nothing is held. Type yes to start the sync.")
		case "names", "n":
			PrintNames(w, *question.Preview)
		case "again":
			w.shown = ""
			return setup.Answer{Move: setup.Retry}, nil
		default:
			w.say("Type yes, names, again, back or quit.")
		}
	}
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

func (w *wizard) ended(facts setup.Facts, question setup.Question) {
	if facts.Run != nil {
		for _, trouble := range facts.Run.Problems {
			w.say("Problem: ", troubleWords(trouble))
		}
	}
	if question.Kind == setup.End && !w.update {
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
