package store

const auditedKey = "audited"

// Audited is what the last audit said would be done, by member and group, so that the next one tells only what is new.
func (t *Tx) Audited() (map[string]string, error) {
	told, _, err := single[map[string]string](t, auditedKey)
	if told == nil {
		told = map[string]string{}
	}
	return told, err
}

// PutAudited replaces it.
func (t *Tx) PutAudited(told map[string]string) error { return putSingle(t, auditedKey, told, other) }
