package setup_test

import (
	"time"

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
