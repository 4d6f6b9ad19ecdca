package access

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// Coming is one person's access to one group that dates alone begin or end.
type Coming struct {
	At       time.Time
	MemberID string
	Name     string
	Email    string
	GroupID  int64
	Gains    bool
	Why      string // a sentence, of a loss: which obstacle there is then
}

// Forecast lists what dates alone will change between two instants, the second included, by time and name. Members who share an
// e-mail are one person in Kisi: what another of them deserves is no loss.
func Forecast(now, until time.Time, roster gymflow.Roster, rules Rules) []Coming {
	r := newReading(now, roster, rules)
	var coming []Coming
	for _, members := range r.persons() {
		coming = append(coming, r.forecast(members, Today(until, rules.Zone))...)
	}
	slices.SortFunc(coming, func(a, b Coming) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Name, b.Name), strings.Compare(a.MemberID, b.MemberID), cmp.Compare(a.GroupID, b.GroupID))
	})
	return coming
}

// persons groups the members by their e-mail; who has none is alone.
func (r *reading) persons() map[string][]*gymflow.Member {
	persons := map[string][]*gymflow.Member{}
	for id, member := range r.members {
		key := "member " + id
		if folded := kisi.FoldEmail(member.Email); folded != "" {
			key = "e-mail " + folded
		}
		persons[key] = append(persons[key], member)
	}
	for _, members := range persons {
		slices.SortFunc(members, func(a, b *gymflow.Member) int { return strings.Compare(a.ID, b.ID) })
	}
	return persons
}

// forecast walks the days on which something of these members begins or ends.
func (r *reading) forecast(members []*gymflow.Member, last gymflow.Date) []Coming {
	var days []gymflow.Date
	for _, member := range members {
		days = append(days, r.edges(member)...)
	}
	slices.SortFunc(days, gymflow.Date.Compare)
	var coming []Coming
	before, held := r.deservers(members, r.today)
	if held {
		return nil // rights stay as they are, whatever the dates say
	}
	for _, day := range slices.Compact(days) {
		if day.After(last) {
			break
		}
		after, held := r.deservers(members, day)
		if held {
			continue
		}
		for group, member := range after {
			if before[group] == nil {
				coming = append(coming, r.coming(member, group, day, true))
			}
		}
		for group, member := range before {
			if after[group] == nil {
				coming = append(coming, r.coming(member, group, day, false))
			}
		}
		before = after
	}
	return coming
}

// deservers gives the groups that the person deserves on a day, each with the member through whom.
func (r *reading) deservers(members []*gymflow.Member, day gymflow.Date) (groups map[int64]*gymflow.Member, held bool) {
	groups = map[int64]*gymflow.Member{}
	for _, member := range members {
		given := r.deservedOn(member, day)
		if given.hold {
			return nil, true
		}
		for _, entitlement := range given.entitled {
			if groups[entitlement.GroupID] == nil {
				groups[entitlement.GroupID] = member
			}
		}
	}
	return groups, false
}

func (r *reading) coming(member *gymflow.Member, group int64, day gymflow.Date, gains bool) Coming {
	change := Coming{At: r.startOf(day), MemberID: member.ID, Name: nameOf(member), Email: member.Email, GroupID: group, Gains: gains}
	for i := range member.Holdings {
		holding := &member.Holdings[i]
		if r.groups[holding.MembershipID] != group {
			continue
		}
		obstacle := r.obstacleOn(holding, day)
		switch name := r.membershipName(holding.MembershipID); {
		case gains && obstacle == "":
			change.Why = name + " opens it from then on."
		case !gains && obstacle != "" && r.obstacleOn(holding, day.AddDays(-1)) == "":
			change.Why = name + ": " + obstacle.Label() + "."
		}
	}
	if change.Why == "" && r.debtOn(member, day) != nil {
		change.Why = "The time in which an overdue invoice is let pass is over."
	}
	if override, set := r.rules.Overrides[member.ID]; change.Why == "" && set && override.Kind == Allow {
		change.Why = "An admin allowed it until " + spoken(override.Until) + "."
	}
	return change
}
