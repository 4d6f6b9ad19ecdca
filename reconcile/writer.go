package reconcile

import (
	"kisiflow/access"
	"kisiflow/kisi"
)

// noteSecondWriter reports rights that came or went under another author since the last run: most likely Gymflow's own
// Kisi integration is still on (design.md 5.3, kisi-api.md trap 20).
func (s *survey) noteSecondWriter() {
	if len(s.previous) == 0 {
		return // nothing to compare with
	}
	known := map[int64]bool{}
	for _, other := range s.foreign {
		known[other.Right.ID] = true
	}
	came := 0
	for _, other := range access.MakePlan(s.asRead()).Foreign {
		right := other.Right
		if !known[right.ID] && other.MemberID != "" && right.RoleID == kisi.RoleBasic && right.CreatedByID != s.me.ID {
			came++
		}
	}
	if came+s.losses == 0 {
		return
	}
	s.note("Since the last run %s came and %s went in Kisi by another hand than kisiflow's. If Gymflow's own Kisi integration is still "+
		"switched on, switch it off: two writers undo each other's work.", countRights(came), countRights(s.losses))
}
