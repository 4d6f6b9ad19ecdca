package line

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/words"
)

// page reads out one member, and asks what to do about them.
func (l *live) page(ctx context.Context, row access.Row) error {
	if err := l.readOut(row); err != nil {
		return err
	}
	for {
		text, err := l.choice(ctx, named(row.Name)+": check to look at both sides anew, unlocks for the last unlocks, override to decide outside the rules, Enter to go back")
		if err != nil {
			return err
		}
		switch strings.ToLower(text) {
		case "":
			return nil
		case "check", "c":
			err = l.check(ctx, row)
		case "unlocks", "u":
			err = l.unlocks(ctx, row)
		case "override", "o":
			err = l.override(ctx, row)
		default:
			l.sayf("%s is no answer here.", quoted(text))
		}
		if err != nil && !isBack(err) {
			return err
		}
	}
}

func (l *live) readOut(row access.Row) error {
	var member gymflow.Member
	var memberships []gymflow.Membership
	var entries []store.Entry
	var override access.Override
	err := l.state.View(func(tx *store.Tx) (err error) {
		if member, _, err = tx.Member(row.ID); err != nil {
			return err
		}
		if memberships, err = tx.Memberships(); err != nil {
			return err
		}
		overrides, err := tx.Overrides()
		if err != nil {
			return err
		}
		override = overrides[row.ID]
		entries, err = tx.Journal(0, memberJournal, row.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the member: %w", err)
	}
	PrintExplain(l, row, member, memberships, entries, l.now())
	if override.Kind != "" && override.Kind != access.Follow {
		text := "Outside the rules: " + words.Clean(reconcile.OverrideWords(override)) + ", by " + named(override.By)
		if note := words.Clean(override.Note); note != "" {
			text += ", note: " + note
		}
		l.say(text, ".")
	}
	return nil
}

// check looks at both sides for this one member; it changes nothing.
func (l *live) check(ctx context.Context, row access.Row) error {
	checked, err := l.engine.CheckMember(ctx, row.ID, func(step reconcile.Step) {
		l.sayf("%d. %s: %s.", step.Number, words.Clean(step.Title), string(step.State))
		for _, found := range step.Lines {
			l.say(sentenceCase(string(found.State)), ": ", words.Clean(found.Text))
		}
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		l.say("Problem: ", sentenceCase(words.Clean(err.Error())), ".")
	case checked.Mends:
		l.say("A sync would mend this. It is choice 5 in the menu.")
	}
	return nil
}

// unlocks reads out the last attempts at the doors.
func (l *live) unlocks(ctx context.Context, row access.Row) error {
	l.say("Asking Kisi for the last unlocks.")
	found, err := l.engine.LastUnlocks(ctx, row.ID)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		l.say("Problem: ", sentenceCase(words.Clean(err.Error())), ".")
	default:
		PrintUnlocks(l, found, l.now())
	}
	return nil
}

// override asks how to decide about one member outside the rules.
func (l *live) override(ctx context.Context, row access.Row) error {
	kinds := []access.OverrideKind{access.Allow, access.Block, access.Follow}
	number, err := l.pick(ctx, "What is to hold for "+named(row.Name), []string{
		"Allow until a date, whatever the rules say", "Block, whatever the rules say", "Follow the rules again",
	}, 1, 0)
	if err != nil {
		return err
	}
	override := access.Override{MemberID: row.ID, Kind: kinds[number-1], By: l.terminal.By}
	if override.Kind == access.Allow {
		if override.Until, err = l.day(ctx); err != nil {
			return err
		}
	}
	if override.Note, err = l.text(ctx, "Why, for the record (Enter for nothing)", false); err != nil {
		return err
	}
	told, err := l.engine.Override(override, false)
	if errors.Is(err, reconcile.ErrPastDay) || errors.Is(err, reconcile.ErrNoMember) {
		l.say("Problem: ", sentenceCase(words.Clean(err.Error())), ".")
		return nil
	}
	if err != nil {
		return err
	}
	if override.Kind == access.Allow {
		if err := l.warnOfMails(); err != nil {
			return err
		}
	}
	l.sayf("%s: %s, before: %s. A sync acts on it now.", named(told.Name), words.Clean(told.After), words.Clean(told.Before))
	if told.Released > 0 {
		l.say("What an undo held for this member, or somebody removed by hand in Kisi, no longer stands in the way.")
	}
	return l.syncNow(ctx)
}

// day asks for the last day of access.
func (l *live) day(ctx context.Context) (gymflow.Date, error) {
	for {
		text, err := l.choice(ctx, "Until which day, that day included, like 2026-12-31")
		if err != nil {
			return gymflow.Date{}, err
		}
		day, err := gymflow.ParseDate(text)
		switch {
		case err != nil || day.IsZero():
			l.sayf("%s is not a date. Write it like 2026-12-31.", quoted(text))
		case day.Before(gymflow.DateOf(l.now())):
			l.sayf("%s is over. Write today or a later day.", quoted(text))
		default:
			return day, nil
		}
	}
}
