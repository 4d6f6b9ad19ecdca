package reconcile

import (
	"context"
	"errors"
	"maps"

	"kisiflow/access"
	"kisiflow/gymflow"
)

// secondRead: a missing member's removal is weighed from the second complete read on (design.md 5.4).
const secondRead = 2

// countAbsences counts this complete read for every member with rights of ours whom it misses. Who is back is
// forgotten.
func (s *survey) countAbsences() {
	present := make(map[string]bool, len(s.roster.Members))
	for i := range s.roster.Members {
		present[s.roster.Members[i].ID] = true
	}
	s.missed = map[string]access.Absence{}
	users := map[int64]bool{}
	for _, entry := range s.ledger {
		users[entry.UserID] = true
		if entry.MemberID != "" && !present[entry.MemberID] {
			s.miss(entry.MemberID)
		}
	}
	for member, user := range s.links { // who shares a user with somebody is behind the user's rights too
		if users[user] && !present[member] {
			s.miss(member)
		}
	}
}

// miss counts one member once.
func (s *survey) miss(id string) {
	if _, counted := s.missed[id]; counted {
		return
	}
	absence := s.absences[id]
	absence.MemberID, absence.Confirmed = id, false
	if s.stale == "" { // the same old data read again is no second word on it
		absence.Reads++
	}
	if absence.FirstSeen.IsZero() {
		absence.FirstSeen = s.engine.options.Now()
	}
	s.missed[id] = absence
}

// presumed is the state as it would be if Gymflow confirmed every absence that two reads agree on. It shows what the guard
// would say before anybody is asked.
func presumed(state access.State) access.State {
	state.Absences = maps.Clone(state.Absences)
	for id, absence := range state.Absences {
		absence.Confirmed = absence.Reads >= secondRead
		state.Absences[id] = absence
	}
	return state
}

// confirmAbsences asks Gymflow for each missing member singly. Only "not found" confirms; who is found is used in
// this run as if the roster had had them; any other answer leaves the member waiting.
func (s *survey) confirmAbsences(ctx context.Context, removals []access.Revoke) error {
	asked := map[string]bool{}
	var missing []string
	for _, removal := range removals {
		missing = append(missing, removal.Missing...)
	}
	for _, id := range missing {
		absence, missed := s.missed[id]
		if !missed || asked[id] {
			continue
		}
		asked[id] = true
		member, err := s.services.gymflow.Member(ctx, id)
		switch {
		case err == nil:
			s.roster.Members = append(s.roster.Members[:len(s.roster.Members):len(s.roster.Members)], member)
			delete(s.missed, id)
			s.note("Gymflow's list missed %s, who is there when asked for alone. The list may be incomplete.", cleanName(member.Name()))
		case errors.Is(err, gymflow.ErrNotFound):
			absence.Confirmed = true
			s.missed[id] = absence
		case ctx.Err() != nil, isAny(err, gymflow.ErrUnauthorized, gymflow.ErrForbidden):
			return explainGymflow(err)
		}
	}
	if len(asked) > 0 {
		s.decide()
	}
	return nil
}
