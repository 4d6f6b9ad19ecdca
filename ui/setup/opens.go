package setup

import (
	"kisiflow/reconcile"
	"kisiflow/ui/words"
)

// OpensFor says how many members the choices so far would open doors for today. Who holds two memberships is counted
// with each, so with more than one membership that opens the number is the most it can be.
func OpensFor(choices *reconcile.Choices, groups map[string]int64) string {
	if choices == nil {
		return ""
	}
	if !opensAny(groups) {
		return "opens no doors yet"
	}
	total, counted, doorless := 0, 0, 0
	for _, membership := range choices.Memberships {
		id, answered := groups[membership.ID]
		if !answered || id == 0 {
			continue
		}
		if group, known := groupOf(choices, id); !known || group.LocksCount == 0 {
			doorless += membership.Opening
			continue
		}
		total += membership.Opening
		if membership.Opening > 0 {
			counted++
		}
	}
	most := ""
	if counted > 1 {
		most = "up to "
	}
	if choices.Members > 0 {
		total = min(total, choices.Members)
	}
	text := "opens doors for " + most + words.Count(total, "member") + " today"
	if doorless > 0 {
		text += ", for " + words.Number(doorless) + " a group without doors"
	}
	return text
}
