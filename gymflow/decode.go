package gymflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// page is one page of a collection.
type page struct {
	rows  []json.RawMessage
	next  string // "" at the end
	total int
	asOf  time.Time
}

func decodePage(body json.RawMessage) (page, error) {
	object, ok := readFields(body, " of the page")
	if !ok {
		return page{}, errors.New("a page has to be an object, not " + shownValue(body))
	}
	read := page{rows: object.list("data"), asOf: object.instant("as_of")}
	if object.absent("as_of") {
		object.wrong("as_of", "an instant like 2026-03-31T12:00:00Z")
	}
	if raw, given := object.values["next_cursor"]; given && !isNull(raw) && json.Unmarshal(raw, &read.next) != nil {
		object.wrong("next_cursor", "a text")
	}
	if object.absent("total") || json.Unmarshal(object.values["total"], &read.total) != nil || read.total < 0 {
		object.wrong("total", "a whole number")
	}
	if object.fault != "" {
		return page{}, errors.New(object.fault)
	}
	return read, nil
}

func decodeAccount(body json.RawMessage) (Account, error) {
	object, ok := readFields(body, " of the account")
	if !ok {
		return Account{}, errors.New("an account has to be an object, not " + shownValue(body))
	}
	account := Account{ID: object.requiredID("id"), Name: object.text("name"), TimeZone: object.text("time_zone")}
	if object.absent("clubs") {
		object.values["clubs"] = json.RawMessage("[]")
	}
	for _, raw := range object.list("clubs") {
		club, ok := readFields(raw, " of a club")
		if !ok {
			return Account{}, errors.New("a club has to be an object, not " + shownValue(raw))
		}
		account.Clubs = append(account.Clubs,
			Club{ID: club.requiredID("id"), Name: club.text("name"), TimeZone: club.text("time_zone")})
		if club.fault != "" {
			return Account{}, errors.New(club.fault)
		}
	}
	if object.fault != "" {
		return Account{}, errors.New(object.fault)
	}
	return account, nil
}

func decodeMembership(raw json.RawMessage) (Membership, error) {
	object, ok := readFields(raw, "")
	if !ok {
		return Membership{}, errNoID
	}
	id, ok := object.id("id")
	if !ok {
		return Membership{}, errNoID
	}
	object.of = " of membership " + shownText(id)
	membership := Membership{
		ID: id, Name: object.text("name"), Kind: Kind(object.text("kind")),
		ClubID: object.optionalID("club_id"), Archived: object.flag("archived"),
	}
	if object.fault != "" {
		return Membership{}, errors.New(object.fault)
	}
	if membership.Name == "" {
		membership.Name = id
	}
	return membership, nil
}

// decodeMember reads a member as far as it can be read. The only error is errNoID; any other
// fault is told in Unreadable, so that one broken row holds one member and not the gym.
func decodeMember(raw json.RawMessage) (Member, error) {
	object, ok := readFields(raw, "")
	if !ok {
		return Member{}, errNoID
	}
	id, ok := object.id("id")
	if !ok {
		return Member{}, errNoID
	}
	member := Member{
		ID:           id,
		Email:        object.email("email"),
		FirstName:    object.text("first_name"),
		LastName:     object.text("last_name"),
		UpdatedAt:    object.instant("updated_at"),
		OverdueSince: object.date("overdue_since"),
		Blocked:      object.flag("blocked"),
	}
	member.Unreadable = object.fault
	note := func(fault string) {
		if member.Unreadable == "" {
			member.Unreadable = fault
		}
	}
	// A member without a list of holdings is not one without holdings: the list is always sent.
	holdings := object.list("holdings")
	note(object.fault)
	for place, raw := range holdings {
		holding, fault := decodeHolding(place, raw)
		if fault != "" {
			note(fault)
			continue
		}
		member.Holdings = append(member.Holdings, holding)
	}
	if object.absent("app") {
		return member, nil
	}
	phone, ok := readFields(object.values["app"], " of the app")
	if !ok {
		object.wrong("app", "an object")
		note(object.fault)
		return member, nil
	}
	member.App = &App{
		SignedIn: phone.optionalFlag("signed_in"), Bluetooth: phone.optionalFlag("bluetooth"),
		Location: phone.optionalFlag("location"), PrimaryDevice: phone.optionalFlag("primary_device"),
	}
	note(phone.fault)
	return member, nil
}

func decodeHolding(place int, raw json.RawMessage) (holding Holding, fault string) {
	object, ok := readFields(raw, fmt.Sprintf(" of holding %d", place+1))
	if !ok {
		return Holding{}, fmt.Sprintf("holding %d is %s, not an object", place+1, shownValue(raw))
	}
	if id, ok := object.id("id"); ok {
		object.of = " of holding " + shownText(id)
	}
	holding = Holding{
		ID:              object.requiredID("id"),
		MembershipID:    object.requiredID("membership_id"),
		StartsOn:        object.requiredDate("starts_on"),
		EndsOn:          object.date("ends_on"),
		PausedFrom:      object.date("paused_from"),
		ResumesOn:       object.date("resumes_on"),
		OverdueSince:    object.date("overdue_since"),
		PrimaryMemberID: object.optionalID("primary_member_id"),
	}
	if object.absent("status") {
		object.wrong("status", "a status word")
	}
	holding.Status = readStatus(object.text("status"))
	return holding, object.fault
}
