package setup_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
)

// export writes a roster file that has settled.
func export(t *testing.T, path, content string) {
	t.Helper()
	at := time.Now().Add(-time.Hour)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// answerRoster answers and does what reading the file asks for.
func answerRoster(t *testing.T, facts setup.Facts, answer setup.Answer) (setup.Facts, setup.Question) {
	t.Helper()
	facts, question := setup.Next(facts, answer)
	return readRoster(t, facts, question)
}

func readRoster(t *testing.T, facts setup.Facts, question setup.Question) (setup.Facts, setup.Question) {
	t.Helper()
	if facts.State == setup.ReadRoster && question.Problem == "" {
		return setup.Next(facts, setup.Perform(t.Context(), reconcile.New(openStore(t), reconcile.Options{}), facts, nil))
	}
	return facts, question
}

func choose(id string) setup.Answer { return setup.Answer{Move: setup.Submit, Chosen: id} }

// offered is the option whose label begins so.
func offered(t *testing.T, question setup.Question, label string) string {
	t.Helper()
	at := slices.IndexFunc(question.Options, func(option setup.Option) bool { return strings.HasPrefix(option.Label, label) })
	if at < 0 {
		t.Fatalf("%q offers no %q: %+v", question.State, label, question.Options)
	}
	return question.Options[at].ID
}

func TestARosterFileInThePlaceOfAnAddress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "members.csv")
	export(t, path, "E-mail;Abo;Stand;Start\na@x;All;Frozen;03/04/2026\nb@x;All;Active;03/05/2026\n")
	file := openStore(t)
	facts, question := setup.Start(load(t, file, false))
	facts, question = answerRoster(t, facts, setup.Answer{Move: setup.Submit, Text: path})
	if question.State != setup.AskRoster || len(question.Warnings) == 0 || question.Options[0].Label == "Yes, read the members so" {
		t.Fatalf("%+v", question)
	}
	save(t, file, facts)
	for _, change := range []struct{ word, meaning string }{{"Column Abo", "membership"}, {"Column Stand", "status"}} {
		facts, question = answerRoster(t, facts, choose(offered(t, question, change.word)))
		if question.State != setup.AskRosterMeaning {
			t.Fatalf("%+v", question)
		}
		facts, question = answerRoster(t, facts, choose(change.meaning))
	}
	if !strings.Contains(strings.Join(question.Warnings, " "), "Line 2, column 4 (Start): \"03/04/2026\" can be read in two ways") {
		t.Errorf("%q", question.Warnings)
	}
	facts, question = answerRoster(t, facts, choose(offered(t, question, "Dates are DD/MM")))
	if !strings.Contains(strings.Join(question.Warnings, " "), "The status Frozen is not known") {
		t.Errorf("%q", question.Warnings)
	}
	facts, question = answerRoster(t, facts, choose(offered(t, question, "Status Frozen")))
	back, _ := setup.Next(facts, setup.Answer{Move: setup.GoBack})
	if back.State != setup.AskRoster {
		t.Errorf("Back leads to %q", back.State)
	}
	facts, question = answerRoster(t, facts, choose("paused"))
	if body := strings.Join(question.Body, "\n"); len(question.Warnings) != 0 || !strings.Contains(body, "Abo is membership") ||
		!strings.Contains(body, "Frozen is paused (1)") || !strings.Contains(body, "a@x, All, paused, from 2026-04-03") {
		t.Errorf("%+v", question)
	}
	if facts, _ = setup.Next(facts, choose(question.Default)); facts.State != setup.AskKey {
		t.Fatalf("%q", facts.State)
	}
	want := gymflow.RosterFile{Path: path, Columns: map[string]string{"Abo": "membership", "Stand": "status"},
		Statuses: map[string]string{"Frozen": "paused"}, Dates: gymflow.DayFirst}
	if !facts.Draft.Roster.Same(want) || facts.Draft.GymflowName != "members.csv" || facts.Draft.GymflowURL != "" {
		t.Errorf("%+v", facts.Draft)
	}
	if to := facts.Access(); to.GymflowURL != "" || to.GymflowToken != "" || !to.Roster.Same(want) {
		t.Errorf("%+v", to)
	}
	save(t, file, facts)
	resumed, question := setup.Start(load(t, file, false))
	if resumed, _ = readRoster(t, resumed, question); resumed.State != setup.AskKey {
		t.Errorf("it resumes at %q", resumed.State)
	}
	if back, _ = setup.Next(resumed, setup.Answer{Move: setup.GoBack}); back.State != setup.AskRoster {
		t.Errorf("Back leads to %q", back.State)
	}
	if back, _ = setup.Next(back, setup.Answer{Move: setup.GoBack}); back.State != setup.AskAddress || setup.Ask(back).Default != path {
		t.Errorf("Back leads to %q", back.State)
	}
	if facts, _ = setup.Next(back, setup.Answer{Move: setup.Submit, Text: "https://gym.example.com"}); facts.State != setup.AskToken || facts.Draft.Roster.Given() {
		t.Errorf("an address again: %q %+v", facts.State, facts.Draft)
	}
}

func TestARosterFileThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	facts, question := setup.Start(load(t, openStore(t), false))
	facts, question = answerRoster(t, facts, setup.Answer{Move: setup.Submit, Text: folder + "/members.csv"})
	if question.State != setup.ReadRoster || !strings.Contains(question.Problem, "There is no roster file") {
		t.Fatalf("%+v", question)
	}
	if back, _ := setup.Next(facts, setup.Answer{Move: setup.GoBack}); back.State != setup.AskAddress {
		t.Errorf("Back leads to %q", back.State)
	}
	export(t, folder+"/members.csv", "email,membership\na@x,All\nb,\n")
	facts, question = answerRoster(t, facts, setup.Answer{Move: setup.Retry})
	if question.State != setup.AskRoster || len(question.Warnings) != 3 {
		t.Fatalf("%+v", question)
	}
	facts, question = answerRoster(t, facts, choose(offered(t, question, "Every row is active")))
	if len(question.Warnings) != 2 || facts.Draft.Roster.RowsAre != gymflow.Active {
		t.Errorf("%+v", question)
	}
	export(t, folder+"/members.csv", "email,membership\na@x,All\n")
	facts, question = answerRoster(t, facts, choose(offered(t, question, "Read the file again")))
	if len(question.Warnings) != 0 || question.Default != question.Options[0].ID {
		t.Errorf("%+v", question)
	}
	if facts, _ = setup.Next(facts, choose(offered(t, question, "Name another file"))); facts.State != setup.AskAddress {
		t.Errorf("%q", facts.State)
	}
}

func TestARosterFileInForceIsGoneThroughAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "members.csv")
	export(t, path, "email,membership,status\na@x,All,active\n")
	file := openStore(t)
	facts, _ := walk(t, riverside(), load(t, file, false), setup.AskReview)
	facts.Draft.GymflowURL, facts.Draft.GymflowName, facts.Draft.Roster = "", "members.csv", gymflow.RosterFile{Path: path}
	if err := file.Update(func(tx *store.Tx) error { return tx.PutSettings(facts.Draft) }); err != nil {
		t.Fatal(err)
	}
	again := load(t, file, false)
	again.From = setup.StepKey
	again, _ = setup.Start(again)
	if again.State != setup.AskKey || slices.Contains(again.History, setup.AskToken) {
		t.Errorf("%q %v", again.State, again.History)
	}
	back, question := setup.Next(again, setup.Answer{Move: setup.GoBack})
	if back, _ = readRoster(t, back, question); back.State != setup.AskRoster {
		t.Errorf("Back leads to %q", back.State)
	}
}
