package line

import (
	"cmp"
	"context"

	"kisiflow/store"
	"kisiflow/ui/words"
)

// switchOff asks what becomes of the access rights, and for the place's name: it stops everything, or shuts out everybody.
func (l *live) switchOff(ctx context.Context) error {
	found, err := readStatus(l.state)
	if err != nil {
		return err
	}
	l.sayf("What becomes of %s that kisiflow keeps?", words.Count(found.ours, "access right"))
	number, err := l.pick(ctx, "To switch off", []string{"Take all of them back.", "Leave them open.", "Do not switch off."}, 1, 3)
	switch {
	case err != nil:
		return err
	case number == 3:
		return errBack
	}
	return l.disable(ctx, number == 1)
}

func (l *live) takeBack(ctx context.Context) error { return l.disable(ctx, true) }

func (l *live) disable(ctx context.Context, takeBack bool) error {
	found, err := readStatus(l.state)
	if err != nil {
		return err
	}
	l.say(words.SwitchedOff(found.ours, takeBack))
	asked := cmp.Or(words.Clean(found.settings.PlaceName), "SWITCH OFF")
	sure, err := l.typed(ctx, "Type "+asked+" to do it, Enter to leave everything as it is", asked)
	if err != nil || !sure {
		return orBack(err)
	}
	before, err := runsSoFar(l.state)
	if err != nil {
		return err
	}
	if err := l.engine.Disable(l.terminal.By, takeBack); err != nil {
		l.say("Problem: it is not switched off. ", problemWords(err))
		return nil
	}
	if !takeBack || found.ours == 0 {
		l.say("The integration is switched off. The access rights stay as they are.")
		return nil
	}
	l.say("The integration is switched off. Its access rights are taken back now.")
	run, err := l.follow(ctx, l.state, before, "take back")
	if err != nil {
		return err
	}
	PrintRun(l, run)
	return nil
}

func (l *live) switchOn(ctx context.Context) error {
	l.say("The next sync brings Kisi in step again, and asks before it takes much away.")
	if err := l.warnOfMails(); err != nil {
		return err
	}
	sure, err := l.typed(ctx, "Type yes to switch the integration on, Enter to leave it off", "yes")
	if err != nil || !sure {
		return orBack(err)
	}
	if err := l.engine.Enable(l.terminal.By); err != nil {
		l.say("Problem: it is not switched on. ", problemWords(err))
		return nil
	}
	l.say("The integration is on. A sync is asked for.")
	return l.syncNow(ctx)
}

// warnOfMails says that a sync sends e-mails, where people are invited.
func (l *live) warnOfMails() error {
	settings, err := l.inForce()
	if err == nil && settings.Unlocking == store.Invited {
		l.say("Warning: the sync also gives what is due, and Kisi sends an e-mail to each person who is new there. That cannot be taken back.")
	}
	return err
}
