package reconcile

import (
	"slices"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// largestCircle is how many members are looked at together; beyond it, reading everything is cheaper.
const largestCircle = 12

// ties are what makes members depend on each other: the same address, the same Kisi user, a shared holding.
type ties struct {
	byEmail   map[string][]string
	byUser    map[int64][]string
	dependent map[string][]string // primary → those who share their membership
	members   map[string]*gymflow.Member
	links     map[string]int64
}

func tiesOf(roster []gymflow.Member, links map[string]int64) *ties {
	t := &ties{
		byEmail: map[string][]string{}, byUser: map[int64][]string{}, dependent: map[string][]string{},
		members: make(map[string]*gymflow.Member, len(roster)), links: links,
	}
	for i := range roster {
		member := &roster[i]
		t.members[member.ID] = member
		if folded := kisi.FoldEmail(member.Email); folded != "" {
			t.byEmail[folded] = append(t.byEmail[folded], member.ID)
		}
		for j := range member.Holdings {
			if primary := member.Holdings[j].PrimaryMemberID; primary != "" {
				t.dependent[primary] = append(t.dependent[primary], member.ID)
			}
		}
	}
	for id, user := range links {
		t.byUser[user] = append(t.byUser[user], id)
	}
	return t
}

// circle are the members who can only be decided about together with these, themselves included, in order.
func (t *ties) circle(start ...string) []string {
	found := map[string]bool{}
	waiting := slices.Clone(start)
	for len(waiting) > 0 {
		id := waiting[0]
		waiting = waiting[1:]
		if found[id] {
			continue
		}
		found[id] = true
		if user := t.links[id]; user != 0 {
			waiting = append(waiting, t.byUser[user]...)
		}
		waiting = append(waiting, t.dependent[id]...)
		member := t.members[id]
		if member == nil {
			continue
		}
		if folded := kisi.FoldEmail(member.Email); folded != "" {
			waiting = append(waiting, t.byEmail[folded]...)
		}
		for i := range member.Holdings {
			if primary := member.Holdings[i].PrimaryMemberID; primary != "" {
				waiting = append(waiting, primary)
			}
		}
	}
	ids := make([]string, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
