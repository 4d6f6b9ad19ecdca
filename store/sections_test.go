package store

import (
	"os"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
)

func TestCountersMoveForWhatWasTouched(t *testing.T) {
	settings, standings := Change{All: 1, Settings: 1}, Change{All: 1, Standings: 1}
	progress, runs, neither := Change{All: 1, Progress: 1}, Change{All: 1, Runs: 1}, Change{All: 1}
	now := time.Now()
	for name, c := range map[string]struct {
		write func(*Tx) error
		want  Change
	}{
		"PutSettings":   {func(tx *Tx) error { return tx.PutSettings(Settings{GraceDays: 1}) }, settings},
		"PutDraft":      {func(tx *Tx) error { return tx.PutDraft(Settings{}) }, settings},
		"PutSecret":     {func(tx *Tx) error { return tx.PutSecret(KisiKey, "k") }, settings},
		"PutOverride":   {func(tx *Tx) error { return tx.PutOverride(access.Override{MemberID: "m"}) }, settings},
		"PutStandings":  {func(tx *Tx) error { return tx.PutStandings(nil, now) }, standings},
		"PutStanding":   {func(tx *Tx) error { return tx.PutStanding(access.Row{ID: "m"}) }, standings},
		"PutRoster":     {func(tx *Tx) error { return tx.PutRoster(gymflow.Roster{}) }, standings},
		"PutQuestions":  {func(tx *Tx) error { return tx.PutQuestions(nil) }, standings},
		"PutForeign":    {func(tx *Tx) error { return tx.PutForeign(nil) }, standings},
		"PutProgress":   {func(tx *Tx) error { return tx.PutProgress(Progress{}) }, progress},
		"PutRequest":    {func(tx *Tx) error { _, err := tx.PutRequest(Request{}); return err }, progress},
		"NextRun":       {func(tx *Tx) error { _, err := tx.NextRun(); return err }, runs},
		"PutRun":        {func(tx *Tx) error { return tx.PutRun(Run{ID: "r1"}) }, runs},
		"PutApprovable": {func(tx *Tx) error { return tx.PutApprovable(Approvable{Fingerprint: "f"}) }, runs},
		"AppendJournal": {func(tx *Tx) error { _, err := tx.AppendJournal(Entry{}); return err }, runs},
		"PutLedger":     {func(tx *Tx) error { return tx.PutLedger(access.LedgerEntry{RightID: 1}) }, neither},
		"OpenIntent":    {func(tx *Tx) error { _, err := tx.OpenIntent(Intent{}); return err }, neither},
		"PutLink":       {func(tx *Tx) error { return tx.PutLink("m", 1) }, neither},
		"PutPeople":     {func(tx *Tx) error { return tx.PutPeople(People{}) }, neither},
		"PutAbsences": {func(tx *Tx) error {
			return tx.PutAbsences(map[string]access.Absence{"m": {}})
		}, neither},
		"PutLost": {func(tx *Tx) error { return tx.PutLost(access.RightKey{}, 1) }, neither},
		"two parts": {func(tx *Tx) error {
			if err := tx.PutProgress(Progress{}); err != nil {
				return err
			}
			return tx.PutStanding(access.Row{ID: "m"})
		}, Change{All: 1, Standings: 1, Progress: 1}},
		"ClearDraft of none": {(*Tx).ClearDraft, Change{}},
		"ClearHeld of none":  {(*Tx).ClearHeld, Change{}},
		"TakeRequest of none": {func(tx *Tx) error {
			_, there, err := tx.TakeRequest()
			if there {
				t.Error("a request came out of nothing")
			}
			return err
		}, Change{}},
		"nothing": {func(*Tx) error { return nil }, Change{}},
	} {
		t.Run(name, func(t *testing.T) {
			store := newStore(t)
			update(t, store, c.write)
			if got := changesOf(t, store); got != c.want {
				t.Errorf("counted %+v, want %+v", got, c.want)
			}
		})
	}
	store := newStore(t)
	lease, err := store.Acquire("sync")
	if err != nil {
		t.Fatal(err)
	}
	if got := changesOf(t, store); got != progress {
		t.Errorf("Acquire counted %+v", got)
	}
	if err := lease.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatDoesNotDifferIsNotWritten(t *testing.T) {
	store := newStore(t)
	rows, at := manyRows(50), time.Unix(1, 0)
	roster := full[gymflow.Roster]()
	same := func(tx *Tx) error {
		if err := tx.PutStandings(rows, at); err != nil {
			return err
		}
		if err := tx.PutRoster(roster); err != nil {
			return err
		}
		if err := tx.PutSecret(KisiKey, "the same key"); err != nil {
			return err
		}
		return tx.PutSettings(Settings{GraceDays: 2})
	}
	update(t, store, same)
	counted := changesOf(t, store)
	before, err := os.ReadFile(store.Path())
	if err != nil {
		t.Fatal(err)
	}
	update(t, store, same)
	after, err := os.ReadFile(store.Path())
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("putting the same again wrote to the file")
	}
	if got := changesOf(t, store); got != counted {
		t.Errorf("counted %+v after %+v", got, counted)
	}
}
