package access

import (
	"slices"
	"strings"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// judge puts the rules' word and what Kisi has into one standing.
func (a *afterwards) judge(who *person, member *gymflow.Member, decision Decision, doors map[int64]opened) standingOf {
	suspended := who.userID != 0 && a.suspended(who.userID)
	failure, failed := a.outcome.Failed[member.ID]
	switch {
	case failed:
		return standingOf{Problem, Failed, failure, ""}
	case decision.Hold:
		return standingOf{Held, UnknownStatus, decision.Detail, ""}
	case who.hold != "" && len(decision.Entitled) == 0 && len(doors) > 0:
		// Held is the one with the unknown status; whoever shares the e-mail follows their own (design.md section 4). Only
		// what is open already stays open for both, being one Kisi user.
		return standingOf{Held, UnknownStatus, who.hold, ""}
	case len(decision.Entitled) > 0:
		return a.judgeEntitled(who, member, decision, doors, suspended)
	case len(who.claims) > 0:
		return a.judgeSharing(who, decision, doors, suspended)
	default:
		return a.judgeWithout(who, decision, doors, suspended)
	}
}

// suspended: a person whom nobody has read yet is not said to be suspended.
func (a *afterwards) suspended(user int64) bool {
	known, read := a.state.Users[user]
	return read && known.Suspended()
}

const suspendedDetail = "The rights are there, but this person is suspended in Kisi and gets through no door."

func (a *afterwards) judgeEntitled(who *person, member *gymflow.Member, decision Decision, doors map[int64]opened, suspended bool) standingOf {
	if suspended {
		return standingOf{NoAccess, IsSuspended, suspendedDetail, ""}
	}
	for _, entitlement := range decision.Entitled {
		if _, open := doors[entitlement.GroupID]; !open {
			return a.judgeMissing(who, member, entitlement)
		}
	}
	found := standingOf{HasAccess, decision.Reason, decision.Detail, ""}
	if found.reason == "" && a.sharesAddress(who, member) {
		found.reason = SharedEmail
		found.detail = strings.TrimSpace(decision.Detail + " " + SharedEmail.Sentence())
	}
	if more := a.surplus(who, doors); more != "" {
		found.detail = strings.TrimSpace(found.detail + " " + more)
	}
	return found
}

// judgeMissing: a deserved right that is not there waits for the run, unless something stands in its way.
func (a *afterwards) judgeMissing(who *person, member *gymflow.Member, entitlement Entitlement) standingOf {
	stop := a.hindered(who, &claim{entitlement.GroupID, member, entitlement})
	switch {
	case stop != nil && stop.reason == NoEmail:
		return standingOf{Problem, NoEmail, stop.text, ""}
	case stop != nil:
		return standingOf{Held, stop.reason, stop.text, stop.mend}
	case a.outcome.Stale:
		return standingOf{Waiting, Stale, Stale.Sentence(), ""}
	}
	for _, other := range who.members {
		if failure, failed := a.outcome.Failed[other.ID]; failed {
			return standingOf{Problem, Failed, failure, ""}
		}
	}
	return standingOf{Waiting, IsWaiting, "Access to " + a.groupName(entitlement.GroupID) + " is given with the next run.", ""}
}

// judgeSharing: the member deserves nothing, but has what another member with the same address deserves.
func (a *afterwards) judgeSharing(who *person, decision Decision, doors map[int64]opened, suspended bool) standingOf {
	want := who.claims[0]
	detail := strings.TrimSpace(decision.Detail + " " + nameOf(want.member) + " has the same e-mail address and deserves " + a.groupName(want.groupID) + ".")
	switch {
	case suspended:
		return standingOf{NoAccess, IsSuspended, suspendedDetail, ""}
	case len(doors) == 0:
		return standingOf{Waiting, SharedEmail, detail, ""}
	default:
		return standingOf{HasAccess, SharedEmail, detail, ""}
	}
}

// judgeWithout: nothing is deserved; the question is whether a door opens all the same, and by whose hand.
func (a *afterwards) judgeWithout(who *person, decision Decision, doors map[int64]opened, suspended bool) standingOf {
	plain := standingOf{NoAccess, decision.Reason, decision.Detail, ""}
	if decision.Reason == GroupGone {
		plain.standing = Problem
	}
	if suspended || len(doors) == 0 {
		return plain
	}
	if group := first(doors, func(door opened) bool { return door.manager }); group != 0 {
		return standingOf{HasAccess, decision.Reason, decision.Detail + " " + a.groupName(group) + " opens through another role in Kisi, which kisiflow leaves alone.", ""}
	}
	if plain.standing == Problem {
		return plain
	}
	if a.outcome.Stale && first(doors, func(door opened) bool { return len(door.ours) > 0 }) != 0 {
		return standingOf{Held, Stale, decision.Detail + " " + Stale.Sentence(), ""}
	}
	if group := first(doors, a.isHeld); group != 0 {
		return standingOf{Held, IsHeld, decision.Detail + " The removal from " + a.groupName(group) + " is held" + a.whyHeld(who, group) + ".",
			a.mendHeld(who, group)}
	}
	if group := first(doors, func(door opened) bool { return door.foreign }); group != 0 {
		return standingOf{Problem, decision.Reason, decision.Detail + " " + a.groupName(group) + " opens all the same, through a right that kisiflow did not make.",
			"If they are not to get in, remove them from " + a.groupName(group) + " in Kisi. Otherwise leave it: kisiflow never takes it away."}
	}
	return plain
}

// isHeld: a right of ours is there which the run will not take away: held by the guard, or not in the plan.
func (a *afterwards) isHeld(door opened) bool {
	return slices.ContainsFunc(door.ours, func(right int64) bool { return a.outcome.Held[right] || !a.revoking[right] })
}

func (a *afterwards) whyHeld(who *person, group int64) string {
	if sentence, held := a.state.HeldGroups[group]; held {
		return ": " + strings.TrimSuffix(sentence, ".")
	}
	if hold, kept := a.holdOf(who, group, true); kept {
		return ", because run " + hold.Run + " was undone"
	}
	if who.stays[group] {
		return ", because this machine's clock and the services' clocks disagree"
	}
	return ""
}

// mendHeld: approving a list does not mend what an undone run left.
func (a *afterwards) mendHeld(who *person, group int64) string {
	if hold, kept := a.holdOf(who, group, true); kept {
		return a.letGo(hold.MemberID)
	}
	return ""
}

// surplus names the groups that open although nobody who shares this person deserves them.
func (a *afterwards) surplus(who *person, doors map[int64]opened) string {
	undeserved := map[int64]opened{}
	for group, door := range doors {
		if who.deserves(group) == nil {
			undeserved[group] = door
		}
	}
	if group := first(undeserved, a.isHeld); group != 0 {
		return "The removal from " + a.groupName(group) + " is held" + a.whyHeld(who, group) + "."
	}
	if group := first(undeserved, func(door opened) bool { return door.foreign }); group != 0 {
		return a.groupName(group) + " opens too, through a right that kisiflow did not make."
	}
	return ""
}

// first is the lowest group that fits, 0 when none does.
func first(doors map[int64]opened, fits func(opened) bool) int64 {
	var lowest int64
	for group, door := range doors {
		if fits(door) && (lowest == 0 || group < lowest) {
			lowest = group
		}
	}
	return lowest
}

func (a *afterwards) sharesAddress(who *person, member *gymflow.Member) bool {
	return len(who.members) > 1 || a.addresses[kisi.FoldEmail(member.Email)] > 1
}
