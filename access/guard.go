package access

import (
	"fmt"
	"maps"
	"slices"
)

// Guard weighs the removals of the whole plan before the first write. Moves count as removals too.
func Guard(state State, plan Plan, limits Limits) Verdict {
	c := lookUp(state)
	limits = limits.Bounded()
	verdict := Verdict{}
	ours := map[int64]int{} // by group: our rights in force before the run
	for _, entry := range c.ledger {
		if _, listed := c.byRight[entry.RightID]; listed {
			verdict.Ledger++
			ours[entry.GroupID]++
		}
	}
	for _, revoke := range plan.Revokes {
		if revoke.Evidence == Weak {
			verdict.Weak++
		} else {
			verdict.Strong++
		}
	}
	if exceeds(verdict.Weak, limits.WeakCount, limits.WeakPercent, verdict.Ledger) {
		verdict.Reasons = append(verdict.Reasons, fmt.Sprintf(
			"%d rights would go because their members are missing from Gymflow: more than %d, and more than %d %% of the %d rights of ours.",
			verdict.Weak, limits.WeakCount, limits.WeakPercent, verdict.Ledger))
	}
	if exceeds(verdict.Strong, limits.StrongCount, limits.StrongPercent, verdict.Ledger) {
		verdict.Reasons = append(verdict.Reasons, fmt.Sprintf(
			"%d rights would go because of what Gymflow says or what was changed here: more than %d, and more than %d %% of the %d rights of ours.",
			verdict.Strong, limits.StrongCount, limits.StrongPercent, verdict.Ledger))
	}
	verdict.Reasons = append(verdict.Reasons, c.emptied(plan, ours, limits)...)
	verdict.Hold = len(verdict.Reasons) > 0
	return verdict
}

// exceeds: both the number and the percentage (design.md 5.5).
func exceeds(removals, count, percent, ledger int) bool {
	return removals > count && removals*100 > percent*ledger
}

// emptied names the groups in which nobody at all would be left: neither ours, nor a manager, nor anybody else.
func (c *comparison) emptied(plan Plan, ours map[int64]int, limits Limits) []string {
	removed, given := map[int64]int{}, map[int64]int{}
	for _, revoke := range plan.Revokes {
		if _, listed := c.byRight[revoke.Entry.RightID]; listed {
			removed[revoke.Entry.GroupID]++
		}
	}
	for _, grant := range plan.Grants {
		given[grant.GroupID]++
	}
	var reasons []string
	for _, group := range slices.Sorted(maps.Keys(removed)) {
		if ours[group] < limits.EmptyGroup || c.state.Confirmed[group] {
			continue
		}
		if len(c.state.Rights[group])-removed[group]+given[group] > 0 {
			continue
		}
		reasons = append(reasons, fmt.Sprintf("%s would be emptied: it has %d rights of ours, and nobody would be left.",
			c.groupName(group), ours[group]))
	}
	return reasons
}
