package reconcile

import (
	"maps"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// days are those on which the run may have judged.
func (m *model) days() []gymflow.Date {
	return slices.Compact([]gymflow.Date{dayOf(m.run.started, m.zone), dayOf(time.Now(), m.zone)})
}

func (m *model) mapped(group int64) bool {
	return slices.ContainsFunc(m.settings.Associations, func(a access.Association) bool { return a.GroupID == group })
}

func (m *model) checkGiven(right kisi.Right) {
	key := access.RightKey{GroupID: right.AppliesToID, UserID: right.AssigneeID}
	m.made[right.ID] = key
	if m.undone[key] >= 2 {
		m.violated("%s was let into group %d a third time", right.AssigneeEmail, right.AppliesToID)
	}
	if right.RoleID != kisi.RoleBasic || right.AppliesToType != "Group" || right.AssigneeType != "User" || right.ValidUntil != nil {
		m.violated("a right of a wrong kind was made: %+v", right)
	}
	for _, other := range m.rights {
		if other.ID != right.ID && other.AppliesToID == right.AppliesToID && other.AssigneeID == right.AssigneeID && m.ours(other.ID) {
			m.violated("%s has a second right of ours in group %d", right.AssigneeEmail, right.AppliesToID)
		}
	}
	if m.run == nil || !m.mapped(right.AppliesToID) {
		m.violated("%s was given a right outside of a run, or in a group without association", right.AssigneeEmail)
		return
	}
	links := m.links()
	for _, seen := range m.run.pictures {
		for _, day := range m.days() {
			for _, id := range m.behind(seen, right.AssigneeID, "", links, true) {
				groups, _ := seen.deserves(id, day, m.run.associations)
				if slices.Contains(groups, right.AppliesToID) {
					return
				}
			}
		}
	}
	m.violated("%s was let into group %d, and nobody of that e-mail deserves it", right.AssigneeEmail, right.AppliesToID)
}

func (m *model) ours(right int64) bool {
	_, made := m.made[right]
	return made || m.adopted[right]
}

// checkTaken is the heart: what was just removed was ours, and there is evidence.
func (m *model) checkTaken(right kisi.Right) {
	entry, inLedger := m.ledger()[right.ID]
	switch {
	case !inLedger || !m.ours(right.ID):
		m.violated("right %d of %s was removed, and it was never ours", right.ID, right.AssigneeEmail)
		return
	case right.RoleID != kisi.RoleBasic || right.AppliesToType != "Group" || right.AssigneeType != "User":
		m.violated("a right of a wrong kind was removed: %+v", right)
	case m.run == nil:
		m.violated("right %d of %s was removed outside of a run", right.ID, right.AssigneeEmail)
		return
	}
	m.taken[right.ID] = true
	m.run.removed[right.AppliesToID]++
	weak := true
	links := m.links()
	for id := range m.run.roster {
		if id == entry.MemberID || links[id] == right.AssigneeID {
			weak = false
		}
	}
	if !m.mapped(right.AppliesToID) && entry.MemberID == "" {
		weak = false
	}
	if weak {
		m.run.weak++
	} else {
		m.run.strong++
	}
	if (m.mapped(right.AppliesToID) || entry.MemberID != "") && !m.evident(right, entry, links) {
		m.violated("%s lost group %d without evidence (made for %s)", right.AssigneeEmail, right.AppliesToID, entry.MemberID)
	}
	m.checkLeftOut(right, entry, links)
}

// evident: on some day of the run, by some picture of it, nobody behind the right deserved it and nothing was unclear.
func (m *model) evident(right kisi.Right, entry access.LedgerEntry, links map[string]int64) bool {
	for _, seen := range m.run.pictures {
		behind := m.behind(seen, right.AssigneeID, entry.MemberID, links, false)
		if len(behind) == 0 {
			if m.missing[entry.MemberID] >= 1 && !m.run.roster[entry.MemberID] && m.run.notFound[entry.MemberID] {
				return true
			}
			continue
		}
		for _, day := range m.days() {
			deserved := slices.ContainsFunc(behind, func(id string) bool {
				groups, unclear := seen.deserves(id, day, m.run.associations)
				return unclear || slices.Contains(groups, right.AppliesToID)
			})
			if !deserved {
				return true
			}
		}
	}
	return false
}

// checkLeftOut: who deserves some group all through the run never loses their last right.
func (m *model) checkLeftOut(right kisi.Right, entry access.LedgerEntry, links map[string]int64) {
	if m.run.byHand[right.AssigneeID] {
		return
	}
	for _, other := range m.rights {
		if other.AssigneeID == right.AssigneeID && other.AppliesToType == "Group" && m.mapped(other.AppliesToID) {
			return
		}
	}
	deserves := func(id string) bool {
		for _, seen := range m.run.pictures {
			for _, day := range m.days() {
				groups, _ := seen.deserves(id, day, m.run.associations)
				if len(groups) == 0 { // also a group that Kisi no longer has: the old right stays until the admin chose another
					return false
				}
			}
		}
		return true
	}
	for _, id := range m.behind(m.run.pictures[0], right.AssigneeID, entry.MemberID, links, false) {
		if deserves(id) {
			m.violated("%s deserves a group and was left without any right when group %d went", id, right.AppliesToID)
		}
	}
}

// stands: the group is still there.
func (m *model) stands(group int64) bool {
	return slices.ContainsFunc(m.doors.Groups(), func(g kisi.Group) bool { return g.ID == group })
}

// behind are the members for whom a Kisi user stands. Where two readings are possible, loosely takes both.
func (m *model) behind(seen picture, userID int64, madeFor string, links map[string]int64, loosely bool) []string {
	inKisi := map[string][]int64{}
	for _, user := range m.users {
		folded := kisi.FoldEmail(user.Email)
		inKisi[folded] = append(inKisi[folded], user.ID)
	}
	addresses := map[string][]int64{} // the users to whom members of an address are linked
	for id, member := range seen.members {
		folded, user := kisi.FoldEmail(member.Email), links[id]
		if id == madeFor {
			user = userID
		}
		if user != 0 && !slices.Contains(addresses[folded], user) {
			addresses[folded] = append(addresses[folded], user)
		}
	}
	var found []string
	for id, member := range seen.members {
		folded := kisi.FoldEmail(member.Email)
		among := slices.Contains(addresses[folded], userID)
		switch {
		case id == madeFor, links[id] == userID:
			found = append(found, id)
		case folded == "", links[id] != 0 && !loosely:
		case slices.Contains(inKisi[folded], userID), among && (loosely || len(inKisi[folded]) == 0 && len(addresses[folded]) == 1):
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return found
}

// checkGuard counts what the run took without an approval.
func (m *model) checkGuard(record store.Run, failed error) {
	if m.run.approved {
		return
	}
	base := max(len(m.run.ours), 1)
	usual := access.DefaultLimits()
	if m.run.weak > usual.WeakCount && m.run.weak*100 > usual.WeakPercent*base {
		m.violated("guard: %d of %d rights went on weak evidence, unasked", m.run.weak, base)
	}
	if m.run.strong > usual.StrongCount && m.run.strong*100 > usual.StrongPercent*base {
		m.violated("guard: %d of %d rights went on strong evidence, unasked", m.run.strong, base)
	}
	if m.run.handed || record.Failed > 0 || failed != nil {
		return
	}
	before, left := map[int64]int{}, map[int64]int{}
	for _, entry := range m.run.ours {
		before[entry.GroupID]++
	}
	for _, right := range m.rights {
		if right.AppliesToType == "Group" {
			left[right.AppliesToID]++
		}
	}
	for group, removed := range m.run.removed {
		if m.mapped(group) && removed > 0 && before[group] >= usual.EmptyGroup && left[group] == 0 {
			m.violated("guard: group %d was emptied, unasked", group)
		}
	}
}

// checkBook compares the ledger with the shadow book.
func (m *model) checkBook() {
	ledger := m.ledger()
	pending := map[access.RightKey]bool{}
	m.view(func(tx *store.Tx) error {
		intents, err := tx.Intents()
		for _, intent := range intents {
			if intent.Kind == store.IntentGrant {
				pending[access.RightKey{GroupID: intent.GroupID, UserID: intent.UserID}] = true
			}
		}
		return err
	})
	for id, entry := range ledger {
		if !m.ours(id) {
			m.violated("the ledger holds right %d of %s, which is not ours", id, entry.Email)
		}
	}
	for id, key := range m.made {
		_, there := m.rights[id]
		if _, listed := ledger[id]; there && !listed && !pending[key] {
			m.violated("right %d of user %d in group %d is an orphan", id, key.UserID, key.GroupID)
		}
	}
}

// inForce are the ledger's rights that Kisi has.
func (m *model) inForce() map[int64]access.LedgerEntry {
	ledger := m.ledger()
	maps.DeleteFunc(ledger, func(id int64, _ access.LedgerEntry) bool {
		_, there := m.rights[id]
		return !there
	})
	return ledger
}
