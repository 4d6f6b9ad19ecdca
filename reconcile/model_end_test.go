package reconcile

import (
	"slices"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// checkNobodyOut: who deserves a group is in it, unless the design says why not: no e-mail, a word that nobody knows (of the
// member or of somebody with the same e-mail), a group that is gone or held, a right that was removed by hand twice.
func (m *model) checkNobodyOut() {
	now, today := m.picture(), dayOf(time.Now(), m.zone)
	links := m.links()
	withheld := m.withheld()
	var lost map[access.RightKey]int
	m.view(func(tx *store.Tx) (err error) { lost, err = tx.Lost(); return err })
	for id, member := range now.members {
		groups, _ := now.deserves(id, today, m.settings.Associations)
		if len(groups) == 0 || member.Email == "" && links[id] == 0 {
			continue
		}
		users := m.usersOf(now, member, links)
		if slices.ContainsFunc(users, func(user int64) bool { return m.unclear(now, user, links, today) }) {
			continue
		}
		for _, group := range groups {
			if !m.stands(group) || withheld[group] {
				continue
			}
			in := slices.ContainsFunc(users, func(user int64) bool {
				return lost[access.RightKey{GroupID: group, UserID: user}] >= 2 || m.hasRight(user, group)
			})
			if !in {
				m.violated("%s (%s, users %v) deserves group %d and has no right", id, member.Email, users, group)
			}
		}
	}
}

// withheld are the groups in which nothing is done until the admin says more. That somebody else writes there is asked about
// too, and holds nothing.
func (m *model) withheld() map[int64]bool {
	withheld := map[int64]bool{}
	m.view(func(tx *store.Tx) error {
		questions, err := tx.Questions()
		for _, question := range questions {
			if question.MemberID == "" && question.GroupID != 0 && !strings.Contains(question.Text, "Somebody else changes who is in") {
				withheld[question.GroupID] = true
			}
		}
		return err
	})
	return withheld
}

// usersOf are the Kisi users that a member may be.
func (m *model) usersOf(seen picture, member gymflow.Member, links map[string]int64) (users []int64) {
	if user := links[member.ID]; user != 0 {
		users = append(users, user)
	}
	for _, user := range m.users {
		if member.Email != "" && kisi.SameEmail(user.Email, member.Email) {
			users = append(users, user.ID)
		}
	}
	for id, other := range seen.members {
		if user := links[id]; user != 0 && member.Email != "" && kisi.SameEmail(other.Email, member.Email) {
			users = append(users, user)
		}
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// unclear: somebody behind the user has a status that nobody knows.
func (m *model) unclear(seen picture, user int64, links map[string]int64, day gymflow.Date) bool {
	return slices.ContainsFunc(m.behind(seen, user, "", links, true), func(id string) bool {
		_, unclear := seen.deserves(id, day, m.settings.Associations)
		return unclear
	})
}

func (m *model) hasRight(user, group int64) bool {
	for _, right := range m.rights {
		if right.AppliesToType == "Group" && right.AssigneeType == "User" && right.AssigneeID == user && right.AppliesToID == group {
			return true
		}
	}
	return false
}

// checkNobodyIn: every right of ours is deserved by somebody behind it, unless somebody there is unclear, the group is held,
// or it is the last right of somebody who waits for another group.
func (m *model) checkNobodyIn() {
	now, today := m.picture(), dayOf(time.Now(), m.zone)
	links, withheld := m.links(), m.withheld()
	for id, entry := range m.inForce() {
		if withheld[entry.GroupID] || m.unclear(now, entry.UserID, links, today) {
			continue
		}
		behind := m.behind(now, entry.UserID, entry.MemberID, links, true)
		if m.rights[id].AssigneeID != entry.UserID {
			continue
		}
		fine := slices.ContainsFunc(behind, func(member string) bool {
			groups, unclear := now.deserves(member, today, m.settings.Associations)
			elsewhere := len(groups) > 0 && !slices.ContainsFunc(groups, func(group int64) bool { return m.hasRight(entry.UserID, group) })
			return unclear || elsewhere || slices.Contains(groups, entry.GroupID)
		})
		if !fine {
			m.violated("%s is still in group %d (right %d, made for %s) and nobody behind it deserves that: %v", entry.Email, entry.GroupID, id, entry.MemberID, behind)
		}
	}
}
