package kisitest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"kisiflow/kisi"
)

// kept is what a simulated Kisi is taken up again from.
type kept struct {
	Key          string
	Owner        kisi.User
	Tenant       kisi.Organization
	Places       map[int64]kisi.Place
	Groups       map[int64]kisi.Group
	Persons      map[int64]keptPerson
	Rights       map[int64]kisi.Right
	Keys         map[string]keptLogin
	Last         map[string]int64
	Mails        []string
	Integrations map[int64]keptIntegration
}

type keptPerson struct {
	kisi.User
	Notes     string
	CreatedAt time.Time
}

type keptLogin struct {
	kisi.Login
	MadeByAdmin bool
}

type keptIntegration struct {
	kisi.Webhook
	Key string
}

// Dump gives the organization as it is now, keys included, for Restore. Another one that control made is not kept: its keys
// are refused from then on.
func (s *Server) Dump() ([]byte, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	state := kept{Key: cmp.Or(s.newestKey, s.Key), Owner: s.Owner, Tenant: s.state.tenant, Places: s.state.places, Groups: s.state.groups,
		Persons: map[int64]keptPerson{}, Rights: s.state.rights, Keys: map[string]keptLogin{}, Last: s.state.last, Mails: s.mails, Integrations: map[int64]keptIntegration{}}
	for id, one := range s.state.integrations {
		state.Integrations[id] = keptIntegration(one)
	}
	for id, one := range s.state.persons {
		state.Persons[id] = keptPerson{one.User, one.notes, one.createdAt}
	}
	for key, one := range s.state.keys {
		state.Keys[key] = keptLogin{one.Login, one.madeByAdmin}
	}
	content, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("keeping the simulated Kisi: %w", err)
	}
	return content, nil
}

// Restore serves an organization again from what Dump gave, with the same keys, at a new address.
func Restore(dump []byte, options Options) (*Server, error) {
	var state kept
	if err := json.Unmarshal(dump, &state); err != nil {
		return nil, fmt.Errorf("taking up the simulated Kisi again: %w", err)
	}
	s, err := Start(options)
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.Key, s.Owner, s.mails = state.Key, state.Owner, state.Mails
	s.state = organization{tenant: state.Tenant, places: state.Places, groups: state.Groups, persons: map[int64]person{},
		rights: state.Rights, keys: map[string]login{}, last: state.Last, integrations: map[int64]integration{}}
	for id, one := range state.Integrations {
		s.state.integrations[id] = integration(one)
	}
	for id, one := range state.Persons {
		s.state.persons[id] = person{one.User, one.Notes, one.CreatedAt}
	}
	for key, one := range state.Keys {
		s.state.keys[key] = login{one.Login, one.MadeByAdmin}
	}
	s.random = rand.New(rand.NewPCG(options.Seed, uint64(len(state.Rights))))
	return s, nil
}
