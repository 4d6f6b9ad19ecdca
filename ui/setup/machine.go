package setup

import (
	"cmp"
	"errors"
	"slices"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/ui/words"
)

// stage is one state's row in the table of transitions.
type stage struct {
	state State
	step  Step
	kind  Kind
	// ask builds what the kind needs; State, Step, Kind, Problem and the like are filled in for all alike.
	ask func(Facts) Question
	// answered reports that the facts hold an answer already (no question is asked for it when resuming).
	answered func(Facts) bool
	// take puts an answer into the facts; a problem keeps the state. For Work it takes the result.
	take func(Facts, Answer) (Facts, string)
	next func(Facts) State
	// blame names the state whose answer is at fault when the work failed with this error.
	blame func(error) State
}

// table lists the states in their order. It is a function because the package keeps no state.
func table() []stage {
	return []stage{
		{state: AskAddress, step: StepGymflow, kind: Text, ask: askAddress, answered: hasAddress, take: takeAddress, next: afterAddress},
		{state: AskRosterMeaning, step: StepGymflow, kind: Choose, ask: askRosterMeaning, take: takeRosterMeaning, next: to(ReadRoster)},
		{state: ReadRoster, step: StepGymflow, kind: Work, ask: askReadRoster, take: takeRosterRead, next: to(AskRoster), blame: blameAlways(AskAddress)},
		{state: AskRoster, step: StepGymflow, kind: Choose, ask: askRoster, answered: rosterAccepted, take: takeRoster, next: afterRoster},
		{state: AskToken, step: StepGymflow, kind: Secret, ask: askToken, answered: hasToken, take: takeToken, next: to(CheckGymflow)},
		{state: CheckGymflow, step: StepGymflow, kind: Work, ask: askCheckGymflow, take: takeAccount, next: to(AskKey), blame: blameGymflow},
		{state: AskKey, step: StepKey, kind: Secret, ask: askKey, answered: hasKey, take: takeKey, next: to(CheckKey)},
		{state: CheckKey, step: StepKey, kind: Work, ask: askCheckKey, take: takeHealth, next: afterCheckKey, blame: blameAlways(AskKey)},
		{state: WarnKey, step: StepKey, kind: Choose, ask: askWarnKey, answered: keyAccepted, take: takeWarnKey, next: afterWarnKey},
		{state: LoadPlaces, step: StepPlace, kind: Work, ask: askLoadPlaces, take: takePlaces, next: to(AskPlace), blame: blameAlways(AskKey)},
		{state: AskPlace, step: StepPlace, kind: Choose, ask: askPlace, answered: hasPlace, take: takePlace, next: afterPlace},
		{state: AskZone, step: StepPlace, kind: Choose, ask: askZone, answered: hasZone, take: takeZone, next: to(LoadChoices)},
		{state: LoadChoices, step: StepAssociate, kind: Work, ask: askLoadChoices, take: takeChoices, next: to(AskAssociations), blame: blameReading(AskPlace)},
		{state: AskAssociations, step: StepAssociate, kind: Associate, ask: askAssociations, answered: hasAssociations, take: takeAssociations, next: afterAssociations},
		{state: AskUnlocking, step: StepAssociate, kind: Choose, ask: askUnlocking, answered: hasUnlocking, take: takeUnlocking, next: to(LoadReview)},
		{state: LoadReview, step: StepReview, kind: Work, ask: askLoadReview, take: takePreview, next: afterLoadReview, blame: blameReading(AskAssociations)},
		{state: AskPeople, step: StepReview, kind: People, ask: askPeople, answered: peopleAsked, take: takePeople, next: afterPeople},
		{state: AskReview, step: StepReview, kind: Review, ask: askReview, take: takeReview, next: to(Syncing)},
		{state: Syncing, step: StepSync, kind: Run, ask: askSyncing, take: takeRun, next: to(Finished)},
		{state: Finished, step: StepSync, kind: End, ask: askFinished},
	}
}

func to(state State) func(Facts) State { return func(Facts) State { return state } }

// order is the state's row in the table; -1 when there is none.
func order(rows []stage, state State) int {
	return slices.IndexFunc(rows, func(row stage) bool { return row.state == state })
}

// rowOf is the row of a state; a state that is not known begins from the front.
func rowOf(state State) stage {
	rows := table()
	return rows[max(0, order(rows, state))]
}

// Start derives the state from the facts: the first step whose answer is missing or unproven. Checks of the network are
// made again, answers are not asked again.
func Start(facts Facts) (Facts, Question) {
	facts.History, facts.Problem, facts.Blame, facts.Typed = nil, "", "", ""
	facts.Draft.KisiURL = cmp.Or(facts.Draft.KisiURL, facts.given().KisiURL)
	if facts.From != 0 {
		facts = enterFrom(facts)
		return facts, Ask(facts)
	}
	first := AskAddress
	switch {
	case facts.Update:
		// The key was proven when it was put in force; its age shows when the choices are read.
		first = LoadChoices
		facts.KeyAccepted = true
	case !facts.AskAll:
		facts.Resuming = true
		// The key comes into the draft only when there is nothing to warn of, or the warning was answered.
		facts.KeyAccepted = facts.KeyAccepted || facts.Draft.Key.UserID != 0
	}
	facts = enter(facts, first)
	return facts, Ask(facts)
}

// enter goes to a state; when resuming it passes over the answered ones.
func enter(facts Facts, state State) Facts {
	rows := table()
	for facts.Resuming {
		row := rows[order(rows, state)]
		if row.kind == Work || row.kind == Run || row.kind == End {
			break
		}
		if row.answered == nil || !row.answered(facts) {
			facts.Resuming = false
			break
		}
		facts.History = append(slices.Clone(facts.History), state)
		state = row.next(facts)
	}
	facts.State = state
	facts.Problem, facts.Typed, facts.Blame, facts.Refused, facts.Offered = "", "", "", false, false
	facts.Rereading = facts.Rereading && state == LoadChoices
	if rows[order(rows, state)].kind == Work {
		facts.Attempt++
	}
	return facts
}

// Next answers the question that the facts stand at. It is pure.
func Next(facts Facts, answer Answer) (Facts, Question) {
	if order(table(), facts.State) < 0 {
		return Start(facts)
	}
	row := rowOf(facts.State)
	switch answer.Move {
	case Submit:
		facts = submit(facts, row, answer)
	case GoBack:
		facts = goBack(keepChosen(facts, answer), row)
	case Keep:
		facts = keepChosen(facts, answer)
	case Retry:
		facts = retry(keepChosen(facts, answer), row)
	case Done:
		facts = done(facts, row, answer)
	}
	return facts, Ask(facts)
}

// submit takes an answer. Work, a run and the end take none: what was typed ahead must not walk through them.
func submit(facts Facts, row stage, answer Answer) Facts {
	if row.kind == Work || row.kind == Run || row.kind == End {
		return facts
	}
	facts.Problem, facts.Notice = "", ""
	taken, problem := row.take(facts, answer)
	if problem != "" || taken.Notice != "" {
		taken.Problem = problem
		return taken
	}
	next := row.next(taken)
	if rows := table(); order(rows, next) < order(rows, row.state) && rowOf(next).kind != Work {
		return goBackTo(taken, next) // "enter another key" is a way back
	}
	if rows := table(); row.step == StepGymflow && order(rows, next) < order(rows, row.state) {
		taken.History = slices.DeleteFunc(slices.Clone(taken.History), func(state State) bool { return order(rows, state) >= order(rows, next) })
		return enter(taken, next) // a roster file that is read anew
	}
	if row.state != AskRosterMeaning {
		taken.History = append(slices.Clone(taken.History), row.state)
	}
	return enter(taken, next)
}

// goBack leads to the state before, or from failed work to the one whose answer is at fault. Answers stay as they are.
func goBack(facts Facts, row stage) Facts {
	if row.kind == Run || row.kind == End {
		return facts
	}
	if row.state == LoadChoices && facts.Rereading {
		return enter(facts, AskAssociations)
	}
	if row.state == AskRosterMeaning {
		return enter(facts, AskRoster)
	}
	target := facts.Blame
	if facts.Problem == "" || row.kind != Work || target == "" {
		if len(facts.History) == 0 {
			return facts
		}
		target = facts.History[len(facts.History)-1]
	}
	return goBackTo(facts, target)
}

// goBackTo forgets that the state and those after it were answered; the answers themselves stay.
func goBackTo(facts Facts, target State) Facts {
	target = readFirst(facts, target)
	rows := table()
	at := order(rows, target)
	kept := make([]State, 0, len(facts.History))
	for _, state := range facts.History {
		if order(rows, state) < at {
			kept = append(kept, state)
		}
	}
	facts.History = kept
	facts.Resuming = false
	facts.Notice = ""
	return enter(facts, target)
}

func retry(facts Facts, row stage) Facts {
	switch {
	case row.kind == Work && facts.Problem != "":
		return enter(facts, row.state)
	case row.state == AskReview:
		return enter(facts, LoadReview)
	case row.state == AskAssociations:
		facts = enter(facts, LoadChoices)
		facts.Rereading = true
	}
	return facts
}

// done takes what work found, unless it is of another state or of an earlier try.
func done(facts Facts, row stage, answer Answer) Facts {
	result := answer.Result
	if (row.kind != Work && row.kind != Run) || result.State != row.state || facts.Problem != "" && row.kind == Work {
		return facts
	}
	if row.kind == Work && result.Attempt != 0 && result.Attempt != facts.Attempt {
		return facts
	}
	if row.kind == Run {
		return doneRun(facts, row, answer)
	}
	if result.Err != nil {
		return failed(facts, row, result.Err)
	}
	taken, problem := row.take(facts, answer)
	if problem != "" {
		facts.Problem, facts.Blame = problem, row.blame(nil)
		return facts
	}
	return enter(taken, row.next(taken))
}

func failed(facts Facts, row stage, err error) Facts {
	facts.Problem = hide(facts, problemOf(facts, err))
	facts.Blame = row.blame(err)
	facts.Refused = errors.Is(err, kisi.ErrUnauthorized) || errors.Is(err, gymflow.ErrUnauthorized)
	return facts
}

// Ask gives the question for the facts as they stand, without answering anything.
func Ask(facts Facts) Question {
	row := rowOf(facts.State)
	question := row.ask(facts)
	question.State, question.Step = row.state, row.step
	if question.Kind == 0 {
		question.Kind = row.kind
	}
	question.Problem, question.Notice, question.Attempt = facts.Problem, facts.Notice, facts.Attempt
	switch row.kind {
	case Run, End:
	case Work:
		question.Refused = facts.Problem != "" && facts.Refused
		question.CanGoBack = len(facts.History) > 0 || facts.Problem != "" && facts.Blame != "" || facts.Rereading
	default:
		question.CanGoBack = len(facts.History) > 0
	}
	return question
}

// doneRun ends with the run, or leads back to the review when it could not begin.
func doneRun(facts Facts, row stage, answer Answer) Facts {
	switch {
	case answer.Result.Run != nil:
		facts.Run = answer.Result.Run
		return enter(facts, row.next(facts))
	case answer.Result.Err != nil:
		facts = goBackTo(facts, AskReview)
		facts.Problem = hide(facts, problemOf(facts, answer.Result.Err))
	}
	return facts
}

// named is a name from outside as it stands in a sentence.
func named(name, otherwise string) string {
	if name = words.Clean(name); name == "" {
		return otherwise
	}
	return name
}
