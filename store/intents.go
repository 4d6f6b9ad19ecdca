package store

import (
	"time"
)

// IntentKind says what a write was about to do.
type IntentKind string

// The writes.
const (
	IntentCreateUser IntentKind = "create-user"
	IntentGrant      IntentKind = "grant"
	IntentRevoke     IntentKind = "revoke"
)

// Intent is a write that was begun; it is closed in the same transaction that stores its result.
type Intent struct {
	ID       uint64
	Kind     IntentKind
	Run      string
	Undoes   string    // the run that this one undoes
	At       time.Time // by the process's clock, set right by the services'
	HostAt   time.Time // by this machine's clock, set right by the services' (KISIFLOW_NOW moves only At)
	MemberID string
	Name     string
	Email    string
	UserID   int64
	GroupID  int64
	RightID  int64
	Why      string
}

// OpenIntent stores an intent and gives its id; CloseIntent removes it.
func (t *Tx) OpenIntent(intent Intent) (uint64, error) {
	id, err := t.next(intentsBucket, other)
	if err != nil {
		return 0, err
	}
	intent.ID = id
	return id, putRecord(t, intentsBucket, number(id), intent, other)
}

// CloseIntent removes an intent.
func (t *Tx) CloseIntent(id uint64) error {
	return t.drop(intentsBucket, number(id), other)
}

// Intents gives all open intents, oldest first.
func (t *Tx) Intents() ([]Intent, error) {
	var intents []Intent
	err := records(t, intentsBucket, func(_ []byte, intent Intent) { intents = append(intents, intent) })
	return intents, err
}
