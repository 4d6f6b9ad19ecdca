package setup

import (
	"slices"
	"strings"
	"unicode"

	"kisiflow/reconcile"
)

// suggest proposes a group where the names match, for memberships that have no answer yet. It is never taken unasked.
func suggest(choices *reconcile.Choices, answered map[string]int64) map[string]int64 {
	suggested := map[string]int64{}
	if choices == nil {
		return suggested
	}
	for _, membership := range choices.Memberships {
		if _, has := answered[membership.ID]; has || membership.Archived && membership.Members == 0 {
			continue
		}
		if group := matching(choices, membership.Name); group != 0 {
			suggested[membership.ID] = group
		}
	}
	return suggested
}

// matching is the one group whose name is the membership's, or is contained in it (or the other way round) word by word,
// or shares a telling word with it; 0 when there is none or more than one. A group without doors is never proposed.
func matching(choices *reconcile.Choices, name string) int64 {
	wanted := wordsOf(name)
	for _, matches := range []func(group []string) bool{
		func(group []string) bool { return slices.Equal(group, wanted) },
		func(group []string) bool { return contains(wanted, group) || contains(group, wanted) },
		func(group []string) bool { return slices.ContainsFunc(telling(group), isIn(telling(wanted))) },
	} {
		var found []int64
		for _, group := range choices.Groups {
			if name := wordsOf(group.Name); group.LocksCount > 0 && len(telling(name)) > 0 && matches(name) {
				found = append(found, group.ID)
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0]
		}
		return 0
	}
	return 0
}

func isIn(all []string) func(string) bool {
	return func(word string) bool { return slices.Contains(all, word) }
}

// contains reports that part stands in whole, word by word.
func contains(whole, part []string) bool {
	for at := 0; len(part) > 0 && at+len(part) <= len(whole); at++ {
		if slices.Equal(whole[at:at+len(part)], part) {
			return true
		}
	}
	return false
}

// wordsOf splits a name into words in small letters; "Off-peak" and "Off Peak" are the same.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// telling leaves out the words that half of all names have.
func telling(name []string) []string {
	var kept []string
	for _, word := range name {
		switch word {
		case "access", "all", "and", "annual", "club", "day", "door", "doors", "for", "full", "group", "gym", "hour", "hours", "member", "members",
			"membership", "memberships", "month", "monthly", "monthlies", "of", "only", "pass", "plan", "the", "time", "week", "weekly", "year", "yearly":
			continue
		}
		if len([]rune(word)) >= 4 {
			kept = append(kept, word)
		}
	}
	return kept
}
