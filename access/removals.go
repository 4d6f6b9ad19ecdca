package access

import (
	"cmp"
	"fmt"
	"slices"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// enoughReads is how many complete reads must miss a member before the removal is weighed at all.
const enoughReads = 2

// weighEntry says of one right of ours whether it stays. Only what is in the ledger ever gets here.
func (c *comparison) weighEntry(entry LedgerEntry, granted map[*person]bool, plan *Plan) {
	matched := c.matched(entry)
	if c.staysAsIs(entry, matched) {
		plan.Kept = append(plan.Kept, entry)
		return
	}
	revoke := Revoke{Entry: entry, Name: c.nameOfEntry(entry, matched), GroupName: c.groupName(entry.GroupID), Evidence: Strong}
	missing := c.missing(entry, len(matched) == 0)
	switch {
	// Also where the association was removed: whom a short list misses may be moving to another group, and would stand
	// without any right until the list has them again.
	case len(missing) > 0 && (c.mapped[entry.GroupID] || missing[0] != ""):
		revoke.Missing = missing
		if !c.weighAbsence(&revoke, len(matched) == 0) {
			plan.Unconfirmed = append(plan.Unconfirmed, revoke)
			return
		}
	case !c.mapped[entry.GroupID]:
		revoke.Reason = NotIncluded
		revoke.Why = "The association was removed: no membership opens " + revoke.GroupName + " any more."
	default:
		revoke.Reason, revoke.Why = c.whyNot(matched, entry.GroupID)
	}
	for _, who := range matched {
		if granted[who] {
			revoke.Move = true
		} else if c.wouldBeLeftOut(who) {
			// Who moves is never without any right: the old one stays until the new one can be given.
			plan.Kept = append(plan.Kept, entry)
			return
		}
	}
	plan.Revokes = append(plan.Revokes, revoke)
}

// matched are the people whom a right of ours is about: its user, and the member for whom it was made.
func (c *comparison) matched(entry LedgerEntry) []*person {
	var found []*person
	if who := c.byUser[entry.UserID]; who != nil {
		found = append(found, who)
	}
	if who := c.byMember[entry.MemberID]; who != nil && !slices.Contains(found, who) {
		found = append(found, who)
	}
	return found
}

func (c *comparison) staysAsIs(entry LedgerEntry, matched []*person) bool {
	if _, held := c.state.HeldGroups[entry.GroupID]; held {
		return true
	}
	// The list shows another role or another person under this id: that is not the right that we made.
	if right, listed := c.byRight[entry.RightID]; listed && (right.RoleID != kisi.RoleBasic || right.AssigneeID != entry.UserID) {
		return true
	}
	if _, kept := c.kept(c.byUser[entry.UserID], entry.MemberID, entry.GroupID); kept {
		return true
	}
	return slices.ContainsFunc(matched, func(who *person) bool {
		return who.hold != "" || who.stays[entry.GroupID] || who.deserves(entry.GroupID) != nil
	})
}

// wouldBeLeftOut: the person deserves a group, has no right in force in any deserved one, and none can be given now.
func (c *comparison) wouldBeLeftOut(who *person) bool {
	waiting := false
	for i := range who.claims {
		if c.has(who, who.claims[i].groupID) {
			return false
		}
		waiting = true
	}
	for group := range who.stays { // a gone group that would be deserved counts as well
		if c.has(who, group) {
			return false
		}
		waiting = true
	}
	return waiting
}

// missing are the members behind a right whom this reading does not have: the one for whom it was made, and those linked to
// its user. What another member of the same e-mail no longer deserves says nothing about them.
func (c *comparison) missing(entry LedgerEntry, alone bool) []string {
	ids := c.absent[entry.UserID]
	if alone || entry.MemberID != "" && c.reading.members[entry.MemberID] == nil {
		ids = append([]string{entry.MemberID}, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == entry.MemberID })...)
	}
	return ids
}

// weighAbsence: a missing member is weak evidence. It waits for a second complete read and a single re-read of each; true
// when that is done.
func (c *comparison) weighAbsence(revoke *Revoke, alone bool) bool {
	least := c.state.Absences[revoke.Missing[0]]
	confirmed := true
	for _, id := range revoke.Missing {
		absence := c.state.Absences[id]
		confirmed = confirmed && absence.Confirmed
		if absence.Reads < least.Reads {
			least = absence
		}
	}
	revoke.Evidence, revoke.Reason = Weak, NoMembership
	missing := revoke.Name + " is no longer in Gymflow"
	if !alone {
		missing = "Somebody who shares the e-mail address of " + revoke.Name + " is no longer in Gymflow"
	}
	if !least.FirstSeen.IsZero() {
		missing += ", missed first on " + spoken(Today(least.FirstSeen, c.state.Rules.Zone))
	}
	switch {
	case !least.File.IsZero() && least.Reads < enoughReads:
		revoke.Why = missing + ". A second, newer roster file must confirm it."
	case !least.File.IsZero() && confirmed:
		revoke.Why = fmt.Sprintf("%s. %d roster files, each newer than the one before, agree.", missing, least.Reads)
		return true
	case least.Reads < enoughReads:
		revoke.Why = missing + ". A second complete read must confirm it."
	case !confirmed:
		revoke.Why = fmt.Sprintf("%s. %d complete reads agree; Gymflow must still answer that it does not know this member.", missing, least.Reads)
	default:
		revoke.Why = fmt.Sprintf("%s. %d complete reads agree, and Gymflow does not know this member when asked again.", missing, least.Reads)
		return true
	}
	return false
}

// whyNot is the reason of the member nearest to having the group, with its evidence.
func (c *comparison) whyNot(matched []*person, group int64) (Reason, string) {
	reason, detail, nearest := Reason(""), "", 0
	for _, who := range matched {
		for _, member := range who.members {
			why, evidence := c.whyMemberNot(member, group)
			if far := distance(why); reason == "" || far < nearest {
				reason, detail, nearest = why, evidence, far
			}
		}
	}
	return reason, detail
}

// whyMemberNot: whoever has nothing at all has the decision's reason; whoever has other groups lacks this one for
// a reason of its own.
func (c *comparison) whyMemberNot(member *gymflow.Member, group int64) (Reason, string) {
	decision := c.state.Decisions[member.ID]
	if len(decision.Entitled) == 0 && decision.Reason != "" {
		return decision.Reason, decision.Detail
	}
	found := c.reading.nearest(member, group)
	if found.reason == "" || found.holding == nil {
		return NotIncluded, "No membership of " + nameOf(member) + " opens " + c.groupName(group) + "."
	}
	return found.reason, found.detail
}

func (c *comparison) nameOfEntry(entry LedgerEntry, matched []*person) string {
	if len(matched) > 0 {
		if member := c.reading.members[entry.MemberID]; member != nil {
			return nameOf(member)
		}
		return nameOf(matched[0].members[0])
	}
	return cmp.Or(entry.Name, c.byRight[entry.RightID].AssigneeName, entry.Email, "user "+itoa(entry.UserID))
}
