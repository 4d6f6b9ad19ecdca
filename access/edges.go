package access

import (
	"slices"

	"kisiflow/gymflow"
)

// next is the earliest day to come on which the rules give the member another set of groups.
func (r *reading) next(member *gymflow.Member, entitled []Entitlement) *Change {
	days := r.edges(member)
	if len(days) == 0 {
		return nil
	}
	now := groupsOf(entitled)
	for _, day := range days {
		then := r.deservedOn(member, day)
		if then.hold { // rights would stay as they are
			continue
		}
		groups := groupsOf(then.entitled)
		if !slices.Equal(now, groups) {
			return &Change{At: r.startOf(day), Gains: len(beyond(groups, now)) > 0}
		}
	}
	return nil
}

// edges lists the days after today on which something of the member begins or ends, in order.
func (r *reading) edges(member *gymflow.Member) []gymflow.Date {
	var days []gymflow.Date
	add := func(day gymflow.Date, later int) {
		if day.IsZero() {
			return
		}
		if later != 0 {
			day = day.AddDays(later)
		}
		if day.After(r.today) {
			days = append(days, day)
		}
	}
	if override, set := r.rules.Overrides[member.ID]; set && override.Kind == Allow {
		add(override.Until, 1)
	}
	add(member.OverdueSince, r.rules.GraceDays)
	for i := range member.Holdings {
		holding := &member.Holdings[i]
		add(holding.StartsOn, 0)
		add(holding.EndsOn, 1)
		add(holding.PausedFrom, 0)
		add(holding.ResumesOn, 0)
		add(holding.OverdueSince, r.rules.GraceDays)
		if primary := r.primary(holding); primary != nil && primary != member {
			for j := range primary.Holdings {
				add(primary.Holdings[j].EndsOn, 1)
			}
		}
	}
	slices.SortFunc(days, gymflow.Date.Compare)
	return slices.Compact(days)
}
