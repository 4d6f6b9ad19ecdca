package line

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// settings asks what to look at or change.
func (l *live) settings(ctx context.Context) error {
	number, err := l.pick(ctx, "Which", []string{
		"Change which membership opens which access group", "Hear the settings", "Enter a new Kisi API key",
	}, 1, 1)
	if err != nil {
		return err
	}
	switch number {
	case 1:
		return l.associations(ctx)
	case 2:
		found, err := readStatus(l.state)
		if err != nil {
			return err
		}
		l.printSettings(found.settings)
		l.say("The other settings are changed in the live view, under Settings.")
		return nil
	}
	return l.replaceKey(ctx)
}

// printSettings says what is in force, without any secret.
func (l *live) printSettings(settings store.Settings) {
	l.sayf("Gymflow: %s, at %s.", named(settings.GymflowName), words.Clean(settings.GymflowURL))
	l.sayf("Kisi place: %s. Days are those of %s.", named(settings.PlaceName), words.Clean(settings.Zone))
	role := words.Clean(settings.Key.RoleName)
	if settings.Key.Owner {
		role = "the owner"
	}
	l.sayf("Kisi API key: of %s, %s of %s.", named(settings.Key.UserName), cmp.Or(role, "role unknown"), named(settings.Key.OrganizationName))
	for _, warning := range append(setup.KeyWarnings(settings.Key), settings.Key.Problems...) {
		l.say("Warning: ", words.Clean(warning))
	}
	if settings.Unlocking == store.Invited {
		l.say("Members unlock with Kisi's app. Kisi sends each new person an e-mail.")
	} else {
		l.say("Members unlock with the gym's own app, a card or a link. Kisi sends no e-mails.")
	}
	if settings.GraceDays > 0 {
		l.sayf("After a missed payment, access stays for %s.", words.Count(settings.GraceDays, "day"))
	}
	limits := settings.Limits.Bounded()
	l.sayf("Removals wait for your approval when more than %d and more than %d percent would lose access, or %d and %d percent where members are only missing, "+
		"or when a group with %d or more would be left empty.",
		limits.StrongCount, limits.StrongPercent, limits.WeakCount, limits.WeakPercent, limits.EmptyGroup)
	if settings.Disabled() {
		l.sayf("kisiflow is switched off since %s, by %s: nothing is synced.", words.When(settings.DisabledAt, l.now(), l.zone), named(settings.DisabledBy))
	}
}

// replaceKey takes a new key when it opens the same organization and place; otherwise the stored one stays.
func (l *live) replaceKey(ctx context.Context) error {
	l.say("Make the new key in Kisi (web.kisi.io), signed in as the organization's owner: your name at the top right, then My Account, API, Add API Key.")
	text, err := l.text(ctx, "New API key (Enter keeps the stored one)", true)
	if err != nil || strings.TrimSpace(text) == "" {
		return err
	}
	key, problem := setup.ReadKey(text)
	if problem != "" {
		l.say("Problem: ", problem)
		return nil
	}
	l.say("Checking the key.")
	found, err := l.engine.ReplaceKey(ctx, string(key))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		l.say("Problem: ", strings.TrimSuffix(sentenceCase(words.Clean(strings.ReplaceAll(err.Error(), string(key), key.String()))), "."), ". The stored key stays.")
		return nil
	}
	l.say(fmt.Sprintf("The key of %s is in force.", named(found.UserName)))
	for _, warning := range setup.KeyWarnings(found) {
		l.say("Warning: ", words.Clean(warning))
	}
	return nil
}
