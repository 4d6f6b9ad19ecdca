package wizard

import (
	"context"
	"errors"
	"strings"
	"testing"

	"kisiflow/kisi"
	"kisiflow/ui/setup"
)

// A refused key stays refused: enter goes back to enter another, and r tries the same again. What failed for another
// reason is tried again by enter.
func TestEnterAfterARefusalLeadsToAnotherAnswer(t *testing.T) {
	for _, test := range []struct {
		failure error
		pressed string
		want    setup.State
		problem bool
	}{
		{kisi.ErrUnauthorized, "enter", setup.AskKey, false},
		{kisi.ErrUnauthorized, "r", setup.CheckKey, false},
		{errors.New("the line is down"), "enter", setup.CheckKey, false},
		{errors.New("the line is down"), "x", setup.CheckKey, true},
	} {
		gym := newRiverside()
		gym.fail[setup.CheckKey] = test.failure
		w := gym.at(t, setup.CheckKey)
		if w.question.Problem == "" {
			t.Fatal("the check did not fail")
		}
		w = pressed(w, test.pressed)
		if w.question.State != test.want || (w.question.Problem != "") != test.problem {
			t.Errorf("%v, %s: at %q with %q", test.failure, test.pressed, w.question.State, w.question.Problem)
		}
	}
}

// The line to go on with names the state file that this process was given.
func TestTheFarewellCanBePasted(t *testing.T) {
	w := New(context.Background(), Options{Hint: func(text string) string {
		return strings.ReplaceAll(text, "kisiflow s", "kisiflow --state my.db s")
	}})
	w.facts, w.question = setup.Start(setup.Facts{})
	if got, want := w.Farewell(), "Your answers are kept. To go on where you were: kisiflow --state my.db setup"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	w.question.Kind = setup.Run
	if got := w.Farewell(); !strings.HasSuffix(got, ": kisiflow --state my.db sync") {
		t.Error(got)
	}
	w.question = setup.Question{Kind: setup.End, Body: []string{"kisiflow sync"}, Title: "In step"}
	w.page = w.newPage()
	w.SetSize(80, 23)
	if view := w.View(); !strings.Contains(view, "kisiflow --state my.db sync") {
		t.Error(view)
	}
}
