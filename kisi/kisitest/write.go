package kisitest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"kisiflow/kisi"
)

const bodyLimit = 1 << 20

func refusedBody() reply { return failure(http.StatusBadRequest, "000400", "The request is invalid.") }

func (s *Server) createUser(r *http.Request, _ caller) reply {
	var sent struct {
		User *struct {
			Email         string         `json:"email"`
			Name          string         `json:"name"`
			Notes         string         `json:"notes"`
			SendEmails    *bool          `json:"send_emails"`
			AccessEnabled *bool          `json:"access_enabled"`
			Metadata      map[string]any `json:"metadata"`
		} `json:"user"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, bodyLimit)).Decode(&sent); err != nil || sent.User == nil {
		return refusedBody()
	}
	email := strings.TrimSpace(sent.User.Email)
	if !wellFormed(email) {
		return invalid("email", "can't be blank or invalid")
	}
	if reason := metadataFault(sent.User.Metadata); reason != "" {
		return invalid("metadata", reason)
	}
	for _, other := range s.state.persons {
		if strings.EqualFold(other.Email, email) {
			return exists() // documented as 422, seen as 409 in the field (kisi-api.md section 12)
		}
	}
	enabled := sent.User.AccessEnabled == nil || *sent.User.AccessEnabled
	added := s.addPerson(kisi.User{
		Name: sent.User.Name, Email: email, AccessEnabled: enabled, ScimEnabled: true, Metadata: sent.User.Metadata,
	}, sent.User.Notes)
	if sent.User.SendEmails == nil || *sent.User.SendEmails { // the default mails everybody (trap 14)
		s.mails = append(s.mails, email)
	}
	return answered(http.StatusOK, s.showPerson(added))
}

// wellFormed is about what Rails gems call an e-mail: one @, a dot behind it, no blanks.
func wellFormed(email string) bool {
	return regexp.MustCompile(`^[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+$`).MatchString(email)
}

func metadataFault(metadata map[string]any) string {
	if len(metadata) > 50 {
		return "has too many keys"
	}
	for key, value := range metadata {
		if utf8.RuneCountInString(key) > 50 {
			return "has a key that is too long"
		}
		switch value := value.(type) {
		case string:
			if utf8.RuneCountInString(value) > 500 {
				return "has a value that is too long"
			}
		case map[string]any, []any:
			return "must not be nested"
		}
	}
	return ""
}

// updateUser takes what the OAS takes: the e-mail is not among it (kisi-api.md trap 15).
func (s *Server) updateUser(id int64, r *http.Request, who caller) reply {
	if !mayWrite(who.roleID) {
		return denied()
	}
	found, known := s.state.persons[id]
	if !known {
		return missing()
	}
	var sent struct {
		User *struct {
			Name          *string        `json:"name"`
			Notes         *string        `json:"notes"`
			AccessEnabled *bool          `json:"access_enabled"`
			Metadata      map[string]any `json:"metadata"`
		} `json:"user"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, bodyLimit)).Decode(&sent); err != nil || sent.User == nil {
		return refusedBody()
	}
	if reason := metadataFault(sent.User.Metadata); reason != "" {
		return invalid("metadata", reason)
	}
	if sent.User.Name != nil {
		found.Name = *sent.User.Name
	}
	if sent.User.Notes != nil {
		found.notes = *sent.User.Notes
	}
	if sent.User.AccessEnabled != nil {
		found.AccessEnabled = *sent.User.AccessEnabled
	}
	if sent.User.Metadata != nil { // merge or replace is unknown; replacing is what loses data
		found.Metadata = maps.Clone(sent.User.Metadata)
	}
	s.state.persons[id] = found
	s.tell(event{kind: "user.update", objectType: "User", objectID: id, actor: who.userID})
	return reply{status: http.StatusNoContent}
}

// sentRight is the body of POST /role_assignments, the deprecated fields too.
type sentRight struct {
	RoleID        string     `json:"role_id"`
	AppliesToType string     `json:"applies_to_type"`
	AppliesToID   int64      `json:"applies_to_id"`
	AssigneeType  string     `json:"assignee_type"`
	AssigneeID    int64      `json:"assignee_id"`
	UserID        int64      `json:"user_id"`
	GroupID       int64      `json:"group_id"`
	Notify        *bool      `json:"notify"`
	ValidFrom     *time.Time `json:"valid_from"`
	ValidUntil    *time.Time `json:"valid_until"`
}

func (s *Server) createRight(r *http.Request, who caller) reply {
	var sent struct {
		Right *sentRight `json:"role_assignment"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, bodyLimit)).Decode(&sent); err != nil || sent.Right == nil {
		return refusedBody()
	}
	wanted := *sent.Right
	if wanted.UserID != 0 {
		wanted.AssigneeType, wanted.AssigneeID = "User", wanted.UserID
	}
	if wanted.GroupID != 0 {
		wanted.AppliesToType, wanted.AppliesToID = "Group", wanted.GroupID
	}
	if refusal, refused := s.refuseRight(wanted, who); refused {
		return refusal
	}
	added := s.addRight(kisi.Right{
		RoleID: wanted.RoleID, AppliesToType: wanted.AppliesToType, AppliesToID: wanted.AppliesToID,
		AssigneeType: wanted.AssigneeType, AssigneeID: wanted.AssigneeID, CreatedByID: who.userID,
		ValidFrom: wanted.ValidFrom, ValidUntil: wanted.ValidUntil,
	})
	// The default of notify is unknown; taking it for true catches a client that leaves it out.
	if added.AssigneeType == "User" && (wanted.Notify == nil || *wanted.Notify) {
		s.mails = append(s.mails, added.AssigneeEmail)
	}
	return answered(http.StatusOK, s.showRight(added))
}

func (s *Server) refuseRight(wanted sentRight, who caller) (reply, bool) {
	switch {
	case wanted.RoleID == "":
		return invalid("role_id", "can't be blank"), true
	case wanted.AppliesToType == "" || wanted.AppliesToID == 0:
		return invalid("applies_to", "must exist"), true
	case wanted.AssigneeType == "" || wanted.AssigneeID == 0:
		return invalid("assignee", "must exist"), true
	case !knownRole(wanted.AppliesToType, wanted.RoleID), wanted.RoleID == "owner":
		return invalid("role_id", "is not included in the list"), true
	case wanted.AppliesToType != "Group" && !isAdmin(who.roleID):
		return denied(), true // nobody grants above their own level
	case wanted.AppliesToType == "Group" && s.forbidden(wanted.AppliesToID):
		return denied(), true
	case !s.thereIs(wanted.AppliesToType, wanted.AppliesToID), !s.thereIs(wanted.AssigneeType, wanted.AssigneeID):
		return missing(), true
	}
	for _, other := range s.state.rights {
		if other.AppliesToType != wanted.AppliesToType || other.AppliesToID != wanted.AppliesToID ||
			other.AssigneeType != wanted.AssigneeType || other.AssigneeID != wanted.AssigneeID {
			continue
		}
		if other.RoleID != wanted.RoleID {
			return invalid("role_id", "a user can't have more than one role in the same place or group"), true
		}
		if sameInstant(other.ValidFrom, wanted.ValidFrom) && sameInstant(other.ValidUntil, wanted.ValidUntil) &&
			!s.strikes("duplicate-allowed") {
			return exists(), true
		}
	}
	return reply{}, false
}

func (s *Server) thereIs(kind string, id int64) bool {
	known := false
	switch kind {
	case "Organization":
		known = id == s.state.tenant.ID
	case "Place":
		_, known = s.state.places[id]
	case "Group":
		known = !s.gone(id)
	case "User":
		_, known = s.state.persons[id]
	case "Team", "Guest": // they exist as assignees only
		known = true
	}
	return known
}

func sameInstant(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

func (s *Server) deleteRight(id int64, who caller) reply {
	right, known := s.state.rights[id]
	switch {
	case !mayWrite(who.roleID):
		return denied()
	case known && right.AppliesToType == "Group" && s.forbidden(right.AppliesToID):
		return denied()
	case !known || s.hidden(right):
		return missing()
	case right.AppliesToType != "Group" && !isAdmin(who.roleID), right.RoleID == "owner":
		return denied()
	}
	s.removeRight(id, who.userID)
	return reply{status: http.StatusNoContent}
}
