package kisi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// What bounds the reading of events (kisi-api.md section 10).
const (
	eventsPage  = 50               // the documented default; no larger one is documented
	eventsPages = 20               // pages of one set; a member opens some doors a day
	eventsTime  = 45 * time.Second // all of it, the waiting for Kisi to put the set together included
	setInterval = 90 * 24 * time.Hour
	setPause    = 3 * time.Second // the longest pause between two looks at a set that is not ready
)

// Unlock is one attempt to open a door: lock.unlock.
type Unlock struct {
	UUID    string
	At      time.Time
	LockID  int64
	Lock    string // the door's name
	Opened  bool
	Code    string // of a refusal; "" when Kisi gave none
	Message string // Kisi's own words for it
	With    string // the credential: "Card", "Login", "ApplePassInstance"; "" when Kisi tells none
}

// UnlockQuery says whose attempts are wanted, and where. The interval may be 90 days wide.
type UnlockQuery struct {
	UserID  int64
	PlaceID int64
	From    time.Time
	Until   time.Time
}

// eventSet is one answer about an event set.
type eventSet struct {
	id      int64
	status  string
	unlocks []sentUnlock
	cursor  string // "" at the end
}

// Unlocks asks Kisi for a person's attempts to open the doors of a place, the newest first. whole is false where there were
// more than are read. It only looks; that the request is a POST is how Kisi makes a set of events.
func (c *Client) Unlocks(ctx context.Context, wanted UnlockQuery) (unlocks []Unlock, whole bool, err error) {
	const doing = "reading the unlock events"
	if wanted.Until.Sub(wanted.From) > setInterval || !wanted.From.Before(wanted.Until) {
		return nil, false, &Error{Doing: doing, Kind: ErrInvalid, Code: noCode, Reason: "the interval must be between nothing and 90 days"}
	}
	limited, cancel := context.WithTimeout(ctx, eventsTime)
	defer cancel()
	sent, whole, err := c.readEvents(limited, doing, wanted)
	if errors.Is(err, ErrNotFound) { // a set lives for a day only; the next one is fresh
		sent, whole, err = c.readEvents(limited, doing, wanted)
	}
	if err != nil {
		if ctx.Err() == nil && limited.Err() != nil {
			err = c.stopped(doing, limited.Err())
		}
		return nil, false, err
	}
	seen := map[string]bool{}
	for _, one := range sent {
		if one.of(wanted) && !seen[one.unlock.UUID] {
			seen[one.unlock.UUID] = one.unlock.UUID != ""
			unlocks = append(unlocks, one.unlock)
		}
	}
	slices.SortStableFunc(unlocks, func(a, b Unlock) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.UUID, b.UUID)) })
	return unlocks, whole, nil
}

// readEvents makes a set, waits until it is ready, and reads it to its end.
func (c *Client) readEvents(ctx context.Context, doing string, wanted UnlockQuery) (unlocks []sentUnlock, whole bool, err error) {
	set, err := c.makeSet(ctx, doing, wanted)
	if err != nil {
		return nil, false, err
	}
	pause := c.pause
	for set.status == setInProgress {
		if err := c.rest(ctx, doing, pause); err != nil {
			return nil, false, err
		}
		pause = min(2*pause, setPause)
		if set, err = c.lookAtSet(ctx, doing, set.id, ""); err != nil {
			return nil, false, err
		}
	}
	for pages := 1; ; pages++ {
		if set.status != setFinished {
			return nil, false, &Error{Doing: doing, Kind: ErrUnavailable, Code: noCode, Reason: "Kisi could not put the events together"}
		}
		unlocks = append(unlocks, set.unlocks...)
		if set.cursor == "" || pages >= eventsPages {
			return unlocks, set.cursor == "", nil
		}
		before := set.cursor
		if set, err = c.lookAtSet(ctx, doing, set.id, before); err != nil {
			return nil, false, err
		}
		if set.cursor == before {
			return nil, false, incomplete(doing, "the same page came twice", nil)
		}
	}
}

// makeSet is POST /event_sets, at most one a second. Made twice it harms nobody, so a lost answer is tried again.
func (c *Client) makeSet(ctx context.Context, doing string, wanted UnlockQuery) (eventSet, error) {
	if err := c.sets.Wait(ctx); err != nil {
		return eventSet{}, c.stopped(doing, cmp.Or(ctx.Err(), context.DeadlineExceeded))
	}
	interval := wanted.From.UTC().Format(time.RFC3339) + "/" + wanted.Until.UTC().Format(time.RFC3339)
	body := map[string]any{"event_set": map[string]any{
		"interval": interval, "event_type": unlockType, "event_actor_type": "User", "event_actor_id": wanted.UserID,
		"event_place_id": wanted.PlaceID,
	}}
	return c.askForSet(ctx, call{doing: doing, method: http.MethodPost, path: "/event_sets", body: body})
}

func (c *Client) lookAtSet(ctx context.Context, doing string, id int64, cursor string) (eventSet, error) {
	query := url.Values{"limit": {strconv.Itoa(eventsPage)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	set, err := c.askForSet(ctx, call{doing: doing, method: http.MethodGet, path: "/event_sets/" + strconv.FormatInt(id, 10), query: query})
	if err == nil && set.id != id {
		return eventSet{}, c.notKisi(doing, http.StatusOK, "it is about something else")
	}
	return set, err
}

func (c *Client) askForSet(ctx context.Context, todo call) (eventSet, error) {
	var body json.RawMessage
	todo.into = &body
	if _, err := c.do(ctx, todo); err != nil {
		return eventSet{}, err
	}
	set, err := parseEventSet(body, c.clean)
	if err != nil {
		return eventSet{}, c.notKisi(todo.doing, http.StatusOK, fmt.Sprint(err))
	}
	return set, nil
}

func (c *Client) rest(ctx context.Context, doing string, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return c.stopped(doing, ctx.Err())
	}
}
