package line

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"kisiflow/kisi"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// associate lets the person give memberships their groups, one after the other, and go on with Enter. Each choice is
// kept at once.
func (w *wizard) associate(ctx context.Context, question setup.Question) (setup.Answer, error) {
	a := &associating{wizard: w, question: question, groups: maps.Clone(question.Chosen)}
	w.warn(question.Warnings)
	if question.Notice == "" { // after the notice the list has just been read out
		a.list("")
	}
	for {
		text, err := w.choice(ctx, a.prompt())
		if err != nil {
			return setup.Answer{Groups: a.groups}, err
		}
		number, isNumber := strconv.Atoi(text)
		switch {
		case text == "":
			return setup.Answer{Move: setup.Submit, Groups: a.groups}, nil
		case strings.EqualFold(text, "s"):
			err = a.takeSuggestions()
		case strings.EqualFold(text, "l"):
			a.list("")
		case strings.EqualFold(text, "r"):
			w.shown = ""
			return setup.Answer{Move: setup.Retry, Groups: a.groups}, nil
		case isNumber == nil && number >= 1 && number <= len(question.Choices.Memberships):
			err = a.change(ctx, number-1)
		case isNumber == nil:
			w.sayf("%s is not one of the memberships. Type a number from 1 to %d.", text, len(question.Choices.Memberships))
		default:
			a.list(text)
		}
		if err != nil {
			return setup.Answer{Groups: a.groups}, err
		}
	}
}

// prompt names the suggestions only where there are any.
func (a *associating) prompt() string {
	suggestions := ""
	for membership := range a.question.Suggested {
		if _, answered := a.groups[membership]; !answered {
			suggestions = "s to take the suggestions, "
		}
	}
	return fmt.Sprintf("Membership to change, a number from 1 to %d, or part of a name to find one, %sr to read again, l for the list, Enter to go on",
		len(a.question.Choices.Memberships), suggestions)
}

type associating struct {
	*wizard
	question setup.Question
	groups   map[string]int64 // answers so far; a membership without one counts as no access
}

// keep stores the choices so far, so that a lost link loses none.
func (a *associating) keep() error {
	facts, _ := setup.Next(a.facts, setup.Answer{Move: setup.Keep, Groups: a.groups})
	return setup.Save(a.wizard.state, facts)
}

// list reads out the memberships whose name holds a text, and what all choices come to.
func (a *associating) list(filter string) {
	count := 0
	for i, membership := range a.question.Choices.Memberships {
		name := words.Clean(membership.Name)
		if !matches(name, filter) {
			continue
		}
		if count++; filter == "" && count > shownMemberships {
			continue
		}
		if membership.Archived {
			name += " (no longer sold)"
		}
		a.sayf("%d. %s, %s, would open doors for %s today: %s.", i+1, name, words.Count(membership.Members, "member"), words.Number(membership.Opening), a.state(membership.ID))
	}
	switch {
	case count == 0:
		a.sayf("No membership is called %s.", quoted(filter))
	case filter == "" && count > shownMemberships:
		a.sayf("And %s more. Type a part of a name to find one, or its number.", words.Number(count-shownMemberships))
	}
	a.total()
}

// shownMemberships is how many are read out at once; the others are found by name.
const shownMemberships = 40

func (a *associating) total() {
	a.say("So far: ", setup.OpensFor(a.question.Choices, a.groups), ".")
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

func (a *associating) takeSuggestions() error {
	if len(a.question.Suggested) == 0 {
		a.say("There are no suggestions.")
		return nil
	}
	for _, membership := range a.question.Choices.Memberships {
		group, suggested := a.question.Suggested[membership.ID]
		if _, answered := a.groups[membership.ID]; suggested && !answered {
			a.groups[membership.ID] = group
		}
	}
	a.list("")
	return a.keep()
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
		labels = append(labels, words.Clean(group.Name)+where+", "+words.Count(group.LocksCount, "door")+", "+words.Count(group.UsersCount, "person")+" in it")
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
	a.total()
	return a.keep()
}
