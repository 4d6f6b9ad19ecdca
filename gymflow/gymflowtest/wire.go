package gymflowtest

import (
	"time"

	"kisiflow/gymflow"
)

// object is a JSON object of the contract; the faults change single values of it.
type object = map[string]any

func wireAccount(account gymflow.Account) object {
	clubs := make([]object, len(account.Clubs))
	for i, club := range account.Clubs {
		clubs[i] = object{"id": club.ID, "name": club.Name, "time_zone": club.TimeZone}
	}
	return object{"id": account.ID, "name": account.Name, "time_zone": account.TimeZone, "clubs": clubs}
}

func wireMembership(membership gymflow.Membership) object {
	return object{
		"id": membership.ID, "name": membership.Name, "kind": membership.Kind,
		"club_id": membership.ClubID, "archived": membership.Archived,
	}
}

func wireMember(member *gymflow.Member) object {
	holdings := make([]object, len(member.Holdings))
	for i, holding := range member.Holdings {
		holdings[i] = object{
			"id": holding.ID, "membership_id": holding.MembershipID, "status": holding.Status,
			"starts_on": wireDate(holding.StartsOn), "ends_on": wireDate(holding.EndsOn),
			"paused_from": wireDate(holding.PausedFrom), "resumes_on": wireDate(holding.ResumesOn),
			"overdue_since": wireDate(holding.OverdueSince), "primary_member_id": wireText(holding.PrimaryMemberID),
		}
	}
	wired := object{
		"id": member.ID, "email": wireText(member.Email),
		"first_name": member.FirstName, "last_name": member.LastName,
		"updated_at":    member.UpdatedAt.UTC().Format(time.RFC3339Nano),
		"overdue_since": wireDate(member.OverdueSince), "blocked": member.Blocked, "holdings": holdings, "app": nil,
	}
	if app := member.App; app != nil {
		wired["app"] = object{
			"signed_in": app.SignedIn, "bluetooth": app.Bluetooth,
			"location": app.Location, "primary_device": app.PrimaryDevice,
		}
	}
	return wired
}

func wireDate(day gymflow.Date) any { return wireText(day.String()) }

func wireText(text string) any {
	if text == "" {
		return nil
	}
	return text
}
