package words

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// The sentences in which settings are said, for both fronts.

// Key says whose key it is.
func Key(key store.KeyFacts) string {
	if key.UserID == 0 {
		return "not checked yet."
	}
	role := Clean(key.RoleName)
	if key.Owner {
		role = "owner"
	}
	told := Clean(key.UserName)
	if key.UserEmail != "" {
		told += " (" + Clean(key.UserEmail) + ")"
	}
	if role != "" {
		told += ", " + role
	}
	if key.OrganizationName != "" {
		told += " of " + Clean(key.OrganizationName)
	}
	return told + "."
}

// KeyUse says what kind of key it is, and when it was used and looked at. "" when nothing is known.
func KeyUse(key store.KeyFacts, when func(time.Time) string) string {
	told := ""
	switch key.LoginType {
	case "":
	case "api":
		told = "An API key"
	default:
		told = "The sign-in of a " + Clean(key.LoginType)
	}
	switch {
	case told == "":
	case key.Expires:
		told += " that expires."
	default:
		told += " that does not expire by its date."
	}
	if !key.LastUsedAt.IsZero() {
		told += " Last used " + when(key.LastUsedAt) + "."
	}
	if !key.CheckedAt.IsZero() {
		told += " Checked " + when(key.CheckedAt) + "."
	}
	return told
}

// Unlocking says how members open the doors.
func Unlocking(unlocking store.Unlocking) string {
	if unlocking == store.Invited {
		return "Invited: an e-mail from Kisi, and Kisi's own app."
	}
	return "Managed: no e-mail from Kisi; the gym's app, a card or a link."
}

// Rate is the number of requests a second; the usual one where none is set.
func Rate(rate float64) string {
	const usual = 4
	return strconv.FormatFloat(cmp.Or(rate, usual), 'f', -1, 64)
}

// Requests says how gently Kisi is asked.
func Requests(rate float64) string {
	return "At most " + Rate(rate) + " a second. Kisi allows 5 to the key's person in all."
}

// Grace says what an overdue invoice does.
func Grace(days int) string {
	if days > 0 {
		return "Access stays for " + Count(days, "day") + " after an invoice fell due."
	}
	return "Access ends at once when an invoice is overdue, as in Gymflow."
}

// StaleHours is how old Gymflow's data may be; a day where nothing is set.
func StaleHours(after time.Duration) int {
	const usual = 24 * time.Hour
	return int(cmp.Or(after, usual) / time.Hour)
}

// OldData says what becomes of removals on old data.
func OldData(after time.Duration) string {
	return "Nobody loses access on Gymflow data older than " + Count(StaleHours(after), "hour") + "."
}

// Removals says from when on removals wait.
func Removals(limits access.Limits) string {
	limits = limits.Bounded()
	return fmt.Sprintf("More than %d, and more than %d %% of all, wait for your approval.", limits.StrongCount, limits.StrongPercent)
}

// Missing says the same of members who are only missing.
func Missing(limits access.Limits) string {
	limits = limits.Bounded()
	return fmt.Sprintf("The same where members only vanished: more than %d and %d %%.", limits.WeakCount, limits.WeakPercent)
}

// LastOnes says from how many on a group is not emptied.
func LastOnes(limits access.Limits) string {
	return fmt.Sprintf("Emptying a group of %d or more waits for your approval too.", limits.Bounded().EmptyGroup)
}

// Days says in which time zone dates are days.
func Days(settings store.Settings) string {
	return "Dates are days in " + Clean(cmp.Or(settings.Zone, settings.PlaceZone, settings.GymflowZone, "no time zone")) + "."
}

// SwitchedOff says what switching off does to the access rights that are kisiflow's.
func SwitchedOff(rights int, takeBack bool) string {
	ours := Count(rights, "access right")
	if takeBack {
		are := " are"
		if rights == 1 {
			are = " is"
		}
		return "Syncing stops, and " + ours + are + " taken away: these members get through no door any more. Rights that are not kisiflow's stay."
	}
	stay := " stay"
	if rights == 1 {
		stay = " stays"
	}
	return "Syncing stops. " + ours + stay + " open, also when a membership ends, until somebody removes them in Kisi."
}
