package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// MembershipFacts is a membership with how many people hold it now.
type MembershipFacts struct {
	gymflow.Membership
	Members int // with a holding that is neither cancelled nor expired
	Opening int // of those, whose holding would open a door today
}

// Choices is what the association step offers.
type Choices struct {
	Memberships []MembershipFacts
	Groups      []kisi.Group // of the place, then organization-wide ones; by name
	Members     int
	Opening     []OpeningTogether // every member for whom a door would open today, once
}

// OpeningTogether is a set of memberships, by id, and how many members hold exactly these in a standing that opens doors
// today. Who holds two memberships would be counted twice in a sum over memberships; over sets nobody is.
type OpeningTogether struct {
	Memberships []string
	Members     int
}

// ReadChoices reads memberships with live counts, and the groups of the place and of the organization.
// Zero memberships or zero groups is an error that says what to do. progress may be nil.
func (e *Engine) ReadChoices(ctx context.Context, to Access, placeID int64, zone string, progress func(read, total int)) (Choices, error) {
	s, err := e.connect(to, 0)
	if err != nil {
		return Choices{}, err
	}
	defer s.close()
	location, err := time.LoadLocation(zone)
	if err != nil {
		return Choices{}, fmt.Errorf("the time zone %q is not known", zone)
	}
	all, err := s.kisi.Groups(ctx)
	if err != nil {
		return Choices{}, explainKisi(err)
	}
	groups := groupsToChoose(all, placeID)
	if len(groups) == 0 {
		name := "This place"
		if place, err := s.kisi.Place(ctx, placeID); err == nil {
			name = "Place " + cleanName(place.Name)
		}
		return Choices{}, errors.New(name + " has no access groups yet. Make one in Kisi (Groups > Add group), give it doors, and read again.") //nolint:revive,staticcheck // a sentence for the screen
	}
	roster, err := s.gymflow.Roster(ctx, progress)
	if err != nil {
		return Choices{}, explainGymflow(err)
	}
	facts, together := countHoldings(e.options.Now(), roster, location)
	if len(facts) == 0 {
		return Choices{}, errors.New("Gymflow has no memberships yet. Make one in Gymflow, and read again.") //nolint:revive,staticcheck // a sentence for the screen
	}
	return Choices{Memberships: facts, Groups: groups, Members: len(roster.Members), Opening: together}, nil
}

// groupsToChoose are the place's groups and the organization-wide ones (kisi-api.md trap 22), not those of other places.
func groupsToChoose(all []kisi.Group, placeID int64) []kisi.Group {
	groups := slices.DeleteFunc(slices.Clone(all), func(group kisi.Group) bool {
		return group.PlaceID != placeID && group.PlaceID != 0
	})
	slices.SortFunc(groups, func(a, b kisi.Group) int {
		if (a.PlaceID == 0) != (b.PlaceID == 0) {
			if b.PlaceID == 0 {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return groups
}

// countHoldings counts people, not purchases. What would open a door is asked of the rules themselves: each
// membership stands for a group of its own.
func countHoldings(now time.Time, roster gymflow.Roster, zone *time.Location) ([]MembershipFacts, []OpeningTogether) {
	rules := access.Rules{Zone: zone}
	for i, membership := range roster.Memberships {
		rules.Associations = append(rules.Associations, access.Association{MembershipID: membership.ID, GroupID: int64(i + 1)})
	}
	decisions := access.Decide(now, roster, rules)
	for i := range roster.Members {
		if strings.TrimSpace(roster.Members[i].Email) == "" { // Kisi can't know them, so the plan can't give them anything
			delete(decisions, roster.Members[i].ID)
		}
	}
	together := openingTogether(decisions)
	members, opening := map[string]int{}, map[string]int{}
	for _, set := range together {
		for _, id := range set.Memberships {
			opening[id] += set.Members
		}
	}
	for i := range roster.Members {
		held := map[string]bool{}
		for _, holding := range roster.Members[i].Holdings {
			if holding.Status != gymflow.Cancelled && holding.Status != gymflow.Expired && !held[holding.MembershipID] {
				held[holding.MembershipID] = true
				members[holding.MembershipID]++
			}
		}
	}
	var facts []MembershipFacts
	for _, membership := range roster.Memberships {
		if membership.Archived && members[membership.ID] == 0 {
			continue
		}
		facts = append(facts, MembershipFacts{membership, members[membership.ID], opening[membership.ID]})
	}
	return facts, together
}

// openingTogether groups the members by what opens doors for them, in the order of the sets' ids.
func openingTogether(decisions map[string]access.Decision) []OpeningTogether {
	var sets []OpeningTogether
	for _, decision := range decisions {
		var held []string
		for _, entitlement := range decision.Entitled {
			held = append(held, entitlement.MembershipID)
		}
		if len(held) == 0 {
			continue
		}
		slices.Sort(held)
		held = slices.Compact(held)
		at, found := slices.BinarySearchFunc(sets, held, func(set OpeningTogether, held []string) int {
			return slices.Compare(set.Memberships, held)
		})
		if !found {
			sets = slices.Insert(sets, at, OpeningTogether{Memberships: held})
		}
		sets[at].Members++
	}
	return sets
}
