package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"kisiflow/store"
)

// The bounds of what the settings screen may set beside the guard's numbers (access.Limits.Bounded) and the age of data
// (staleAfter).
const (
	mostGraceDays = 60
	leastRate     = 0.2
	mostRate      = 5.0 // kisi-api.md section 12: 5 requests a second and user
)

// ChangeSettings changes the settings in force and journals what changed, each in words, in one transaction. What change
// asks for beyond the bounds is brought within them. The organization, the place, the key and the associations are not
// changed here: that is the wizard's, Confirm's and ReplaceKey's.
func (e *Engine) ChangeSettings(by string, change func(*store.Settings)) error {
	now := e.options.Now()
	return e.store.Update(func(tx *store.Tx) error {
		before, set, err := tx.Settings()
		if err != nil {
			return err
		}
		if !set {
			return ErrNotSetUp
		}
		wanted := before
		change(&wanted)
		after := before
		after.GraceDays = min(max(wanted.GraceDays, 0), mostGraceDays)
		after.Limits = wanted.Limits.Bounded()
		if wanted.StaleAfter != before.StaleAfter {
			after.StaleAfter = wanted.StaleAfter
			after.StaleAfter = staleAfter(after)
		}
		if wanted.Rate != before.Rate {
			after.Rate = min(max(wanted.Rate, leastRate), mostRate)
		}
		if wanted.Unlocking == store.Managed || wanted.Unlocking == store.Invited {
			after.Unlocking = wanted.Unlocking
		}
		told := settingsChanges(before, after)
		if len(told) == 0 {
			return nil
		}
		return errors.Join(tx.PutSettings(after), journal(tx, store.Entry{
			At: now, Kind: store.SetChanged, By: cmp.Or(by, e.options.By),
			Before: settingsWords(told, 0), After: settingsWords(told, 1),
		}))
	})
}

// settingsChanges names what differs: before and after.
func settingsChanges(before, after store.Settings) [][2]string {
	var told [][2]string
	tell := func(was, is string) {
		if was != is {
			told = append(told, [2]string{was, is})
		}
	}
	tell(graceWords(before), graceWords(after))
	tell(limitWords(before), limitWords(after))
	tell("data may be "+inHours(staleAfter(before))+" old", "data may be "+inHours(staleAfter(after))+" old")
	tell(rateWords(before), rateWords(after))
	tell("members "+string(before.Unlocking), "members "+string(after.Unlocking))
	return told
}

func graceWords(settings store.Settings) string {
	return fmt.Sprintf("%d days of grace", settings.GraceDays)
}

func limitWords(settings store.Settings) string {
	limits := limitsOf(settings)
	return fmt.Sprintf("guard at %d and %d %%, missing %d and %d %%, empty group %d",
		limits.StrongCount, limits.StrongPercent, limits.WeakCount, limits.WeakPercent, limits.EmptyGroup)
}

func rateWords(settings store.Settings) string {
	return fmt.Sprintf("%.1f requests a second", cmp.Or(settings.Rate, usualRate))
}

func settingsWords(told [][2]string, side int) string {
	words := make([]string, len(told))
	for i, one := range told {
		words[i] = one[side]
	}
	return strings.Join(words, "; ")
}
