package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Requests counts what a run cost.
type Requests struct {
	KisiRead  int `json:"kisi_read"`
	KisiWrite int `json:"kisi_write"`
	Gymflow   int `json:"gymflow"`
}

// Outcome words of a run.
const (
	OutcomeRunning = "running"
	OutcomeDone    = "done"
	OutcomePartial = "partial" // some members failed, or a group was held
	OutcomeHeld    = "held"    // removals held
	OutcomeStopped = "stopped" // interrupted, or the key died
	OutcomeFailed  = "failed"
)

// Run is one plan applied; its JSON is that of `sync --json`.
type Run struct {
	ID          string    `json:"run"`
	Trigger     string    `json:"trigger"`
	Undoes      string    `json:"undoes,omitempty"` // the run that this one undid
	Started     time.Time `json:"started"`
	Finished    time.Time `json:"finished"`
	Outcome     string    `json:"outcome"`
	Members     int       `json:"members"`
	Granted     int       `json:"granted"`
	Revoked     int       `json:"revoked"`
	Held        int       `json:"held"`
	Kept        int       `json:"kept"`
	Failed      int       `json:"failed"`
	Foreign     int       `json:"foreign"`
	Requests    Requests  `json:"requests"`
	Throttled   int       `json:"throttled"`
	Fingerprint string    `json:"fingerprint"`
	Audit       bool      `json:"audit,omitempty"`       // it only looked
	WouldGrant  int       `json:"would_grant,omitempty"` // what an audit found to be done
	WouldRevoke int       `json:"would_revoke,omitempty"`
	Notes       []string  `json:"notes"` // sentences: why held, why stopped, warnings

	Planned  bool      `json:"-"` // it got as far as a plan
	Looked   bool      `json:"-"` // it looked at some members only: it makes nothing fresh
	Exit     int       `json:"-"`
	Problems []Trouble `json:"-"`
}

// Trouble is one thing that went wrong in a run, in a sentence with what to do.
type Trouble struct {
	MemberID string
	Name     string
	GroupID  int64
	Text     string
	At       time.Time
}

// NextRun gives the id of a new run ("r1", "r2", …).
func (t *Tx) NextRun() (string, error) {
	value, err := t.next(runsBucket, runsPart)
	return runID(value), err
}

// PutRun adds or replaces a run.
func (t *Tx) PutRun(run Run) error {
	value, valid := runNumber(run.ID)
	if !valid {
		return fmt.Errorf("%q is not the id of a run, like r12", run.ID)
	}
	stored := runRecord{Run: run, Planned: run.Planned, Looked: run.Looked, Exit: run.Exit, Problems: run.Problems}
	if err := putRecord(t, runsBucket, number(value), stored, runsPart); err != nil {
		return err
	}
	bucket, err := t.bucket(runsBucket)
	if err != nil {
		return err
	}
	if bucket.Sequence() < value { // an id that NextRun did not give must not be given later
		if err := bucket.SetSequence(value); err != nil {
			return explain("write", t.store.path, err)
		}
	}
	return t.noteSync(run)
}

// Run gives one run by id.
func (t *Tx) Run(id string) (run Run, found bool, err error) {
	value, valid := runNumber(id)
	if !valid {
		return Run{}, false, nil
	}
	stored, found, err := record[runRecord](t, runsBucket, number(value))
	return stored.run(), found, err
}

// Runs gives the newest runs first, at most limit (0: all).
func (t *Tx) Runs(limit int) ([]Run, error) {
	bucket, err := t.bucket(runsBucket)
	if err != nil {
		return nil, err
	}
	var runs []Run
	cursor := bucket.Cursor()
	for key, value := cursor.Last(); key != nil && (limit <= 0 || len(runs) < limit); key, value = cursor.Prev() {
		var stored runRecord
		if err := decode(t, runsBucket, value, &stored); err != nil {
			return nil, err
		}
		runs = append(runs, stored.run())
	}
	return runs, nil
}

// Freshness tells how the two sides stood when they were last read.
type Freshness struct {
	ReadAt   time.Time // the end of the last sync that read both sides and planned; zero: there was none
	InStepAt time.Time // the end of the last one that left nothing held, withheld or failed; zero: there was none
	Last     Run       // the newest sync that has ended; one that read nothing makes nothing fresh
}

// InStep reports that the last reading left nothing undone, and that no later sync came to grief.
func (f Freshness) InStep() bool {
	return !f.InStepAt.IsZero() && !f.InStepAt.Before(f.ReadAt) && (f.Last.ID == "" || f.Last.Outcome == OutcomeDone)
}

// Freshness gives it.
func (t *Tx) Freshness() (fresh Freshness, err error) {
	if fresh.InStepAt, _, err = t.LastSync(); err != nil {
		return fresh, err
	}
	if fresh.ReadAt, _, err = t.LastRead(); err != nil {
		return fresh, err
	}
	runs, err := t.Runs(runsToLookBack)
	if err != nil {
		return fresh, err
	}
	for _, run := range runs {
		if run.Undoes == "" && !run.Looked && run.Outcome != OutcomeRunning {
			fresh.Last = run
			break
		}
	}
	return fresh, nil
}

// runsToLookBack: one run is under way at most, and between two syncs there are seldom more looks that changed something.
const runsToLookBack = 200

// LastSync tells when the two sides were last in step: a sync that was done, with nothing held, withheld or failed.
func (t *Tx) LastSync() (at time.Time, found bool, err error) {
	return single[time.Time](t, lastSyncKey)
}

// LastRead tells when a sync last went through to its end: done, with failed members, or with removals held. One that was
// stopped or failed leaves the doors as they were, so it makes nothing fresh.
func (t *Tx) LastRead() (at time.Time, found bool, err error) {
	if at, found, err = single[time.Time](t, lastReadKey); err != nil || found {
		return at, found, err
	}
	return t.LastSync() // a file of the time when both were one
}

const (
	lastSyncKey = "last sync"
	lastReadKey = "last read"
)

// runRecord is a run with what its own JSON, that of `sync --json`, leaves out.
type runRecord struct {
	Run      Run
	Planned  bool      `json:",omitempty"`
	Looked   bool      `json:",omitempty"`
	Notes    []string  `json:",omitempty"` // of a file from before they were part of the run's own JSON
	Exit     int       `json:",omitempty"`
	Problems []Trouble `json:",omitempty"`
}

func (r runRecord) run() Run {
	run := r.Run
	run.Planned, run.Looked, run.Exit, run.Problems = r.Planned, r.Looked, r.Exit, r.Problems
	if len(run.Notes) == 0 {
		run.Notes = r.Notes
	}
	return run
}

// noteSync remembers the newest end of a whole sync, so that it need not be searched in the runs. An undo reads no Gymflow,
// so it brings nothing in step, and neither does a look at some members.
func (t *Tx) noteSync(run Run) error {
	if run.Undoes != "" || run.Looked {
		return nil
	}
	switch run.Outcome {
	case OutcomeDone, OutcomePartial, OutcomeHeld:
	default:
		return nil
	}
	last, _, err := t.LastRead()
	if err != nil {
		return err
	}
	if !run.Finished.After(last) { // it is stored once more, or the clock was set back
		if later, err := t.syncedAfter(run); err != nil || later {
			return err
		}
	}
	// An audit brings nothing in step.
	if err := putSingle(t, lastReadKey, run.Finished, runsPart); err != nil || run.Audit || run.Outcome != OutcomeDone || run.Held+run.Failed > 0 {
		return err
	}
	return putSingle(t, lastSyncKey, run.Finished, runsPart)
}

// syncedAfter reports whether another whole sync went through to its end since this run began. Numbers tell, not times: a host's
// clock may be set back.
func (t *Tx) syncedAfter(run Run) (bool, error) {
	runs, err := t.Runs(runsToLookBack)
	if err != nil {
		return false, err
	}
	own, _ := runNumber(run.ID)
	for _, other := range runs {
		if number, _ := runNumber(other.ID); number <= own {
			break
		}
		if other.Undoes == "" && !other.Looked && slices.Contains([]string{OutcomeDone, OutcomePartial, OutcomeHeld}, other.Outcome) {
			return true, nil
		}
	}
	return false, nil
}

// runNumber is the 12 of "r12".
func runNumber(id string) (uint64, bool) {
	digits, prefixed := strings.CutPrefix(id, "r")
	value, err := strconv.ParseUint(digits, 10, 64)
	return value, prefixed && err == nil && value > 0 && runID(value) == id
}

func runID(value uint64) string { return "r" + strconv.FormatUint(value, 10) }
