package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// person is one Kisi user, there already or to be made, with all members who share it.
type person struct {
	userID  int64 // 0: Kisi does not know the person yet
	members []*gymflow.Member
	claims  []claim        // one a group, by group id
	hold    string         // why everything of this person stays as it is; "" when nothing says so
	stays   map[int64]bool // groups in which rights stay as they are
}

// claim is a group that one of the person's members deserves.
type claim struct {
	groupID     int64
	member      *gymflow.Member
	entitlement Entitlement
}

func (p *person) deserves(group int64) *claim {
	for i := range p.claims {
		if p.claims[i].groupID == group {
			return &p.claims[i]
		}
	}
	return nil
}

// comparison is the state with the lookups that the plan and the rows share.
type comparison struct {
	state     State
	reading   *reading
	mapped    map[int64]bool   // groups that an association names
	fallback  map[int64]string // names of groups as the associations know them
	emails    map[int64]string // Kisi user id → e-mail
	rights    map[RightKey][]kisi.Right
	byRight   map[int64]kisi.Right
	ledger    []LedgerEntry // by right id
	ours      map[int64]LedgerEntry
	inLedger  map[RightKey]bool
	people    []*person
	byMember  map[string]*person
	byUser    map[int64]*person
	addresses map[string]int     // members by folded e-mail
	absent    map[int64][]string // by Kisi user id: members linked to the user whom this reading of Gymflow does not have
}

func compare(state State) *comparison {
	c := lookUp(state)
	c.match()
	return c
}

// lookUp is the comparison without the people: all that the guard needs.
func lookUp(state State) *comparison {
	c := &comparison{
		state:     state,
		reading:   newReading(state.Now, state.Roster, state.Rules),
		mapped:    map[int64]bool{},
		fallback:  map[int64]string{},
		emails:    map[int64]string{},
		rights:    map[RightKey][]kisi.Right{},
		byRight:   map[int64]kisi.Right{},
		ledger:    slices.Clone(state.Ledger),
		ours:      make(map[int64]LedgerEntry, len(state.Ledger)),
		inLedger:  make(map[RightKey]bool, len(state.Ledger)),
		byMember:  make(map[string]*person, len(state.Roster.Members)),
		byUser:    map[int64]*person{},
		addresses: map[string]int{},
	}
	for _, association := range state.Rules.Associations {
		if association.GroupID != 0 {
			c.mapped[association.GroupID] = true
			c.fallback[association.GroupID] = association.GroupName
		}
	}
	slices.SortFunc(c.ledger, func(a, b LedgerEntry) int { return cmp.Compare(a.RightID, b.RightID) })
	for _, entry := range c.ledger {
		c.ours[entry.RightID] = entry
		c.inLedger[entry.Key()] = true
	}
	c.indexKisi()
	return c
}

// indexKisi looks up rights by person and place. A team's or a guest's right is no person's right.
func (c *comparison) indexKisi() {
	for group, rights := range c.state.Rights {
		for _, right := range rights {
			if right.AssigneeType != assigneeUser {
				continue
			}
			key := RightKey{group, right.AssigneeID}
			c.rights[key] = append(c.rights[key], right)
			c.byRight[right.ID] = right
			if right.AssigneeEmail != "" {
				c.emails[right.AssigneeID] = right.AssigneeEmail
			}
		}
	}
	for id, user := range c.state.Users {
		if user.Email != "" {
			c.emails[id] = user.Email
		}
	}
}

// assigneeUser is the one kind of assignee that is a person (kisi-api.md: also "Team" and "Guest").
const assigneeUser = "User"

// match finds each member's Kisi user: the stored id first, so that a changed e-mail never makes a second user;
// else the e-mail. Members with the same e-mail or the same user are one person, with the union of what they deserve.
func (c *comparison) match() {
	links := c.links()
	c.absent = map[int64][]string{}
	for _, member := range slices.Sorted(maps.Keys(links)) {
		if user := links[member]; c.reading.members[member] == nil {
			c.absent[user] = append(c.absent[user], member)
		}
	}
	byEmail := c.usersByEmail()
	members := make([]*gymflow.Member, 0, len(c.reading.members))
	for _, id := range slices.Sorted(maps.Keys(c.reading.members)) {
		members = append(members, c.reading.members[id])
	}
	folded := make([]string, len(members))
	for i, member := range members {
		folded[i] = kisi.FoldEmail(member.Email)
		if folded[i] == "" {
			continue
		}
		c.addresses[folded[i]]++
		// Whoever shares the address of a linked member is the same person, also when Kisi has another address.
		if user := links[member.ID]; user != 0 && byEmail[folded[i]] == 0 {
			byEmail[folded[i]] = user
		}
	}
	unborn := map[string]*person{}
	for i, member := range members {
		user := links[member.ID]
		if user == 0 && folded[i] != "" {
			user = byEmail[folded[i]]
		}
		var who *person
		switch {
		case user != 0:
			who = c.byUser[user]
		case folded[i] != "":
			who = unborn[folded[i]]
		}
		if who == nil {
			who = &person{userID: user, stays: map[int64]bool{}}
			c.people = append(c.people, who)
			if user != 0 {
				c.byUser[user] = who
			} else if folded[i] != "" {
				unborn[folded[i]] = who
			}
		}
		who.members = append(who.members, member)
		c.byMember[member.ID] = who
	}
	for _, who := range c.people {
		c.claim(who)
	}
}

// links are the stored ids; where one is missing, the ledger still knows for which user a right was given.
func (c *comparison) links() map[string]int64 {
	links := make(map[string]int64, len(c.state.Links))
	given := map[string]time.Time{}
	for _, entry := range c.ledger {
		if last, known := given[entry.MemberID]; entry.MemberID != "" && (!known || entry.GrantedAt.After(last)) {
			links[entry.MemberID], given[entry.MemberID] = entry.UserID, entry.GrantedAt
		}
	}
	for member, user := range c.state.Links {
		if user != 0 {
			links[member] = user
		}
	}
	return links
}

// usersByEmail: should Kisi have an address twice, the one with rights of ours counts, then the older one.
func (c *comparison) usersByEmail() map[string]int64 {
	withRights := map[int64]bool{}
	for _, entry := range c.ledger {
		withRights[entry.UserID] = true
	}
	found := make(map[string]int64, len(c.emails))
	for _, user := range slices.Sorted(maps.Keys(c.emails)) {
		folded := kisi.FoldEmail(c.emails[user])
		if before, twice := found[folded]; folded != "" && (!twice || (withRights[user] && !withRights[before])) {
			found[folded] = user
		}
	}
	return found
}

func (c *comparison) claim(who *person) {
	for _, member := range who.members {
		decision, decided := c.state.Decisions[member.ID]
		switch {
		case !decided:
			who.hold = "Nothing was decided about " + nameOf(member) + ", so the access stays as it is."
		case decision.Hold && who.hold == "":
			who.hold = decision.Detail
			if len(who.members) > 1 {
				who.hold = nameOf(member) + ", who has the same e-mail address: " + decision.Detail
			}
		}
		for group, stays := range decision.HoldGroups {
			if stays {
				who.stays[group] = true
			}
		}
		for _, entitlement := range decision.Entitled {
			if who.deserves(entitlement.GroupID) == nil {
				who.claims = append(who.claims, claim{entitlement.GroupID, member, entitlement})
			}
		}
	}
	slices.SortFunc(who.claims, func(a, b claim) int { return cmp.Compare(a.groupID, b.groupID) })
}

func (c *comparison) groupName(group int64) string {
	if name := c.state.Groups[group].Name; name != "" {
		return name
	}
	if name := c.fallback[group]; name != "" {
		return name
	}
	return "group " + itoa(group)
}

// inForce: a right with a validity opens only within it.
func (c *comparison) inForce(right kisi.Right) bool {
	if right.ValidFrom != nil && right.ValidFrom.After(c.state.Now) {
		return false
	}
	return right.ValidUntil == nil || right.ValidUntil.After(c.state.Now)
}

// has reports whether a right of any role is in force: a manager has access already.
func (c *comparison) has(who *person, group int64) bool {
	return who.userID != 0 && slices.ContainsFunc(c.rights[RightKey{group, who.userID}], c.inForce)
}

// address is where Kisi reaches the person, for a grant.
func (c *comparison) address(who *person, member *gymflow.Member) string {
	if email := strings.TrimSpace(member.Email); email != "" || who.userID == 0 {
		return email
	}
	return c.emails[who.userID]
}
