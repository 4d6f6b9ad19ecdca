package store

import (
	"encoding/binary"
	"fmt"
)

// Change counts writes by what they touched, so that a screen re-reads only what changed.
type Change struct {
	All       uint64 // any write at all
	Settings  uint64 // settings, draft, secrets, overrides
	Standings uint64 // standings, roster, foreign, questions
	Progress  uint64 // progress, lease, requests
	Runs      uint64 // runs, journal, held lists
}

// section is a set of the parts that a transaction touched.
type section uint8

const (
	untouched section = 0
	other     section = 1 << (iota - 1) // ledger, links and the like: only All counts them
	settingsPart
	standingsPart
	progressPart
	runsPart
)

// changesSize is five counters of eight bytes.
const changesSize = 5 * 8

// Changes reads the counters.
func (t *Tx) Changes() (Change, error) {
	meta, err := t.bucket(metaBucket)
	if err != nil {
		return Change{}, err
	}
	stored := meta.Get([]byte(changesKey))
	if stored == nil {
		return Change{}, nil
	}
	if len(stored) != changesSize {
		return Change{}, damaged(t.store.path, fmt.Sprintf("its change counters are %d bytes long", len(stored)))
	}
	at := func(index int) uint64 { return binary.BigEndian.Uint64(stored[index*8:]) }
	return Change{All: at(0), Settings: at(1), Standings: at(2), Progress: at(3), Runs: at(4)}, nil
}

// moveCounters counts this transaction, once for each section that it touched.
func (t *Tx) moveCounters() error {
	if t.touched == untouched {
		return nil
	}
	change, err := t.Changes()
	if err != nil {
		return err
	}
	change.All++
	for part, counter := range map[section]*uint64{
		settingsPart:  &change.Settings,
		standingsPart: &change.Standings,
		progressPart:  &change.Progress,
		runsPart:      &change.Runs,
	} {
		if t.touched&part != 0 {
			*counter++
		}
	}
	return t.put(metaBucket, []byte(changesKey), change.encode(), other)
}

func (c Change) encode() []byte {
	encoded := make([]byte, 0, changesSize)
	for _, counter := range []uint64{c.All, c.Settings, c.Standings, c.Progress, c.Runs} {
		encoded = binary.BigEndian.AppendUint64(encoded, counter)
	}
	return encoded
}
