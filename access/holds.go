package access

import "time"

// Hold keeps one member as an undo left them in one group, until the rules agree with it or an admin decides anew. Without it
// the next sync would do again what was just undone.
type Hold struct {
	MemberID string
	GroupID  int64
	Wanted   bool   // true: the right stays although the rules don't want it; false: none is given although they do
	Run      string // the run that was undone
	At       time.Time
}

// HoldKey names a member's place in a group.
type HoldKey struct {
	MemberID string
	GroupID  int64
}

// Key names the member and the group.
func (h Hold) Key() HoldKey { return HoldKey{h.MemberID, h.GroupID} }

// kept is the hold that keeps an undeserved right of the person, or the entry's own member, in a group.
func (c *comparison) kept(who *person, memberID string, group int64) (Hold, bool) {
	if hold, set := c.state.Holds[HoldKey{memberID, group}]; set {
		return hold, hold.Wanted
	}
	return c.holdOf(who, group, true)
}

// holdOf is the hold of any member of the person that wants, or does not want, the group.
func (c *comparison) holdOf(who *person, group int64, wanted bool) (Hold, bool) {
	if who == nil || len(c.state.Holds) == 0 {
		return Hold{}, false
	}
	for _, member := range who.members {
		if hold, set := c.state.Holds[HoldKey{member.ID, group}]; set && hold.Wanted == wanted {
			return hold, true
		}
	}
	return Hold{}, false
}

// heldWithout says why a deserved right is not given after an undo, "" when no hold says so.
func (c *comparison) heldWithout(who *person, group int64) string {
	hold, held := c.holdOf(who, group, false)
	if !held {
		return ""
	}
	return "Run " + hold.Run + " was undone, so the access to " + c.groupName(group) + " that it had given stays away until the rules agree or an admin decides anew."
}

// AgreedHolds are those with which the rules agree by now, so that they need not be remembered. A member who is missing,
// or about whom nothing can be said now, agrees with nothing.
func AgreedHolds(state State) []Hold {
	if len(state.Holds) == 0 {
		return nil
	}
	c := compare(state)
	var agreed []Hold
	for key, hold := range state.Holds {
		who := c.byMember[key.MemberID]
		if who == nil || who.hold != "" || who.stays[key.GroupID] {
			continue
		}
		if _, held := state.HeldGroups[key.GroupID]; !held && (who.deserves(key.GroupID) != nil) == hold.Wanted {
			agreed = append(agreed, hold)
		}
	}
	return agreed
}
