package line

import (
	"context"
	"fmt"
	"strings"

	"kisiflow/access"
	"kisiflow/store"
	"kisiflow/ui/words"
)

// membersPage is how many members are read out at once.
const membersPage = 20

// memberJournal is how much of a member's past is read out.
const memberJournal = 20

func (l *live) rows() (rows []access.Row, err error) {
	err = l.state.View(func(tx *store.Tx) error {
		rows, _, err = tx.Standings()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the members: %w", err)
	}
	return rows, nil
}

// members reads the list out by pages; a word narrows it down.
func (l *live) members(ctx context.Context) error {
	rows, err := l.rows()
	if err != nil {
		return err
	}
	l.say(CountWords(rows))
	var found []access.Row
	for len(found) == 0 {
		text, err := l.choice(ctx, "Which members: part of a name or e-mail, or a reason like paused, Enter for all")
		if err != nil {
			return err
		}
		if found = filterRows(rows, text); len(rows) == 0 {
			l.say("There are no members yet.")
			return nil
		} else if len(found) == 0 {
			l.sayf("Nobody fits %s.", quoted(text))
		}
	}
	for at := 0; at < len(found); at += membersPage {
		end := min(at+membersPage, len(found))
		for i := at; i < end; i++ {
			l.sayf("%d. %s", i+1, l.memberLine(&found[i]))
		}
		if end == len(found) {
			l.sayf("That is all, %s.", words.Count(len(found), "member"))
		}
		if err := l.memberOrMore(ctx, found, end); err != nil {
			return err
		}
	}
	return nil
}

// memberOrMore takes numbers of members to explain until Enter asks for more.
func (l *live) memberOrMore(ctx context.Context, found []access.Row, end int) error {
	prompt := "Number of a member for the reasons, Enter for more, b to go back"
	if end == len(found) {
		prompt = "Number of a member for the reasons, Enter to go back"
	}
	for {
		text, err := l.choice(ctx, prompt)
		if err != nil || text == "" {
			return err
		}
		numbers, understood := ranges(text, end)
		if !understood || len(numbers) != 1 {
			l.sayf("%s is not one number from 1 to %d.", quoted(text), end)
			continue
		}
		if err := l.page(ctx, found[numbers[0]-1]); err != nil && !isBack(err) {
			return err
		}
	}
}

func (l *live) memberLine(row *access.Row) string {
	parts := []string{named(row.Name)}
	if names := membershipNames(row); names != "" {
		parts = append(parts, words.Clean(names))
	}
	parts = append(parts, string(row.Standing))
	if label := reasonLabel(row.Reason); label != "" {
		parts = append(parts, label)
	}
	if !row.Since.IsZero() {
		parts = append(parts, "since "+words.When(row.Since, l.now(), l.zone))
	}
	if next := nextWords(row, l.now()); next != "" {
		parts = append(parts, "access "+next)
	}
	return strings.Join(parts, ", ") + "."
}

// filterRows finds by standing or reason where the text is one, else by name, e-mail or id.
func filterRows(rows []access.Row, text string) []access.Row {
	var found []access.Row
	for _, row := range rows {
		if strings.EqualFold(string(row.Standing), text) || row.Reason != nil && strings.EqualFold(row.Reason.Label(), text) {
			found = append(found, row)
		}
	}
	if len(found) > 0 {
		return found
	}
	for _, row := range rows {
		if matches(words.Clean(row.Name), text) || matches(row.Email, text) || row.ID == text {
			found = append(found, row)
		}
	}
	return found
}

// explain asks for a member and reads out the page.
func (l *live) explain(ctx context.Context) error {
	rows, err := l.rows()
	if err != nil {
		return err
	}
	for {
		text, err := l.choice(ctx, "Part of the member's name or e-mail, or the member id, Enter to go back")
		if err != nil || text == "" {
			return err
		}
		found := called(rows, text)
		switch len(found) {
		case 0:
			l.sayf("Nobody is called %s.", quoted(text))
			continue
		case 1:
			return l.page(ctx, found[0])
		}
		labels := make([]string, len(found))
		for i := range found {
			labels[i] = named(found[i].Name) + ", " + words.Clean(found[i].Email)
		}
		number, err := l.pick(ctx, "Which member", labels, 1, 0)
		if err != nil {
			return err
		}
		return l.page(ctx, found[number-1])
	}
}

// called finds the one with this id or whole e-mail, else all whose name or e-mail holds the text.
func called(rows []access.Row, text string) []access.Row {
	var found []access.Row
	for _, row := range rows {
		if row.ID == text || strings.EqualFold(row.Email, text) {
			return []access.Row{row}
		}
		if matches(words.Clean(row.Name), text) || matches(row.Email, text) {
			found = append(found, row)
		}
	}
	return found
}
