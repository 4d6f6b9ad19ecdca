package store

import "time"

const toldKey = "told"

// Told are the members about whom somebody outside said that they changed, by member id, with the instant of the last such
// word; "" stands for whoever is not known here. Kept only where a roster file is read: nothing but a newer file can say what changed.
func (t *Tx) Told() (map[string]time.Time, error) {
	told, _, err := single[map[string]time.Time](t, toldKey)
	if told == nil {
		told = map[string]time.Time{}
	}
	return told, err
}

// PutTold replaces them.
func (t *Tx) PutTold(told map[string]time.Time) error {
	return putSingle(t, toldKey, told, standingsPart)
}
