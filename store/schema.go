package store

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// schemaVersion is the layout that this program reads and writes.
const schemaVersion = 2

// The buckets. Those with many records have one each; all that there is one of lies in singles.
const (
	metaBucket          = "meta"
	singlesBucket       = "singles"
	secretsBucket       = "secrets"
	overridesBucket     = "overrides"          // by member id
	ledgerBucket        = "ledger"             // by right id
	linksBucket         = "links"              // by member id
	absencesBucket      = "absences"           // by member id
	lostBucket          = "lost"               // by group id, user id
	intentsBucket       = "intents"            // by sequence
	standingsBucket     = "standings"          // by member id
	membersBucket       = "members"            // by member id
	runsBucket          = "runs"               // by number
	approvablesBucket   = "approvables"        // by fingerprint
	journalBucket       = "journal"            // by sequence
	memberJournalBucket = "journal of members" // by member id, sequence; no values
	requestsBucket      = "requests"           // by sequence
	holdsBucket         = "holds"              // by member id, group id; since version 2
)

const (
	versionKey = "version"
	changesKey = "changes"
)

func buckets() []string {
	return []string{
		metaBucket, singlesBucket, secretsBucket, overridesBucket, ledgerBucket, linksBucket, absencesBucket, lostBucket,
		intentsBucket, standingsBucket, membersBucket, runsBucket, approvablesBucket, journalBucket, memberJournalBucket,
		requestsBucket, holdsBucket,
	}
}

// layOut fills a new file.
func layOut(bolt *bbolt.Tx) error {
	for _, name := range buckets() {
		if _, err := bolt.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	return bolt.Bucket([]byte(metaBucket)).Put([]byte(versionKey), number(schemaVersion))
}

// migration brings a file from one version to the next.
type migration func(*bbolt.Tx) error

// migrations are by the version that they start from; version 1 is the first.
func migrations() map[uint64]migration { return map[uint64]migration{1: addHolds} }

// migrate checks the version and brings an older file up to date, in one transaction.
func (s *Store) migrate(steps map[uint64]migration) error {
	var version uint64
	err := s.transact(reading, func(t *Tx) (err error) {
		version, err = t.version()
		return err
	})
	if err != nil {
		return err
	}
	if version > schemaVersion {
		return newer(s.path, version)
	}
	if version == schemaVersion {
		return nil
	}
	return s.transact(writing, func(t *Tx) error { return t.climb(steps) })
}

// climb runs the migrations that are due. The version is read again: another process may have been first.
func (t *Tx) climb(steps map[uint64]migration) error {
	version, err := t.version()
	if err != nil {
		return err
	}
	for ; version < schemaVersion; version++ {
		step, known := steps[version]
		if !known {
			return damaged(t.store.path, fmt.Sprintf("nothing is known of its version %d", version))
		}
		if err := step(t.bolt); err != nil {
			return fmt.Errorf("can't bring the state file %s from version %d to %d: %w", t.store.path, version, version+1, err)
		}
		if err := t.put(metaBucket, []byte(versionKey), number(version+1), other); err != nil {
			return err
		}
	}
	return nil
}

// version reads the file's version.
func (t *Tx) version() (uint64, error) {
	meta := t.bolt.Bucket([]byte(metaBucket))
	if meta == nil {
		return 0, damaged(t.store.path, "it holds no state of kisiflow")
	}
	stored := meta.Get([]byte(versionKey))
	if len(stored) != 8 {
		return 0, damaged(t.store.path, "it has no version")
	}
	return binary.BigEndian.Uint64(stored), nil
}

// checkVersion refuses every version but ours.
func (t *Tx) checkVersion() error {
	version, err := t.version()
	if err != nil {
		return err
	}
	if version > schemaVersion {
		return newer(t.store.path, version)
	}
	if version < schemaVersion {
		return damaged(t.store.path, fmt.Sprintf("an older kisiflow put version %d in its place", version))
	}
	return nil
}

// newer is ErrNewer with both versions.
func newer(path string, version uint64) error {
	return fmt.Errorf("%w: %s has version %d, and this kisiflow knows versions up to %d. It was left as it is: use the newer kisiflow",
		ErrNewer, path, version, schemaVersion)
}
