package line

import (
	"context"
	"strconv"
	"strings"

	"kisiflow/store"
	"kisiflow/ui/words"
)

// setting is one line of the settings: what it is called, what is in force, and how to change it.
type setting struct {
	label  string
	now    string
	change func(context.Context) error
}

// settings reads out what is in force, and changes one after the other. The list is read once and on demand: nobody wants
// to hear it again after each change.
func (l *live) settings(ctx context.Context) error {
	for read := true; ; {
		found, err := readStatus(l.state)
		if err != nil {
			return err
		}
		all := l.allSettings(found)
		if read {
			l.say("Settings, and what is in force:")
			for i, one := range all {
				l.sayf("%d. %s: %s", i+1, one.label, one.now)
			}
		}
		last := strconv.Itoa(len(all))
		text, err := l.choice(ctx, "Setting to change, a number from 1 to "+last+", l for the list, Enter to go back")
		if err != nil || text == "" {
			return err
		}
		number, err := strconv.Atoi(text)
		switch read = strings.EqualFold(text, "l"); {
		case read:
		case err != nil || number < 1 || number > len(all):
			l.sayf("%s is not one of the settings. Type a number from 1 to %s.", quoted(text), last)
		default:
			if err := all[number-1].change(ctx); isBack(err) {
				l.say("It stays as it is.")
			} else if err != nil {
				return err
			}
		}
	}
}

// allSettings has the names and sentences that the full screen has, too.
func (l *live) allSettings(found status) []setting {
	settings := found.settings
	place := named(settings.PlaceName)
	if address := words.Clean(settings.PlaceAddress); address != "" {
		place += ", " + address
	}
	all := []setting{
		{"Associations", "which membership opens which access group.", l.associations},
		{"Key", words.Key(settings.Key), l.replaceKey},
		{"Gymflow", readFrom(settings), l.changeGymflow},
		{"Place", place + ". " + words.Days(settings), l.changePlace},
		{"Members", words.Unlocking(settings.Unlocking), l.changeUnlocking},
		{"Requests", words.Requests(settings.Rate), l.changeRate},
		{"Grace", words.Grace(settings.GraceDays), l.changeGrace},
		{"Old data", words.OldData(settings.StaleAfter), l.changeStale},
		{"Removals", words.Removals(settings.Limits), l.changeStrong},
		{"Missing", words.Missing(settings.Limits), l.changeWeak},
		{"Last ones", words.LastOnes(settings.Limits), l.changeEmpty},
		{"Set-up", "go through its steps again, from any of them on.", l.setUpAgain},
	}
	ours := words.Count(found.ours, "access right")
	if !settings.Disabled() {
		return append(all, setting{"Switch off", "stop syncing, and take back " + ours + " or leave them open.", l.switchOff})
	}
	since := "switched off " + words.When(settings.DisabledAt, l.now(), l.zone) + " by " + named(settings.DisabledBy) + ": nothing is synced."
	all = append(all, setting{"Switch on", since, l.switchOn})
	if found.ours > 0 {
		all = append(all, setting{"Take back", ours + " of kisiflow's " + isAre(found.ours) + " open still.", l.takeBack})
	}
	return all
}

// inForce gives the settings as they are now; another process may have changed them.
func (l *live) inForce() (settings store.Settings, err error) {
	err = l.state.View(func(tx *store.Tx) error {
		settings, _, err = tx.Settings()
		return err
	})
	return settings, err
}

// set changes the settings through the engine, which bounds and journals it.
func (l *live) set(label string, change func(*store.Settings), now func(store.Settings) string) error {
	before, err := l.inForce()
	if err == nil {
		err = l.engine.ChangeSettings(l.terminal.By, change)
	}
	if err != nil {
		l.say("Problem: it is not stored. ", problemWords(err))
		return nil
	}
	after, err := l.inForce()
	switch {
	case err != nil:
		return err
	case now(after) == now(before):
		l.sayf("It stays as it is. %s: %s", label, now(after))
	default:
		l.sayf("Stored. %s: %s It holds from the next sync on.", label, now(after))
	}
	return nil
}

// problemWords is an error as a sentence.
func problemWords(err error) string {
	return sentence(err.Error())
}

// readFrom is where the members come from.
func readFrom(settings store.Settings) string {
	if settings.Roster.Given() {
		return "the members are read from the file " + words.Clean(settings.Roster.Path) + "."
	}
	return named(settings.GymflowName) + ", at " + words.Clean(settings.GymflowURL) + "."
}

// changeGymflow and changePlace lead to where these are asked: they are no settings that change alone.
func (l *live) changeGymflow(ctx context.Context) error {
	return l.changeInSetUp(ctx, "Where the members are read from is asked for in the set-up.", 1)
}

func (l *live) changePlace(ctx context.Context) error {
	return l.changeInSetUp(ctx, "The place and its time zone are asked for in the set-up.", 3)
}
