package line

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"kisiflow/kisi"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// associate lets the person give memberships their groups, one after the other, and go on with Enter.
func (w *wizard) associate(ctx context.Context, question setup.Question) (setup.Answer, error) {
	a := &associating{wizard: w, question: question, groups: maps.Clone(question.Chosen)}
	w.warn(question.Warnings)
	if question.Notice == "" { // after the notice the list has just been read out
		a.list()
	}
	for {
		text, err := w.choice(ctx, "Number of a membership to change, s to take the suggestions, l for the list, Enter to go on")
		if err != nil {
			return setup.Answer{Groups: a.groups}, err
		}
		number, isNumber := strconv.Atoi(text)
		switch {
		case text == "":
			return setup.Answer{Move: setup.Submit, Groups: a.groups}, nil
		case strings.EqualFold(text, "s"):
			a.takeSuggestions()
		case strings.EqualFold(text, "l"):
			a.list()
		case isNumber == nil && number >= 1 && number <= len(question.Choices.Memberships):
			if err := a.change(ctx, number-1); err != nil {
				return setup.Answer{Groups: a.groups}, err
			}
		default:
			w.sayf("Type a number from 1 to %d, s, l, or press Enter.", len(question.Choices.Memberships))
		}
	}
}

type associating struct {
	*wizard
	question setup.Question
	groups   map[string]int64 // answers so far; a membership without one counts as no access
}

func (a *associating) list() {
	for i, membership := range a.question.Choices.Memberships {
		name := words.Clean(membership.Name)
		if membership.Archived {
			name += " (no longer sold)"
		}
		a.sayf("%d. %s, %s: %s.", i+1, name, words.Count(membership.Members, "member"), a.state(membership.ID))
	}
}

// state says what a membership opens so far.
func (a *associating) state(membership string) string {
	if group, answered := a.groups[membership]; answered {
		if group == 0 {
			return "no access"
		}
		return "opens " + a.groupName(group)
	}
	if group, suggested := a.question.Suggested[membership]; suggested {
		return "not answered, suggested " + a.groupName(group)
	}
	return "not answered, so no access"
}

func (a *associating) group(id int64) (kisi.Group, bool) {
	for _, group := range a.question.Choices.Groups {
		if group.ID == id {
			return group, true
		}
	}
	return kisi.Group{}, false
}

func (a *associating) groupName(id int64) string {
	group, known := a.group(id)
	if !known {
		return "group " + strconv.FormatInt(id, 10)
	}
	return words.Clean(group.Name)
}

func (a *associating) takeSuggestions() {
	if len(a.question.Suggested) == 0 {
		a.say("There are no suggestions.")
		return
	}
	for _, membership := range a.question.Choices.Memberships {
		group, suggested := a.question.Suggested[membership.ID]
		if _, answered := a.groups[membership.ID]; suggested && !answered {
			a.groups[membership.ID] = group
		}
	}
	a.list()
}

// change asks for the group of one membership.
func (a *associating) change(ctx context.Context, index int) error {
	membership := a.question.Choices.Memberships[index]
	labels := []string{"No access"}
	chosen, answered := a.groups[membership.ID]
	if !answered {
		chosen = a.question.Suggested[membership.ID]
	}
	preset := 0
	for i, group := range a.question.Choices.Groups {
		where := ""
		if group.PlaceID == 0 {
			where = ", of the whole organization"
		}
		labels = append(labels, words.Clean(group.Name)+where+", "+words.Count(group.LocksCount, "door")+", "+words.Count(group.UsersCount, "person"))
		if group.ID == chosen {
			preset = i + 1
		}
	}
	number, err := a.pick(ctx, "Access group for "+words.Clean(membership.Name), labels, 0, preset)
	if err != nil {
		if isBack(err) {
			return nil // back from the group is back to the list of memberships
		}
		return err
	}
	if number == 0 {
		a.groups[membership.ID] = 0
	} else {
		group := a.question.Choices.Groups[number-1]
		a.groups[membership.ID] = group.ID
		a.warn(setup.GroupWarnings(group))
	}
	a.sayf("%s: %s.", words.Clean(membership.Name), a.state(membership.ID))
	return nil
}
