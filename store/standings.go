package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kisiflow/access"
)

const standingsAtKey = "standings at"

// Standings gives the rows of the last run, by name then id, and when they were made.
func (t *Tx) Standings() (rows []access.Row, at time.Time, err error) {
	at, _, err = single[time.Time](t, standingsAtKey)
	if err != nil {
		return nil, time.Time{}, err
	}
	err = records(t, standingsBucket, func(_ []byte, stored rowRecord) { rows = append(rows, stored.row()) })
	slices.SortFunc(rows, byName)
	return rows, at, err
}

// PutStandings replaces them (only rows that differ are written).
func (t *Tx) PutStandings(rows []access.Row, at time.Time) error {
	encoded := make(map[string][]byte, len(rows))
	for _, row := range rows {
		value, err := encodeRow(row)
		if err != nil {
			return err
		}
		encoded[row.ID] = value
	}
	if err := t.replaceAll(standingsBucket, encoded, standingsPart); err != nil {
		return err
	}
	return putSingle(t, standingsAtKey, at, standingsPart)
}

// PutStanding replaces one row, for live progress.
func (t *Tx) PutStanding(row access.Row) error {
	value, err := encodeRow(row)
	if err != nil {
		return err
	}
	return t.put(standingsBucket, []byte(row.ID), value, standingsPart)
}

// rowRecord is a row with what its own JSON, that of `members --json`, leaves out.
type rowRecord struct {
	Row    access.Row
	Detail string `json:",omitempty"`
	Mend   string `json:",omitempty"`
	UserID int64  `json:",omitempty"`
	Gains  bool   `json:",omitempty"`

	Missing bool `json:",omitempty"`
}

func encodeRow(row access.Row) ([]byte, error) {
	encoded, err := json.Marshal(rowRecord{Row: row, Detail: row.Detail, Mend: row.Mend, UserID: row.UserID, Gains: row.Gains, Missing: row.Missing})
	if err != nil {
		return nil, fmt.Errorf("can't store the standing of member %s: %w", row.ID, err)
	}
	return encoded, nil
}

func (r rowRecord) row() access.Row {
	row := r.Row
	row.Detail, row.Mend, row.UserID, row.Gains, row.Missing = r.Detail, r.Mend, r.UserID, r.Gains, r.Missing
	return row
}

// byName is the order in which access.Rows gives them.
func byName(left, right access.Row) int {
	return cmp.Or(
		strings.Compare(left.Name, right.Name),
		strings.Compare(left.ID, right.ID),
	)
}
