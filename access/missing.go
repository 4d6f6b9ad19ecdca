package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"kisiflow/kisi"
)

// MissingDetail is what a member's page says while the removal waits.
const MissingDetail = "Gymflow's list no longer has this member. The access right stays until a second complete list and a look at this one member agree."

// missingRows are the members whom this reading of Gymflow does not have and for whom a right of ours is still there: a
// right in force is never without a row that says why.
func (a *afterwards) missingRows() []Row {
	left := map[string][]LedgerEntry{}
	for _, entry := range a.ledger {
		if entry.MemberID == "" || a.reading.members[entry.MemberID] != nil || a.outcome.Revoked[entry.RightID] {
			continue
		}
		if who := a.byUser[entry.UserID]; who != nil && who.deserves(entry.GroupID) != nil {
			continue // it is that member's now, who has the same user
		}
		left[entry.MemberID] = append(left[entry.MemberID], entry)
	}
	rows := make([]Row, 0, len(left))
	for _, id := range slices.Sorted(maps.Keys(left)) {
		rows = append(rows, a.missingRow(id, left[id]))
	}
	return rows
}

func (a *afterwards) missingRow(id string, entries []LedgerEntry) Row {
	before, newest := a.state.Previous[id], entries[len(entries)-1]
	row := Row{
		ID: id, Name: cmp.Or(before.Name, newest.Name, newest.Email, id), Email: cmp.Or(before.Email, newest.Email, a.emails[newest.UserID]),
		Memberships: []MembershipRef{}, Entitled: []GroupRef{}, UserID: newest.UserID, Missing: true,
	}
	groups := map[int64]bool{}
	for _, entry := range entries {
		if right, listed := a.byRight[entry.RightID]; listed && right.RoleID == kisi.RoleBasic && a.inForce(right) {
			groups[entry.GroupID] = true
		}
	}
	row.Groups = a.refs(slices.Sorted(maps.Keys(groups)))
	verdict := a.judgeMissingMember(id, entries)
	row.Standing, row.Reason, row.Detail, row.Mend = verdict.standing, &verdict.reason, verdict.detail, verdict.mend
	row.Since = a.since(id, verdict, Decision{Reason: verdict.reason, Since: a.state.Absences[id].FirstSeen})
	return row
}

// judgeMissingMember: it waits, unless the removal failed or is held.
func (a *afterwards) judgeMissingMember(id string, entries []LedgerEntry) standingOf {
	if failure, failed := a.outcome.Failed[id]; failed {
		return standingOf{Problem, Failed, failure, ""}
	}
	for _, entry := range entries {
		if a.outcome.Held[entry.RightID] {
			return standingOf{Held, IsHeld, "Gymflow's list no longer has this member. The removal from " + a.groupName(entry.GroupID) + " is held.", ""}
		}
		why, held := a.state.HeldGroups[entry.GroupID]
		mend := ""
		if hold, kept := a.kept(a.byUser[entry.UserID], id, entry.GroupID); kept {
			why, held, mend = "run "+hold.Run+" was undone", true, a.letGo(id)
		}
		if held {
			return standingOf{Held, IsHeld, "Gymflow's list no longer has this member. The access to " + a.groupName(entry.GroupID) +
				" stays: " + strings.TrimSuffix(why, ".") + ".", mend}
		}
	}
	return standingOf{Waiting, IsWaiting, MissingDetail, ""}
}
