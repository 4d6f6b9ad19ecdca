package kisi

import (
	"encoding/json"
	"fmt"
	"time"
)

// printed makes values comparable that went through JSON.
func printed(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

// party is who or what a right is about, in the nested objects.
type party struct {
	ID           int64  `json:"id"`
	ResourceType string `json:"resource_type"`
	Name         string `json:"name"`
	Email        string `json:"email"`
}

// sentRight is a role assignment as Kisi sends it, the deprecated names too (kisi-api.md trap 6).
type sentRight struct {
	ID             int64      `json:"id"`
	RoleID         string     `json:"role_id"`
	AppliesToType  string     `json:"applies_to_type"`
	AppliesToID    int64      `json:"applies_to_id"`
	AppliesTo      *party     `json:"applies_to"`
	AssigneeType   string     `json:"assignee_type"`
	AssigneeID     int64      `json:"assignee_id"`
	Assignee       *party     `json:"assignee"`
	CreatedAt      string     `json:"created_at"`
	CreatedByID    int64      `json:"created_by_id"`
	ValidFrom      *time.Time `json:"valid_from"`
	ValidUntil     *time.Time `json:"valid_until"`
	UserID         int64      `json:"user_id"`
	User           *party     `json:"user"`
	TeamID         int64      `json:"assignee_team_id"`
	GuestID        int64      `json:"guest_id"`
	GroupID        int64      `json:"group_id"`
	Group          *party     `json:"group"`
	PlaceID        int64      `json:"place_id"`
	Place          *party     `json:"place"`
	OrganizationID int64      `json:"organization_id"`
	Organization   *party     `json:"organization"`
}

// right puts the current names first and falls back to the deprecated ones.
func (s sentRight) right() Right {
	right := Right{
		ID: s.ID, RoleID: s.RoleID, CreatedByID: s.CreatedByID, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil,
		AppliesToType: s.AppliesToType, AppliesToID: s.AppliesToID, AssigneeType: s.AssigneeType, AssigneeID: s.AssigneeID,
	}
	right.CreatedAt, _ = time.Parse(time.RFC3339, s.CreatedAt) // only shown; a right is no worse without it
	right.AppliesToType, right.AppliesToID = resolve(right.AppliesToType, right.AppliesToID, s.AppliesTo,
		candidate{"Group", s.GroupID, s.Group}, candidate{"Place", s.PlaceID, s.Place},
		candidate{"Organization", s.OrganizationID, s.Organization})
	right.AssigneeType, right.AssigneeID = resolve(right.AssigneeType, right.AssigneeID, s.Assignee,
		candidate{"User", s.UserID, s.User}, candidate{"Team", s.TeamID, nil}, candidate{"Guest", s.GuestID, nil})
	for _, who := range []*party{s.Assignee, s.User} {
		if who == nil || (who == s.User && right.AssigneeType != "User") {
			continue
		}
		if right.AssigneeName == "" {
			right.AssigneeName = who.Name
		}
		if right.AssigneeEmail == "" {
			right.AssigneeEmail = who.Email
		}
	}
	return right
}

// candidate is one deprecated way of naming a party.
type candidate struct {
	kind   string
	id     int64
	nested *party
}

func resolve(kind string, id int64, nested *party, older ...candidate) (string, int64) {
	if nested != nil {
		if kind == "" {
			kind = nested.ResourceType
		}
		if id == 0 {
			id = nested.ID
		}
	}
	for _, old := range older {
		if old.id == 0 && old.nested != nil {
			old.id = old.nested.ID
		}
		if old.id == 0 || (kind != "" && kind != old.kind) {
			continue
		}
		if id == 0 {
			id = old.id
		}
		if kind == "" && id == old.id {
			kind = old.kind
		}
	}
	return kind, id
}

// sentUser is a person as Kisi sends them. The reading is not a method of User: a struct that embeds a
// User would take it over and lose its own fields.
type sentUser User

// UnmarshalJSON takes a missing or null access_enabled for true: Kisi always sends it, and an answer
// without it must not suspend people.
func (u *sentUser) UnmarshalJSON(data []byte) error {
	sent := User{AccessEnabled: true, ScimEnabled: true}
	if err := json.Unmarshal(data, &sent); err != nil {
		return err
	}
	*u = sentUser(sent)
	return nil
}

// sentRole is a role as Kisi sends it, permissions of any shape included.
type sentRole struct {
	ID          string         `json:"id"`
	AppliesTo   string         `json:"applies_to"`
	Name        string         `json:"name"`
	Custom      bool           `json:"custom"`
	Permissions map[string]any `json:"permissions"`
}

// role keeps the permissions that are true or false and passes over any other.
func (s sentRole) role() Role {
	role := Role{ID: s.ID, AppliesTo: s.AppliesTo, Name: s.Name, Custom: s.Custom}
	for name, value := range s.Permissions {
		if allowed, is := value.(bool); is {
			if role.Permissions == nil {
				role.Permissions = map[string]bool{}
			}
			role.Permissions[name] = allowed
		}
	}
	return role
}
