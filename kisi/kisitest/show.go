package kisitest

import (
	"net/http"
	"time"

	"kisiflow/kisi"
)

func (s *Server) showTenant() map[string]any {
	tenant := s.state.tenant
	return map[string]any{
		"id": tenant.ID, "resource_type": "Organization", "name": tenant.Name, "domain": tenant.Domain,
		"places_count": len(s.state.places), "scim_enabled": false, "sso_flow_enabled": false,
		"time_zone": tenant.TimeZone, "user_id": tenant.UserID,
	}
}

func (s *Server) tenantStub() map[string]any {
	tenant := s.state.tenant
	return map[string]any{"id": tenant.ID, "resource_type": "Organization", "name": tenant.Name, "domain": tenant.Domain}
}

// showCurrent is GET /user: it says nothing of the role.
func (s *Server) showCurrent(who caller) reply {
	me := s.state.persons[who.userID]
	return answered(http.StatusOK, map[string]any{
		"id": me.ID, "resource_type": "User", "name": me.Name, "email": me.Email, "image": nil, "locale": "en",
		"notifications_unread_count": 0, "otp_required_for_login": false, "notes": nil,
		"organization_id": s.state.tenant.ID, "organization": s.tenantStub(), "created_at": stamp(me.createdAt),
	})
}

func (s *Server) showLogin(who caller) reply {
	me := s.state.persons[who.userID]
	return answered(http.StatusOK, map[string]any{
		"id": who.login.ID, "resource_type": "Login", "type": who.login.Type, "name": who.login.Name,
		"primary": false, "expire": who.login.Expire, "last_used_at": who.login.LastUsedAt, "user_id": who.userID,
		"user": map[string]any{"id": me.ID, "email": me.Email, "name": me.Name},
	})
}

func (s *Server) showPlace(place kisi.Place) map[string]any {
	return map[string]any{
		"id": place.ID, "resource_type": "Place", "name": place.Name, "description": nil, "address": place.Address,
		"time_zone": orNull(place.TimeZone), "tz_time_zone": orNull(place.TimeZone), "latitude": 53.35, "longitude": -6.26,
		"locks_count": place.LocksCount, "integrations_count": 0, "locked_down": place.LockedDown,
		"locked_down_since": nil, "occupancy_rate": nil, "organization_id": s.state.tenant.ID,
		"organization": s.tenantStub(),
	}
}

func (s *Server) showGroup(group kisi.Group) map[string]any {
	shown := map[string]any{
		"id": group.ID, "resource_type": "Group", "name": group.Name, "description": nil,
		"geofence_restriction_enabled": group.GeofenceRestricted, "geofence_restriction_radius": 300.0,
		"primary_device_restriction_enabled": group.PrimaryDeviceRestricted,
		"managed_device_restriction_enabled": group.ManagedDeviceRestricted,
		"reader_restriction_enabled":         group.ReaderRestricted,
		"time_restriction_enabled":           group.TimeRestricted,
		"tap_to_access_restriction_enabled":  group.TapToAccessRestricted,
		"login_enabled":                      group.LoginEnabled,
		"users_count":                        s.usersIn(group.ID), "locks_count": group.LocksCount, "elevator_stops_count": 0,
		"place_id": nil,
	}
	if group.PlaceID != 0 {
		shown["place_id"] = group.PlaceID
		shown["place"] = map[string]any{
			"id": group.PlaceID, "resource_type": "Place", "name": s.state.places[group.PlaceID].Name,
		}
	}
	return shown
}

// showPerson does not tell whether a user is managed: Kisi doesn't either.
func (s *Server) showPerson(who person) map[string]any {
	groups := 0
	for _, right := range s.state.rights {
		if right.AppliesToType == "Group" && right.AssigneeType == "User" && right.AssigneeID == who.ID {
			groups++
		}
	}
	metadata := who.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	return map[string]any{
		"id": who.ID, "resource_type": "User", "name": who.Name, "email": who.Email, "metadata": metadata,
		"image": nil, "otp_required_for_login": false, "password_flow_enabled": true,
		"access_enabled": who.AccessEnabled, "scim_access_enabled": who.ScimEnabled, "last_accessed_at": nil,
		"notes": orNull(who.notes), "organization_id": s.state.tenant.ID, "confirmed": true, "groups_count": groups,
		"created_at": stamp(who.createdAt), "updated_at": stamp(who.createdAt),
	}
}

func (s *Server) showRight(right kisi.Right) map[string]any {
	assignee := map[string]any{"id": right.AssigneeID, "resource_type": right.AssigneeType, "name": right.AssigneeName}
	switch right.AssigneeType {
	case "User":
		assignee["email"] = right.AssigneeEmail
	case "Guest":
		assignee["email"], assignee["phone_number"] = nil, nil
	}
	shown := map[string]any{
		"id": right.ID, "resource_type": "RoleAssignment", "role_id": right.RoleID, "notify": false,
		"created_at": stamp(right.CreatedAt), "updated_at": stamp(right.CreatedAt),
		"applies_to_type": right.AppliesToType, "applies_to_id": right.AppliesToID,
		"applies_to":    map[string]any{"id": right.AppliesToID, "resource_type": right.AppliesToType},
		"assignee_type": right.AssigneeType, "assignee_id": right.AssigneeID, "assignee": assignee,
		"created_by_type": nil, "created_by_id": nil, "user_id": nil, "assignee_team_id": nil, "guest_id": nil,
	}
	if right.CreatedByID != 0 {
		shown["created_by_type"], shown["created_by_id"] = "User", right.CreatedByID
	}
	if right.AssigneeType == "User" {
		shown["user_id"], shown["user"] = right.AssigneeID, assignee
	}
	switch right.AppliesToType {
	case "Group": // only these carry a validity (kisi-api.md trap 19)
		shown["group_id"], shown["scope"] = right.AppliesToID, "group"
		shown["valid_from"], shown["valid_until"] = right.ValidFrom, right.ValidUntil
	case "Place":
		shown["place_id"], shown["scope"] = right.AppliesToID, "place"
	case "Organization":
		shown["organization_id"], shown["organization"] = right.AppliesToID, s.tenantStub()
		shown["scope"] = "organization"
	}
	return shown
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
