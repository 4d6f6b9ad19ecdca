package kisitest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// eventLog is what Kisi has of events, and the sets that were made of them.
type eventLog struct {
	added []attempt
	sets  map[int64]*eventSet
	last  map[int64]time.Time // per user, when a set was made last, in real time
}

// eventSet is one set. It is not ready at once: the first two answers say in_progress.
type eventSet struct {
	id      int64
	filter  eventFilter
	made    time.Time
	asked   int
	matches []attempt
}

// eventFilter is what POST /event_sets takes; the others of its filters are refused here, as nobody here asks for them.
type eventFilter struct {
	Interval  string `json:"interval"`
	Type      string `json:"event_type"`
	ActorType string `json:"event_actor_type"`
	ActorID   int64  `json:"event_actor_id"`
	PlaceID   int64  `json:"event_place_id"`
	Success   *bool  `json:"event_success"`
}

const (
	setLife     = 24 * time.Hour
	setInterval = 90 * 24 * time.Hour
)

func (s *Server) createEventSet(r *http.Request, who caller) reply {
	if !mayReadEvents(who.roleID) {
		return denied()
	}
	now := time.Now()
	if limited := s.options.Limit > 0 || s.strikes("limit"); limited && now.Sub(s.events.last[who.userID]) < time.Second {
		return failure(http.StatusTooManyRequests, "000429", "Too many requests.")
	}
	var sent struct {
		Set *eventFilter `json:"event_set"`
	}
	if json.NewDecoder(r.Body).Decode(&sent) != nil || sent.Set == nil {
		return failure(http.StatusBadRequest, "000400", "The request is invalid.")
	}
	from, until, ok := readInterval(sent.Set.Interval, s.options.Now())
	if !ok {
		return invalid("interval", "is invalid")
	}
	if until.Sub(from) > setInterval {
		return invalid("interval", "can't be wider than 90 days")
	}
	if s.events.sets == nil {
		s.events.sets, s.events.last = map[int64]*eventSet{}, map[int64]time.Time{}
	}
	s.events.last[who.userID] = now
	set := &eventSet{id: s.nextID("event_set"), filter: *sent.Set, made: s.options.Now(), matches: s.matching(*sent.Set, from, until)}
	s.events.sets[set.id] = set
	return answered(http.StatusOK, set.show("in_progress"))
}

// readInterval reads Start/End; the other patterns of the OAS are not needed here. Left out it is the past 90 days.
func readInterval(text string, now time.Time) (from, until time.Time, ok bool) {
	if text == "" {
		return now.Add(-setInterval), now, true
	}
	begin, end, _ := strings.Cut(text, "/")
	from, first := time.Parse(time.RFC3339, begin)
	until, second := time.Parse(time.RFC3339, end)
	return from, until, first == nil && second == nil && from.Before(until)
}

// matching are the events that a filter lets through, the newest first.
func (s *Server) matching(filter eventFilter, from, until time.Time) []attempt {
	all := slices.Clone(s.events.added)
	if place, known := s.state.places[filter.PlaceID]; known && filter.ActorType == "User" {
		all = append(all, s.unlocksOf(filter.ActorID, place, s.options.Now())...)
	}
	all = slices.DeleteFunc(all, func(one attempt) bool {
		return filter.Type != "" && !slices.Contains(strings.Split(filter.Type, ","), "lock.unlock") ||
			filter.ActorType != "" && filter.ActorType != "User" || filter.ActorID != 0 && filter.ActorID != one.userID ||
			filter.PlaceID != 0 && filter.PlaceID != one.placeID || filter.Success != nil && *filter.Success != one.Opened ||
			one.At.Before(from) || one.At.After(until)
	})
	slices.SortStableFunc(all, func(a, b attempt) int { return b.At.Compare(a.At) })
	return all
}

func (s *Server) showEventSet(id int64, query url.Values, who caller) reply {
	if !mayReadEvents(who.roleID) {
		return denied()
	}
	set, known := s.events.sets[id]
	if !known || s.options.Now().Sub(set.made) > setLife {
		return missing()
	}
	limit, err := number(query.Get("limit"), 50)
	if err != nil || limit < 1 {
		return failure(http.StatusBadRequest, "000400", "The request is invalid.")
	}
	limit = min(limit, 50) // no largest page is documented
	if set.asked++; set.asked == 1 {
		return answered(http.StatusOK, set.show("in_progress"))
	}
	from := 0
	if cursor := query.Get("cursor"); cursor != "" {
		if from, err = strconv.Atoi(strings.TrimPrefix(cursor, "after-")); err != nil || from < 0 || from > len(set.matches) {
			return failure(http.StatusBadRequest, "000400", "The cursor is invalid.")
		}
	}
	until := min(from+limit, len(set.matches))
	shown := set.show("finished")
	events := []map[string]any{}
	for _, one := range set.matches[from:until] {
		events = append(events, s.showAttempt(one))
	}
	shown["events"] = events
	if until < len(set.matches) {
		shown["cursor"] = "after-" + strconv.Itoa(until)
	}
	return answered(http.StatusOK, shown)
}

func (set *eventSet) show(status string) map[string]any {
	return map[string]any{
		"id": set.id, "created_at": stamp(set.made), "status": status, "interval": set.filter.Interval, "event_type": set.filter.Type,
		"event_actor_type": orNull(set.filter.ActorType), "event_actor_id": set.filter.ActorID, "event_place_id": set.filter.PlaceID,
		"event_success": set.filter.Success, "event_object_id": nil, "event_object_type": nil, "event_authenticated_by_id": nil,
		"event_authenticated_by_type": nil, "event_sequence": nil, "event_uuid": nil, "cursor": nil, "place_id": nil,
	}
}

func (s *Server) showAttempt(one attempt) map[string]any {
	who := s.state.persons[one.userID]
	return map[string]any{
		"uuid": one.UUID, "type": "lock.unlock", "action": "unlock", "actor_type": "User", "actor_id": one.userID,
		"actor_name": who.Name, "actor_email": who.Email, "authenticated_by_type": orNull(one.With), "authenticated_by_id": nil,
		"authorized_by_type": nil, "authorized_by_id": nil, "authorized_by_role_id": nil, "object_type": "Lock",
		"object_id": one.LockID, "object_name": one.Lock, "created_at": stamp(one.At), "message": nil, "success": one.Opened,
		"code": orNull(one.Code), "sequence": one.UUID, "organization_id": s.state.tenant.ID, "place_id": one.placeID,
		"error_code": orNull(one.Code), "error_message": orNull(one.Message),
	}
}
