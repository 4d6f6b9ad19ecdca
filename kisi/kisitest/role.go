package kisitest

import "slices"

// roleOf is a user's role in the organization, "" when there is none.
func (s *Server) roleOf(userID int64) string {
	for _, right := range s.state.rights {
		if right.AppliesToType == "Organization" && right.AssigneeType == "User" && right.AssigneeID == userID {
			return right.RoleID
		}
	}
	return ""
}

func isAdmin(roleID string) bool { return roleID == "owner" || roleID == "administrator" }

// What the roles may do is not documented beyond their names (kisi-api.md section 6): administrators do
// all, the two kinds of manager work with people and rights, an observer looks, basic opens doors only.
func mayWrite(roleID string) bool {
	return isAdmin(roleID) || roleID == "manager" || roleID == "user_manager"
}

func mayRead(roleID string) bool { return mayWrite(roleID) || roleID == "observer" }

// mayReadEvents: that a user manager works with people and not with the history of the doors is chosen here, so that there is
// a key which does all but this.
func mayReadEvents(roleID string) bool { return mayRead(roleID) && roleID != "user_manager" }

func groupRoles() []string { return []string{"group_basic", "group_manager"} }

func organizationRoles() []string {
	return []string{"owner", "administrator", "manager", "user_manager", "observer", "basic"}
}

func placeRoles() []string { return []string{"place_manager", "place_administrator"} }

func rolesOf(appliesTo string) []string {
	switch appliesTo {
	case "Group":
		return groupRoles()
	case "Place":
		return placeRoles()
	case "Organization":
		return organizationRoles()
	}
	return nil
}

func (s *Server) showRoles() []map[string]any {
	names := map[string]string{
		"owner": "Organization owner", "administrator": "Organization administrator",
		"manager": "Organization access manager", "user_manager": "User manager", "observer": "Observer",
		"basic": "Basic", "group_basic": "Door access", "group_manager": "Group manager",
		"place_manager": "Place access manager", "place_administrator": "Place administrator",
	}
	var shown []map[string]any
	for _, appliesTo := range []string{"Organization", "Place", "Group"} {
		for _, id := range rolesOf(appliesTo) {
			reads, writes := mayRead(id), mayWrite(id)
			shown = append(shown, map[string]any{
				"id": id, "resource_type": "Role", "applies_to": appliesTo, "name": names[id], "description": nil,
				"custom": false, "custom_role_id": nil,
				"permissions": map[string]bool{
					"users_read": reads, "users_write": writes, "groups_read": reads, "places_read": reads,
					"role_assignments_read": reads, "role_assignments_write": writes,
					"events_read": mayReadEvents(id), "integrations_write": isAdmin(id),
				},
			})
		}
	}
	return shown
}

func knownRole(appliesTo, roleID string) bool { return slices.Contains(rolesOf(appliesTo), roleID) }
