package store

import "time"

// Refusal is a person whom Kisi would not take as Gymflow has them. Asking again with the same e-mail and name gets the same
// answer, and too many bad requests may cost the key (kisi-api.md).
type Refusal struct {
	MemberID string
	Email    string
	Name     string
	Text     string // what Kisi said
	At       time.Time
}

// Refusals gives them by member id.
func (t *Tx) Refusals() (map[string]Refusal, error) {
	refusals, _, err := single[map[string]Refusal](t, refusalsKey)
	if refusals == nil {
		refusals = map[string]Refusal{}
	}
	return refusals, err
}

// PutRefusals replaces them all.
func (t *Tx) PutRefusals(refusals map[string]Refusal) error {
	return putSingle(t, refusalsKey, refusals, other)
}

const refusalsKey = "refusals"
