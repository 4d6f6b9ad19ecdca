package setup_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kisiflow/kisi"
	"kisiflow/store"
	"kisiflow/ui/setup"
)

// enterAt loads what is in force and goes to the first question from a step on.
func enterAt(t *testing.T, w world, file *store.Store, step setup.Step) (setup.Facts, setup.Question) {
	t.Helper()
	facts := load(t, file, false)
	facts.From = step
	facts, _ = catchUp(t, w, facts)
	return facts, setup.Ask(facts)
}

func TestEachStepCanBeEnteredWithAllAnswersKept(t *testing.T) {
	for step, want := range map[setup.Step]setup.State{
		setup.StepGymflow: setup.AskAddress, setup.StepKey: setup.AskKey, setup.StepPlace: setup.AskPlace,
		setup.StepAssociate: setup.AskAssociations, setup.StepReview: setup.AskPeople, setup.StepSync: setup.AskPeople,
	} {
		t.Run(step.String(), func(t *testing.T) {
			file := openStore(t)
			settings := inForce(t, file)
			facts, question := enterAt(t, riverside(), file, step)
			if question.State != want || question.CanGoBack != (step > setup.StepGymflow) {
				t.Fatalf("it enters at %q, back %v", question.State, question.CanGoBack)
			}
			if diff := cmp.Diff(settings, facts.Draft); diff != "" || string(facts.Token) != token || string(facts.Key) != key {
				t.Errorf("answers are not as they were: %s", diff)
			}
			// Enter at every step leads to the review, with what was in force.
			for moves := 0; question.State != setup.AskReview; moves++ {
				if moves > 30 || question.Problem != "" {
					t.Fatalf("stuck at %q: %s", question.State, question.Problem)
				}
				answer := setup.Answer{Move: setup.Submit}
				if question.Kind == setup.Work {
					answer = riverside().result(facts)
				}
				facts, question = setup.Next(facts, answer)
			}
			if diff := cmp.Diff(settings.Associations, facts.Draft.Associations); diff != "" {
				t.Errorf("Enter alone changed the associations: %s", diff)
			}
		})
	}
}

func TestEnteringBackLeadsToTheStepBefore(t *testing.T) {
	file := openStore(t)
	inForce(t, file)
	w := riverside()
	for step, want := range map[setup.Step]setup.State{
		setup.StepKey: setup.AskToken, setup.StepPlace: setup.AskKey, setup.StepAssociate: setup.AskPlace, setup.StepReview: setup.AskUnlocking,
	} {
		facts, question := enterAt(t, w, file, step)
		if step == setup.StepReview {
			facts, question = setup.Next(facts, setup.Answer{Move: setup.GoBack})
		} else if facts, question = setup.Next(facts, setup.Answer{Move: setup.GoBack}); question.Kind == setup.Work {
			facts, question = setup.Next(facts, w.result(facts))
		}
		if question.State != want {
			t.Errorf("from %s back leads to %q", step, question.State)
		}
		if want == setup.AskPlace && len(question.Options) != len(w.places) {
			t.Errorf("the places are not there to choose from: %+v", question)
		}
		// And one more, so that the choices are read before they are asked about.
		if want == setup.AskUnlocking {
			facts, question = setup.Next(facts, setup.Answer{Move: setup.GoBack})
			if question.State != setup.LoadChoices {
				t.Fatalf("then it leads to %q", question.State)
			}
			if _, question = setup.Next(facts, w.result(facts)); question.State != setup.AskAssociations || question.Choices == nil {
				t.Errorf("then it leads to %q", question.State)
			}
		}
	}
}

func TestEnteringAndLeavingAtOnceChangesNothing(t *testing.T) {
	for _, step := range []setup.Step{setup.StepGymflow, setup.StepKey, setup.StepPlace, setup.StepAssociate, setup.StepReview} {
		file := openStore(t)
		settings := inForce(t, file)
		facts, _ := enterAt(t, riverside(), file, step)
		save(t, file, facts)
		if step == setup.StepKey { // also when the key was looked at again
			w := riverside()
			facts, _ = setup.Next(facts, setup.Answer{Move: setup.Submit})
			facts, _ = setup.Next(facts, w.result(facts))
			save(t, file, facts)
		}
		err := file.View(func(tx *store.Tx) error {
			now, _, err := tx.Settings()
			if diff := cmp.Diff(settings, now); diff != "" {
				t.Errorf("entered at %s, the settings changed: %s", step, diff)
			}
			if _, drafted, _ := tx.Draft(); drafted {
				t.Errorf("entered at %s, a draft is left behind", step)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if begins, question := setup.Start(load(t, file, false)); begins.State != setup.AskAddress {
			t.Errorf("the next setup begins at %q", question.State)
		}
	}
}

func TestAChangedSecretIsKeptWhenLeaving(t *testing.T) {
	file := openStore(t)
	inForce(t, file)
	facts, _ := enterAt(t, riverside(), file, setup.StepKey)
	facts, _ = setup.Next(facts, setup.Answer{Move: setup.Submit, Text: "another0123456789"})
	save(t, file, facts)
	if again := load(t, file, false); string(again.Key) != "another0123456789" {
		t.Error("the new key was lost")
	}
}

func TestAChangedPlaceAsksTheLaterStepsAgain(t *testing.T) {
	file := openStore(t)
	inForce(t, file)
	w := riverside()
	w.places = append(w.places, kisi.Place{ID: 301, Name: "Cork", TimeZone: "Europe/Dublin", LocksCount: 2})
	facts, question := enterAt(t, w, file, setup.StepPlace)
	if question.Default != "300" {
		t.Fatalf("Enter would take place %s", question.Default)
	}
	w.choices.Groups = []kisi.Group{{ID: 8, Name: "Cork doors", PlaceID: 301, LocksCount: 2, LoginEnabled: true}}
	facts, question = setup.Next(facts, setup.Answer{Move: setup.Submit, Chosen: "301"})
	if steps := setup.Entries(facts); slices.Contains(steps, setup.StepReview) && facts.Preview != nil {
		t.Errorf("the plan of the other place stands still: %v", steps)
	}
	var asked []setup.State
	for question.State != setup.AskReview && len(asked) < 30 {
		answer := usual(question)
		switch question.State {
		case setup.AskAssociations:
			if len(question.Chosen) > 1 || question.Chosen["ms_1"] != 0 {
				t.Errorf("groups of the other place are chosen: %v", question.Chosen)
			}
			answer.Groups = map[string]int64{"ms_1": 8}
		}
		if question.Kind == setup.Work {
			answer = w.result(facts)
		} else {
			asked = append(asked, question.State)
		}
		facts, question = setup.Next(facts, answer)
	}
	if diff := cmp.Diff([]setup.State{setup.AskAssociations, setup.AskUnlocking, setup.AskPeople}, asked); diff != "" {
		t.Errorf("asked again: %s", diff)
	}
	if facts.Draft.PlaceID != 301 || string(facts.Key) != key {
		t.Errorf("place %d", facts.Draft.PlaceID)
	}
}

func TestAStepWithoutItsAnswersIsNotEntered(t *testing.T) {
	if steps := setup.Entries(setup.Facts{}); !slices.Equal(steps, []setup.Step{setup.StepGymflow}) {
		t.Errorf("with nothing known one can enter at %v", steps)
	}
	file := openStore(t)
	facts, _ := walk(t, riverside(), load(t, file, false), setup.AskPlace)
	save(t, file, facts)
	again := load(t, file, false)
	want := []setup.Step{setup.StepGymflow, setup.StepKey, setup.StepPlace}
	if steps := setup.Entries(again); !slices.Equal(steps, want) {
		t.Errorf("before a place is chosen one can enter at %v", steps)
	}
	again.From = setup.StepReview
	if again, _ = setup.Start(again); again.State != setup.LoadPlaces {
		t.Errorf("asked for the review it enters at %q", again.State)
	}
}

// A draft from before the settings were changed must not take the change back.
func TestADraftKeepsTheRulesInForce(t *testing.T) {
	for _, update := range []bool{true, false} {
		file := openStore(t)
		inForce(t, file)
		facts, _ := walk(t, riverside(), load(t, file, true), setup.AskAssociations)
		facts, _ = setup.Next(facts, setup.Answer{Move: setup.Keep, Groups: map[string]int64{"ms_1": 2}})
		save(t, file, facts)
		err := file.Update(func(tx *store.Tx) error {
			settings, _, err := tx.Settings()
			settings.GraceDays, settings.Rate, settings.Unlocking = 5, 1, store.Invited
			if err == nil {
				err = tx.PutSettings(settings)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		draft := load(t, file, update).Draft
		if draft.GraceDays != 5 || draft.Rate != 1 || update && draft.Unlocking != store.Invited {
			t.Errorf("update %v: the draft brings back %d days, %v requests, %s", update, draft.GraceDays, draft.Rate, draft.Unlocking)
		}
	}
}
