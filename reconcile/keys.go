package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// How often Loop looks at the key by itself, and how soon again when Kisi could not be reached.
const (
	keyCheckEvery = 24 * time.Hour
	keyCheckRetry = time.Hour
)

// problemsOf is what is wrong with a key that works today. That it is not the owner's, or expires, every screen says from
// the facts themselves.
func problemsOf(health kisi.Health) []string {
	var problems []string
	if err := mayWork(health); err != nil {
		problems = append(problems, sentence(err.Error()))
	}
	if health.Login.Type == "device" {
		problems = append(problems, "The Kisi key is the sign-in of a phone or browser of "+cleanName(health.User.Name)+
			", and ends when they sign out there. Make an API key (My Account > API > Add API Key) and enter it: kisiflow setup.")
	}
	return problems
}

// KeyWarnings says what may end the key's life one day, for every screen; none for an API key that the owner made. Such a key
// works today and dies without a word (kisi-api.md trap 18).
func KeyWarnings(key store.KeyFacts) []string {
	var warnings []string
	if !key.Owner && (key.UserID != 0 || key.UserName != "") {
		whose := cmp.Or(cleanName(key.UserName), "somebody")
		if role := cleanName(key.RoleName); role != "" {
			whose += " (role: " + role + ")"
		}
		warnings = append(warnings, "The Kisi key belongs to "+whose+", who is not the organization's owner. When that person loses "+
			"their rights or leaves, the key stops working and nobody's access is kept in step any more.")
	}
	if key.LoginType != "" && key.LoginType != "api" {
		warnings = append(warnings, "The Kisi key is the login of a "+cleanName(key.LoginType)+", not an API key. It ends when that login is signed out. "+
			"Make an API key instead: My Account > API > Add API Key.")
	}
	if key.Expires {
		warnings = append(warnings, "The Kisi key expires when it is not used for a while. An API key that does not expire is safer: "+
			"My Account > API > Add API Key.")
	}
	return warnings
}

// keyQuestions are the last check's problems, for whoever must decide.
func keyQuestions(key store.KeyFacts) []access.Question {
	var questions []access.Question
	for _, problem := range key.Problems {
		questions = append(questions, access.Question{Reason: access.Failed, Text: problem})
	}
	return questions
}

// KeyDeath says whose key died, when, of what, and what to do; "" while it works. Status, doctor and the screens show it.
func KeyDeath(key store.KeyFacts, zone *time.Location) string {
	if key.DiedAt.IsZero() {
		return ""
	}
	whose := "The Kisi key"
	if key.UserName != "" {
		whose += " of " + cleanName(key.UserName)
	}
	if key.RoleName != "" {
		whose += " (" + cleanName(key.RoleName) + ")"
	}
	if zone == nil {
		zone = time.Local
	}
	return fmt.Sprintf("%s stopped working on %s. %s", whose, key.DiedAt.In(zone).Format("2 Jan 2006 15:04"), sentence(key.DiedWhy))
}

// storeKeyLife notes in the settings that the key died, or that it works after all. Only a change is written.
func storeKeyLife(tx *store.Tx, cause error, now time.Time) error {
	died := isAny(cause, kisi.ErrUnauthorized, kisi.ErrForbidden)
	if cause != nil && !died {
		return nil
	}
	settings, set, err := tx.Settings()
	if err != nil || !set || died != settings.Key.DiedAt.IsZero() {
		return err
	}
	if died {
		settings.Key.DiedAt, settings.Key.DiedWhy = now, sentence(cause.Error())
	} else {
		settings.Key.DiedAt, settings.Key.DiedWhy = time.Time{}, ""
	}
	return tx.PutSettings(settings)
}

// checkStoredKey looks at the key in force and stores what it finds. A key that was replaced meanwhile is left alone.
func (e *Engine) checkStoredKey(ctx context.Context) error {
	known, set, err := e.recall()
	if err != nil || !set {
		return err
	}
	services, err := e.connectKisi(known.to, known.settings.Rate)
	if err != nil {
		return err
	}
	defer services.close()
	health, failure := services.kisi.Health(ctx)
	if failure != nil && !isAny(failure, kisi.ErrUnauthorized, kisi.ErrForbidden) {
		return failure // Kisi can't be reached: that says nothing about the key
	}
	now := e.options.Now()
	return e.store.Update(func(tx *store.Tx) error {
		current, err := tx.Secret(store.KisiKey)
		if err != nil || current != known.to.KisiKey {
			return err
		}
		if failure != nil {
			return storeKeyLife(tx, explainKisi(failure), now)
		}
		settings, set, err := tx.Settings()
		if err != nil || !set {
			return err
		}
		found := FactsOfKey(health, now)
		if was := settings.Key.OrganizationID; otherOrganization(was, found.OrganizationID) {
			return nil // the next run refuses it and says why
		}
		settings.Key = found
		return tx.PutSettings(settings)
	})
}

// ReplaceKey puts another Kisi key in force. It must work, and open the same organization and the stored place: in another
// one the ledger's ids mean nothing. A key that is refused is an error of kisi's kind with a sentence.
func (e *Engine) ReplaceKey(ctx context.Context, key string) (store.KeyFacts, error) {
	known, set, err := e.recall()
	if err != nil {
		return store.KeyFacts{}, err
	}
	if !set {
		return store.KeyFacts{}, ErrNotSetUp
	}
	to := known.to
	to.KisiKey = strings.TrimSpace(key)
	health, err := e.CheckKey(ctx, to)
	if err != nil {
		return store.KeyFacts{}, err
	}
	found := FactsOfKey(health, e.options.Now())
	if err := e.sameOrganizationAndPlace(ctx, to, known.settings, found); err != nil {
		return store.KeyFacts{}, err
	}
	return found, e.store.Update(func(tx *store.Tx) error {
		settings, set, err := tx.Settings()
		if err != nil {
			return err
		}
		if !set {
			return ErrNotSetUp
		}
		before := settings.Key
		settings.FormerKeyUsers = formerKeyUsers(settings, found)
		settings.Key = found
		return errors.Join(
			tx.PutSettings(settings),
			tx.PutSecret(store.KisiKey, to.KisiKey),
			journal(tx, store.Entry{
				At: e.options.Now(), Kind: store.KeyReplaced, By: e.options.By, Before: keyWords(before), After: keyWords(found),
				Evidence: "The new key opens the same organization and place.",
			}))
	})
}

func (e *Engine) sameOrganizationAndPlace(ctx context.Context, to Access, settings store.Settings, found store.KeyFacts) error {
	if was := settings.Key; otherOrganization(was.OrganizationID, found.OrganizationID) {
		return fmt.Errorf("%w: this key opens the organization %s, but this integration belongs to %s. "+
			"Enter a key of that organization, or set the other one up under another profile (kisiflow --profile NAME). The stored key stays",
			kisi.ErrForbidden, cleanName(found.OrganizationName), cleanName(was.OrganizationName))
	}
	services, err := e.connectKisi(to, settings.Rate)
	if err != nil {
		return err
	}
	defer services.close()
	_, err = services.kisi.Place(ctx, settings.PlaceID)
	if isAny(err, kisi.ErrNotFound, kisi.ErrForbidden) {
		return fmt.Errorf("%w: the key of %s does not open the place %s. Give that person the place in Kisi, or enter the owner's key. The stored key stays",
			kisi.ErrForbidden, cleanName(found.UserName), cleanName(settings.PlaceName))
	}
	return explainKisi(err)
}

// formerKeyUsers adds the person whose key is replaced.
func formerKeyUsers(before store.Settings, found store.KeyFacts) []int64 {
	former := slices.Clone(before.FormerKeyUsers)
	if was := before.Key.UserID; was != 0 && was != found.UserID && !slices.Contains(former, was) {
		former = append(former, was)
	}
	return former
}

func keyWords(key store.KeyFacts) string {
	if key.UserName == "" {
		return "key"
	}
	words := "key of " + cleanName(key.UserName)
	if key.RoleName != "" {
		words += " (" + cleanName(key.RoleName) + ")"
	}
	return words
}
