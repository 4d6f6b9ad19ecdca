package kisi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// CurrentUser is GET /user: whose key this is.
func (c *Client) CurrentUser(ctx context.Context) (CurrentUser, error) {
	var user CurrentUser
	if err := c.get(ctx, "checking the key", "/user", &user); err != nil {
		return CurrentUser{}, err
	}
	if user.ID == 0 {
		return CurrentUser{}, c.notKisi("checking the key", http.StatusOK, "it names no user")
	}
	if user.OrganizationID == 0 {
		user.OrganizationID = user.Organization.ID
	}
	c.me.Store(user.ID)
	c.mutex.Lock()
	c.meAddress = user.Email
	c.mutex.Unlock()
	return user, nil
}

// Login is GET /login: the key itself.
func (c *Client) Login(ctx context.Context) (Login, error) {
	var login Login
	err := c.get(ctx, "reading what kind of key it is", "/login", &login)
	return login, err
}

// Organization is GET /organization.
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	var organization Organization
	err := c.get(ctx, "reading the organization", "/organization", &organization)
	return organization, err
}

// Roles is GET /roles (not paged).
func (c *Client) Roles(ctx context.Context) ([]Role, error) {
	var sent []sentRole
	if err := c.get(ctx, "reading the roles", "/roles", &sent); err != nil {
		return nil, err
	}
	roles := make([]Role, 0, len(sent))
	for _, each := range sent {
		roles = append(roles, each.role())
	}
	return roles, nil
}

// get reads one thing. JSON null is not a thing.
func (c *Client) get(ctx context.Context, doing, path string, into any) error {
	var body json.RawMessage
	if _, err := c.do(ctx, call{doing: doing, method: http.MethodGet, path: path, into: &body}); err != nil {
		return err
	}
	if string(body) == "null" || json.Unmarshal(body, into) != nil {
		return c.notKisi(doing, http.StatusOK, "it can't be read")
	}
	return nil
}

// Health finds out whose key it is and what it may do (kisi-api.md section 1, steps a to e). Only the
// first step must work; what a key may not read about itself stays unknown.
func (c *Client) Health(ctx context.Context) (Health, error) {
	user, err := c.CurrentUser(ctx)
	if err != nil {
		return Health{}, err
	}
	health := Health{User: user, Organization: user.Organization}
	if health.Organization.ID == 0 {
		health.Organization.ID = user.OrganizationID
	}
	if login, err := c.Login(ctx); err == nil {
		health.Login = login
	} else if !tolerable(err) {
		return Health{}, err
	}
	if organization, err := c.Organization(ctx); err == nil && organization.ID != 0 {
		health.Organization = organization
	} else if err != nil && !tolerable(err) {
		return Health{}, err
	}
	if health.RoleID, err = c.organizationRole(ctx, user.ID, health.Organization.ID); err != nil {
		return Health{}, err
	}
	// That organization.user_id is the owner's is inferred (kisi-api.md section 1, step c).
	health.Owner = health.RoleID == "owner" || health.Organization.UserID == user.ID
	if err := c.findPermissions(ctx, &health); err != nil {
		return Health{}, err
	}
	return health, nil
}

// tolerable are the failures of a step that leave something unknown and the key still usable.
func tolerable(err error) bool {
	return errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrNotKisi)
}

// organizationRole is the strongest role that the user holds in the organization, "" when none is listed.
func (c *Client) organizationRole(ctx context.Context, userID, organizationID int64) (string, error) {
	query := rightsQuery("assignee_type", "User", "assignee_id", strconv.FormatInt(userID, 10))
	query.Set("applies_to_type", "Organization")
	if organizationID != 0 {
		query.Set("applies_to_id", strconv.FormatInt(organizationID, 10))
	}
	rights, err := c.listRights(ctx, "reading which role the key has", query)
	if err != nil {
		if tolerable(err) && !errors.Is(err, ErrIncomplete) {
			return "", nil
		}
		return "", err
	}
	ranks := []string{"owner", "administrator", "manager", "user_manager", "observer", "basic"}
	found, best := "", len(ranks)+1
	for _, right := range rights {
		if right.AssigneeType != "User" || right.AssigneeID != userID || right.AppliesToType != "Organization" {
			continue
		}
		rank := slices.Index(ranks, right.RoleID)
		if rank < 0 {
			rank = len(ranks) // a custom role
		}
		if rank < best {
			found, best = right.RoleID, rank
		}
	}
	return found, nil
}

// findPermissions fills RoleName, CanRead and CanWrite. Permissions are trusted over a role's name; the
// owner and administrators may do all. Where permissions stay unknown, reading is tried; writing can't be tried without
// writing, so the key passes unless its role is known to look only, and Unproven says so.
func (c *Client) findPermissions(ctx context.Context, health *Health) error {
	var role *Role
	roles, err := c.Roles(ctx)
	if err != nil && !tolerable(err) {
		return err
	}
	for i := range roles {
		if roles[i].ID == health.RoleID && roles[i].AppliesTo == "Organization" {
			role = &roles[i]
			health.RoleName = c.clean(role.Name)
		}
	}
	switch {
	case health.Owner || health.RoleID == "administrator":
		health.CanRead, health.CanWrite = true, true
		return nil
	case role != nil && len(role.Permissions) > 0:
		health.CanRead = !denied(role, "groups_read", "places_read", "users_read", "role_assignments_read")
		health.CanWrite = !denied(role, "users_write", "role_assignments_write")
		return nil
	}
	// An observer only looks (kisi-api.md section 6). What else a role may do can't be told without trying it.
	health.CanWrite = health.RoleID != "observer" && health.RoleID != "basic"
	health.Unproven = health.CanWrite && health.RoleID != "manager" && health.RoleID != "user_manager"
	health.CanRead, err = c.mayReadGroups(ctx)
	return err
}

// denied: only a permission that is listed and false is a denial; one that is not listed is unknown.
func denied(role *Role, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		allowed, listed := role.Permissions[name]
		return listed && !allowed
	})
}

// mayReadGroups tries the smallest real read.
func (c *Client) mayReadGroups(ctx context.Context) (bool, error) {
	var body json.RawMessage
	_, err := c.do(ctx, call{
		doing: "trying to read the access groups", method: http.MethodGet, path: "/groups",
		query: url.Values{"limit": {"1"}, "offset": {"0"}, "sort": {"name"}}, into: &body,
	})
	if err != nil && tolerable(err) {
		return false, nil
	}
	return err == nil, err
}
