package line

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kisiflow/ui/words"
)

// shownOptions is how many choices are read out at once; a list that is longer is searched by typing.
const shownOptions = 15

// quoted is what somebody typed, as it is said again where it was no answer. A long word may be a secret that was pasted at
// the wrong question, so it is not said.
func quoted(text string) string {
	const longest = 24
	text = words.Clean(text)
	if len(text) > longest && !strings.ContainsAny(text, " /") {
		return "What you typed"
	}
	return `"` + words.Fit(text, 60) + `"`
}

// pick asks for one of the numbered labels; the first has the number first. preset below first: Enter alone is no answer.
// The question says the numbers and what Enter takes, so that it stands alone.
func (d *dialogue) pick(ctx context.Context, label string, labels []string, first, preset int) (int, error) {
	last := first + len(labels) - 1
	d.options(labels, first, "")
	prompt := fmt.Sprintf("%s, a number from %d to %d", label, first, last)
	if preset >= first {
		name := labels[preset-first]
		for _, end := range []string{", ", ": ", ". "} { // what follows is about it
			name, _, _ = strings.Cut(name, end)
		}
		prompt += fmt.Sprintf(", Enter for %d, %s", preset, strings.TrimSuffix(name, "."))
	}
	for {
		text, err := d.choice(ctx, prompt)
		if err != nil {
			return 0, err
		}
		number, isNumber := strconv.Atoi(text)
		switch {
		case text == "" && preset >= first:
			return preset, nil
		case isNumber == nil && number >= first && number <= last:
			return number, nil
		case text == "":
			d.sayf("Enter alone is no answer here. Type a number from %d to %d.", first, last)
		case isNumber == nil:
			d.sayf("%s is not one of the choices. Type a number from %d to %d.", text, first, last)
		default:
			d.options(labels, first, text)
		}
	}
}

// options reads out the labels that hold a text.
func (d *dialogue) options(labels []string, first int, filter string) {
	count := 0
	for i, text := range labels {
		if !matches(text, filter) {
			continue
		}
		if count++; count <= shownOptions {
			d.sayf("%d. %s", i+first, text)
		}
	}
	switch {
	case count == 0:
		d.sayf("Nothing is called %s. Type a number, or another part of a name.", quoted(filter))
	case count > shownOptions:
		d.sayf("And %s more. Type a part of a name to find one, or its number.", words.Number(count-shownOptions))
	}
}

// whole asks for a whole number; Enter keeps the one in force.
func (d *dialogue) whole(ctx context.Context, label string, now, least, most int) (int, error) {
	prompt := fmt.Sprintf("%s, from %d to %d, Enter for %d", label, least, most, now)
	for {
		text, err := d.choice(ctx, prompt)
		if err != nil || text == "" {
			return now, err
		}
		number, err := strconv.Atoi(text)
		if err == nil && number >= least && number <= most {
			return number, nil
		}
		d.sayf("%s is not a whole number from %d to %d.", quoted(text), least, most)
	}
}

// typed asks for words that confirm. Enter alone, or no, does not; anything else is asked again.
func (d *dialogue) typed(ctx context.Context, prompt, asked string) (bool, error) {
	for {
		text, err := d.choice(ctx, prompt)
		switch given := strings.ToLower(strings.Join(strings.Fields(text), " ")); {
		case err != nil:
			return false, err
		case given == strings.ToLower(strings.Join(strings.Fields(asked), " ")):
			return true, nil
		case slices.Contains([]string{"", "n", "no"}, given):
			return false, nil
		}
		d.sayf("%s is not it. Type exactly %s, or press Enter to leave everything as it is.", quoted(text), asked)
	}
}
