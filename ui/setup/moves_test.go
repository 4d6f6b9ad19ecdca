package setup_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kisiflow/ui/setup"
)

// drawn is any move whatever, sensible for the state or not.
func drawn(t *rapid.T, w world, facts setup.Facts) setup.Answer {
	question := setup.Ask(facts)
	switch rapid.IntRange(0, 9).Draw(t, "move") {
	case 0:
		return setup.Answer{Move: setup.GoBack}
	case 1:
		return setup.Answer{Move: setup.Retry}
	case 2:
		return setup.Answer{Move: setup.Done, Result: setup.Result{State: facts.State, Attempt: facts.Attempt, Err: errors.New("it broke")}}
	case 3: // of another state, or empty
		states := []setup.State{setup.CheckGymflow, setup.CheckKey, setup.LoadPlaces, setup.LoadChoices, setup.LoadReview, setup.Syncing, ""}
		late := w.result(setup.Facts{State: rapid.SampledFrom(states).Draw(t, "state"), Attempt: facts.Attempt})
		if rapid.Bool().Draw(t, "nothing in it") {
			late.Result = setup.Result{State: late.Result.State}
		}
		return late
	case 4:
		return setup.Answer{Move: setup.Submit, Text: rapid.String().Draw(t, "text"), Chosen: rapid.String().Draw(t, "chosen"),
			Groups: rapid.MapOf(rapid.SampledFrom([]string{"ms_1", "ms_2", "x"}), rapid.Int64Range(0, 4)).Draw(t, "groups"),
			Leave:  rapid.SliceOf(rapid.Int64Range(69, 73)).Draw(t, "leave")}
	case 5, 6, 7:
		return w.result(facts)
	default:
		return usual(question)
	}
}

func TestAnyMovesKeepTheMachineSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := riverside()
		w.health.Owner = rapid.Bool().Draw(t, "owner")
		if rapid.Bool().Draw(t, "zones differ") {
			w.account.TimeZone = "Europe/London"
		}
		facts, question := setup.Start(setup.Facts{AskAll: rapid.Bool().Draw(t, "all")})
		for range rapid.IntRange(1, 80).Draw(t, "moves") {
			before := facts
			history := slices.Clone(facts.History)
			answer := drawn(t, w, facts)
			other, _ := setup.Next(facts, drawn(t, w, facts))
			otherHistory := slices.Clone(other.History)
			facts, question = setup.Next(facts, answer)
			if !slices.Equal(history, before.History) || !slices.Equal(otherHistory, other.History) {
				t.Fatalf("Next changed what it was given: %v, %v", before.History, other.History)
			}
			if question.State != facts.State || question.Title == "" || question.Kind == 0 || question.Step == 0 {
				t.Fatalf("no question for %q: %+v", facts.State, question)
			}
			work := setup.Ask(before).Kind == setup.Work || setup.Ask(before).Kind == setup.Run
			switch {
			case answer.Move == setup.GoBack:
				if diff := cmp.Diff(before.Draft, facts.Draft); diff != "" || before.Token != facts.Token || before.Key != facts.Key {
					t.Fatalf("Back from %q lost an answer: %s", before.State, diff)
				}
			case answer.Move == setup.Submit && work && facts.State != before.State:
				t.Fatalf("a typed-ahead Submit moved %q to %q", before.State, facts.State)
			case answer.Move == setup.Done && answer.Result.State != before.State && !reflect.DeepEqual(before, facts):
				t.Fatalf("a stale result of %q changed %q", answer.Result.State, before.State)
			}
		}
		// From wherever it stands, the usual answers lead to the end.
		for moves := 0; facts.State != setup.Finished; moves++ {
			if moves > 60 {
				t.Fatalf("no way on from %q: %q", facts.State, question.Problem)
			}
			answer := usual(question)
			switch {
			case question.Kind == setup.Work && question.Problem != "":
				answer = setup.Answer{Move: setup.Retry}
			case question.Kind == setup.Work || question.Kind == setup.Run:
				answer = w.result(facts)
			}
			facts, question = setup.Next(facts, answer)
		}
	})
}
