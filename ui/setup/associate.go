package setup

import (
	"maps"
	"slices"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/ui/words"
)

const missingGroup = "A group is missing? Make it in Kisi (web.kisi.io > Groups > Add group), give it doors, then read again here with r. " +
	"What you chose stays."

func askLoadChoices(facts Facts) Question {
	from := "Gymflow"
	if fromFile(facts) {
		from = named(facts.Draft.GymflowName, "the roster file")
	}
	return Question{
		Title: "Reading memberships and access groups",
		Body: []string{
			"Reading from " + from + " who holds which membership, and from Kisi the access groups of " + named(facts.Draft.PlaceName, "the place") + ".",
		},
	}
}

func takeChoices(facts Facts, answer Answer) (Facts, string) {
	choices := answer.Result.Choices
	switch {
	case choices == nil || len(choices.Memberships) == 0:
		if fromFile(facts) {
			return facts, "The roster file names no membership. Export the members with what each has bought, then try again."
		}
		return facts, "Gymflow lists no memberships yet. Add what the gym sells in Gymflow, then try again."
	case len(choices.Groups) == 0:
		return facts, "Kisi has no access group for this place. Make one in Kisi (web.kisi.io > Groups > Add group), give it doors, then try again."
	}
	shown := *choices
	shown.Memberships = slices.Clone(choices.Memberships)
	for _, association := range facts.Draft.Associations {
		if association.GroupID != 0 && !slices.ContainsFunc(shown.Memberships, isMembership(association.MembershipID)) {
			// Gymflow no longer lists it, but somebody may still hold it: it stays as it is until the admin says otherwise.
			gone := reconcile.MembershipFacts{}
			gone.ID, gone.Name, gone.Archived = association.MembershipID, association.MembershipName, true
			shown.Memberships = append(shown.Memberships, gone)
		}
	}
	facts.Choices = &shown
	return facts, ""
}

func isMembership(id string) func(reconcile.MembershipFacts) bool {
	return func(membership reconcile.MembershipFacts) bool { return membership.ID == id }
}

func groupOf(choices *reconcile.Choices, id int64) (kisi.Group, bool) {
	if choices == nil || id == 0 {
		return kisi.Group{}, false
	}
	at := slices.IndexFunc(choices.Groups, func(group kisi.Group) bool { return group.ID == id })
	if at < 0 {
		return kisi.Group{}, false
	}
	return choices.Groups[at], true
}

// chosen gives the answers so far that still stand: of memberships and groups that are there.
func chosen(facts Facts) map[string]int64 {
	groups := map[string]int64{}
	if facts.Choices == nil {
		return groups
	}
	for _, association := range facts.Draft.Associations {
		if !slices.ContainsFunc(facts.Choices.Memberships, isMembership(association.MembershipID)) {
			continue
		}
		if _, known := groupOf(facts.Choices, association.GroupID); known || association.GroupID == 0 {
			groups[association.MembershipID] = association.GroupID
		}
	}
	return groups
}

// hasAssociations: every membership is answered, and at least one opens a group that is there. Choices that were kept
// without having been submitted leave memberships open, so that the step is asked again.
func hasAssociations(facts Facts) bool {
	groups := chosen(facts)
	return opensAny(groups) && facts.Choices != nil && len(groups) == len(facts.Choices.Memberships)
}

func opensAny(groups map[string]int64) bool {
	for _, group := range groups {
		if group != 0 {
			return true
		}
	}
	return false
}

func askAssociations(facts Facts) Question {
	question := Question{
		Title: "Which membership opens which access group?",
		Body: []string{
			"A membership that is not associated opens nothing. The others open their group while they are active, not paused, and paid.",
			missingGroup,
		},
		Choices: facts.Choices,
		Chosen:  chosen(facts),
	}
	question.Suggested = proposals(facts, question.Chosen)
	for _, association := range facts.Draft.Associations {
		if _, known := groupOf(facts.Choices, association.GroupID); !known && association.GroupID != 0 {
			question.Warnings = append(question.Warnings, "The access group "+named(association.GroupName, "that was chosen")+" of "+
				named(association.MembershipName, "a membership")+" is not there any more. Choose another.")
		}
	}
	question.Warnings = append(question.Warnings, chosenWarnings(facts.Choices, question.Chosen)...)
	return question
}

// chosenWarnings are those of the chosen groups, each group once, in the order of the list.
func chosenWarnings(choices *reconcile.Choices, groups map[string]int64) []string {
	if choices == nil {
		return nil
	}
	used := map[int64]bool{}
	for _, id := range groups {
		used[id] = true
	}
	var warnings []string
	for _, group := range choices.Groups {
		if used[group.ID] {
			warnings = append(warnings, GroupWarnings(group)...)
		}
	}
	return warnings
}

// GroupWarnings says what would keep people out although they are in the group.
func GroupWarnings(group kisi.Group) []string {
	var warnings []string
	name := named(group.Name, "This group")
	if group.LocksCount == 0 {
		warnings = append(warnings, name+" has no doors: being in it opens nothing.")
	}
	if !group.LoginEnabled {
		warnings = append(warnings, name+" has app access switched off: nobody in it can unlock with a phone.")
	}
	var restrictions []string
	for _, restriction := range []struct {
		on   bool
		what string
	}{
		{group.TimeRestricted, "time of day"},
		{group.GeofenceRestricted, "being near the door"},
		{group.ReaderRestricted, "being at the reader"},
		{group.PrimaryDeviceRestricted, "the primary phone"},
		{group.ManagedDeviceRestricted, "managed phones"},
		{group.TapToAccessRestricted, "tap to access"},
	} {
		if restriction.on {
			restrictions = append(restrictions, restriction.what)
		}
	}
	if len(restrictions) > 0 {
		warnings = append(warnings, name+" is restricted in Kisi to "+words.List(restrictions)+". kisiflow does not change that.")
	}
	return warnings
}

func takeAssociations(facts Facts, answer Answer) (Facts, string) {
	groups := answer.Groups
	if len(groups) == 0 {
		groups = chosen(facts)
	}
	if !inList(facts.Choices, groups) {
		return facts, "That membership or access group is not in the list. Choose from the list."
	}
	if !opensAny(groups) {
		suggested := proposals(facts, groups)
		switch {
		case len(suggested) == 0:
			return facts, "Nothing is chosen yet, so nobody would get access. Choose an access group for at least one membership."
		case !facts.Offered:
			facts = associate(facts, groups, false)
			facts.Offered = true
			facts.Notice = "Nothing is chosen yet. Press enter again to take the " + words.Count(len(suggested), "suggestion") +
				" shown, or choose yourself."
			return facts, ""
		}
		groups = maps.Clone(groups)
		maps.Copy(groups, suggested)
	}
	return associate(facts, groups, true), ""
}

// keepChosen takes along what was chosen so far without being submitted.
func keepChosen(facts Facts, answer Answer) Facts {
	switch {
	case facts.State == AskAssociations && answer.Groups != nil && inList(facts.Choices, answer.Groups):
		return associate(facts, answer.Groups, false)
	case facts.State == AskPeople && answer.Leave != nil && facts.People != nil:
		return leaveAlone(facts, answer.Leave)
	}
	return facts
}

// inList reports that all memberships and groups are among those to choose from.
func inList(choices *reconcile.Choices, groups map[string]int64) bool {
	if choices == nil {
		return false
	}
	for membership, group := range groups {
		if _, known := groupOf(choices, group); !known && group != 0 {
			return false
		}
		if !slices.ContainsFunc(choices.Memberships, isMembership(membership)) {
			return false
		}
	}
	return true
}

// associate writes the answers into the draft. all: what was not answered counts as no access.
func associate(facts Facts, groups map[string]int64, all bool) Facts {
	var associations []access.Association
	for _, membership := range facts.Choices.Memberships {
		id, answered := groups[membership.ID]
		if !answered && !all {
			continue
		}
		association := access.Association{MembershipID: membership.ID, MembershipName: membership.Name, GroupID: id}
		if group, known := groupOf(facts.Choices, id); known {
			association.GroupName = group.Name
		}
		associations = append(associations, association)
	}
	if !slices.Equal(associations, facts.Draft.Associations) {
		facts.Draft.Associations = associations
		facts = forgetPlan(facts)
	}
	return facts
}

func afterAssociations(facts Facts) State {
	if facts.Update && hasUnlocking(facts) {
		return LoadReview
	}
	return AskUnlocking
}
