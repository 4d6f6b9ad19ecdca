package line

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// howTo is said once, before the first question.
const howTo = `One question at a time. Each question says what Enter alone takes.
Type back to go one step back, or quit to leave; where a number is asked for, b and q do the same.
Every answer is kept, so you can leave at any time and go on later. Nothing is changed in Kisi before you confirm the review.`

// howToTry is the same in a demo of which nothing is kept.
const howToTry = `One question at a time. Each question says what Enter alone takes.
Type back to go one step back, or quit to leave; where a number is asked for, b and q do the same.
This is a demo on a simulated gym and simulated doors. Your answers hold until you leave, and nothing of it is kept after that.`

// Wizard sets the integration up, asking whatever is not answered yet. The caller runs engine.Loop beside it: the first
// sync is done there, and followed here through the state file. prefill may be nil.
func Wizard(ctx context.Context, terminal Terminal, engine *reconcile.Engine, state *store.Store, by string, prefill *setup.Prefill) error {
	facts, err := setup.Load(state, false)
	if err != nil {
		return err
	}
	facts.Prefill = prefill
	w := &wizard{dialogue: newDialogue(terminal), engine: engine, state: state, by: by}
	w.say("kisiflow: link Gymflow with Kisi.")
	if terminal.Temporary {
		w.say(howToTry)
	} else {
		w.say(howTo)
	}
	return w.run(ctx, facts)
}

// Update changes the associations of the integration in force: "Update Integration".
func Update(ctx context.Context, terminal Terminal, engine *reconcile.Engine, state *store.Store, by string) error {
	return update(ctx, newDialogue(terminal), engine, state, by)
}

func update(ctx context.Context, d *dialogue, engine *reconcile.Engine, state *store.Store, by string) error {
	facts, err := setup.Load(state, true)
	if err != nil {
		return err
	}
	w := &wizard{dialogue: d, engine: engine, state: state, by: by, update: true}
	return w.run(ctx, facts)
}

// wizard drives the machine of ui/setup.
type wizard struct {
	*dialogue
	engine *reconcile.Engine
	state  *store.Store
	by     string
	update bool
	again  bool // of an integration in force, from a step on
	facts  setup.Facts
	step   setup.Step
	shown  setup.State // whose explanation was read out; it is not repeated after a problem
}

func (w *wizard) run(ctx context.Context, facts setup.Facts) error {
	facts, question := setup.Start(facts)
	w.facts = facts
	for {
		w.introduce(question)
		if question.Kind == setup.End {
			w.ended(ctx, facts, question)
			return w.writing
		}
		answer, err := w.ask(ctx, facts, question)
		if errors.Is(err, errBack) && !question.CanGoBack {
			w.say("There is no step before this one. Type quit to leave.")
			continue
		}
		if errors.Is(err, errBack) {
			answer, err = setup.Answer{Move: setup.GoBack, Groups: answer.Groups, Leave: answer.Leave}, nil
			w.shown = ""
		}
		if err != nil {
			return w.leave(ctx, question, err)
		}
		facts, question = setup.Next(facts, answer)
		w.facts = facts
		if err := setup.Save(w.state, facts); err != nil {
			return err
		}
	}
}

// leave says what becomes of the answers.
func (w *wizard) leave(ctx context.Context, question setup.Question, err error) error {
	kept := "Your answers are kept. To go on where you were: kisiflow setup"
	lost := "nothing is lost"
	switch {
	case w.terminal.Temporary:
		kept, lost = "Nothing of this demo is kept. To begin anew: kisiflow demo", "the demo is over"
	case question.Kind == setup.Run:
		kept = "The link is in force. What is left of the sync is done when you start kisiflow again: kisiflow"
	case w.update:
		kept = "Nothing was changed yet. What you chose is kept; open the associations again to go on"
	case w.again:
		drafted, failed := unconfirmed(w.state)
		if failed != nil {
			return errors.Join(err, failed)
		}
		if kept = "Nothing was changed"; drafted {
			kept = "Nothing is changed yet. Your answers are kept; go through the set-up again to go on"
		}
	}
	switch {
	case errors.Is(err, errQuit):
		w.say(kept, ".")
		return w.writing
	case errors.Is(err, ErrEndOfInput):
		return fmt.Errorf("%w at the question %q, and %s. %s", ErrEndOfInput, question.Title, lost, kept)
	case ctx.Err() != nil: // ctrl+c
		w.say()
		w.say(kept, ".")
	}
	return err
}

// introduce reads out the question: the step, the title, the explanation, warnings, and what was wrong.
func (w *wizard) introduce(question setup.Question) {
	if w.shown != question.State {
		w.say()
		if w.step != question.Step {
			w.step = question.Step
			w.sayf("Step %d of %d, %s.", question.Step, len(setup.Steps()), question.Step)
		}
		if question.Title != question.Step.String() {
			w.say(question.Title)
		}
		for _, paragraph := range question.Body {
			w.say(words.Clean(paragraph))
		}
		w.shown = question.State
	}
	if question.Kind != setup.Associate { // there they are said when they arise
		w.warn(question.Warnings)
	}
	if question.Notice != "" {
		w.say("Note: ", words.Clean(question.Notice))
	}
	if question.Problem != "" {
		refused := ""
		if question.Kind == setup.Text && w.facts.Typed != "" {
			refused = quoted(w.facts.Typed) + " can't be taken. "
		}
		w.say("Problem: ", refused, words.Clean(question.Problem))
	}
}

func (w *wizard) warn(warnings []string) {
	for _, warning := range warnings {
		w.say("Warning: ", words.Clean(warning))
	}
}

func (w *wizard) ask(ctx context.Context, facts setup.Facts, question setup.Question) (setup.Answer, error) {
	switch question.Kind {
	case setup.Text, setup.Secret:
		return w.askText(ctx, facts, question)
	case setup.Choose:
		return w.askChoice(ctx, question)
	case setup.Work:
		return w.work(ctx, facts, question)
	case setup.Associate:
		return w.associate(ctx, question)
	case setup.People:
		return w.people(ctx, question)
	case setup.Review:
		return w.review(ctx, question)
	default:
		return w.sync(ctx, facts)
	}
}

// askText asks for a line. What was refused is said again, but never offered as what Enter takes.
func (w *wizard) askText(ctx context.Context, facts setup.Facts, question setup.Question) (setup.Answer, error) {
	prompt, hidden := question.Label, question.Kind == setup.Secret
	if facts.Typed != "" {
		facts.Typed = ""
		question.Default = setup.Ask(facts).Default
	}
	switch {
	case hidden && question.HasSecret:
		prompt += ", not shown, Enter for the stored one"
	case hidden:
		prompt += ", not shown"
	case question.Default != "":
		prompt += ", Enter for " + words.Clean(question.Default)
	}
	text, err := w.text(ctx, prompt, hidden)
	if strings.TrimSpace(text) == "" && !hidden {
		text = question.Default
	}
	return setup.Answer{Move: setup.Submit, Text: text}, err
}

func (w *wizard) askChoice(ctx context.Context, question setup.Question) (setup.Answer, error) {
	labels := make([]string, len(question.Options))
	chosen := 0
	for i, option := range question.Options {
		labels[i] = words.Clean(option.Label)
		if option.Detail != "" { // the dots between its parts are for the eye
			detail := words.Clean(option.Detail)
			joint := ", "
			if strings.HasSuffix(detail, ".") {
				joint = ". "
			}
			labels[i] += joint + strings.ReplaceAll(strings.TrimSuffix(detail, "."), " · ", ", ")
		}
		if option.Warning != "" {
			labels[i] += ". Warning: " + words.Clean(option.Warning)
		}
		if option.ID == question.Default {
			chosen = i + 1
		}
	}
	number, err := w.pick(ctx, question.Label, labels, 1, chosen)
	if err != nil {
		return setup.Answer{}, err
	}
	return setup.Answer{Move: setup.Submit, Chosen: question.Options[number-1].ID}, nil
}
