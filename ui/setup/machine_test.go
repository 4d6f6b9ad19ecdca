package setup_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
	"kisiflow/ui/setup"
)

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
