package setup

import (
	"kisiflow/reconcile"
	"kisiflow/ui/words"
)

// OpensFor says how many members the choices so far would open doors for today, each counted once.
func OpensFor(choices *reconcile.Choices, groups map[string]int64) string {
	if choices == nil {
		return ""
	}
	if !opensAny(groups) {
		return "opens no doors yet"
	}
	total, doorless := OpenToday(choices, groups)
	text := "opens doors for " + words.Count(total, "member") + " today"
	if doorless > 0 {
		text += ", puts " + words.Number(doorless) + " in a group without doors"
	}
	return text
}

// OpenToday counts the members for whom the choices so far would open a door today, and those who would only come into groups
// without doors.
func OpenToday(choices *reconcile.Choices, groups map[string]int64) (total, doorless int) {
	for _, set := range choices.Opening {
		switch inGroup, opens := reaches(choices, groups, set.Memberships); {
		case opens:
			total += set.Members
		case inGroup:
			doorless += set.Members
		}
	}
	return total, doorless
}

// reaches tells whether somebody with these memberships comes into any group, and into one with doors.
func reaches(choices *reconcile.Choices, groups map[string]int64, memberships []string) (inGroup, opens bool) {
	for _, id := range memberships {
		if groups[id] == 0 {
			continue
		}
		group, known := groupOf(choices, groups[id])
		inGroup = true
		opens = opens || known && group.LocksCount > 0
	}
	return inGroup, opens
}
