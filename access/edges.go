package access

import (
	"slices"
	"strings"
	"time"

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

// ForecastChange is what dates alone will do to one member at one instant.
type ForecastChange struct {
	At       time.Time
	MemberID string
	Name     string
	Gains    []GroupRef
	Loses    []GroupRef
}

// Foresee lists who gains and who loses access by dates alone after now and until an instant, that instant
// included: by time, then name. What is pending is taken to start on its start date, and what is paused to
// resume on its resume date.
func Foresee(now time.Time, roster gymflow.Roster, rules Rules, until time.Time) []ForecastChange {
	r := newReading(now, roster, rules)
	label := groupLabels(rules)
	changes := []ForecastChange{}
	for _, member := range r.members {
		days := r.edges(member)
		if len(days) == 0 {
			continue
		}
		first := r.deservedOn(member, r.today)
		if first.hold {
			continue
		}
		current := groupsOf(first.entitled)
		for _, day := range days {
			at := r.startOf(day)
			if at.After(until) {
				break
			}
			then := r.deservedOn(member, day)
			groups := groupsOf(then.entitled)
			if then.hold || slices.Equal(current, groups) {
				continue
			}
			changes = append(changes, ForecastChange{
				At: at, MemberID: member.ID, Name: nameOf(member),
				Gains: label(beyond(groups, current)), Loses: label(beyond(current, groups)),
			})
			current = groups
		}
	}
	slices.SortFunc(changes, func(a, b ForecastChange) int {
		if order := a.At.Compare(b.At); order != 0 {
			return order
		}
		if order := strings.Compare(a.Name, b.Name); order != 0 {
			return order
		}
		return strings.Compare(a.MemberID, b.MemberID)
	})
	return changes
}

// groupLabels names groups by what the associations call them.
func groupLabels(rules Rules) func([]int64) []GroupRef {
	names := map[int64]string{}
	for _, association := range rules.Associations {
		names[association.GroupID] = association.GroupName
	}
	return func(groups []int64) []GroupRef {
		refs := make([]GroupRef, len(groups))
		for i, group := range groups {
			refs[i] = GroupRef{group, names[group]}
		}
		return refs
	}
}
