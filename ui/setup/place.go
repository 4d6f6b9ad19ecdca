package setup

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kisiflow/kisi"
	"kisiflow/ui/words"
)

func askLoadPlaces(Facts) Question {
	return Question{Title: "Reading the places", Body: []string{"Asking Kisi for the places of this organization."}}
}

func takePlaces(facts Facts, answer Answer) (Facts, string) {
	places := answer.Result.Places
	if len(places) == 0 {
		return facts, "This organization has no place in Kisi yet, or the key may see none. Add the building in Kisi under Places, then try again."
	}
	facts.Places = sortedPlaces(places)
	place, found := placeOf(facts, facts.Draft.PlaceID)
	if !found {
		place = kisi.Place{}
	}
	if facts.Draft.PlaceID != 0 {
		facts = setPlace(facts, place)
	}
	return facts, ""
}

func sortedPlaces(places []kisi.Place) []kisi.Place {
	sorted := slices.Clone(places)
	slices.SortStableFunc(sorted, func(a, b kisi.Place) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return sorted
}

func placeOf(facts Facts, id int64) (kisi.Place, bool) {
	at := slices.IndexFunc(facts.Places, func(place kisi.Place) bool { return place.ID == id })
	if at < 0 || id == 0 {
		return kisi.Place{}, false
	}
	return facts.Places[at], true
}

func hasPlace(facts Facts) bool { return facts.Draft.PlaceID != 0 }

func askPlace(facts Facts) Question {
	question := Question{
		Title: "Which place?",
		Body: []string{
			keySentence(facts),
			"Choose the building whose doors the memberships open; its name is the one in Kisi under Places. A second place is set up with: kisiflow --profile NAME",
		},
		Label: "Place",
	}
	for _, place := range facts.Places {
		option := Option{ID: strconv.FormatInt(place.ID, 10), Label: named(place.Name, "Place "+strconv.FormatInt(place.ID, 10))}
		var details []string
		if address := words.Clean(place.Address); address != "" {
			details = append(details, address)
		}
		details = append(details, words.Count(place.LocksCount, "door"))
		if zone := words.Clean(place.TimeZone); zone != "" {
			details = append(details, zone)
		} else {
			details = append(details, "no time zone")
		}
		option.Detail = strings.Join(details, " · ")
		switch {
		case place.LockedDown:
			option.Warning = "Locked down in Kisi: no door opens until that is lifted."
		case place.LocksCount == 0:
			option.Warning = "It has no doors yet."
		}
		question.Options = append(question.Options, option)
	}
	if len(question.Options) > 0 { // the first at which a door can open
		fit := slices.IndexFunc(question.Options, func(option Option) bool { return option.Warning == "" })
		question.Default = question.Options[max(0, fit)].ID
	}
	if place, found := placeOf(facts, cmp.Or(facts.Draft.PlaceID, facts.given().PlaceID)); found {
		question.Default = strconv.FormatInt(place.ID, 10)
	}
	return question
}

func takePlace(facts Facts, answer Answer) (Facts, string) {
	chosen := answer.Chosen
	if chosen == "" {
		chosen = askPlace(facts).Default
	}
	id, err := strconv.ParseInt(chosen, 10, 64)
	place, found := placeOf(facts, id)
	if err != nil || !found {
		return facts, notAnOption
	}
	return setPlace(facts, place), ""
}

// setPlace takes what Kisi says of a place into the draft. The zero place forgets the one that is gone.
func setPlace(facts Facts, place kisi.Place) Facts {
	draft := &facts.Draft
	if draft.PlaceID != place.ID {
		draft.Zone, draft.LeaveRights = "", nil
		facts.Choices = nil
		facts = forgetPlan(facts)
	}
	draft.PlaceID, draft.PlaceName, draft.PlaceAddress, draft.PlaceZone = place.ID, place.Name, place.Address, place.TimeZone
	if draft.PlaceID == 0 {
		draft.Zone = ""
		return facts
	}
	before := draft.Zone
	switch known := zonesKnown(facts); {
	case len(known) == 1:
		draft.Zone = known[0]
	case len(known) == 2 && !slices.Contains(known, draft.Zone), !loadable(draft.Zone):
		draft.Zone = ""
	}
	if draft.Zone != before {
		facts.Choices = nil
		facts = forgetPlan(facts)
	}
	return facts
}

// zonesKnown are the time zones that the two sides give, the place's first; two when they differ.
func zonesKnown(facts Facts) []string {
	var zones []string
	for _, zone := range []string{facts.Draft.PlaceZone, facts.Draft.GymflowZone} {
		if loadable(zone) && !slices.Contains(zones, zone) {
			zones = append(zones, zone)
		}
	}
	return zones
}

// loadable reports that a name is one of the IANA time zones. "Local" and "" would mean this machine's and UTC.
func loadable(zone string) bool {
	if zone == "" || strings.EqualFold(zone, "local") {
		return false
	}
	_, err := time.LoadLocation(zone)
	return err == nil
}

func afterPlace(facts Facts) State {
	if len(zonesKnown(facts)) == 1 {
		return LoadChoices
	}
	return AskZone
}

func hasZone(facts Facts) bool { return facts.Draft.Zone != "" }

func askZone(facts Facts) Question {
	known := zonesKnown(facts)
	question := Question{
		Title: "In which time zone is the gym?",
		Label: "Time zone",
		Body: []string{
			"Memberships begin, pause and end at midnight in this zone.",
		},
	}
	if len(known) < 2 {
		question.Kind = Text
		question.Default = facts.Typed
		if question.Default == "" {
			question.Default = facts.Draft.Zone
		}
		question.Body = append(question.Body, "Neither Kisi nor Gymflow tells. Write it as area and city, for example Europe/Dublin, America/New_York or Asia/Tokyo.")
		return question
	}
	question.Body = append(question.Body, "The two sides differ. The place is where the doors are, so its zone is usually the right one.")
	question.Default = known[0]
	if facts.Draft.Zone != "" {
		question.Default = facts.Draft.Zone
	}
	question.Options = []Option{
		{ID: known[0], Label: known[0], Detail: "what Kisi says of " + named(facts.Draft.PlaceName, "the place")},
		{ID: known[1], Label: known[1], Detail: "what Gymflow says of " + named(facts.Draft.GymflowName, "the club")},
	}
	return question
}

func takeZone(facts Facts, answer Answer) (Facts, string) {
	known := zonesKnown(facts)
	zone := strings.TrimSpace(answer.Text)
	if len(known) == 2 {
		zone = answer.Chosen
		if zone == "" {
			zone = askZone(facts).Default
		}
		if !slices.Contains(known, zone) {
			return facts, notAnOption
		}
	} else {
		if zone == "" {
			zone = facts.Draft.Zone
		}
		if !loadable(zone) {
			facts.Typed = words.Clean(zone)
			return facts, "That is not a time zone that this machine knows. Write it as area and city, for example Europe/Dublin."
		}
	}
	if zone != facts.Draft.Zone {
		facts.Draft.Zone = zone
		facts.Choices = nil
		facts = forgetPlan(facts)
	}
	return facts, ""
}
