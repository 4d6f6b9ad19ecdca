package main

import (
	"fmt"
	"maps"
	"slices"

	"kisiflow/kisi"
)

// placed is one person in one group.
type placed struct{ user, group int64 }

// compareKisi holds Kisi's rights and people against the union that the oracle demands.
func (c *trial) compareKisi(o oracle, union map[string]*addressed) {
	c.t.Helper()
	now, groups := map[int64]kisi.Right{}, mapped(o)
	basic, manager := map[placed][]int64{}, map[placed]bool{}
	for _, right := range c.world.kisi.Rights() {
		now[right.ID] = right
		at := placed{right.AssigneeID, right.AppliesToID}
		switch {
		case right.AppliesToType != "Group" || !groups[right.AppliesToID]:
			if _, old := c.before[right.ID]; !old {
				c.differ("a new right outside the mapped groups: %+v", right)
			}
		case right.RoleID == kisi.RoleBasic:
			basic[at] = append(basic[at], right.ID)
		case right.RoleID == kisi.RoleManager:
			manager[at] = true
		}
	}
	for id, right := range c.theirs {
		c.compared++
		if _, stays := now[id]; !stays {
			c.differ("a right made by hand is gone: %+v", right)
		}
	}
	c.comparePeople(union)
	byEmail := map[string]kisi.User{}
	for _, user := range c.world.kisi.Users() {
		email := foldEmail(user.Email)
		if other, twice := byEmail[email]; twice {
			c.differ("two users have the e-mail %s: %d and %d", email, other.ID, user.ID)
		}
		byEmail[email] = user
		for group := range groups {
			at := placed{user.ID, group}
			c.comparePlace(o, user, group, union[email], basic[at], manager[at])
		}
	}
	for email, deserved := range union {
		if _, known := byEmail[email]; !known && len(deserved.groups) > 0 {
			c.differ("%s deserves %v and has no user in Kisi", email, numbers(deserved.groups))
		}
	}
}

// comparePeople: people are made only for who deserves, never removed, suspended or let in again, and get no e-mail.
func (c *trial) comparePeople(union map[string]*addressed) {
	c.t.Helper()
	left := map[int64]bool{}
	for _, user := range c.world.kisi.Users() {
		left[user.ID] = true
		deserved := union[foldEmail(user.Email)]
		old, known := c.persons[user.ID]
		c.compared++
		if !known && (deserved == nil || len(deserved.groups) == 0) {
			c.differ("a user was made for %s, who deserves nothing", user.Email)
		}
		if known && old.AccessEnabled != user.AccessEnabled {
			c.differ("the suspension of %s changed", user.Email)
		}
	}
	for id, user := range c.persons {
		if !left[id] {
			c.differ("the user %s is gone", user.Email)
		}
	}
	if mails, destroyed := c.world.kisi.Mails(), c.world.kisi.Destroyed(); len(mails)+len(destroyed) > 0 {
		c.differ("mails %v, destroyed %v", mails, destroyed)
	}
}

// comparePlace is one person in one group.
func (c *trial) comparePlace(o oracle, user kisi.User, group int64, deserved *addressed, basic []int64, manager bool) {
	c.t.Helper()
	c.compared++
	var ours []int64
	for _, id := range basic {
		if _, theirs := c.theirs[id]; !theirs {
			ours = append(ours, id)
		}
	}
	name := fmt.Sprintf("%s (user %d) in group %d", user.Email, user.ID, group)
	switch {
	case deserved != nil && deserved.groups[group]:
		switch {
		case manager && len(ours) > 0:
			c.differ("%s manages the group and got a second right", name)
		case !manager && len(basic) != 1 && !user.Suspended():
			c.differ("%s deserves one right and has %d: %s", name, len(basic), o.ofEmail(user.Email))
		}
	case deserved != nil && deserved.held > 0:
		for _, id := range ours {
			if _, old := c.before[id]; !old {
				c.differ("%s is held and got a new right: %s", name, o.ofEmail(user.Email))
			}
		}
		had := 0
		for _, right := range c.before {
			if right.RoleID == kisi.RoleBasic && right.AppliesToType == "Group" && right.AppliesToID == group && right.AssigneeID == user.ID {
				had++
			}
		}
		if had != len(basic) && deserved.held == deserved.members {
			c.differ("%s is held, had %d rights and has %d: %s", name, had, len(basic), o.ofEmail(user.Email))
		}
	case len(ours) > 0:
		c.differ("%s deserves nothing there and has the right %v from us: %s", name, ours, o.ofEmail(user.Email))
	}
}

// ofEmail shows the members behind a Kisi user.
func (o oracle) ofEmail(email string) string {
	text := ""
	for _, member := range o.members {
		if foldEmail(member.Email) == foldEmail(email) {
			text += shown(member) + " "
		}
	}
	return text
}

// suspended is how many Kisi users of this e-mail may open no door at all.
func (c *trial) suspended(email string) int {
	count := 0
	for _, user := range c.persons {
		if foldEmail(user.Email) == foldEmail(email) && user.Suspended() {
			count++
		}
	}
	return count
}

func idsOf(groups []shownGroup) map[int64]bool {
	ids := map[int64]bool{}
	for _, group := range groups {
		ids[group.ID] = true
	}
	return ids
}

func numbers(groups map[int64]bool) []int64 { return slices.Sorted(maps.Keys(groups)) }
