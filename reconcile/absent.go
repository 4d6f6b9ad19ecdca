package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

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
		s.countRead(&absence)
	}
	if absence.FirstSeen.IsZero() {
		absence.FirstSeen = s.engine.options.Now()
	}
	s.missed[id] = absence
}

// countRead: every complete read of Gymflow is a word of its own; of a roster file only a newer file is.
func (s *survey) countRead(absence *access.Absence) {
	if !s.to.Roster.Given() {
		absence.Reads++
		absence.File = time.Time{}
		return
	}
	if absence.File.IsZero() {
		absence.Reads = 0 // what was read otherwise before does not count here
	}
	if s.roster.AsOf.After(absence.File) {
		absence.Reads++
		absence.File = s.roster.AsOf
	}
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

// askingTime is how long a run asks for missing members one by one, all retries included. Everybody whom it left out waits
// for the next run.
const askingTime = time.Minute

// confirmAbsences asks Gymflow for each missing member singly. Only "not found" confirms; who is found is used in
// this run as if the roster had had them. The first other answer ends the asking: a service that is down is not asked on and
// on, and whoever was not asked for waits.
func (s *survey) confirmAbsences(ctx context.Context, removals []access.Revoke) error {
	asking, cancel := context.WithTimeout(ctx, askingTime)
	defer cancel()
	missing := s.toAskFor(removals)
	if s.to.Roster.Given() {
		s.confirmByFile(missing)
		return nil
	}
	for at, id := range missing {
		err := s.askFor(asking, id)
		if err == nil {
			continue
		}
		if ctx.Err() != nil || isAny(err, gymflow.ErrUnauthorized, gymflow.ErrForbidden) {
			return explainGymflow(err)
		}
		s.unanswered = len(missing) - at
		s.note("Gymflow gave no answer about %d of the %d members whom its list misses, so their access rights stay, and the next sync asks again (%s).",
			s.unanswered, len(missing), strings.TrimSuffix(cleanLine(err.Error()), "."))
		break
	}
	if len(missing) > 0 {
		s.decide()
	}
	return nil
}

// confirmByFile: a file can't be asked about one member; two files, the second newer than the first, confirm (design.md 5.4).
func (s *survey) confirmByFile(missing []string) {
	for _, id := range missing {
		absence := s.missed[id]
		absence.Confirmed = absence.Reads >= secondRead
		s.missed[id] = absence
	}
}

// askFor asks for one member. An error is neither a yes nor a no.
func (s *survey) askFor(ctx context.Context, id string) error {
	member, err := s.services.gymflow.Member(ctx, id)
	switch {
	case err == nil:
		s.roster.Members = append(s.roster.Members[:len(s.roster.Members):len(s.roster.Members)], member)
		delete(s.missed, id)
		s.note("Gymflow's list missed %s, who is there when asked for alone. The list may be incomplete.", cleanName(member.Name()))
	case errors.Is(err, gymflow.ErrNotFound):
		absence := s.missed[id]
		absence.Confirmed = true
		s.missed[id] = absence
	default:
		return err
	}
	return nil
}

// toAskFor are the missing members behind the removals, each once.
func (s *survey) toAskFor(removals []access.Revoke) []string {
	var missing []string
	for _, removal := range removals {
		for _, id := range removal.Missing {
			if _, missed := s.missed[id]; missed && !slices.Contains(missing, id) {
				missing = append(missing, id)
			}
		}
	}
	return missing
}

// noteWaiting says that removals wait for a second list: that is no fault and nothing to decide, but it is to be seen.
func (r *syncRun) noteWaiting() {
	waiting := 0
	for _, revoke := range r.plan.Unconfirmed {
		if slices.ContainsFunc(revoke.Missing, func(id string) bool { return r.missed[id].Reads < secondRead }) {
			waiting++
		}
	}
	second := "a second complete list: Gymflow's list"
	if r.to.Roster.Given() {
		second = "a second, newer roster file: this one"
	}
	switch waiting {
	case 0:
	case 1:
		r.note("1 removal waits for %s no longer has the member.", second)
	default:
		r.note("%d removals wait for %s no longer has the members.", waiting, second)
	}
}
