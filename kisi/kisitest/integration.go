package kisitest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"kisiflow/kisi"
)

// integration is an event webhook with the key that is never told.
type integration struct {
	kisi.Webhook
	Key string
}

// knownEvents are those of kisi-api.md section 10.
func knownEvents() []string { return append(kisi.WebhookEvents(), "lock.unlock", "reader.access") }

func (s *Server) createIntegration(r *http.Request) reply {
	var sent struct {
		Integration *struct {
			Name    string   `json:"name"`
			Type    string   `json:"type"`
			URL     string   `json:"url"`
			Enabled *bool    `json:"enabled"`
			Events  []string `json:"enabled_events"`
			Key     string   `json:"signature_key"`
		} `json:"integration"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, bodyLimit)).Decode(&sent); err != nil || sent.Integration == nil {
		return refusedBody()
	}
	wanted := *sent.Integration
	target, err := url.Parse(wanted.URL)
	switch {
	case wanted.Name == "":
		return invalid("name", "can't be blank")
	case wanted.Type != "event_webhook":
		return invalid("type", "is not included in the list")
	case err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http":
		return invalid("url", "is invalid")
	}
	for _, event := range wanted.Events {
		if !slices.Contains(knownEvents(), event) {
			return invalid("enabled_events", "is not included in the list")
		}
	}
	made := integration{kisi.Webhook{ID: s.nextID("integration"), Name: wanted.Name, Type: wanted.Type, URL: wanted.URL,
		Enabled: wanted.Enabled == nil || *wanted.Enabled, Events: wanted.Events}, wanted.Key}
	s.state.integrations[made.ID] = made
	return answered(http.StatusOK, s.showIntegration(made))
}

func (s *Server) showIntegration(one integration) map[string]any {
	return map[string]any{"id": one.ID, "resource_type": "Integration", "name": one.Name, "type": one.Type, "url": one.URL, "enabled": one.Enabled,
		"enabled_events": one.Events, "disabled_due_to_error": one.Disabled, "disabled_due_to_error_at": one.DisabledAt, "place_id": nil}
}

func (s *Server) integrationRows() []row {
	var rows []row
	for _, one := range s.state.integrations {
		rows = append(rows, newRow(one.ID, one.Name, func() map[string]any { return s.showIntegration(one) }))
	}
	return rows
}

func (s *Server) deleteIntegration(id int64, who caller) reply {
	_, known := s.state.integrations[id]
	switch {
	case !isAdmin(who.roleID):
		return denied()
	case !known:
		return missing()
	}
	delete(s.state.integrations, id)
	return reply{status: http.StatusNoContent}
}

// Webhooks are the event webhooks as they are now, by id.
func (s *Server) Webhooks() []kisi.Webhook {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var all []kisi.Webhook
	for _, id := range slices.Sorted(maps.Keys(s.state.integrations)) {
		all = append(all, s.state.integrations[id].Webhook)
	}
	return all
}

// event is what a webhook sends.
type event struct {
	kind       string
	objectType string
	objectID   int64
	actor      int64 // 0: the owner, by hand
}

// failuresBearable is after how many failures in a row a webhook is switched off; Kisi's number is unknown.
const failuresBearable = 5

// twice: the same event may arrive more than once (kisi-api.md section 10); here every so-manieth does.
const twice = 3

// tell queues an event for every webhook that wants it, with the mutex held.
func (s *Server) tell(what event) {
	if len(s.state.integrations) == 0 {
		return
	}
	body, err := json.Marshal(map[string]any{
		"uuid": s.secret(), "actor_type": "User", "actor_id": cmp.Or(what.actor, s.state.tenant.UserID), "object_type": what.objectType,
		"object_id": what.objectID, "organization_id": s.state.tenant.ID, "place_id": nil, "success": true, "type": what.kind,
		"error_code": nil, "error_message": nil, "created_at": stamp(s.options.Now()),
	})
	if err != nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(s.state.integrations)) {
		one := s.state.integrations[id]
		if one.Enabled && !one.Disabled && slices.Contains(one.Events, what.kind) {
			s.queue = append(s.queue, delivery{id, body})
			if s.told++; s.told%twice == 0 {
				s.queue = append(s.queue, delivery{id, body})
			}
		}
	}
	if len(s.queue) > 0 && !s.delivering {
		s.delivering = true
		s.deliveries.Add(1)
		go s.deliver()
	}
}

type delivery struct {
	integration int64
	body        []byte
}

// deliver sends what is queued, one after the other, until nothing is left.
func (s *Server) deliver() {
	defer s.deliveries.Done()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	failed := map[int64]int{}
	for {
		s.mutex.Lock()
		if len(s.queue) == 0 || s.ending.Err() != nil {
			s.delivering = false
			s.mutex.Unlock()
			return
		}
		next := s.queue[0]
		s.queue = s.queue[1:]
		target, known := s.state.integrations[next.integration]
		s.mutex.Unlock()
		if !known || target.Disabled {
			continue
		}
		if s.post(client, target, next.body) {
			failed[target.ID] = 0
		} else if failed[target.ID]++; failed[target.ID] >= failuresBearable {
			s.disable(target.ID)
		}
	}
}

func (s *Server) post(client *http.Client, target integration, body []byte) bool {
	for range 2 { // how often Kisi tries again is unknown
		request, err := http.NewRequestWithContext(s.ending, http.MethodPost, target.URL, bytes.NewReader(body))
		if err != nil {
			return false
		}
		request.Header.Set("Content-Type", "application/json")
		if target.Key != "" {
			request.Header.Set("X-Signature", kisi.SignEvent(target.Key, body))
		}
		response, err := client.Do(request)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK { // its docs ask for 200; what it makes of another 2xx is unknown
			return true
		}
	}
	return false
}

func (s *Server) disable(id int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if one, known := s.state.integrations[id]; known {
		now := s.options.Now().UTC()
		one.Disabled, one.DisabledAt = true, &now
		s.state.integrations[id] = one
	}
}
