package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"kisiflow/store"
)

// The questions that Enter leads through, each by a sentence that only its screen shows.
var journey = []string{
	"Where is your Gymflow?",
	"Sign in to Gymflow",
	"Make the key in Kisi",
	"Which place?",
	"A membership that is not associated opens nothing.",
	"Press enter again to take the 6 suggestions",
	"How will members unlock the doors?",
	"People who are in these groups already",
	"Start the sync",
	"166 access rights given",
	"Members 240",
}

const atPlace, atReview, atLive = 3, 8, 10

// resumed tells at which question the setup goes on where it is not the one that was left: nothing had been answered
// since, or everything has; the plan is made anew, and with it the question who is taken over comes again.
var resumed = map[int]int{5: 4, 8: 7, 9: 10}

// quick is a demo that changes only what it is told to.
func quick(arguments ...string) []string {
	return append([]string{"demo", "--still", "--rate", "2000"}, arguments...)
}

// walk presses Enter from one question to another.
func (s *screen) walk(from, to int) *screen {
	s.t.Helper()
	s.Expect(journey[from])
	for _, next := range journey[from+1 : to+1] {
		s.Press("enter").Expect(next)
	}
	return s
}

func TestDemoFromNothingByEnter(t *testing.T) {
	t.Parallel()
	for _, size := range []terminal{{columns: 80, rows: 24}, {columns: 120, rows: 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.columns, size.rows), func(t *testing.T) {
			t.Parallel()
			start(t, size, quick()...).walk(0, atLive).
				Expect("Riverside Gym → Dublin HQ", "● in step at 09:00", "▸ Adam Fitzgerald", "✓ yes", "missed payment").
				Press("q").Exit(0)
		})
	}
}

// Whoever leaves with ctrl+c at any question goes on there, or at the question that leads to it.
func TestLeavingAnywhereGoesOnThere(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.db")
	resumes := 0
	for leaving := range journey {
		s := start(t, terminal{columns: 100, rows: 30}, quick("--state", state)...)
		s.walk(resumes, leaving)
		s.Press("ctrl+c").Exit(0)
		resumes = leaving
		if elsewhere, is := resumed[leaving]; is {
			resumes = elsewhere
		}
	}
}

// Leaving in the middle of a sync is asked about once; what was begun is finished, and the next run does the rest.
func TestLeavingInTheMiddleOfASync(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.db")
	const question = "A sync is running. ctrl+c again leaves"
	s := start(t, terminal{columns: 80, rows: 24}, "demo", "--still", "--rate", "40", "--state", state)
	s.walk(0, atReview).Press("enter").Expect("granted 1")
	s.Press("ctrl+c").Expect(question).Press("down").Gone(question)
	s.Press("ctrl+c").Expect(question).Press("ctrl+c").Exit(0)
	if granted := journaled(t, state, store.Granted); granted == 0 || granted >= 166 {
		t.Errorf("%d rights were given when the sync was left, want some and not all", granted)
	}

	start(t, terminal{columns: 80, rows: 24}, quick("--state", state)...).
		Expect("● in step at 09:00", "access 168").Press("ctrl+c").Exit(0)
	if granted := journaled(t, state, store.Granted); granted != 166 {
		t.Errorf("%d rights were given in the end, want 166: none twice, none forgotten", granted)
	}
}

// journaled counts the journal's entries of a kind.
func journaled(t *testing.T, path string, kind store.EntryKind) (count int) {
	t.Helper()
	inStore(t, path, func(tx *store.Tx) error {
		entries, err := tx.Journal(0, 100_000, "")
		for _, entry := range entries {
			if entry.Kind == kind {
				count++
			}
		}
		return err
	})
	return count
}

func inStore(t *testing.T, path string, read func(*store.Tx) error) {
	t.Helper()
	state, err := store.Open(path)
	if err == nil {
		err = state.View(read)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestResizeGrowsBack(t *testing.T) {
	t.Parallel()
	s := start(t, terminal{columns: 120, rows: 40}, quick()...).walk(0, atLive)
	before := s.Expect("● in step at 09:00", "Bjørn Åkesson").Text()
	s.Resize(60, 15).Expect("Members 240", "▸ Adam Fitzgerald").Gone("Bjørn Åkesson")
	s.Resize(39, 9).Expect("terminal too small (need 40×10, have", "39×9)").Gone("Adam")
	s.Resize(120, 40).Expect("Bjørn Åkesson")
	s.until(func() bool { return s.text() == before }, "the screen as it was before:\n"+before+"\n")
	s.Press("q").Exit(0)
}
