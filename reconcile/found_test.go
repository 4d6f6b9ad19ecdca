package reconcile

import (
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

func TestClubZone(t *testing.T) {
	const dublin, london = "Europe/Dublin", "Europe/London"
	for name, test := range map[string]struct {
		account    gymflow.Account
		zone, club string
	}{
		"nothing is told":                 {gymflow.Account{}, "", ""},
		"one club":                        {gymflow.Account{TimeZone: london, Clubs: []gymflow.Club{{ID: "c1", TimeZone: dublin}}}, dublin, "c1"},
		"one club without a zone":         {gymflow.Account{TimeZone: london, Clubs: []gymflow.Club{{ID: "c1"}}}, london, "c1"},
		"neither has one":                 {gymflow.Account{Clubs: []gymflow.Club{{ID: "c1"}}}, "", "c1"},
		"two clubs that agree":            {gymflow.Account{Clubs: []gymflow.Club{{ID: "c1", TimeZone: dublin}, {ID: "c2", TimeZone: dublin}}}, dublin, ""},
		"two clubs that differ":           {gymflow.Account{Clubs: []gymflow.Club{{ID: "c1", TimeZone: dublin}, {ID: "c2", TimeZone: london}}}, "", ""},
		"two clubs, the account has none": {gymflow.Account{TimeZone: "", Clubs: []gymflow.Club{{ID: "c1"}, {ID: "c2"}}}, "", ""},
	} {
		if zone, club := ClubZone(test.account); zone != test.zone || club != test.club {
			t.Errorf("%s: %q %q, want %q %q", name, zone, club, test.zone, test.club)
		}
	}
}

// The organization's id comes from wherever Kisi tells it.
func TestFactsOfKeyFindTheOrganization(t *testing.T) {
	checked := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, health := range map[string]kisi.Health{
		"the organization itself": {Organization: kisi.Organization{ID: 7}},
		"the user's organization": {User: kisi.CurrentUser{Organization: kisi.Organization{ID: 7}}},
		"the user's id of it":     {User: kisi.CurrentUser{OrganizationID: 7}},
	} {
		if facts := FactsOfKey(health, checked); facts.OrganizationID != 7 || !facts.CheckedAt.Equal(checked) {
			t.Errorf("%s: %+v", name, facts)
		}
	}
	if otherOrganization(7, 0) || otherOrganization(0, 7) || !otherOrganization(7, 8) {
		t.Error("an id that Kisi did not tell is taken for another one")
	}
}
