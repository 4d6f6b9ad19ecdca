package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kisiflow/access"
	"kisiflow/kisi"
)

// findPerson looks for the member in Kisi by the stored id and by e-mail; none, one or several may answer.
func (c *memberCheck) findPerson(ctx context.Context) {
	email := c.email()
	var people []kisi.User
	add := func(user kisi.User) {
		if !slices.ContainsFunc(people, func(known kisi.User) bool { return known.ID == user.ID }) {
			people = append(people, user)
		}
	}
	unclear := false
	if linked := c.linked(); linked != 0 {
		user, err := c.services.kisi.User(ctx, linked)
		switch {
		case errors.Is(err, kisi.ErrNotFound):
			c.say(CheckDiffers, "The person that kisiflow knew (user %d) is gone from Kisi.", linked)
		case err != nil:
			unclear = true
			c.say(CheckUnclear, "%v", explainKisi(err))
		default:
			add(user)
		}
	}
	if email != "" && !unclear {
		user, err := c.services.kisi.UserByEmail(ctx, email)
		switch {
		case errors.Is(err, kisi.ErrNotFound):
		case err != nil:
			unclear = true
			c.say(CheckUnclear, "%v", explainKisi(err))
		default:
			add(user)
		}
		for _, user := range c.people.Users {
			if kisi.SameEmail(user.Email, email) {
				add(user)
			}
		}
	}
	c.tellPeople(people, email, unclear)
}

func (c *memberCheck) tellPeople(people []kisi.User, email string, unclear bool) {
	if len(people) > 0 {
		c.person, c.found = people[0], true
		c.people.Users = append(slices.DeleteFunc(slices.Clone(c.people.Users), func(user kisi.User) bool { return user.ID == c.person.ID }), c.person)
	}
	switch {
	case len(people) == 0 && unclear:
	case len(people) == 0 && email == "":
		c.say(CheckUnclear, "Without an e-mail address nobody in Kisi can be matched.")
	case len(people) == 0 && len(c.decisions[c.id].Entitled) > 0:
		c.say(CheckDiffers, "Kisi knows nobody with the address %s. The next sync adds them.", cleanName(email))
	case len(people) == 0:
		c.say(CheckOK, "Kisi knows nobody with the address %s.", cleanName(email))
	case len(people) == 1:
		c.say(CheckOK, "One person in Kisi: %s (%s), user %d.", cleanName(c.person.Name), cleanName(c.person.Email), c.person.ID)
		if email != "" && !kisi.SameEmail(email, c.person.Email) {
			c.say(CheckOK, "Gymflow has another address (%s). They stay the same person.", cleanName(email))
		}
	default:
		var told []string
		for _, user := range people {
			told = append(told, fmt.Sprintf("%s (%s, user %d)", cleanName(user.Name), cleanName(user.Email), user.ID))
		}
		c.say(CheckDiffers, "Several people in Kisi match: %s. In Kisi, keep the one that they use.", strings.Join(told, ", "))
	}
}

func (c *memberCheck) email() string {
	if c.member != nil {
		return strings.TrimSpace(c.member.Email)
	}
	if c.before != nil {
		return strings.TrimSpace(c.before.Email)
	}
	return ""
}

func (c *memberCheck) linked() int64 {
	if user := c.links[c.id]; user != 0 {
		return user
	}
	for _, entry := range c.ledger {
		if entry.MemberID == c.id {
			return entry.UserID
		}
	}
	return 0
}

// readKisi reads this one person's rights at every level, and what may stand in their way although they have one.
func (c *memberCheck) readKisi(ctx context.Context) {
	groups, err := c.services.kisi.Groups(ctx)
	if err != nil {
		c.say(CheckUnclear, "%v", explainKisi(err))
		return
	}
	for _, group := range groups {
		c.groups[group.ID] = group
	}
	var rights []kisi.Right
	if c.found {
		if rights, err = c.services.kisi.UserRights(ctx, c.person.ID); err != nil {
			c.say(CheckUnclear, "%v", explainKisi(err))
			return
		}
		if c.person, err = c.services.kisi.User(ctx, c.person.ID); err != nil {
			c.say(CheckUnclear, "%v", explainKisi(err))
			return
		}
		c.people.Users = append(c.people.Users, c.person)
	}
	c.seen = true
	for _, group := range c.groupsToRead() {
		c.rights[group] = nil
		if _, there := c.groups[group]; !there {
			c.gone[group] = true
		}
	}
	for _, right := range rights {
		if right.AppliesToType == "Group" {
			c.rights[right.AppliesToID] = append(c.rights[right.AppliesToID], right)
		}
	}
	c.tellRights(rights)
	c.tellHindrances(ctx, rights)
}

func (c *memberCheck) tellRights(rights []kisi.Right) {
	mapped, deserved := c.mapped(), c.decisions[c.id].Groups()
	ours := 0
	for _, right := range rights {
		where := c.groupName(right.AppliesToID)
		_, isMapped := mapped[right.AppliesToID]
		owned := slices.ContainsFunc(c.ledger, func(entry access.LedgerEntry) bool { return entry.RightID == right.ID })
		switch {
		case right.AppliesToType == "Group" && owned:
			ours++
			c.say(stateOf(slices.Contains(deserved, right.AppliesToID)), "An access right of kisiflow's to %s.", where)
		case right.AppliesToType == "Group" && isMapped:
			ours++
			c.say(stateOf(slices.Contains(deserved, right.AppliesToID)), "A right to %s that is not kisiflow's (%s), and is left alone.", where, roleWords(right))
		case right.AppliesToType == "Group":
			c.say(CheckOK, "Another way in: the access group %s (%s), which kisiflow does not look after.", where, roleWords(right))
		case right.AppliesToType == "Place":
			c.say(CheckOK, "Another way in: a role in a whole place (%s).", roleWords(right))
		default:
			c.say(CheckOK, "Another way in: a role in the whole organization (%s).", roleWords(right))
		}
	}
	if ours == 0 {
		c.say(stateOf(len(deserved) == 0 || c.decisions[c.id].Hold), "No access right in the groups that kisiflow looks after.")
	}
	if c.found {
		c.say(CheckOK, "What comes through a team in Kisi is not seen here; look at Teams in Kisi if they get in all the same.")
	}
}

func stateOf(fine bool) CheckState {
	if fine {
		return CheckOK
	}
	return CheckDiffers
}

func roleWords(right kisi.Right) string {
	role := cleanName(right.RoleID)
	if right.RoleID == kisi.RoleBasic {
		role = "door access"
	}
	if right.ValidFrom != nil || right.ValidUntil != nil {
		role += ", for a limited time"
	}
	return role
}

// tellHindrances says what keeps doors shut for somebody who has a right.
func (c *memberCheck) tellHindrances(ctx context.Context, rights []kisi.Right) {
	count := len(c.step.Lines)
	if c.found && c.person.Suspended() {
		c.say(CheckDiffers, "Suspended in Kisi: no door opens. In Kisi, open the user and enable access; kisiflow never does.")
	}
	now := c.engine.options.Now()
	for _, right := range rights {
		if right.ValidFrom != nil && right.ValidFrom.After(now) || right.ValidUntil != nil && !right.ValidUntil.After(now) {
			c.say(CheckDiffers, "A right to %s is not valid today, by its own dates in Kisi.", c.groupName(right.AppliesToID))
		}
	}
	deserved := c.decisions[c.id].Groups()
	for _, id := range slices.Sorted(maps.Keys(c.mapped())) {
		if slices.Contains(deserved, id) || len(c.rights[id]) > 0 {
			c.tellGroup(id)
		}
	}
	place, err := c.services.kisi.Place(ctx, c.settings.PlaceID)
	switch {
	case err != nil:
		c.say(CheckUnclear, "Whether the place is locked down can't be told: %v", err)
	case place.LockedDown:
		c.say(CheckDiffers, "%s is locked down in Kisi: no door opens for anybody until that is ended there.", cleanName(place.Name))
	}
	if len(c.step.Lines) == count {
		c.say(CheckOK, "Nothing in Kisi stands in the way.")
	}
}

// tellGroup names the restrictions of a group, which Kisi checks at the door.
func (c *memberCheck) tellGroup(id int64) {
	group, there := c.groups[id]
	if !there {
		c.say(CheckDiffers, "The access group %s no longer exists in Kisi. Choose another one under Associations.", c.groupName(id))
		return
	}
	name := c.groupName(id)
	for _, one := range []struct {
		set   bool
		state CheckState
		text  string
	}{
		{group.LocksCount == 0, CheckDiffers, "%s has no doors, so it opens nothing."},
		{!group.LoginEnabled, CheckDiffers, "App access is off in %s: only cards and links open its doors."},
		{group.TimeRestricted, CheckUnclear, "%s opens only at certain times. Kisi shows which, under the group's restrictions."},
		{group.PrimaryDeviceRestricted, CheckUnclear, "%s opens only from the member's primary device, which Gymflow can reset."},
		{group.ManagedDeviceRestricted, CheckUnclear, "%s opens only from managed devices."},
		{group.GeofenceRestricted, CheckUnclear, "%s opens only near the doors, with the phone's location on."},
		{group.ReaderRestricted, CheckUnclear, "%s opens only at the readers."},
		{group.TapToAccessRestricted, CheckUnclear, "%s restricts opening by a tap of the phone."},
	} {
		if one.set {
			c.say(one.state, one.text, name)
		}
	}
}

// compare plans for this one member as a sync would, and says what would be done.
func (c *memberCheck) compare(context.Context) {
	if !c.seen {
		c.say(CheckUnclear, "What Kisi has could not be read, so nothing can be compared. Try again in some minutes.")
		return
	}
	c.onlyThisPerson()
	c.countAbsences()
	c.decide()
	state := c.asRead()
	plan := access.MakePlan(state)
	mine := func(member string, user int64) bool { return member == c.id || c.found && user == c.person.ID }
	for _, grant := range plan.Grants {
		if mine(grant.MemberID, grant.UserID) {
			c.result.Mends = true
			c.say(CheckDiffers, "Access to %s is missing: a sync gives it. %s", c.groupName(grant.GroupID), grant.Why)
		}
	}
	for _, revoke := range plan.Revokes {
		switch {
		case !mine(revoke.Entry.MemberID, revoke.Entry.UserID):
		case c.held[revoke.Entry.RightID]:
			c.say(CheckDiffers, "Access to %s is not deserved any more; its removal is held. Approve it under Sync if it is right. %s", c.groupName(revoke.Entry.GroupID), revoke.Why)
		default:
			c.result.Mends = true
			c.say(CheckDiffers, "Access to %s is not deserved any more: a sync takes it away, behind the guard. %s", c.groupName(revoke.Entry.GroupID), revoke.Why)
		}
	}
	for _, revoke := range plan.Unconfirmed {
		if mine(revoke.Entry.MemberID, revoke.Entry.UserID) {
			c.say(CheckDiffers, "Access to %s is taken away only after a second complete read of Gymflow says the same. %s", c.groupName(revoke.Entry.GroupID), revoke.Why)
		}
	}
	for _, question := range plan.Questions {
		if question.MemberID == c.id {
			c.say(CheckUnclear, "%s", question.Text)
		}
	}
	if len(c.step.Lines) == 0 {
		c.say(CheckOK, "Nothing differs: Kisi has what the rules say.")
	}
}

// onlyThisPerson leaves of what is remembered only what is about this person, as only their rights were read.
func (c *memberCheck) onlyThisPerson() {
	c.ledger = slices.DeleteFunc(slices.Clone(c.ledger), func(entry access.LedgerEntry) bool {
		return entry.MemberID != c.id && (!c.found || entry.UserID != c.person.ID)
	})
}

func (c *memberCheck) groupWords(groups []int64) string {
	names := make([]string, len(groups))
	for i, id := range groups {
		names[i] = c.groupName(id)
	}
	return cmp.Or(strings.Join(names, ", "), "nothing")
}
