package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"go.etcd.io/bbolt"
)

// EntryKind says what a journal entry tells of.
type EntryKind string

// The kinds of journal entry.
const (
	Granted     EntryKind = "granted"
	Revoked     EntryKind = "revoked"
	UserCreated EntryKind = "user created"
	Adopted     EntryKind = "adopted"
	HeldBack    EntryKind = "held"
	FailedEntry EntryKind = "failed"
	LostRight   EntryKind = "removed in Kisi by somebody else"
	Settled     EntryKind = "settled" // an intent left open by a crash
	Approved    EntryKind = "approved"
	SetUp       EntryKind = "set up"
	Changed     EntryKind = "associations changed"
	OverrideSet EntryKind = "override"
	KeyReplaced EntryKind = "key replaced"
	SetChanged  EntryKind = "settings changed"
	WouldGrant  EntryKind = "would grant" // of an audit
	WouldRevoke EntryKind = "would revoke"
	RunStarted  EntryKind = "run started"
	RunEnded    EntryKind = "run ended"
)

// Entry is one line of the journal: every change with before, after, evidence and who.
type Entry struct {
	Sequence uint64    `json:"sequence"`
	At       time.Time `json:"at"`
	Kind     EntryKind `json:"kind"`
	Run      string    `json:"run,omitempty"`
	By       string    `json:"by,omitempty"`
	MemberID string    `json:"member_id,omitempty"`
	Name     string    `json:"name,omitempty"`
	GroupID  int64     `json:"group_id,omitempty"`
	Group    string    `json:"group,omitempty"`
	UserID   int64     `json:"user_id,omitempty"`
	RightID  int64     `json:"right_id,omitempty"`
	Before   string    `json:"before,omitempty"`
	After    string    `json:"after,omitempty"`
	Evidence string    `json:"evidence,omitempty"`
}

// AppendJournal writes an entry and gives it its sequence number.
func (t *Tx) AppendJournal(entry Entry) (uint64, error) {
	sequence, err := t.next(journalBucket, runsPart)
	if err != nil {
		return 0, err
	}
	entry.Sequence = sequence
	if err := putRecord(t, journalBucket, number(sequence), entry, runsPart); err != nil {
		return 0, err
	}
	if entry.MemberID == "" {
		return sequence, nil
	}
	index := binary.BigEndian.AppendUint64(memberPrefix(entry.MemberID), sequence)
	return sequence, t.put(memberJournalBucket, index, []byte{}, runsPart)
}

// Journal gives the newest entries first, those before the sequence number (0: from the newest), at most limit (0: all);
// memberID "" for everybody.
func (t *Tx) Journal(before uint64, limit int, memberID string) ([]Entry, error) {
	journal, err := t.bucket(journalBucket)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	take := func(_ uint64, value []byte) (bool, error) {
		var entry Entry
		if err := decode(t, journalBucket, value, &entry); err != nil {
			return false, err
		}
		entries = append(entries, entry)
		return limit <= 0 || len(entries) < limit, nil
	}
	if memberID == "" {
		err := sequencesBackwards(journal.Cursor(), nil, before, take)
		return entries, err
	}
	index, err := t.bucket(memberJournalBucket)
	if err != nil {
		return nil, err
	}
	err = sequencesBackwards(index.Cursor(), memberPrefix(memberID), before, func(sequence uint64, _ []byte) (bool, error) {
		return take(sequence, journal.Get(number(sequence)))
	})
	return entries, err
}

// memberPrefix begins the index keys of one member. Its length stands in front so that no id can be the
// beginning of another.
func memberPrefix(memberID string) []byte {
	prefix := binary.BigEndian.AppendUint16(nil, uint16(len(memberID)))
	return append(prefix, memberID...)
}

// sequencesBackwards walks a bucket whose keys are prefix and sequence, from the newest before the given one.
func sequencesBackwards(cursor *bbolt.Cursor, prefix []byte, before uint64, take func(sequence uint64, value []byte) (more bool, err error)) error {
	if before == 0 {
		before = math.MaxUint64
	}
	key, _ := cursor.Seek(binary.BigEndian.AppendUint64(bytes.Clone(prefix), before))
	back := cursor.Prev
	if key == nil { // all keys come before
		back = cursor.Last
	}
	for key, value := back(); bytes.HasPrefix(key, prefix) && len(key) == len(prefix)+8; key, value = cursor.Prev() {
		more, err := take(binary.BigEndian.Uint64(key[len(prefix):]), value)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// JournalOfRun gives the entries of one run, oldest first. The journal has no index by run: it is walked whole, which an
// undo does once, and only what names the run is decoded.
func (t *Tx) JournalOfRun(run string) ([]Entry, error) {
	journal, err := t.bucket(journalBucket)
	if err != nil {
		return nil, err
	}
	named, err := json.Marshal(run)
	if err != nil {
		return nil, fmt.Errorf("can't look for run %q: %w", run, err)
	}
	named = append([]byte(`"run":`), named...)
	var entries []Entry
	cursor := journal.Cursor()
	for key, stored := cursor.First(); key != nil; key, stored = cursor.Next() {
		if !bytes.Contains(stored, named) {
			continue
		}
		var entry Entry
		if err := decode(t, journalBucket, stored, &entry); err != nil {
			return nil, err
		}
		if entry.Run == run {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}
