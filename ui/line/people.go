package line

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kisiflow/access"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

func isBack(err error) bool { return errors.Is(err, errBack) }

// shownNames is how many names are read out before asking whether to go on.
const shownNames = 20

// people asks who is taken over; everybody is, unless their number is typed.
func (w *wizard) people(ctx context.Context, question setup.Question) (setup.Answer, error) {
	adoptable := question.Preview.Adoptable
	left := maps.Clone(question.Left)
	for i, foreign := range adoptable {
		if i == shownNames {
			w.sayf("And %d more; type l for all.", len(adoptable)-shownNames)
			break
		}
		w.person(question, i, foreign, left)
	}
	prompt := fmt.Sprintf("People to leave alone, or to take over after all, numbers from 1 to %d like 2 5-7, l for the list, o for the others, Enter to go on", len(adoptable))
	if len(adoptable) == 0 {
		prompt = "People already there: o to hear who they are, Enter to go on"
	}
	for {
		text, err := w.choice(ctx, prompt)
		if err != nil {
			return setup.Answer{Leave: leftOf(adoptable, left)}, err
		}
		switch strings.ToLower(text) {
		case "":
			return setup.Answer{Move: setup.Submit, Leave: leftOf(adoptable, left)}, nil
		case "l":
			for i, foreign := range adoptable {
				w.person(question, i, foreign, left)
			}
		case "o":
			for _, foreign := range question.Preview.Others {
				w.sayf("%s, in %s, is left alone.", named(foreign.Name), groupIn(question, foreign.GroupID))
			}
		default:
			numbers, understood := ranges(text, len(adoptable))
			if !understood {
				w.sayf("%s is no answer here.", quoted(text))
				continue
			}
			for _, number := range numbers {
				id := adoptable[number-1].Right.ID
				left[id] = !left[id]
				w.person(question, number-1, adoptable[number-1], left)
			}
		}
	}
}

func (w *wizard) person(question setup.Question, index int, foreign access.Foreign, left map[int64]bool) {
	what := "is taken over"
	if left[foreign.Right.ID] {
		what = "is left alone"
	}
	w.sayf("%d. %s, in %s, %s.", index+1, named(foreign.Name), groupIn(question, foreign.GroupID), what)
}

func leftOf(adoptable []access.Foreign, left map[int64]bool) []int64 {
	ids := []int64{}
	for _, foreign := range adoptable {
		if left[foreign.Right.ID] {
			ids = append(ids, foreign.Right.ID)
		}
	}
	return ids
}

func groupIn(question setup.Question, id int64) string {
	for _, group := range question.Preview.Groups {
		if group.GroupID == id {
			return words.Clean(group.Name)
		}
	}
	return "group " + strconv.FormatInt(id, 10)
}

func named(name string) string {
	if name = words.Clean(name); name == "" {
		return "somebody without a name"
	}
	return name
}

// ranges reads "2 5-7" or "2,5-7"; each number from 1 to most, once.
func ranges(text string, most int) (numbers []int, understood bool) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		from, until, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		last := first
		if isRange && err == nil {
			last, err = strconv.Atoi(until)
		}
		if err != nil || first < 1 || last > most || first > last {
			return nil, false
		}
		for number := first; number <= last; number++ {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), len(numbers) > 0
}
