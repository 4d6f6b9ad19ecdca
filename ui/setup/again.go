package setup

import (
	"slices"
)

// entries are the states at which the set-up can be gone through again, and what has to be known already to begin there.
// What stands before is believed as it is stored; what stands at the step and after it is asked again, with what is stored as
// the default.
func entries() []entry {
	return []entry{
		{StepGymflow, AskAddress, func(Facts) bool { return true }},
		{StepKey, AskKey, func(f Facts) bool { return hasAddress(f) && hasToken(f) && f.Draft.GymflowName != "" }},
		{StepPlace, LoadPlaces, func(f Facts) bool { return hasKey(f) && f.Draft.Key.UserID != 0 }},
		{StepAssociate, LoadChoices, func(f Facts) bool { return hasPlace(f) && hasZone(f) }},
		{StepReview, LoadReview, func(f Facts) bool { return hasUnlocking(f) && opensSome(f) }},
	}
}

type entry struct {
	step  Step
	state State
	known func(Facts) bool
}

// opensSome is hasAssociations before the choices are read.
func opensSome(facts Facts) bool {
	for _, association := range facts.Draft.Associations {
		if association.GroupID != 0 {
			return true
		}
	}
	return false
}

// Entries lists the steps at which Facts.From can enter, in their order: each whose earlier steps are all answered.
func Entries(facts Facts) []Step {
	var steps []Step
	for _, entry := range entries() {
		if !entry.known(facts) {
			break
		}
		steps = append(steps, entry.step)
	}
	return steps
}

// enterFrom begins at the step of Facts.From, or at the last one before it that can be entered. Back leads to the earlier
// steps.
func enterFrom(facts Facts) Facts {
	facts.Resuming, facts.AskAll = false, true
	facts.KeyAccepted = facts.Draft.Key.UserID != 0
	facts.FoundKey = facts.Draft.Key
	begin := AskAddress
	open := Entries(facts)
	for _, entry := range entries() {
		if slices.Contains(open, entry.step) && entry.step <= facts.From {
			begin = entry.state
		}
	}
	rows := table()
	for _, row := range rows[:order(rows, begin)] {
		if row.answered == nil || fromFile(facts) && row.state == AskToken || !fromFile(facts) && row.state == AskRoster || row.state == WarnKey || row.state == AskPeople || row.state == AskZone && len(zonesKnown(facts)) == 1 {
			continue
		}
		facts.History = append(facts.History, row.state)
	}
	return enter(facts, begin)
}

// readFirst is the work without which a question has nothing to choose from: places and choices are not stored, so Back
// into their questions reads them first.
func readFirst(facts Facts, target State) State {
	switch {
	case target == AskRoster && facts.Roster == nil:
		return ReadRoster
	case target == AskPlace && facts.Places == nil:
		return LoadPlaces
	case target == AskAssociations && facts.Choices == nil:
		return LoadChoices
	}
	return target
}
