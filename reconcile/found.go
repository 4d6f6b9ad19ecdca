package reconcile

import (
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// ClubZone is the time zone that Gymflow gives: the only club's, else the account's, else that of its clubs where they
// agree. The club is named when there is only one. Both may be empty.
func ClubZone(account gymflow.Account) (zone, clubID string) {
	if len(account.Clubs) == 1 {
		clubID = account.Clubs[0].ID
		if zone = account.Clubs[0].TimeZone; zone != "" {
			return zone, clubID
		}
	}
	if account.TimeZone != "" {
		return account.TimeZone, clubID
	}
	for _, club := range account.Clubs {
		if zone != "" && club.TimeZone != zone {
			return "", clubID
		}
		zone = club.TimeZone
	}
	return zone, clubID
}

// otherOrganization: an id that Kisi did not tell is no difference.
func otherOrganization(one, other int64) bool { return one != 0 && other != 0 && one != other }

// FactsOfKey is what is stored of a key's check: whose it is and what may end its life, never the key.
func FactsOfKey(health kisi.Health, checkedAt time.Time) store.KeyFacts {
	organization := health.Organization
	if organization.ID == 0 {
		organization = health.User.Organization
	}
	if organization.ID == 0 {
		organization.ID = health.User.OrganizationID
	}
	var used time.Time
	if health.Login.LastUsedAt != nil {
		used = *health.Login.LastUsedAt
	}
	return store.KeyFacts{
		UserID: health.User.ID, UserName: cleanName(health.User.Name), UserEmail: cleanName(health.User.Email),
		OrganizationID: organization.ID, OrganizationName: cleanName(organization.Name),
		RoleName: cleanName(health.RoleName), Owner: health.Owner, LoginType: health.Login.Type, Expires: health.Login.Expire,
		LastUsedAt: used, Problems: problemsOf(health), CheckedAt: checkedAt,
	}
}
