package setup

import (
	"cmp"
	"maps"
)

// Prefill are answers that the caller brings along (the demo does). They are only defaults: every question is still asked,
// and Enter takes them. Fronts set Facts.Prefill between Load and Start.
type Prefill struct {
	GymflowURL string
	Token      SecretText
	KisiURL    string // not asked for; where the calls go
	Key        SecretText
	PlaceID    int64
	Groups     map[string]int64 // membership id → group id; shown as suggestions
}

// given is never nil.
func (f Facts) given() Prefill {
	if f.Prefill == nil {
		return Prefill{}
	}
	return *f.Prefill
}

func (f Facts) knownAddress() string {
	return cmp.Or(f.Draft.GymflowURL, f.Draft.Roster.Path, f.given().GymflowURL)
}
func (f Facts) knownToken() SecretText { return cmp.Or(f.Token, f.given().Token) }
func (f Facts) knownKey() SecretText   { return cmp.Or(f.Key, f.given().Key) }

// proposals are the suggestions by name, and those that were brought along in place of them.
func proposals(facts Facts, answered map[string]int64) map[string]int64 {
	suggested := suggest(facts.Choices, answered)
	if facts.Choices == nil {
		return suggested
	}
	brought := map[string]int64{}
	for _, membership := range facts.Choices.Memberships {
		_, has := answered[membership.ID]
		group := facts.given().Groups[membership.ID]
		if _, known := groupOf(facts.Choices, group); known && !has {
			brought[membership.ID] = group
		}
	}
	if len(brought) == 0 {
		return suggested
	}
	maps.Copy(suggested, brought)
	return suggested
}
