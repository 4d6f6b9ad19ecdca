package setup_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
)

func openStore(t *testing.T) *store.Store {
	t.Helper()
	state, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func load(t *testing.T, state *store.Store, update bool) setup.Facts {
	t.Helper()
	facts, err := setup.Load(state, update)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func save(t *testing.T, state *store.Store, facts setup.Facts) {
	t.Helper()
	if err := setup.Save(state, facts); err != nil {
		t.Fatal(err)
	}
}

// catchUp does the work that resuming repeats, until something is asked.
func catchUp(t *testing.T, w world, facts setup.Facts) (setup.Facts, []setup.State) {
	t.Helper()
	facts, question := setup.Start(facts)
	var asked []setup.State
	for question.Kind == setup.Work {
		asked = append(asked, facts.State)
		facts, question = setup.Next(facts, w.result(facts))
		if question.Problem != "" {
			t.Fatalf("in %q: %s", facts.State, question.Problem)
		}
	}
	return facts, asked
}

func TestADroppedLinkResumesWhereItWas(t *testing.T) {
	fork := riverside()
	fork.health.Owner = false
	fork.account.TimeZone = "Europe/London"
	for _, state := range []setup.State{
		setup.AskAddress, setup.AskToken, setup.AskKey, setup.WarnKey, setup.AskPlace, setup.AskZone, setup.AskAssociations,
		setup.AskUnlocking, setup.AskPeople,
	} {
		t.Run(string(state), func(t *testing.T) {
			file := openStore(t)
			facts, _ := walk(t, fork, load(t, file, false), state)
			save(t, file, facts)
			resumed, worked := catchUp(t, fork, load(t, file, false))
			if resumed.State != state {
				t.Fatalf("it resumes at %q", resumed.State)
			}
			if diff := cmp.Diff(facts.Draft, resumed.Draft); diff != "" || resumed.Token != facts.Token || resumed.Key != facts.Key {
				t.Errorf("answers are not as they were: %s", diff)
			}
			if facts.Account != nil && !slices.Contains(worked, setup.CheckGymflow) {
				t.Error("the account is believed without being checked again")
			}
			before, _ := setup.Next(facts, setup.Answer{Move: setup.GoBack})
			after, _ := setup.Next(resumed, setup.Answer{Move: setup.GoBack})
			if before.State != after.State {
				t.Errorf("Back leads to %q, before the drop to %q", after.State, before.State)
			}
		})
	}
}

func TestAWorkStateResumesAtItself(t *testing.T) {
	for _, state := range []setup.State{setup.CheckGymflow, setup.CheckKey} {
		file := openStore(t)
		facts, _ := walk(t, riverside(), load(t, file, false), state)
		save(t, file, facts)
		resumed, _ := setup.Start(load(t, file, false))
		if state == setup.CheckKey {
			resumed, _ = setup.Next(resumed, riverside().result(resumed))
		}
		if resumed.State != state {
			t.Errorf("%q resumes at %q", state, resumed.State)
		}
	}
}

func TestAPlaceThatIsGoneIsAskedForAgain(t *testing.T) {
	file := openStore(t)
	w := riverside()
	facts, _ := walk(t, w, load(t, file, false), setup.AskReview)
	save(t, file, facts)
	w.places[0].ID = 301
	resumed, _ := catchUp(t, w, load(t, file, false))
	if resumed.State != setup.AskPlace || resumed.Draft.PlaceID != 0 {
		t.Errorf("it resumes at %q with place %d", resumed.State, resumed.Draft.PlaceID)
	}
}

func TestSaveWritesOnlyWhatChanged(t *testing.T) {
	file := openStore(t)
	changes := func() uint64 {
		var change store.Change
		if err := file.View(func(tx *store.Tx) (err error) { change, err = tx.Changes(); return err }); err != nil {
			t.Fatal(err)
		}
		return change.All
	}
	before := changes()
	save(t, file, load(t, file, false))
	if changes() != before {
		t.Error("nothing was answered, and something was written")
	}
	facts, _ := walk(t, riverside(), load(t, file, false), setup.AskPlace)
	save(t, file, facts)
	once := changes()
	save(t, file, facts)
	if once == before || changes() != once {
		t.Errorf("changes: %d, then %d, then %d", before, once, changes())
	}
}

func TestSecretsLieEncryptedInTheDraft(t *testing.T) {
	file := openStore(t)
	facts, _ := walk(t, riverside(), load(t, file, false), setup.AskPlace)
	save(t, file, facts)
	content, err := os.ReadFile(file.Path())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(content), token) || strings.Contains(string(content), key) {
		t.Error("a secret stands in the file in the open")
	}
}

func inForce(t *testing.T, file *store.Store) store.Settings {
	t.Helper()
	facts, _ := walk(t, riverside(), load(t, file, false), setup.AskReview)
	err := file.Update(func(tx *store.Tx) error {
		return errors.Join(tx.PutSettings(facts.Draft), tx.PutSecret(store.GymflowToken, token), tx.PutSecret(store.KisiKey, key), tx.ClearDraft())
	})
	if err != nil {
		t.Fatal(err)
	}
	return facts.Draft
}

func TestUpdateReadsWhatIsInForce(t *testing.T) {
	file := openStore(t)
	if _, err := setup.Load(file, true); !errors.Is(err, reconcile.ErrNotSetUp) {
		t.Errorf("updating nothing gives %v", err)
	}
	settings := inForce(t, file)
	facts := load(t, file, true)
	if diff := cmp.Diff(settings, facts.Draft); diff != "" || string(facts.Token) != token || string(facts.Key) != key {
		t.Errorf("not what is in force: %s", diff)
	}
	atAssociations, _ := walk(t, riverside(), facts, setup.AskAssociations)
	changed, _ := setup.Next(atAssociations, setup.Answer{Move: setup.Submit, Groups: map[string]int64{"ms_1": 2}})
	save(t, file, changed)
	again, _ := walk(t, riverside(), load(t, file, true), setup.AskAssociations)
	if question := setup.Ask(again); question.Chosen["ms_1"] != 2 || !strings.Contains(question.Notice, "earlier visit") {
		t.Errorf("the dropped update is not taken up: %v %q", question.Chosen, question.Notice)
	}
}

func TestSetupRunAgainAsksEverythingWithWhatIsInForce(t *testing.T) {
	file := openStore(t)
	settings := inForce(t, file)
	facts, question := setup.Start(load(t, file, false))
	if question.State != setup.AskAddress || question.Default != settings.GymflowURL {
		t.Fatalf("it begins at %q with %q", question.State, question.Default)
	}
	// Enter at every step leads through.
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
	wanted := settings
	wanted.Associations = append([]access.Association(nil), settings.Associations...)
	if diff := cmp.Diff(wanted, facts.Draft); diff != "" {
		t.Error(diff)
	}
}
