package access

import (
	"slices"
	"time"

	"kisiflow/gymflow"
)

// reading is a roster under the rules on one day, with the lookups that every member needs.
type reading struct {
	rules    Rules
	zone     *time.Location
	today    gymflow.Date
	statuses map[gymflow.Status]meaning
	names    map[string]string // of memberships, by id
	groups   map[string]int64  // membership id → group; 0 is "No access"
	members  map[string]*gymflow.Member
	starts   map[gymflow.Date]time.Time
}

func newReading(now time.Time, roster gymflow.Roster, rules Rules) *reading {
	r := &reading{
		rules:    rules,
		zone:     orUTC(rules.Zone),
		today:    Today(now, rules.Zone),
		statuses: meanings(),
		names:    make(map[string]string, len(roster.Memberships)),
		groups:   make(map[string]int64, len(rules.Associations)),
		members:  make(map[string]*gymflow.Member, len(roster.Members)),
		starts:   map[gymflow.Date]time.Time{},
	}
	for _, association := range rules.Associations {
		r.names[association.MembershipID] = association.MembershipName
		if _, twice := r.groups[association.MembershipID]; !twice {
			r.groups[association.MembershipID] = association.GroupID
		}
	}
	for _, membership := range roster.Memberships {
		if membership.Name != "" {
			r.names[membership.ID] = membership.Name
		}
	}
	for i := range roster.Members {
		r.members[roster.Members[i].ID] = &roster.Members[i]
	}
	return r
}

// Decide applies the rules to every member of the roster. The answer has one entry a member, by id.
func Decide(now time.Time, roster gymflow.Roster, rules Rules) map[string]Decision {
	r := newReading(now, roster, rules)
	decisions := make(map[string]Decision, len(roster.Members))
	for id, member := range r.members {
		decisions[id] = r.decide(member)
	}
	return decisions
}

// Groups lists the entitled group ids, sorted.
func (d Decision) Groups() []int64 {
	return groupsOf(d.Entitled)
}

func groupsOf(entitled []Entitlement) []int64 {
	groups := make([]int64, len(entitled))
	for i, entitlement := range entitled {
		groups[i] = entitlement.GroupID
	}
	slices.Sort(groups)
	return groups
}

// HoldWhereClocksDisagree marks in decisions (in place) every group on which the same rules, read at another
// instant (the services' clock), come out differently: such a right stays as it is.
func HoldWhereClocksDisagree(decisions, other map[string]Decision) {
	for id, decision := range decisions {
		second, known := other[id]
		if !known {
			continue
		}
		differing := append(beyond(decision.Groups(), second.Groups()), beyond(second.Groups(), decision.Groups())...)
		if len(differing) == 0 {
			continue
		}
		hold := make(map[int64]bool, len(differing)+len(decision.HoldGroups))
		for group := range decision.HoldGroups {
			hold[group] = decision.HoldGroups[group]
		}
		for _, group := range differing {
			hold[group] = true
		}
		decision.HoldGroups = hold
		decisions[id] = decision
	}
}

// beyond lists what is in groups and not in the others.
func beyond(groups, others []int64) []int64 {
	var more []int64
	for _, group := range groups {
		if !slices.Contains(others, group) {
			more = append(more, group)
		}
	}
	return more
}

// deserved is what the rules give one member on one day.
type deserved struct {
	entitled []Entitlement
	gone     []int64 // groups that would be deserved, but which Kisi no longer has
	hold     bool    // nothing can be said
	override *Override
}

// deservedOn is the rules themselves; today, each edge to come and the forecast all ask here. What outranks
// what: an admin's block; then data that can't be read, of which nothing may be concluded; an admin's allow; an unknown
// status word, which holds the member as they are whatever else is said (design.md section 4); the block in Gymflow; a
// debt; each holding's own state.
func (r *reading) deservedOn(member *gymflow.Member, day gymflow.Date) deserved {
	override := r.overrideOn(member.ID, day)
	switch {
	case override != nil && override.Kind == Block:
		return deserved{override: override}
	case member.Unreadable != "":
		return deserved{hold: true}
	case override != nil:
		given := r.collect(member, func(*gymflow.Holding) bool { return true })
		given.override = override
		if len(given.entitled) > 0 || len(given.gone) > 0 {
			return given
		}
	}
	switch {
	case r.strangeHolding(member) != nil:
		return deserved{hold: true}
	case member.Blocked:
		return deserved{}
	case len(member.Holdings) == 0 || r.debtOn(member, day) != nil:
		return deserved{}
	default:
		return r.collect(member, func(holding *gymflow.Holding) bool { return r.obstacleOn(holding, day) == "" })
	}
}

// collect gathers the groups of the associated holdings that pass: the union, one entitlement a group.
func (r *reading) collect(member *gymflow.Member, passes func(*gymflow.Holding) bool) deserved {
	var found deserved
	for i := range member.Holdings {
		holding := &member.Holdings[i]
		group := r.groups[holding.MembershipID]
		if group == 0 || !passes(holding) {
			continue
		}
		if r.rules.GoneGroups[group] {
			found.gone = append(found.gone, group)
			continue
		}
		if !slices.ContainsFunc(found.entitled, func(e Entitlement) bool { return e.GroupID == group }) {
			found.entitled = append(found.entitled, Entitlement{group, holding.MembershipID, holding.ID})
		}
	}
	slices.SortFunc(found.entitled, func(a, b Entitlement) int { return int(a.GroupID - b.GroupID) })
	return found
}

// overrideOn is the override in force on a day. An allow whose last day is over is as if there were none.
func (r *reading) overrideOn(memberID string, day gymflow.Date) *Override {
	override, set := r.rules.Overrides[memberID]
	switch {
	case !set:
		return nil
	case override.Kind == Block, override.Kind == Allow && !day.After(override.Until):
		return &override
	default:
		return nil
	}
}

// strangeHolding is the first holding with a status word that we don't know, whatever membership it is of.
func (r *reading) strangeHolding(member *gymflow.Member) *gymflow.Holding {
	for i := range member.Holdings {
		if _, known := r.statuses[member.Holdings[i].Status]; !known {
			return &member.Holdings[i]
		}
	}
	return nil
}

func (r *reading) decide(member *gymflow.Member) Decision {
	given := r.deservedOn(member, r.today)
	decision := Decision{MemberID: member.ID, Entitled: given.entitled, Hold: given.hold}
	if len(given.gone) > 0 {
		decision.HoldGroups = make(map[int64]bool, len(given.gone))
		for _, group := range given.gone {
			decision.HoldGroups[group] = true
		}
	}
	r.explain(member, given, &decision)
	if !decision.Hold {
		decision.Next = r.next(member, given.entitled)
	}
	return decision
}

// startOf remembers StartOfDay: a gym's dates repeat.
func (r *reading) startOf(day gymflow.Date) time.Time {
	if day.IsZero() {
		return time.Time{}
	}
	start, known := r.starts[day]
	if !known {
		start = StartOfDay(day, r.zone)
		r.starts[day] = start
	}
	return start
}
