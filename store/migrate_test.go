package store

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"kisiflow/access"
)

// unpack lays a stored file of an older kisiflow down.
func unpack(t *testing.T, name string) string {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	content, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, content); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFileOfVersion1IsBroughtUpToDate(t *testing.T) {
	path := unpack(t, "schema1.db")
	if facts, err := Inspect(path); err != nil || facts.Schema != 1 || facts.Known != schemaVersion {
		t.Fatalf("%+v %v", facts, err)
	}
	store, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	hold := access.Hold{MemberID: "m_1", GroupID: 7, Wanted: true, Run: "r1", At: time.Unix(1, 0).UTC()}
	update(t, store, func(tx *Tx) error {
		holds, err := tx.Holds()
		if err != nil || len(holds) != 0 {
			t.Errorf("%v %v", holds, err)
		}
		return tx.PutHold(hold)
	})
	view(t, store, func(tx *Tx) error {
		settings, set, err := tx.Settings()
		if err != nil || !set || settings.PlaceName != "Dublin HQ" || settings.Key.UserName != "Nora Owner" || len(settings.Associations) != 1 {
			t.Errorf("%+v %v %v", settings, set, err)
		}
		ledger, err := tx.Ledger()
		if err != nil || len(ledger) != 1 || ledger[0].RightID != 101 {
			t.Errorf("%+v %v", ledger, err)
		}
		overrides, err := tx.Overrides()
		if err != nil || overrides["m_2"].Note != "pays in cash" {
			t.Errorf("%+v %v", overrides, err)
		}
		intents, err := tx.Intents()
		if err != nil || len(intents) != 1 {
			t.Errorf("%+v %v", intents, err)
		}
		entries, err := tx.JournalOfRun("r1")
		if err != nil || len(entries) != 1 || entries[0].RightID != 101 {
			t.Errorf("%+v %v", entries, err)
		}
		rows, _, err := tx.Standings()
		if err != nil || len(rows) != 2 {
			t.Errorf("%+v %v", rows, err)
		}
		holds, err := tx.Holds()
		if holds[hold.Key()] != hold {
			t.Errorf("%+v", holds)
		}
		return err
	})
	withBolt(t, path, func(tx *bbolt.Tx) error {
		if got := tx.Bucket([]byte(metaBucket)).Get([]byte(versionKey)); string(got) != string(number(schemaVersion)) {
			t.Errorf("the version is %v", got)
		}
		return nil
	})
	checkPages(t, path)
}

func TestHoldsAndTracesSurvive(t *testing.T) {
	hold := full[access.Hold]()
	roundTrip(t, map[access.HoldKey]access.Hold{hold.Key(): hold}, func(tx *Tx) error {
		other := access.Hold{MemberID: hold.MemberID, GroupID: hold.GroupID + 1}
		for _, one := range []access.Hold{hold, other} {
			if err := tx.PutHold(one); err != nil {
				return err
			}
		}
		return tx.DeleteHold(other.Key())
	}, (*Tx).Holds)
	traces := full[[]Trace]()
	traces[0].By = map[int64]int{7: 2}
	roundTrip(t, traces, func(tx *Tx) error { return tx.PutTraces(traces) }, (*Tx).Traces)
}

func TestTheJournalOfOneRun(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error {
		for _, entry := range []Entry{{Run: "r1", Kind: Granted}, {Run: "r11", Kind: Granted}, {Evidence: `"run":"r1"`}, {Run: "r1", Kind: Revoked}} {
			if _, err := tx.AppendJournal(entry); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, store, func(tx *Tx) error {
		entries, err := tx.JournalOfRun("r1")
		if len(entries) != 2 || entries[0].Kind != Granted || entries[1].Kind != Revoked {
			t.Errorf("%+v", entries)
		}
		return err
	})
}

func TestAnUndoBringsNothingInStep(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error {
		return tx.PutRun(Run{ID: "r1", Undoes: "r0", Outcome: OutcomeDone, Finished: time.Now()})
	})
	view(t, store, func(tx *Tx) error {
		if at, found, err := tx.LastSync(); found || err != nil {
			t.Errorf("%v %v %v", at, found, err)
		}
		return nil
	})
}

// A host's clock may be set back: the newest run says whether the two sides are in step, not the one with the latest time.
func TestTheNewestRunCountsAlsoAfterTheClockWasSetBack(t *testing.T) {
	store, now := newStore(t), time.Now()
	put := func(id string, finished time.Time, failed int) (fresh Freshness) {
		t.Helper()
		update(t, store, func(tx *Tx) error {
			return tx.PutRun(Run{ID: id, Outcome: OutcomeDone, Finished: finished, Failed: failed})
		})
		view(t, store, func(tx *Tx) (err error) { fresh, err = tx.Freshness(); return err })
		return fresh
	}
	if fresh := put("r1", now, 1); fresh.InStep() {
		t.Errorf("in step although a member failed: %+v", fresh)
	}
	before := now.Add(-time.Hour)
	if fresh := put("r2", before, 0); !fresh.InStep() || !fresh.ReadAt.Equal(before) {
		t.Errorf("not in step after the newest run: %+v", fresh)
	}
	if fresh := put("r1", now.Add(-2*time.Hour), 1); !fresh.InStep() || !fresh.ReadAt.Equal(before) {
		t.Errorf("an older run, stored once more, counts: %+v", fresh)
	}
}
