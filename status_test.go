package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// told is a state file as a run left it, and what a command says about it.
type told struct {
	t    *testing.T
	path string
}

func tell(t *testing.T, write func(*store.Tx) error) told {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	state, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = state.Update(func(tx *store.Tx) error {
		settings := store.Settings{GymflowName: "Riverside", PlaceName: "Dublin HQ", GymflowURL: "http://127.0.0.1:1", KisiURL: "http://127.0.0.1:2",
			Key: store.KeyFacts{UserName: "Olga", RoleName: "owner", Owner: true}}
		if err := tx.PutSettings(settings); err != nil {
			return err
		}
		return write(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return told{t, path}
}

func (s told) says(words ...string) string {
	s.t.Helper()
	var out, errOut bytes.Buffer
	if code := run(append([]string{"--state", s.path}, words...), strings.NewReader(""), &out, &errOut); code != 0 {
		s.t.Fatalf("%v: exit %d: %s", words, code, errOut.String())
	}
	return out.String()
}

func (s told) document(into any, words ...string) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.says(append(words, "--json")...)), into); err != nil {
		s.t.Fatal(err)
	}
}

func ended(outcome string, notes ...string) store.Run {
	at := time.Now().Add(-time.Minute)
	return store.Run{ID: "r1", Trigger: "command", Started: at, Finished: at, Outcome: outcome, Planned: true, Notes: notes}
}

func rowsWithOneMissing() []access.Row {
	waiting := access.IsWaiting
	zone := time.FixedZone("Dublin", 3600)
	next := time.Date(2026, 7, 1, 0, 0, 0, 0, zone)
	since := time.Date(2026, 6, 1, 0, 0, 0, 0, zone)
	return []access.Row{
		{ID: "m1", Name: "Ann", Email: "ann@x.example", Standing: access.HasAccess, Since: since, NextChange: &next},
		{ID: "m2", Name: "Bo", Email: "bo@x.example", Standing: access.Waiting, Reason: &waiting, Since: since, Detail: access.MissingDetail, Missing: true},
	}
}

func TestWhoIsMissingIsShownButIsNoRosterMember(t *testing.T) {
	const note = "1 removal waits for a second complete list: Gymflow's list no longer has the member."
	s := tell(t, func(tx *store.Tx) error {
		if err := tx.PutRun(ended(store.OutcomeDone, note)); err != nil {
			return err
		}
		return tx.PutStandings(rowsWithOneMissing(), time.Now())
	})
	var members []map[string]any
	s.document(&members, "members")
	if len(members) != 1 || members[0]["id"] != "m1" || members[0]["since"] != "2026-05-31T23:00:00Z" || members[0]["next_change"] != "2026-06-30T23:00:00Z" {
		t.Errorf("members --json: %v", members)
	}
	if text := s.says("members"); !strings.Contains(text, "Bo") || !strings.Contains(text, "waiting") {
		t.Errorf("members: %s", text)
	}
	if text := s.says("explain", "bo@x.example"); !strings.Contains(text, access.MissingDetail) {
		t.Errorf("explain: %s", text)
	}
	if text := s.says("status"); strings.Count(text, note) != 1 || !strings.Contains(text, "In step") {
		t.Errorf("status: %s", text)
	}
	var status struct {
		Members, Missing int
		InStep           bool `json:"in_step"`
		Notes            []string
		Standings        map[string]int
		LastRun          struct{ Notes []string } `json:"last_run"`
	}
	s.document(&status, "status")
	if status.Members != 1 || status.Missing != 1 || !status.InStep || status.Standings["waiting"] != 1 ||
		len(status.Notes) != 1 || len(status.LastRun.Notes) != 1 {
		t.Errorf("status --json: %+v", status)
	}
}

func TestInStepIsOnlyWhatLeftNothingUndone(t *testing.T) {
	const why = "30 rights would go because of what Gymflow says."
	held := ended(store.OutcomeHeld, why)
	held.Held = 30
	failed := ended(store.OutcomePartial)
	failed.Failed = 1
	for name, test := range map[string]struct {
		run    store.Run
		want   string
		inStep bool
	}{
		"done":      {ended(store.OutcomeDone), "In step", true},
		"held":      {held, "30 removals held.", false},
		"failed":    {failed, "1 member failed.", false},
		"withheld":  {ended(store.OutcomePartial), "not all could be done.", false},
		"no answer": {ended(store.OutcomeFailed), "It was never synced.", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, func(tx *store.Tx) error {
				if test.run.Held > 0 {
					list := store.Approvable{Fingerprint: "abc", Keys: make([]string, 30), Removals: make([]access.Revoke, 30), Held: true, Why: []string{why}}
					if err := tx.PutApprovable(list); err != nil {
						return err
					}
					question := access.Question{Reason: access.IsHeld, Text: "30 removals are held. " + why + " Approve the list, or put right what is wrong."}
					if err := tx.PutQuestions([]access.Question{question}); err != nil {
						return err
					}
				}
				return tx.PutRun(test.run)
			})
			text := s.says("status")
			if !strings.Contains(text, test.want) || strings.Contains(text, "In step") != test.inStep {
				t.Errorf("%s", text)
			}
			if test.run.Held > 0 && strings.Count(text, why) != 1 {
				t.Errorf("the guard's sentence stands there %d times: %s", strings.Count(text, why), text)
			}
			var status struct {
				InStep bool       `json:"in_step"`
				ReadAt *time.Time `json:"read_at"`
				Notes  []string
			}
			s.document(&status, "status")
			if status.InStep != test.inStep || status.Notes == nil {
				t.Errorf("%+v", status)
			}
		})
	}
}

// Who switched it off, and when, is said; Gymflow goes on changing, so nothing is in step.
func TestWhatIsSwitchedOffIsNotInStep(t *testing.T) {
	off := time.Date(2026, 6, 1, 9, 30, 0, 0, time.UTC)
	s := tell(t, func(tx *store.Tx) error {
		settings, _, err := tx.Settings()
		if err != nil {
			return err
		}
		settings.DisabledAt, settings.DisabledBy = off, "nora@desk"
		if err := tx.PutSettings(settings); err != nil {
			return err
		}
		return tx.PutRun(ended(store.OutcomeDone))
	})
	var status struct {
		InStep bool       `json:"in_step"`
		At     *time.Time `json:"switched_off_at"`
		By     string     `json:"switched_off_by"`
	}
	s.document(&status, "status")
	if status.InStep || status.At == nil || !status.At.Equal(off) || status.By != "nora@desk" {
		t.Errorf("status --json: %+v", status)
	}
}

// A signal before the plan says in one line that nothing was changed, and how to go on.
func TestASignalWhileReadingSaysHowToGoOn(t *testing.T) {
	signals := newSignals()
	defer signals.stop()
	var errOut bytes.Buffer
	app := &application{errOut: &errOut, signals: signals}
	signals.cancel(signalCause{syscall.SIGTERM})
	code := app.exitCode(app.stoppedEarly(fmt.Errorf("the run was stopped: %w", context.Canceled)))
	if text := errOut.String(); code != 143 || strings.Count(text, "\n") != 1 || !strings.Contains(text, "nothing was changed") || !strings.Contains(text, "run the same command again") {
		t.Errorf("exit %d: %s", code, text)
	}
}

func TestTheOwnersRoleIsSaid(t *testing.T) {
	for want, key := range map[string]store.KeyFacts{"owner": {Owner: true}, "administrator": {RoleName: "administrator"}, "": {}} {
		if got := keyDocument(key).Role; got != want {
			t.Errorf("%+v: %q", key, got)
		}
	}
}
