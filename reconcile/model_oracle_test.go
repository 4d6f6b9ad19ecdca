package reconcile

import (
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
)

// picture is the gym as it was at an instant. The model judges by pictures, in its own words: nothing here calls the rules of
// access.
type picture struct {
	at      time.Time
	members map[string]gymflow.Member
}

// deserves says what one member may open on one day: the groups, or that nothing can be said.
func (p picture) deserves(id string, day gymflow.Date, associations []access.Association) (groups []int64, unclear bool) {
	member, there := p.members[id]
	if !there {
		return nil, false
	}
	owes := !member.OverdueSince.IsZero()
	for _, holding := range member.Holdings {
		if !slices.Contains([]gymflow.Status{"active", "pending", "paused", "cancelling", "overdue", "cancelled", "expired"}, holding.Status) {
			return nil, true
		}
		owes = owes || holding.Status == "overdue" || !holding.OverdueSince.IsZero()
	}
	if member.Blocked || owes {
		return nil, false
	}
	for _, holding := range member.Holdings {
		if !p.opens(holding, day) {
			continue
		}
		for _, association := range associations {
			if association.MembershipID == holding.MembershipID && association.GroupID != 0 {
				groups = append(groups, association.GroupID)
			}
		}
	}
	return groups, false
}

func (p picture) opens(holding gymflow.Holding, day gymflow.Date) bool {
	if holding.Status != "active" && holding.Status != "cancelling" {
		return false
	}
	if day.Before(holding.StartsOn) || !holding.EndsOn.IsZero() && day.After(holding.EndsOn) {
		return false
	}
	if !holding.PausedFrom.IsZero() && !day.Before(holding.PausedFrom) && (holding.ResumesOn.IsZero() || day.Before(holding.ResumesOn)) {
		return false
	}
	payer, there := p.members[holding.PrimaryMemberID]
	if !there {
		return true
	}
	own, over := 0, 0
	for _, held := range payer.Holdings {
		if held.MembershipID != holding.MembershipID {
			continue
		}
		own++
		if held.Status == "cancelled" || held.Status == "expired" || !held.EndsOn.IsZero() && day.After(held.EndsOn) {
			over++
		}
	}
	return own == 0 || own > over
}

func dayOf(at time.Time, zone *time.Location) gymflow.Date { return gymflow.DateOf(at.In(zone)) }
