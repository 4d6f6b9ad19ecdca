package setup_test

import (
	"strings"
	"testing"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/ui/setup"
)

// A link that drops in the middle of the associations loses none of them, and takes none for submitted.
func TestWhatWasChosenIsKeptBeforeItIsSubmitted(t *testing.T) {
	file := openStore(t)
	facts, _ := walk(t, riverside(), setup.Facts{}, setup.AskAssociations)
	facts, question := setup.Next(facts, setup.Answer{Move: setup.Keep, Groups: map[string]int64{"ms_1": 2}})
	if question.State != setup.AskAssociations || question.Chosen["ms_1"] != 2 {
		t.Fatalf("at %q with %v", question.State, question.Chosen)
	}
	save(t, file, facts)
	again, passed := walk(t, riverside(), load(t, file, false), setup.AskAssociations)
	if question := setup.Ask(again); question.Chosen["ms_1"] != 2 || len(question.Chosen) != 1 {
		t.Errorf("taken up with %v, by way of %v", question.Chosen, passed)
	}
}

func TestAGroupThatIsNewIsFoundWithoutStartingOver(t *testing.T) {
	w := riverside()
	facts, _ := walk(t, w, setup.Facts{}, setup.AskAssociations)
	picked := map[string]int64{"ms_1": 1, "ms_7": 0}
	facts, question := setup.Next(facts, setup.Answer{Move: setup.Retry, Groups: picked})
	if question.State != setup.LoadChoices || question.Kind != setup.Work || !question.CanGoBack {
		t.Fatalf("at %q", question.State)
	}
	back, question := setup.Next(facts, setup.Answer{Move: setup.GoBack})
	if question.State != setup.AskAssociations || question.Chosen["ms_1"] != 1 || len(question.Choices.Groups) != 3 {
		t.Errorf("cancelled, it is at %q with %v", back.State, question.Chosen)
	}
	w.choices.Groups = append(w.choices.Groups, kisi.Group{ID: 9, Name: "Sauna", PlaceID: 300, LocksCount: 1, LoginEnabled: true})
	_, question = setup.Next(facts, w.result(facts))
	if question.State != setup.AskAssociations || len(question.Choices.Groups) != 4 || question.Chosen["ms_1"] != 1 || len(question.Chosen) != 2 {
		t.Errorf("read again, it is at %q with %v", question.State, question.Chosen)
	}
}

func TestTicksAreKeptBackwards(t *testing.T) {
	facts, _ := walk(t, riverside(), setup.Facts{}, setup.AskPeople)
	facts, _ = setup.Next(facts, setup.Answer{Move: setup.GoBack, Leave: []int64{71}})
	if len(facts.Draft.LeaveRights) != 1 || facts.Draft.LeaveRights[0] != 71 {
		t.Errorf("left alone: %v", facts.Draft.LeaveRights)
	}
	facts, _ = walk(t, riverside(), setup.Facts{}, setup.AskPeople)
	if facts, _ = setup.Next(facts, setup.Answer{Move: setup.GoBack}); facts.Draft.LeaveRights != nil {
		t.Errorf("nothing was said, and left alone are %v", facts.Draft.LeaveRights)
	}
}

func TestRemovalsThatAreHeldNeedTheirOwnWord(t *testing.T) {
	for _, test := range []struct {
		name     string
		verdict  access.Verdict
		words    string
		mayNot   bool
		text     string
		approved bool
	}{
		{"held", access.Verdict{Hold: true}, "", false, "", true},
		{"untrusted, nothing typed", access.Verdict{Hold: true, Untrusted: true}, "REMOVE 30", false, "", false},
		{"untrusted, another number", access.Verdict{Hold: true, Untrusted: true}, "REMOVE 30", false, "remove 3", false},
		{"untrusted, typed", access.Verdict{Hold: true, Untrusted: true}, "REMOVE 30", false, " Remove  30 ", true},
		{"too old", access.Verdict{Hold: true, Stale: true, Untrusted: true}, "", true, "REMOVE 30", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := riverside()
			w.preview.Verdict, w.preview.Plan.Revokes = test.verdict, make([]access.Revoke, 30)
			facts, _ := walk(t, w, setup.Facts{}, setup.AskReview)
			question := setup.Ask(facts)
			if question.Words != test.words || (question.MayNot != "") != test.mayNot {
				t.Errorf("it asks for %q, and says %q", question.Words, question.MayNot)
			}
			after, question := setup.Next(facts, setup.Answer{Move: setup.Submit, Approve: true, Text: test.text})
			if (after.State == setup.Syncing && after.Approve) != test.approved || !test.approved && question.Problem == "" {
				t.Errorf("it is at %q, approved %v, problem %q", after.State, after.Approve, question.Problem)
			}
			after, _ = setup.Next(facts, setup.Answer{Move: setup.Submit})
			if after.State != setup.Syncing || after.Approve {
				t.Errorf("without approval it is at %q, approved %v", after.State, after.Approve)
			}
		})
	}
}

// TestNoSentenceIsOddInNumber reads the sentences that count, for one and for several.
func TestNoSentenceIsOddInNumber(t *testing.T) {
	for _, test := range []struct {
		adoptable, others int
		says              []string
	}{
		{1, 1, []string{"1 access right that is there already matches a membership.", "1 more matches no membership", "is left alone. You can take it over later."}},
		{0, 1, []string{"1 access right that is there already matches no membership", "is left alone. There is nothing to decide here"}},
		{0, 4, []string{"4 access rights that are there already match no membership", "You can take them over later."}},
		{2, 3, []string{"2 access rights that are there already match a membership.", "3 more match no membership", "are left alone. You can take them over later."}},
	} {
		w := riverside()
		w.preview.Adoptable, w.preview.Others = make([]access.Foreign, test.adoptable), make([]access.Foreign, test.others)
		facts, _ := walk(t, w, setup.Facts{}, setup.AskPeople)
		text := strings.Join(setup.Ask(facts).Body, " ")
		for _, sentence := range test.says {
			if !strings.Contains(text, sentence) {
				t.Errorf("%q is not in %q", sentence, text)
			}
		}
	}
}
