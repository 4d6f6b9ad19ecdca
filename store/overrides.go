package store

import (
	"kisiflow/access"
)

// Overrides gives all overrides by member id.
func (t *Tx) Overrides() (map[string]access.Override, error) {
	overrides := map[string]access.Override{}
	err := records(t, overridesBucket, func(key []byte, override access.Override) {
		overrides[string(key)] = override
	})
	return overrides, err
}

// PutOverride sets one; DeleteOverride removes it.
func (t *Tx) PutOverride(override access.Override) error {
	return putRecord(t, overridesBucket, []byte(override.MemberID), override, settingsPart)
}

// DeleteOverride lets the member follow the rules again.
func (t *Tx) DeleteOverride(memberID string) error {
	return t.drop(overridesBucket, []byte(memberID), settingsPart)
}
