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

// standingOf is a row's verdict: what, why, and the evidence.
type standingOf struct {
	standing Standing
	reason   Reason
	detail   string
	mend     string // "" where the reason's own fix fits
}

// afterwards is the comparison once an outcome is laid over it.
type afterwards struct {
	*comparison
	outcome  Outcome
	revoking map[int64]bool // right ids whose removal is planned
	gained   map[*person]map[int64]bool
	users    map[*person]int64 // of people whom the run made known to Kisi
}

// Rows gives every roster member's standing after the outcome, and that of each missing one with a right of ours, by name
// then id.
func Rows(state State, plan Plan, outcome Outcome) []Row {
	a := &afterwards{
		comparison: compare(state), outcome: outcome,
		revoking: make(map[int64]bool, len(plan.Revokes)),
		gained:   map[*person]map[int64]bool{}, users: map[*person]int64{},
	}
	for _, revoke := range plan.Revokes {
		a.revoking[revoke.Entry.RightID] = true
	}
	for member, groups := range outcome.Granted {
		who := a.byMember[member]
		if who == nil {
			continue
		}
		if a.gained[who] == nil {
			a.gained[who] = map[int64]bool{}
		}
		for group, user := range groups {
			a.gained[who][group] = true
			a.users[who] = user
		}
	}
	rows := make([]Row, 0, len(a.byMember))
	for _, who := range a.people {
		opened := a.opened(who)
		for _, member := range who.members {
			rows = append(rows, a.row(who, member, opened))
		}
	}
	rows = append(rows, a.missingRows()...)
	slices.SortFunc(rows, func(x, y Row) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID))
	})
	return rows
}

// opened is what lets one person into one group after the outcome.
type opened struct {
	manager bool    // a manager's or another role, which kisiflow leaves alone
	foreign bool    // a right that is not ours
	ours    []int64 // our rights' ids; more than one after an answer that was lost
}

// opened lists the groups in which a right of the person is in force: mapped ones, and those in which one of ours
// is left although the association is gone.
func (a *afterwards) opened(who *person) map[int64]opened {
	found := map[int64]opened{}
	look := func(group int64) {
		for _, right := range a.rights[RightKey{group, who.userID}] {
			_, ours := a.ours[right.ID]
			if a.outcome.Revoked[right.ID] || !a.inForce(right) || (!ours && !a.mapped[group]) {
				continue
			}
			door := found[group]
			switch {
			case right.RoleID != kisi.RoleBasic:
				door.manager = true
			case ours:
				door.ours = append(door.ours, right.ID)
			default:
				door.foreign = true
			}
			found[group] = door
		}
	}
	if who.userID != 0 {
		for group := range a.state.Rights {
			look(group)
		}
	}
	for group := range a.gained[who] {
		if _, known := found[group]; !known {
			found[group] = opened{}
		}
	}
	return found
}

func (a *afterwards) row(who *person, member *gymflow.Member, doors map[int64]opened) Row {
	decision := a.state.Decisions[member.ID]
	verdict := a.judge(who, member, decision, doors)
	row := Row{
		ID: member.ID, Name: nameOf(member), Email: member.Email,
		Memberships: make([]MembershipRef, len(member.Holdings)),
		Entitled:    a.refs(decision.Groups()),
		Groups:      a.refs(slices.Sorted(maps.Keys(doors))),
		Standing:    verdict.standing,
		Detail:      verdict.detail,
		Mend:        verdict.mend,
		UserID:      cmp.Or(who.userID, a.users[who]),
	}
	for i, holding := range member.Holdings {
		row.Memberships[i] = MembershipRef{holding.MembershipID, a.reading.membershipName(holding.MembershipID), string(holding.Status)}
	}
	if verdict.reason != "" {
		row.Reason = &verdict.reason
	}
	if decision.Next != nil {
		at := decision.Next.At
		row.NextChange, row.Gains = &at, decision.Next.Gains
	}
	row.Since = a.since(member.ID, verdict, decision)
	return row
}

func (a *afterwards) refs(groups []int64) []GroupRef {
	refs := make([]GroupRef, len(groups))
	for i, group := range groups {
		refs[i] = GroupRef{group, a.groupName(group)}
	}
	return refs
}

// since: the same standing goes on from the row before; a new one begins when the dates say, else now. Access
// begins no earlier than what was there before it ended: a debt that was paid leaves no date behind.
func (a *afterwards) since(memberID string, verdict standingOf, decision Decision) time.Time {
	before, known := a.state.Previous[memberID]
	if known && before.Standing == verdict.standing && sameReason(before.Reason, verdict.reason) && !before.Since.IsZero() {
		return before.Since
	}
	told := decision.Since
	byTheRules := verdict.reason == decision.Reason && (verdict.standing == HasAccess) == (len(decision.Entitled) > 0)
	switch {
	case told.IsZero() || told.After(a.state.Now) || !byTheRules:
		return a.state.Now
	case known && verdict.standing == HasAccess && told.Before(before.Since):
		return a.state.Now
	default:
		return told
	}
}

func sameReason(before *Reason, now Reason) bool {
	if before == nil {
		return now == ""
	}
	return *before == now
}
