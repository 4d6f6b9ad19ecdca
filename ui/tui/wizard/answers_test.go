package wizard

import (
	"context"
	"maps"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// answered presses keys on a page and gives the first answer that leads on.
func answered(p page, keys ...string) *setup.Answer {
	for _, name := range keys {
		if answer, _ := p.update(keyOf(name)); answer != nil && answer.Move != setup.Keep {
			return answer
		}
	}
	return nil
}

func TestPlainEnterHoldsTheRemovals(t *testing.T) {
	for _, c := range []struct {
		keys    []string
		approve bool
	}{{[]string{"enter"}, false}, {[]string{"down", "enter"}, true}, {[]string{"down", "down", "down", "up", "enter"}, false}} {
		answer := answered(screen(reviewQuestion(true), 80, 23).page, c.keys...)
		if answer == nil || answer.Move != setup.Submit || answer.Approve != c.approve {
			t.Errorf("%v: %+v, want approve %v", c.keys, answer, c.approve)
		}
	}
	if answer := answered(screen(reviewQuestion(false), 80, 23).page, "down", "enter"); answer == nil || answer.Approve {
		t.Errorf("with nothing held: %+v", answer)
	}
	if answer := answered(screen(reviewQuestion(true), 80, 23).page, "up", "enter", "enter", "enter"); answer != nil {
		t.Errorf("enter on a group's names began the sync: %+v", answer)
	}
}

func TestAssociateKeys(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		want map[string]int64
	}{
		{"plain enter takes nothing by itself", []string{"enter"}, map[string]int64{"m1": 1, "m3": 0, "m5": 3}},
		{"all suggestions", []string{"A", "enter"}, map[string]int64{"m1": 1, "m2": 2, "m3": 0, "m5": 3}},
		{"this suggestion", []string{"tab", "down", "a", "c"}, map[string]int64{"m1": 1, "m2": 2, "m3": 0, "m5": 3}},
		{"no access", []string{"tab", "x", "c"}, map[string]int64{"m1": 0, "m3": 0, "m5": 3}},
		{"a group from the list", []string{"tab", "enter", "/", "p", "e", "a", "enter", "c"}, map[string]int64{"m1": 2, "m3": 0, "m5": 3}},
	} {
		answer := answered(screen(associateQuestion(), 80, 23).page, c.keys...)
		if answer == nil || answer.Move != setup.Submit || !maps.Equal(answer.Groups, c.want) {
			t.Errorf("%s: %+v, want %v", c.name, answer, c.want)
		}
	}
}

func TestEscapeClosesOneLevelAtATime(t *testing.T) {
	p := screen(associateQuestion(), 80, 23).page.(*associatePage)
	answered(p, "tab", "enter", "/", "o")
	for _, want := range []bool{true, true, false} { // the search, the list, then the step itself
		if got := p.escape(); got != want {
			t.Fatalf("escape gives %v, want %v", got, want)
		}
	}
}

func TestPeopleTicks(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want []int64
	}{
		{[]string{"enter"}, []int64{12}},
		{[]string{"space", "enter"}, []int64{11, 12}},
		{[]string{"a", "enter"}, nil},
		{[]string{"x", "enter"}, []int64{11, 12, 13}},
		{[]string{"/", "l", "e", "e", "enter", "enter"}, []int64{12}},
	} {
		answer := answered(screen(peopleQuestion(), 80, 23).page, c.keys...)
		if answer == nil || !slices.Equal(answer.Leave, c.want) {
			t.Errorf("%v: %+v, want %v left", c.keys, answer, c.want)
		}
	}
}

func TestSearchFindsInHundreds(t *testing.T) {
	answer := answered(screen(placeQuestion(300), 80, 23).page, "/", "2", "9", "7", "enter")
	if answer == nil || answer.Chosen != "297" {
		t.Errorf("%+v", answer)
	}
}

func TestPastedAddressTakesTheProposedOnesPlace(t *testing.T) {
	p := screen(addressQuestion(), 80, 23).page
	p.update(tea.PasteMsg{Content: " https://other.example\n"})
	if answer := answered(p, "enter"); answer == nil || answer.Text != "https://other.example" {
		t.Errorf("%+v", answer)
	}
}

func TestPicksSurviveGoingBack(t *testing.T) {
	w := screen(associateQuestion(), 80, 23)
	w.facts.State, w.facts.Choices = setup.AskAssociations, w.question.Choices
	pressed(w, "tab", "down", "a")
	for _, move := range []setup.Move{setup.Keep, setup.GoBack, setup.Retry} {
		facts, _ := setup.Next(w.facts, setup.Answer{Move: move, Groups: w.page.leave().Groups})
		kept := map[string]int64{}
		for _, association := range facts.Draft.Associations {
			kept[association.MembershipID] = association.GroupID
		}
		if kept["m2"] != 2 || len(kept) != 4 {
			t.Errorf("after move %d: %v", move, kept)
		}
	}
}

// TestUpdateBeginsAtTheAssociations runs the setup, then "Update Integration" over it.
func TestUpdateBeginsAtTheAssociations(t *testing.T) {
	g := newGym(t, 20)
	g.work(t)
	first := play(t, New(t.Context(), Options{Store: g.state, Engine: g.engine, By: "tester", Prefill: &setup.Prefill{
		GymflowURL: g.gymflow.URL, Token: setup.SecretText(g.gymflow.Token), Key: setup.SecretText(g.kisi.Key)}}))
	first.enterThrough()
	s := g.wizard(t, true)
	s.at(setup.AskAssociations)
	s.press("esc")
	s.until("the live view", func() bool { return len(s.asked) > 0 })
	if _, ok := s.asked[0].(look.OpenLive); !ok {
		t.Fatalf("esc at the first question asked for %T", s.asked[0])
	}
	s = g.wizard(t, true)
	s.at(setup.AskAssociations)
	s.press("tab", "x", "c") // the first membership opens nothing any more
	s.enterThrough()
	if run := s.wizard.facts.Run; run == nil || run.Outcome == store.OutcomeRunning {
		t.Errorf("no finished run: %+v", run)
	}
}

// enterThrough presses Enter at every question until the sync is over.
func (s *stage) enterThrough() {
	s.t.Helper()
	for range 25 {
		s.until("a question", func() bool { return s.wizard.page != nil && s.wizard.question.Kind != setup.Work })
		if kind := s.wizard.question.Kind; kind == setup.Run || kind == setup.End {
			break
		}
		if problem := s.wizard.question.Problem; problem != "" {
			s.t.Fatalf("%s: %s", s.wizard.question.State, problem)
		}
		s.press("enter")
	}
	s.at(setup.Finished)
}

// TestLeavingEndsTheWork: the context of a check ends with the program's.
func TestLeavingEndsTheWork(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	w := New(ctx, Options{})
	w.facts, w.question = setup.Start(setup.Facts{})
	w.page = newWork(&w.shared, workQuestion(""))
	w.generation = new(stamp)
	command := w.perform()
	stop()
	batch, ok := command().(tea.BatchMsg)
	if !ok || len(batch) != 2 {
		t.Fatalf("the work's commands are %T", command())
	}
	if message, ok := batch[1]().(performedMessage); !ok || message.answer.Result.Err == nil {
		t.Errorf("ended work gave %+v", message)
	}
}
