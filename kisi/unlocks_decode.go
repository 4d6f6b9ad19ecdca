package kisi

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// What an event set may say of itself, and the event that is asked for.
const (
	setInProgress = "in_progress"
	setFinished   = "finished"
	setFailed     = "failed"
	unlockType    = "lock.unlock"
)

// The limits of what is taken from an answer: a page asks for 50 events, and names are short.
const (
	eventsInAnswer = 1000
	eventText      = 200
	cursorLength   = 4000
)

// sentUnlock is an attempt with what shows whether it is one of those asked for.
type sentUnlock struct {
	unlock    Unlock
	kind      string
	actorType string
	actorID   int64
	object    string
	placeID   int64
}

// of tells whether the attempt is this person's at this place. Kisi filters too; that it does is not taken on trust.
func (s sentUnlock) of(wanted UnlockQuery) bool {
	return s.kind == unlockType && s.actorType == "User" && s.actorID == wanted.UserID &&
		(s.object == "" || s.object == "Lock") && (s.placeID == 0 || s.placeID == wanted.PlaceID)
}

// sentEvent is an event as Kisi sends it. Any of it may be null.
type sentEvent struct {
	UUID       string `json:"uuid"`
	Type       string `json:"type"`
	ActorType  string `json:"actor_type"`
	ActorID    int64  `json:"actor_id"`
	With       string `json:"authenticated_by_type"`
	ObjectType string `json:"object_type"`
	ObjectID   int64  `json:"object_id"`
	ObjectName string `json:"object_name"`
	CreatedAt  string `json:"created_at"`
	Success    *bool  `json:"success"`
	PlaceID    int64  `json:"place_id"`
	Code       string `json:"error_code"`
	Message    string `json:"error_message"`
}

// parseEventSet reads an answer about an event set. Its texts are cleaned and cut; what is not an event set is refused with
// a few words about why.
func parseEventSet(body []byte, clean func(string) string) (eventSet, error) {
	var sent struct {
		ID     int64             `json:"id"`
		Status string            `json:"status"`
		Cursor string            `json:"cursor"`
		Events []json.RawMessage `json:"events"`
	}
	if json.Unmarshal(body, &sent) != nil {
		return eventSet{}, errors.New("it can't be read")
	}
	switch {
	case sent.ID <= 0:
		return eventSet{}, errors.New("it has no id")
	case sent.Status != setInProgress && sent.Status != setFinished && sent.Status != setFailed:
		return eventSet{}, errors.New("it does not say whether the events are ready")
	case len(sent.Events) > eventsInAnswer:
		return eventSet{}, errors.New("it holds more events than were asked for")
	case len(sent.Cursor) > cursorLength:
		return eventSet{}, errors.New("its cursor is too long")
	}
	set := eventSet{id: sent.ID, status: sent.Status}
	if set.status != setFinished { // only then are there events (OAS)
		return set, nil
	}
	set.cursor = sent.Cursor
	for _, raw := range sent.Events {
		var event sentEvent
		if json.Unmarshal(raw, &event) != nil {
			return eventSet{}, errors.New("an event can't be read")
		}
		if event.Type != unlockType {
			continue
		}
		unlock, err := event.attempt(clean)
		if err != nil {
			return eventSet{}, err
		}
		set.unlocks = append(set.unlocks, unlock)
	}
	return set, nil
}

func (e sentEvent) attempt(clean func(string) string) (sentUnlock, error) {
	at, err := time.Parse(time.RFC3339, e.CreatedAt)
	if err != nil {
		return sentUnlock{}, errors.New("an event has no time")
	}
	short := func(text string) string { return strings.TrimSpace(shorten(clean(text), eventText)) }
	unlock := Unlock{UUID: short(e.UUID), At: at.UTC(), LockID: e.ObjectID, Lock: short(e.ObjectName),
		Code: strings.ToLower(short(e.Code)), Message: short(e.Message), With: short(e.With)}
	// success is always sent (OAS); where it is not, only an attempt without an error may have opened the door.
	unlock.Opened = unlock.Code == ""
	if e.Success != nil {
		unlock.Opened = *e.Success
	}
	return sentUnlock{unlock: unlock, kind: e.Type, actorType: e.ActorType, actorID: e.ActorID, object: e.ObjectType, placeID: e.PlaceID}, nil
}
