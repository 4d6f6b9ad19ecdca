package store

import "time"

// Trace is what another hand than kisiflow's did to the rights of one group between two runs.
type Trace struct {
	GroupID int64
	At      time.Time
	Came    int           // rights that somebody else made for members
	Went    int           // rights of ours that somebody else took away
	By      map[int64]int // who made them, by Kisi user id
}

const tracesKey = "second writer"

// Traces gives what was seen of a second writer lately, oldest first.
func (t *Tx) Traces() ([]Trace, error) {
	traces, _, err := single[[]Trace](t, tracesKey)
	return traces, err
}

// PutTraces replaces it.
func (t *Tx) PutTraces(traces []Trace) error {
	return putSingle(t, tracesKey, traces, other)
}
