package gymflowtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"kisiflow/gymflow"
)

// kept is what a simulated Gymflow is taken up again from.
type kept struct {
	Made        int // how many members it was made with
	Seed        uint64
	Zone        string
	Token       string
	Account     gymflow.Account
	Memberships []gymflow.Membership
	Members     []gymflow.Member
}

// Dump gives the gym as it is now, for Restore.
func (s *Server) Dump() ([]byte, error) {
	account, memberships, members := s.Gym.Snapshot()
	made := s.Gym.options
	content, err := json.Marshal(kept{made.Members, made.Seed, made.Zone, s.currentToken(), account, memberships, members})
	if err != nil {
		return nil, fmt.Errorf("keeping the simulated Gymflow: %w", err)
	}
	return content, nil
}

// Restore serves a gym again from what Dump gave, with the same token, at a new address. Of options only Now and Limit
// count. Life goes on with other chances than before, since those that were drawn are not kept.
func Restore(dump []byte, options Options) (*Server, error) {
	var from kept
	if err := json.Unmarshal(dump, &from); err != nil {
		return nil, fmt.Errorf("taking up the simulated Gymflow again: %w", err)
	}
	options.Members, options.Seed, options.Zone = from.Made, from.Seed, from.Zone
	s, err := Start(options)
	if err != nil {
		return nil, err
	}
	s.Token = from.Token
	s.setToken(from.Token)
	g := s.Gym
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.account, g.memberships = from.Account, from.Memberships
	members := make([]*gymflow.Member, len(from.Members))
	for i := range from.Members {
		members[i] = &from.Members[i]
	}
	g.replaceAll(members)
	g.life.random = rand.New(rand.NewPCG(from.Seed, uint64(len(from.Members))<<32+uint64(g.now().Unix())))
	g.life.maker.random = g.life.random
	g.life.maker.countOn(from.Members)
	g.life.day = gymflow.Date{} // what the nights in between would have done is still to be done
	return s, nil
}
