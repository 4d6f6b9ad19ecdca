package setup_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
)

const (
	token = "gf_secret_token"
	key   = "0123456789abcdef0123456789abcdef"
)

// world is what the work finds, without any I/O.
type world struct {
	account gymflow.Account
	health  kisi.Health
	places  []kisi.Place
	choices reconcile.Choices
	preview reconcile.Preview
}

func riverside() world {
	membership := func(id, name string, members int) reconcile.MembershipFacts {
		return reconcile.MembershipFacts{Membership: gymflow.Membership{ID: id, Name: name}, Members: members}
	}
	return world{
		account: gymflow.Account{ID: "g", Name: "Riverside Gym", TimeZone: "Europe/Dublin"},
		health: kisi.Health{
			User: kisi.CurrentUser{ID: 5, Name: "Olivia Owner", OrganizationID: 4711}, Login: kisi.Login{Type: "api"},
			Organization: kisi.Organization{ID: 4711, Name: "Riverside"}, RoleName: "Owner", Owner: true, CanRead: true, CanWrite: true,
		},
		places: []kisi.Place{{ID: 300, Name: "Dublin HQ", Address: "1 Quay", TimeZone: "Europe/Dublin", LocksCount: 4}},
		choices: reconcile.Choices{
			Memberships: []reconcile.MembershipFacts{
				membership("ms_1", "Unlimited Monthly", 100), membership("ms_2", "Off-peak", 40), membership("ms_7", "Online Coaching", 9),
			},
			Groups: []kisi.Group{
				{ID: 1, Name: "All hours", PlaceID: 300, LocksCount: 4, LoginEnabled: true},
				{ID: 2, Name: "Off-peak hours", PlaceID: 300, LocksCount: 2, LoginEnabled: true, TimeRestricted: true},
				{ID: 3, Name: "Empty room", PlaceID: 300, LoginEnabled: false},
			},
		},
		preview: reconcile.Preview{
			Plan:      access.Plan{Grants: make([]access.Grant, 3), Fingerprint: "f"},
			Adoptable: []access.Foreign{{Right: kisi.Right{ID: 70}, GroupID: 1, Name: "Ann"}, {Right: kisi.Right{ID: 71}, GroupID: 1, Name: "Bo"}},
			Others:    []access.Foreign{{Right: kisi.Right{ID: 72}, GroupID: 1, Name: "Staff"}},
			Members:   149, Writes: 3, NewUsers: 1,
		},
	}
}

// result is what Perform would find for the state.
func (w world) result(facts setup.Facts) setup.Answer {
	found := setup.Result{State: facts.State, Attempt: facts.Attempt, At: time.Unix(1_800_000_000, 0).UTC()}
	switch facts.State {
	case setup.CheckGymflow:
		found.Account = &w.account
	case setup.CheckKey:
		found.Health = &w.health
	case setup.LoadPlaces:
		found.Places = w.places
	case setup.LoadChoices:
		found.Choices = &w.choices
	case setup.LoadReview:
		found.Preview = &w.preview
	case setup.Syncing:
		found.Run = &store.Run{ID: "r1", Outcome: store.OutcomeDone, Granted: 3}
	}
	return setup.Answer{Move: setup.Done, Result: found}
}

// usual is what a person answers who has nothing yet.
func usual(question setup.Question) setup.Answer {
	answer := setup.Answer{Move: setup.Submit}
	switch question.State {
	case setup.AskAddress:
		answer.Text = "https://gym.example.com/v1/"
	case setup.AskToken:
		answer.Text = " " + token + "\n"
	case setup.AskKey:
		answer.Text = key
	case setup.AskAssociations:
		answer.Groups = map[string]int64{"ms_1": 1, "ms_2": 2}
	}
	return answer
}

// walk answers as usual until a state is reached; it gives the states passed.
func walk(t interface{ Fatalf(string, ...any) }, w world, facts setup.Facts, until setup.State) (setup.Facts, []setup.State) {
	facts, question := setup.Start(facts)
	passed := []setup.State{facts.State}
	for facts.State != until {
		if len(passed) > 40 {
			t.Fatalf("never came to %q: %v", until, passed)
		}
		answer := usual(question)
		if question.Kind == setup.Work || question.Kind == setup.Run {
			answer = w.result(facts)
		}
		facts, question = setup.Next(facts, answer)
		if question.Problem != "" {
			t.Fatalf("in %q: %s", facts.State, question.Problem)
		}
		passed = append(passed, facts.State)
	}
	return facts, passed
}

func TestTheWayFromNothingToFinished(t *testing.T) {
	facts, passed := walk(t, riverside(), setup.Facts{}, setup.Finished)
	want := []setup.State{
		setup.AskAddress, setup.AskToken, setup.CheckGymflow, setup.AskKey, setup.CheckKey, setup.LoadPlaces, setup.AskPlace,
		setup.LoadChoices, setup.AskAssociations, setup.AskUnlocking, setup.LoadReview, setup.AskPeople, setup.AskReview,
		setup.Syncing, setup.Finished,
	}
	if diff := cmp.Diff(want, passed); diff != "" {
		t.Error(diff)
	}
	draft := facts.Draft
	if draft.GymflowURL != "https://gym.example.com" || draft.GymflowName != "Riverside Gym" || draft.PlaceID != 300 ||
		draft.Zone != "Europe/Dublin" || draft.Unlocking != store.Managed || !draft.Key.Owner || len(draft.LeaveRights) != 0 {
		t.Errorf("the draft is %+v", draft)
	}
	wantAssociations := []access.Association{
		{MembershipID: "ms_1", MembershipName: "Unlimited Monthly", GroupID: 1, GroupName: "All hours"},
		{MembershipID: "ms_2", MembershipName: "Off-peak", GroupID: 2, GroupName: "Off-peak hours"},
		{MembershipID: "ms_7", MembershipName: "Online Coaching"},
	}
	if diff := cmp.Diff(wantAssociations, draft.Associations); diff != "" {
		t.Error(diff)
	}
	if string(facts.Token) != token || string(facts.Key) != key {
		t.Error("the secrets were not taken clean")
	}
}

func TestWhereTheWayForks(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*world)
		passes  []setup.State
		without []setup.State
	}{
		{"an administrator's key warns", func(w *world) { w.health.Owner = false }, []setup.State{setup.WarnKey}, nil},
		{"a key that expires warns", func(w *world) { w.health.Login.Expire = true }, []setup.State{setup.WarnKey}, nil},
		{"a device login warns", func(w *world) { w.health.Login.Type = "device" }, []setup.State{setup.WarnKey}, nil},
		{"zones that differ are asked about", func(w *world) { w.account.TimeZone = "Europe/London" }, []setup.State{setup.AskZone}, nil},
		{"the place's zone alone is enough", func(w *world) { w.account.TimeZone = "" }, nil, []setup.State{setup.AskZone}},
		{"the club's zone alone is enough", func(w *world) { w.places[0].TimeZone = "" }, nil, []setup.State{setup.AskZone}},
		{"a zone that is none does not count", func(w *world) { w.places[0].TimeZone = "Mars/Olympus" }, nil, []setup.State{setup.AskZone}},
		{"nobody there already", func(w *world) { w.preview.Adoptable, w.preview.Others = nil, nil }, nil, []setup.State{setup.AskPeople}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := riverside()
			test.change(&w)
			_, passed := walk(t, w, setup.Facts{}, setup.AskReview)
			for _, state := range test.passes {
				if !slices.Contains(passed, state) {
					t.Errorf("%q was not asked: %v", state, passed)
				}
			}
			for _, state := range test.without {
				if slices.Contains(passed, state) {
					t.Errorf("%q was asked: %v", state, passed)
				}
			}
		})
	}
}

func TestTheZoneIsAskedForWhereNobodySaysIt(t *testing.T) {
	w := riverside()
	w.account.TimeZone, w.places[0].TimeZone = "", ""
	facts, _ := walk(t, w, setup.Facts{}, setup.AskZone)
	for _, wrong := range []string{"", "Local", "Dublin", "../etc/passwd"} {
		refused, question := setup.Next(facts, setup.Answer{Move: setup.Submit, Text: wrong})
		if question.Problem == "" || refused.State != setup.AskZone || question.Kind != setup.Text {
			t.Errorf("%q was taken for a zone", wrong)
		}
	}
	facts, question := setup.Next(facts, setup.Answer{Move: setup.Submit, Text: " America/New_York "})
	if facts.Draft.Zone != "America/New_York" || question.State != setup.LoadChoices {
		t.Errorf("got %q at %q", facts.Draft.Zone, question.State)
	}
}

func TestAddressesAndSecretsAreCheckedByForm(t *testing.T) {
	start, _ := setup.Start(setup.Facts{})
	for _, test := range []struct{ text, want string }{
		{"gym.example.com", "https://gym.example.com"},
		{"https://gym.example.com/bridge/v1/", "https://gym.example.com/bridge"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"", ""}, {"http://gym.example.com", ""}, {"https://user:pass@gym.example.com", ""}, {"ftp://gym.example.com", ""},
		{"https://gym.example.com?token=1", ""}, {"https://", ""}, {"two words", ""}, {"https://gym.example.com:port", ""},
	} {
		facts, question := setup.Next(start, setup.Answer{Move: setup.Submit, Text: test.text})
		if facts.Draft.GymflowURL != test.want || (question.Problem == "") != (test.want != "") {
			t.Errorf("%q gave %q, problem %q", test.text, facts.Draft.GymflowURL, question.Problem)
		}
		if test.want == "" && question.Default != test.text {
			t.Errorf("%q has to be typed again: default %q", test.text, question.Default)
		}
	}
	atToken, _ := setup.Next(start, setup.Answer{Move: setup.Submit, Text: "gym.example.com"})
	for _, test := range []struct{ text, want string }{
		{token, token}, {"\t" + token + " \r\n", token}, {"Bearer " + token, token}, {token[:5] + "\n" + token[5:], token},
		{"", ""}, {"  \n", ""}, {"two words", ""}, {"gf_\x1b[31m", ""}, {"tökén", ""},
	} {
		facts, question := setup.Next(atToken, setup.Answer{Move: setup.Submit, Text: test.text})
		if string(facts.Token) != test.want || (question.Problem == "") != (test.want != "") {
			t.Errorf("%q gave a token of %d characters, problem %q", test.text, len(facts.Token), question.Problem)
		}
		if strings.TrimSpace(test.text) != "" && strings.Contains(fmt.Sprintf("%+v", question), strings.TrimSpace(test.text)) {
			t.Errorf("the question repeats the secret: %+v", question)
		}
	}
}

func TestFailedWorkSaysWhatToDoAndBackLeadsToTheFault(t *testing.T) {
	call := func(kind error) error { return &gymflow.Error{Doing: "signing in", Kind: kind, Status: 401} }
	kisiCall := func(kind error) error { return &kisi.Error{Doing: "asking", Kind: kind} }
	for _, test := range []struct {
		at   setup.State
		err  error
		says string
		back setup.State
	}{
		{setup.CheckGymflow, call(gymflow.ErrUnauthorized), "refused the token", setup.AskToken},
		{setup.CheckGymflow, call(gymflow.ErrForbidden), "may not read", setup.AskToken},
		{setup.CheckGymflow, call(gymflow.ErrUnavailable), "can't be reached at https://gym.example.com", setup.AskAddress},
		{setup.CheckGymflow, call(gymflow.ErrNotGymflow), "Check the address", setup.AskAddress},
		{setup.CheckGymflow, call(gymflow.ErrThrottled), "slow down", setup.AskAddress},
		{setup.CheckKey, kisiCall(kisi.ErrUnauthorized), "Kisi refused the key", setup.AskKey},
		{setup.CheckKey, fmt.Errorf("%w: it is the key of Bo, who may look", kisi.ErrForbidden), "It is the key of Bo, who may look", setup.AskKey},
		{setup.CheckKey, kisiCall(kisi.ErrUnavailable), "Kisi can't be reached", setup.AskKey},
		{setup.LoadPlaces, errors.New("this Kisi organization has no places yet"), "This Kisi organization has no places yet.", setup.AskKey},
		{setup.LoadChoices, errors.New("this place has no access groups"), "This place has no access groups.", setup.AskPlace},
		{setup.LoadChoices, call(gymflow.ErrUnauthorized), "refused the token", setup.AskToken},
		{setup.LoadChoices, kisiCall(kisi.ErrUnauthorized), "Kisi refused the key", setup.AskKey},
		{setup.LoadReview, call(gymflow.ErrIncomplete), "not complete", setup.AskAssociations},
		{setup.LoadReview, kisiCall(kisi.ErrForbidden), "rights are too few", setup.AskKey},
		{setup.LoadReview, fmt.Errorf("it answered %s and %s", token, key), "It answered •••• and ••••.", setup.AskAssociations},
	} {
		t.Run(fmt.Sprint(test.at, test.err), func(t *testing.T) {
			facts, _ := walk(t, riverside(), setup.Facts{}, test.at)
			failed, question := setup.Next(facts, setup.Answer{Move: setup.Done, Result: setup.Result{State: test.at, Attempt: facts.Attempt, Err: test.err}})
			if !strings.Contains(question.Problem, test.says) || failed.State != test.at || !question.CanGoBack {
				t.Errorf("problem %q in %q", question.Problem, failed.State)
			}
			if back, _ := setup.Next(failed, setup.Answer{Move: setup.GoBack}); back.State != test.back || back.Problem != "" {
				t.Errorf("back leads to %q", back.State)
			}
			if typed, question := setup.Next(failed, setup.Answer{Move: setup.Submit}); typed.State != test.at || question.Problem == "" {
				t.Error("a typed-ahead Enter was taken by work")
			}
			again, question := setup.Next(failed, setup.Answer{Move: setup.Retry})
			if question.Problem != "" || again.State != test.at || again.Attempt == facts.Attempt {
				t.Error("Retry does not begin again")
			}
			late, _ := setup.Next(again, setup.Answer{Move: setup.Done, Result: setup.Result{State: test.at, Attempt: facts.Attempt, Err: test.err}})
			if late.Problem != "" {
				t.Error("the first try's late result was taken for the second's")
			}
		})
	}
}

func TestSuggestionsAreTakenOnlyWhenAskedForTwice(t *testing.T) {
	facts, _ := walk(t, riverside(), setup.Facts{}, setup.AskAssociations)
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
	if question.State != setup.AskReview || !strings.Contains(question.Body[0], "1 access right that is there already will be taken over") {
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
		return setup.Answer{Move: setup.Done, Result: setup.Result{State: rapid.SampledFrom(states).Draw(t, "state")}}
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
			facts, question = setup.Next(facts, answer)
			if diff := cmp.Diff(history, before.History); diff != "" {
				t.Fatalf("Next changed what it was given: %s", diff)
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
			case answer.Move == setup.Done && answer.Result.State != before.State && !cmp.Equal(before.Draft, facts.Draft):
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
