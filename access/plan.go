package access

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kisiflow/kisi"
)

func itoa(number int64) string { return strconv.FormatInt(number, 10) }

// lostTwice: a right of ours that somebody removed in Kisi is given again once; then the admin is asked.
const lostTwice = 2

// MakePlan compares. Removals come in the order in which they are to be done: lone ones, then moves.
func MakePlan(state State) Plan {
	c := compare(state)
	var plan Plan
	granted := map[*person]bool{}
	for _, who := range c.people {
		for i := range who.claims {
			grant, question := c.weighClaim(who, &who.claims[i])
			if question != nil {
				plan.Questions = append(plan.Questions, *question)
			}
			if grant != nil {
				granted[who] = true
				plan.Grants = append(plan.Grants, *grant)
			}
		}
	}
	for _, entry := range c.ledger {
		c.weighEntry(entry, granted, &plan)
	}
	plan.Foreign = c.foreign()
	plan.Questions = append(plan.Questions, c.groupQuestions()...)
	c.arrange(&plan)
	plan.Fingerprint = Fingerprint(plan.RemovalKeys())
	return plan
}

// arrange puts the plan into an order that does not depend on the order of anything read.
func (c *comparison) arrange(plan *Plan) {
	slices.SortFunc(plan.Grants, func(a, b Grant) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.MemberID, b.MemberID), cmp.Compare(a.GroupID, b.GroupID))
	})
	byRight := func(a, b Revoke) int { return cmp.Compare(a.Entry.RightID, b.Entry.RightID) }
	slices.SortFunc(plan.Revokes, func(a, b Revoke) int {
		switch {
		case a.Move == b.Move:
			return byRight(a, b)
		case b.Move:
			return -1
		default:
			return 1
		}
	})
	slices.SortFunc(plan.Questions, func(a, b Question) int {
		return cmp.Or(cmp.Compare(a.GroupID, b.GroupID), strings.Compare(a.Name, b.Name), strings.Compare(a.MemberID, b.MemberID))
	})
}

// hindrance is why a deserved right can't be given now.
type hindrance struct {
	reason Reason
	text   string
	mend   string // what the admin can do, "" where the text or the reason says it
	ask    bool   // the admin must decide about this person; a held group asks once for all
}

// hindered says what stands in the way of giving this person a right in the group, nil when nothing does.
func (c *comparison) hindered(who *person, want *claim) *hindrance {
	name, group := nameOf(want.member), c.groupName(want.groupID)
	key := RightKey{want.groupID, who.userID}
	sentence, groupHeld := c.state.HeldGroups[want.groupID]
	switch {
	case groupHeld:
		return &hindrance{IsHeld, sentence, "", false}
	case who.stays[want.groupID]:
		return &hindrance{IsHeld, "This machine's clock and the services' clocks disagree about " + name + " in " + group + ", so it stays as it is.",
			"Set this machine's clock right. The next sync goes on by itself.", false}
	case c.heldWithout(who, want.groupID) != "":
		return &hindrance{IsHeld, c.heldWithout(who, want.groupID), c.letGo(want.member.ID), false}
	case who.userID == 0 && c.address(who, want.member) == "":
		return &hindrance{NoEmail, name + " deserves " + group + " but has no e-mail address in Gymflow, so Kisi can't know them.", "", true}
	case who.userID != 0 && len(c.rights[key]) > 0: // none of them in force: weighClaim has looked
		return &hindrance{IsHeld, "Kisi has an access right of " + name + " in " + group + " whose time has passed or has not come.",
			"Remove it in Kisi, or change its dates there.", true}
	case who.userID != 0 && c.state.Lost[key] >= lostTwice:
		again, _ := c.decideAnew(want.member.ID)
		return &hindrance{IsHeld, "Somebody removed " + name + " from " + group + " in Kisi again after kisiflow had given the access back. It is not given a third time unless you decide so.",
			"To give it again: " + again + ". To leave it removed, do nothing.", true}
	default:
		return nil
	}
}

// decideAnew is how an admin ends what stands in the way of a member: any override does, since the newest decision outranks older
// ones. Where none is in force that is "follow the rules": an allow would outlast the membership. Where one is, following the
// rules would end it, too, so the same one is set again.
func (c *comparison) decideAnew(memberID string) (how string, override *Override) {
	set, there := c.state.Rules.Overrides[memberID]
	command := "kisiflow override " + kisi.CleanText(memberID)
	switch {
	case there && set.Kind == Block:
		return "choose \"block\" once more as the override on the member's page (" + command + " --block)", &set
	case there && set.Kind == Allow && !Today(c.state.Now, c.state.Rules.Zone).After(set.Until):
		day := set.Until.String()
		return "allow them until " + day + " once more on the member's page (" + command + " --allow-until " + day + ")", &set
	}
	return "choose \"follow the rules\" as the override on the member's page (" + command + " --follow)", nil
}

// letGo mends what an undone run left.
func (c *comparison) letGo(memberID string) string {
	how, override := c.decideAnew(memberID)
	if override == nil {
		return "To let the rules decide again: " + how + "."
	}
	return "To let that override act again: " + how + ". \"Follow the rules\" would end it."
}

func (c *comparison) weighClaim(who *person, want *claim) (*Grant, *Question) {
	if c.has(who, want.groupID) {
		return nil, nil
	}
	name := nameOf(want.member)
	if stop := c.hindered(who, want); stop != nil {
		if !stop.ask {
			return nil, nil
		}
		return nil, &Question{want.member.ID, name, want.groupID, stop.reason, strings.TrimSpace(stop.text + " " + stop.mend)}
	}
	key := RightKey{want.groupID, who.userID}
	if who.userID != 0 && c.inLedger[key] {
		return nil, nil // a list that does not show it closes no entry (design.md 5.7)
	}
	return &Grant{
		MemberID: want.member.ID, Name: name, Email: c.address(who, want.member), UserID: who.userID,
		GroupID: want.groupID, GroupName: c.groupName(want.groupID), Why: c.whyGranted(want),
		Again: who.userID != 0 && c.state.Lost[key] > 0,
	}, nil
}

func (c *comparison) whyGranted(want *claim) string {
	if override := c.reading.overrideOn(want.member.ID, c.reading.today); override != nil && override.Kind == Allow {
		return "allowed until " + spoken(override.Until) + by(override)
	}
	holding := holdingOf(want.member, want.entitlement.HoldingID, want.entitlement.MembershipID)
	return fmt.Sprintf("%s is %s", c.reading.membershipName(holding.MembershipID), holding.Status)
}

// foreign lists the people in our groups who got there by another hand. Managers have their role for a reason.
func (c *comparison) foreign() []Foreign {
	var found []Foreign
	for _, group := range slices.Sorted(maps.Keys(c.mapped)) {
		rights := slices.Clone(c.state.Rights[group])
		slices.SortFunc(rights, func(a, b kisi.Right) int { return cmp.Compare(a.ID, b.ID) })
		for _, right := range rights {
			if _, ours := c.ours[right.ID]; ours || right.RoleID != kisi.RoleBasic || right.AssigneeType != assigneeUser {
				continue
			}
			other := Foreign{Right: right, GroupID: group, Name: right.AssigneeName}
			if who := c.byUser[right.AssigneeID]; who != nil {
				member := who.members[0]
				if want := who.deserves(group); want != nil {
					member, other.Entitled = want.member, true
				}
				other.MemberID, other.Name = member.ID, cmp.Or(other.Name, nameOf(member))
			}
			other.Name = cmp.Or(other.Name, right.AssigneeEmail)
			found = append(found, other)
		}
	}
	return found
}

// groupQuestions asks once about each group in which nothing can be done.
func (c *comparison) groupQuestions() []Question {
	var questions []Question
	for group := range c.mapped {
		if c.state.Rules.GoneGroups[group] {
			questions = append(questions, Question{
				GroupID: group, Reason: GroupGone,
				Text: "The access group " + c.groupName(group) + " no longer exists in Kisi. Choose another one under Associations.",
			})
		}
	}
	for group, sentence := range c.state.HeldGroups {
		if !c.state.Rules.GoneGroups[group] || !c.mapped[group] {
			questions = append(questions, Question{GroupID: group, Reason: IsHeld, Text: sentence})
		}
	}
	return questions
}
