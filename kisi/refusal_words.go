package kisi

import (
	"fmt"
	"maps"
	"slices"
)

// Refusal is why a door stayed shut, and what mends it, in sentences for the admin. Mends is "" where only Kisi's own words
// are known.
type Refusal struct {
	Why   string
	Mends string
}

// RefusalOf turns the error code of an unlock event into sentences. A code that is not known is shown with Kisi's own words
// as they came.
func RefusalOf(code, message string) Refusal {
	if known, found := refusals()[code]; found {
		return known
	}
	switch {
	case message != "" && code != "":
		return Refusal{Why: fmt.Sprintf("Kisi says: %s (code %s)", message, code)}
	case message != "":
		return Refusal{Why: "Kisi says: " + message}
	case code != "":
		return Refusal{Why: fmt.Sprintf("Kisi gave only the code %s", code)}
	}
	return Refusal{Why: "Kisi gave no reason"}
}

// RefusalCodes are the codes that RefusalOf has words for.
func RefusalCodes() []string { return slices.Sorted(maps.Keys(refusals())) }

// refusals is the table of kisi-api.md section 13; that a code has this cause is inferred there from Kisi's message for it.
func refusals() map[string]Refusal {
	noRight := Refusal{"They had no access right to this door at that time.",
		"If they should have one now: check this member. A sync gives what the rules say."}
	invalid := Refusal{"Their access right had dates that Kisi does not accept.",
		"In Kisi, take this right away; the next sync gives one without dates if the rules say so."}
	tooFar := Refusal{"The phone was too far from the door, or did not tell where it is.",
		"The member switches the phone's location on and tries again at the door. The group's geofence in Kisi decides."}
	noReader := Refusal{"The phone was not held at the reader of this door.",
		"The member holds the phone at the reader, with Bluetooth on. The group's reader restriction in Kisi decides."}
	hardware := Refusal{"The door's controller or reader did not answer.",
		"Look at the door's hardware in Kisi: power, network, and whether it is shown as online."}
	return map[string]Refusal{
		"fcd8ff": {"Their access is suspended in Kisi: no door opens.",
			"In Kisi, open the user and enable access, if they may come in. kisiflow never lifts a suspension."},
		"fcd8ef": noRight,
		"afc496": noRight,
		"f358de": {"Their access right was not valid yet.", "Its first day is in Kisi, at the user's access rights."},
		"f35ade": {"Their access right was not valid any more.",
			"In Kisi, take the old right away; the next sync gives a new one if the rules say so."},
		"f398de": invalid,
		"f298bf": invalid,
		"34ffaa": {"The access group was outside its hours.", "They come within the group's hours, or the schedule is changed in Kisi."},
		"a3995f": tooFar,
		"bbb99f": tooFar,
		"a3799f": tooFar,
		"bb4faa": noReader,
		"bb5bff": noReader,
		"34bd8f": {"It was not their primary phone.", "Have the primary device reset in Gymflow or in Kisi, and sign in again on the phone they use."},
		"f01337": {"Opening by app is switched off for their access group.", "In Kisi, switch app access on for the group, or give them a card."},
		"bbc93f": {"This door opens only by a tap of the phone at the reader.", "The member taps the reader in place of pressing unlock in the app."},
		"fad001": {"The door was locked down.", "In Kisi, end the lockdown of the door."},
		"fad002": {"The place was locked down.", "In Kisi, end the lockdown of the place."},
		"faa9ff": {"The card is not activated.", "In Kisi, activate the card or assign it to the member again."},
		"fac001": hardware,
		"fac002": hardware,
		"fac003": hardware,
		"fac004": hardware,
		"ff420a": hardware,
		"fad108": hardware,
	}
}
