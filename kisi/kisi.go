// Package kisi is a typed client of the part of Kisi's API that kisiflow needs. Facts and their
// sources are in kisi-api.md. The calls that destroy (DELETE /users, /login, /user, PATCH
// /organization) do not exist here, on purpose.
package kisi

import "time"

// RoleBasic and RoleManager are the role ids of a group: "door access", the only one that
// kisiflow gives or takes, and the manager, who has access already (kisi-api.md section 6).
const (
	RoleBasic   = "group_basic"
	RoleManager = "group_manager"
)

// CurrentUser is the person whose key is in use (GET /user).
type CurrentUser struct {
	ID             int64        `json:"id"`
	Name           string       `json:"name"`
	Email          string       `json:"email"`
	OrganizationID int64        `json:"organization_id"`
	Organization   Organization `json:"organization"`
}

// Login is the key itself (GET /login).
type Login struct {
	ID         int64      `json:"id"`
	Type       string     `json:"type"` // "api" or "device"
	Name       string     `json:"name"`
	Expire     bool       `json:"expire"`
	LastUsedAt *time.Time `json:"last_used_at"`
	UserID     int64      `json:"user_id"`
}

// Organization is the tenant. UserID is inferred to be the owner's (kisi-api.md section 1); 0 when unknown.
type Organization struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Domain   string `json:"domain"`
	TimeZone string `json:"time_zone"`
	UserID   int64  `json:"user_id"`
}

// Role is one entry of GET /roles.
type Role struct {
	ID          string          `json:"id"`
	AppliesTo   string          `json:"applies_to"`
	Name        string          `json:"name"`
	Custom      bool            `json:"custom"`
	Permissions map[string]bool `json:"permissions"`
}

// Place is a building.
type Place struct {
	ID             int64  `json:"id"`
	Name           string `json:"name"`
	Address        string `json:"address"`
	TimeZone       string `json:"time_zone"` // IANA; empty when null
	LocksCount     int    `json:"locks_count"`
	OrganizationID int64  `json:"organization_id"`
	LockedDown     bool   `json:"locked_down"`
}

// Group is an access group. PlaceID is 0 for an organization-wide one.
type Group struct {
	ID                      int64  `json:"id"`
	Name                    string `json:"name"`
	PlaceID                 int64  `json:"place_id"`
	LocksCount              int    `json:"locks_count"`
	UsersCount              int    `json:"users_count"`
	LoginEnabled            bool   `json:"login_enabled"` // "app access"
	TimeRestricted          bool   `json:"time_restriction_enabled"`
	GeofenceRestricted      bool   `json:"geofence_restriction_enabled"`
	ReaderRestricted        bool   `json:"reader_restriction_enabled"`
	PrimaryDeviceRestricted bool   `json:"primary_device_restriction_enabled"`
	ManagedDeviceRestricted bool   `json:"managed_device_restriction_enabled"`
	TapToAccessRestricted   bool   `json:"tap_to_access_restriction_enabled"`
}

// User is a person in the organization.
type User struct {
	ID            int64          `json:"id"`
	Name          string         `json:"name"`
	Email         string         `json:"email"`
	AccessEnabled bool           `json:"access_enabled"` // false: suspended, no door at all
	ScimEnabled   bool           `json:"scim_access_enabled"`
	Metadata      map[string]any `json:"metadata"`
}

// Suspended reports whether Kisi lets this person through no door whatever their rights.
func (u User) Suspended() bool { return !u.AccessEnabled }

// Right is a role assignment of a user: an access right on screen. Deprecated field names
// (user_id, group_id) are decoded too (kisi-api.md trap 6).
type Right struct {
	ID            int64
	RoleID        string
	AppliesToType string // "Group", "Place", "Organization"
	AppliesToID   int64
	AssigneeType  string // "User", "Team", "Guest"
	AssigneeID    int64
	AssigneeName  string
	AssigneeEmail string
	CreatedAt     time.Time
	CreatedByID   int64 // 0 when null
	ValidFrom     *time.Time
	ValidUntil    *time.Time
}

// NewUser is what CreateUser sends. Both flags are always sent (kisi-api.md trap 14).
type NewUser struct {
	Email      string
	Name       string
	SendEmails bool           // false: a managed user
	Metadata   map[string]any // at most 50 keys of 50 characters, values to 500, no nesting
}

// Health is what a key turned out to be.
type Health struct {
	User         CurrentUser
	Login        Login
	Organization Organization
	RoleID       string // the organization-wide role, "" when none was found
	RoleName     string
	Owner        bool
	CanRead      bool // may read groups, places, users and access rights
	CanWrite     bool // may create users and write access rights, or nothing says that it may not
	Unproven     bool // CanWrite rests on nothing but the absence of a denial
}

// Stats is a snapshot of a client's traffic.
type Stats struct {
	Reads     int           // GET requests sent, retries included
	Writes    int           // POST and DELETE requests sent, retries included
	Throttled int           // answers 429
	ClockSkew time.Duration // service's Date header minus this host's clock
	ClockSeen bool
	Rate      float64 // requests a second that the limiter allows now
}
