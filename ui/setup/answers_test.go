package setup_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/ui/setup"
)

func TestSuggestionsAreTakenOnlyWhenAskedForTwice(t *testing.T) {
	w := riverside()
	w.choices.Groups = append(w.choices.Groups, kisi.Group{ID: 4, Name: "Online Coaching", LoginEnabled: true}) // no doors
	facts, _ := walk(t, w, setup.Facts{}, setup.AskAssociations)
	question := setup.Ask(facts)
	if diff := cmp.Diff(map[string]int64{"ms_2": 2}, question.Suggested); diff != "" || len(question.Chosen) != 0 {
		t.Fatalf("suggested %v, chosen %v", question.Suggested, question.Chosen)
	}
	facts, question = setup.Next(facts, setup.Answer{Move: setup.Submit})
	if question.State != setup.AskAssociations || !strings.Contains(question.Notice, "Press enter again to take the 1 suggestion") || question.Problem != "" {
		t.Fatalf("the first Enter gave %q %q %q", question.State, question.Notice, question.Problem)
	}
	facts, question = setup.Next(facts, setup.Answer{Move: setup.Submit})
	if question.State != setup.AskUnlocking || facts.Draft.Associations[1].GroupID != 2 || facts.Draft.Associations[0].GroupID != 0 {
		t.Errorf("the second Enter gave %q, %+v", question.State, facts.Draft.Associations)
	}
}

func TestAtLeastOneMembershipHasToOpenSomething(t *testing.T) {
	facts, _ := walk(t, riverside(), setup.Facts{}, setup.AskAssociations)
	for _, groups := range []map[string]int64{
		{"ms_1": 0, "ms_2": 0, "ms_7": 0}, {"ms_1": 99}, {"nobody": 1},
	} {
		if refused, question := setup.Next(facts, setup.Answer{Move: setup.Submit, Groups: groups}); question.Problem == "" || refused.State != setup.AskAssociations {
			t.Errorf("%v was taken", groups)
		}
	}
}

func TestChosenGroupsWarn(t *testing.T) {
	facts, _ := walk(t, riverside(), setup.Facts{}, setup.AskAssociations)
	facts, _ = setup.Next(facts, setup.Answer{Move: setup.Submit, Groups: map[string]int64{"ms_1": 3, "ms_2": 2}})
	_, question := setup.Next(facts, setup.Answer{Move: setup.GoBack})
	warnings := strings.Join(question.Warnings, "\n")
	for _, wanted := range []string{"Empty room has no doors", "Empty room has app access switched off", "Off-peak hours is restricted in Kisi to time of day"} {
		if !strings.Contains(warnings, wanted) {
			t.Errorf("no warning %q in %q", wanted, warnings)
		}
	}
	if question.Chosen["ms_1"] != 3 || question.Chosen["ms_7"] != 0 || len(question.Suggested) != 0 {
		t.Errorf("chosen %v, suggested %v", question.Chosen, question.Suggested)
	}
}

func TestUntickingPeoplePlansAgainAndAsksOnce(t *testing.T) {
	w := riverside()
	facts, _ := walk(t, w, setup.Facts{}, setup.AskPeople)
	facts, question := setup.Next(facts, setup.Answer{Move: setup.Submit, Leave: []int64{71, 999}})
	if question.State != setup.LoadReview || !slices.Equal(facts.Draft.LeaveRights, []int64{71}) {
		t.Fatalf("at %q with %v", question.State, facts.Draft.LeaveRights)
	}
	w.preview.Adoptable = w.preview.Adoptable[:1]
	facts, question = setup.Next(facts, w.result(facts))
	if question.State != setup.AskReview || !strings.Contains(question.Body[1], "Of those there already, 1 is taken over and 2 left alone.") {
		t.Fatalf("at %q: %v", question.State, question.Body)
	}
	facts, question = setup.Next(facts, setup.Answer{Move: setup.GoBack})
	if question.State != setup.AskPeople || !question.Left[71] || question.Left[70] || len(question.Preview.Adoptable) != 2 {
		t.Fatalf("back at %q with %v", question.State, question.Left)
	}
	if _, question = setup.Next(facts, setup.Answer{Move: setup.Submit, Leave: []int64{71}}); question.State == setup.AskPeople {
		t.Error("asked again with nothing changed")
	}
}

func TestAnotherKeyForgetsWhatHangsOnIt(t *testing.T) {
	w := riverside()
	facts, _ := walk(t, w, setup.Facts{}, setup.AskReview)
	for facts.State != setup.AskKey {
		facts, _ = setup.Next(facts, setup.Answer{Move: setup.GoBack})
	}
	other, _ := setup.Next(facts, setup.Answer{Move: setup.Submit, Text: "another0key"})
	if other.Health != nil || other.Places != nil || other.Choices != nil || other.Preview != nil {
		t.Error("what the old key found is still believed")
	}
	same := w
	kept, _ := setup.Next(other, same.result(other))
	if kept.Draft.PlaceID != 300 || len(kept.Draft.Associations) == 0 {
		t.Error("another key of the same organization made the answers be forgotten")
	}
	w.health.Organization.ID = 9
	moved, _ := setup.Next(other, w.result(other))
	if moved.Draft.PlaceID != 0 || moved.Draft.Zone != "" || len(moved.Draft.Associations) != 0 || moved.Draft.Key.OrganizationID != 9 {
		t.Errorf("the place of another organization is kept: %+v", moved.Draft)
	}
}

func TestEnteringAnotherKeyAfterTheWarningGoesBack(t *testing.T) {
	w := riverside()
	w.health.Owner = false
	facts, _ := walk(t, w, setup.Facts{}, setup.WarnKey)
	facts, question := setup.Next(facts, setup.Answer{Move: setup.Submit, Chosen: "another"})
	if question.State != setup.AskKey || !question.HasSecret {
		t.Fatalf("at %q", question.State)
	}
	if facts, _ = setup.Next(facts, setup.Answer{Move: setup.GoBack}); facts.State != setup.AskToken {
		t.Errorf("back from the key leads to %q", facts.State)
	}
}

func TestUpdateBeginsAtTheAssociations(t *testing.T) {
	w := riverside()
	inForce, _ := walk(t, w, setup.Facts{}, setup.AskReview)
	_, passed := walk(t, w, setup.Facts{Update: true, Draft: inForce.Draft, Token: token, Key: key}, setup.AskReview)
	want := []setup.State{setup.LoadChoices, setup.AskAssociations, setup.LoadReview, setup.AskPeople, setup.AskReview}
	if diff := cmp.Diff(want, passed); diff != "" {
		t.Error(diff)
	}
	facts, _ := setup.Start(setup.Facts{Update: true, Draft: inForce.Draft, Token: token, Key: key})
	facts, question := setup.Next(facts, setup.Answer{Move: setup.Done, Result: setup.Result{State: setup.LoadChoices, Err: kisi.ErrUnauthorized}})
	if !question.CanGoBack {
		t.Fatal("a dead key leaves no way on")
	}
	if facts, _ = setup.Next(facts, setup.Answer{Move: setup.GoBack}); facts.State != setup.AskKey {
		t.Errorf("back leads to %q", facts.State)
	}
}

func TestAMembershipThatGymflowNoLongerListsKeepsItsGroup(t *testing.T) {
	w := riverside()
	inForce, _ := walk(t, w, setup.Facts{}, setup.AskReview)
	inForce.Draft.Associations = append(inForce.Draft.Associations, access.Association{MembershipID: "old", MembershipName: "Old plan", GroupID: 1})
	facts, _ := walk(t, w, setup.Facts{Update: true, Draft: inForce.Draft, Token: token, Key: key}, setup.AskAssociations)
	question := setup.Ask(facts)
	if question.Chosen["old"] != 1 || !question.Choices.Memberships[3].Archived {
		t.Errorf("chosen %v", question.Chosen)
	}
	if len(w.choices.Memberships) != 3 {
		t.Error("the result itself was changed")
	}
}

func TestReviewCanBePlannedAgainAndConfirmRefusedLeadsBack(t *testing.T) {
	w := riverside()
	w.preview.Verdict.Hold, w.preview.Plan.Revokes = true, make([]access.Revoke, 30)
	facts, _ := walk(t, w, setup.Facts{}, setup.AskReview)
	again, _ := setup.Next(facts, setup.Answer{Move: setup.Retry})
	if again.State != setup.LoadReview {
		t.Errorf("Retry at Review leads to %q", again.State)
	}
	facts, _ = setup.Next(facts, setup.Answer{Move: setup.Submit, Approve: true})
	if facts.State != setup.Syncing || !facts.Approve {
		t.Fatalf("at %q, approve %v", facts.State, facts.Approve)
	}
	facts, question := setup.Next(facts, setup.Answer{Move: setup.Done, Result: setup.Result{State: setup.Syncing, Err: errors.New("the disk is full")}})
	if facts.State != setup.AskReview || question.Problem != "The disk is full." {
		t.Errorf("at %q: %q", facts.State, question.Problem)
	}
}

func TestWhatIsBroughtAlongIsTheDefaultEverywhere(t *testing.T) {
	w := riverside()
	w.places = append(w.places, kisi.Place{ID: 301, Name: "Another", TimeZone: "Europe/Dublin"})
	facts, question := setup.Start(setup.Facts{Prefill: &setup.Prefill{
		GymflowURL: "http://127.0.0.1:1", Token: token, KisiURL: "http://127.0.0.1:2", Key: key, PlaceID: 300,
		Groups: map[string]int64{"ms_1": 1, "ms_2": 2, "gone": 1},
	}})
	asked := map[setup.State]bool{}
	for moves := 0; question.State != setup.AskReview; moves++ {
		if moves > 30 || question.Problem != "" {
			t.Fatalf("stuck at %q: %s", question.State, question.Problem)
		}
		answer := setup.Answer{Move: setup.Submit}
		if question.Kind == setup.Work {
			answer = w.result(facts)
		}
		asked[facts.State] = true
		facts, question = setup.Next(facts, answer)
	}
	if !asked[setup.AskAddress] || !asked[setup.AskToken] || !asked[setup.AskKey] || !asked[setup.AskPlace] {
		t.Errorf("not everything was asked: %v", asked)
	}
	if to := facts.Access(); to.GymflowToken != token || to.KisiKey != key || to.KisiURL != "http://127.0.0.1:2" || facts.Draft.PlaceID != 300 {
		t.Errorf("place %d at %s", facts.Draft.PlaceID, to.KisiURL)
	}
	if facts.Draft.Associations[0].GroupID != 1 || facts.Draft.Associations[1].GroupID != 2 || facts.Draft.Associations[2].GroupID != 0 {
		t.Errorf("associations %+v", facts.Draft.Associations)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	facts, _ := walk(t, riverside(), setup.Facts{}, setup.AskReview)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, facts); strings.Contains(text, token) || strings.Contains(text, key) {
			t.Errorf("%s prints a secret", format)
		}
	}
}
