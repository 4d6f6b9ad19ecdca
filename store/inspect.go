package store

import (
	"errors"
	"os"
)

// Facts are what can be told of a state file without changing it.
type Facts struct {
	Size     int64
	Mode     os.FileMode
	Schema   uint64 // the layout that it has
	Known    uint64 // the newest layout that this program knows
	Identity string // where the identity file is looked for
	Present  bool   // it is there
	Needed   bool   // the file holds secrets that only the identity opens
}

// Inspect looks at a state file and writes nothing: neither a missing file nor an older one is touched.
func Inspect(path string) (Facts, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Facts{}, explain("open", path, err)
	}
	facts := Facts{Size: info.Size(), Mode: info.Mode().Perm(), Known: schemaVersion, Identity: identityPath(path)}
	if !info.Mode().IsRegular() {
		return facts, damaged(path, "it is not a regular file")
	}
	switch _, err := os.Stat(facts.Identity); {
	case err == nil:
		facts.Present = true
	case !errors.Is(err, os.ErrNotExist):
		return facts, explain("open", facts.Identity, err)
	}
	store := &Store{path: path, patience: lockPatience}
	err = store.transact(reading, func(t *Tx) error {
		var failure error
		if facts.Schema, failure = t.version(); failure != nil {
			return failure
		}
		secrets, failure := t.bucket(secretsBucket)
		if failure != nil {
			return failure
		}
		key, _ := secrets.Cursor().First()
		facts.Needed = key != nil
		return nil
	})
	if err == nil && facts.Schema > schemaVersion {
		err = newer(path, facts.Schema)
	}
	return facts, err
}
