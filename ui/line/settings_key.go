package line

import (
	"context"
	"strings"
	"time"

	"kisiflow/reconcile"
	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// replaceKey says how the key is, and takes a new one when it opens the same organization and place; otherwise the stored
// one stays.
func (l *live) replaceKey(ctx context.Context) error {
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	l.say("The key in force: ", words.Key(settings.Key))
	if use := words.KeyUse(settings.Key, func(at time.Time) string { return words.When(at, l.now(), l.zone) }); use != "" {
		l.say(use)
	}
	if death := reconcile.KeyDeath(settings.Key, l.zone); death != "" {
		l.say("Problem: ", words.Clean(death))
	}
	for _, warning := range append(reconcile.KeyWarnings(settings.Key), settings.Key.Problems...) {
		l.say("Warning: ", words.Clean(warning))
	}
	l.say("To replace it, make a new key in Kisi (web.kisi.io), signed in as the organization's owner: your name at the top right, then My Account, API, Add API Key. ",
		"It is checked before it takes the old one's place.")
	for {
		text, err := l.text(ctx, "New Kisi API key, not shown, Enter to keep the stored one", true)
		if err != nil {
			return err
		}
		if strings.TrimSpace(text) == "" {
			l.say("The stored key stays.")
			return nil
		}
		key, problem := setup.ReadKey(text)
		if problem != "" {
			l.say("Problem: ", problem, " The stored key stays so far.")
			continue
		}
		if done, err := l.takeKey(ctx, key); done || err != nil {
			return err
		}
	}
}

// takeKey checks a key and puts it in force.
func (l *live) takeKey(ctx context.Context, key setup.SecretText) (done bool, err error) {
	l.say("Checking the key.")
	found, err := l.engine.ReplaceKey(ctx, string(key))
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		hidden := strings.ReplaceAll(err.Error(), string(key), key.String())
		l.say("Problem: ", strings.TrimSuffix(sentenceCase(words.Clean(hidden)), "."), ". The stored key stays so far.")
		return false, nil
	}
	l.say("The new key is in force: ", words.Key(found), " Delete the old one in Kisi.")
	for _, warning := range reconcile.KeyWarnings(found) {
		l.say("Warning: ", words.Clean(warning))
	}
	return true, nil
}
