package kisi

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Event is one event of Kisi's event webhook, as far as it tells whom to look at (kisi-api.md section 10).
type Event struct {
	UUID       string // "" when Kisi sent none
	Type       string // "role_assignment.create"
	ActorType  string
	ActorID    int64 // who did it
	ObjectType string
	ObjectID   int64 // what it was done to
}

// UserID is the person whom the event is about, 0 when it names none. A member's id is not a user's (kisi-api.md trap 10).
func (e Event) UserID() int64 {
	if e.ObjectType == "User" || e.ObjectType == "" && strings.HasPrefix(e.Type, "user.") {
		return e.ObjectID
	}
	return 0
}

// RightID is the access right that the event is about, 0 when it is about none.
func (e Event) RightID() int64 {
	if strings.HasPrefix(e.Type, "role_assignment.") {
		return e.ObjectID
	}
	return 0
}

// ChangesAccess reports that the event may change who gets in: unlocks and the like do not.
func (e Event) ChangesAccess() bool {
	kind, _, _ := strings.Cut(e.Type, ".")
	return slices.Contains([]string{"user", "member", "role_assignment", "group"}, kind)
}

// WebhookEvents are the events that kisiflow asks Kisi for.
func WebhookEvents() []string {
	return []string{"user.create", "user.update", "user.destroy", "member.create", "member.update", "member.destroy",
		"role_assignment.create", "role_assignment.update", "role_assignment.destroy", "group.update", "group.destroy"}
}

// ErrMalformedEvent says that the body of an event can't be understood.
var ErrMalformedEvent = errors.New("kisi's event can't be understood")

// ParseEvent reads the body of an event. Fields that it does not know are ignored.
func ParseEvent(body []byte) (Event, error) {
	var sent struct {
		UUID       string `json:"uuid"`
		Type       string `json:"type"`
		ActorType  string `json:"actor_type"`
		ActorID    int64  `json:"actor_id"`
		ObjectType string `json:"object_type"`
		ObjectID   int64  `json:"object_id"`
	}
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return Event{}, fmt.Errorf("%w: it is no JSON object", ErrMalformedEvent)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&sent); err != nil {
		return Event{}, fmt.Errorf("%w: it is no JSON object of the right shape", ErrMalformedEvent)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Event{}, fmt.Errorf("%w: something stands behind the object", ErrMalformedEvent)
	}
	const longest = 200
	switch {
	case sent.Type == "" || len(sent.Type) > longest:
		return Event{}, fmt.Errorf("%w: it has no type", ErrMalformedEvent)
	case len(sent.UUID) > longest || len(sent.ObjectType) > longest || len(sent.ActorType) > longest:
		return Event{}, fmt.Errorf("%w: a field is too long", ErrMalformedEvent)
	}
	return Event{sent.UUID, sent.Type, sent.ActorType, sent.ActorID, sent.ObjectType, sent.ObjectID}, nil
}

// SignEvent gives the value of X-Signature for a body, in the form of the field's own text.
func SignEvent(key string, body []byte) string {
	return "sha256=" + hex.EncodeToString(eventSum(key, body))
}

// VerifyEvent compares the value of X-Signature in constant time, in both forms that Kisi's documents show: sha256=HEX and
// the bare digest (kisi-api.md section 10). Without a key nothing is verified.
func VerifyEvent(key string, body []byte, signature string) bool {
	mac, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(signature), "sha256="))
	return key != "" && err == nil && hmac.Equal(mac, eventSum(key, body))
}

func eventSum(key string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write(body) // a hash takes everything
	return mac.Sum(nil)
}
