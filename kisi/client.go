package kisi

import (
	"context"
	"net/http"
)

// Client calls Kisi with one key. All calls share one limiter. Safe for concurrent use; calls are
// sent one after the other (kisi-api.md section 12 asks for serial requests).
type Client struct{}

// Options says where and as whom to call.
type Options struct {
	BaseURL   string            // default https://api.kisi.io; plain http to loopback only
	Key       string            // stray blanks and newlines are trimmed; never logged
	Rate      float64           // requests a second; 0 means 4; above 5 only against loopback
	Transport http.RoundTripper // nil for the default; tests count and break calls here
}

// New checks the options and makes a client; it does not call anything yet.
func New(options Options) (*Client, error) { panic("unwritten") }

// Stats is a snapshot of the traffic so far.
func (c *Client) Stats() Stats { panic("unwritten") }

// CurrentUser is GET /user: whose key this is.
func (c *Client) CurrentUser(ctx context.Context) (CurrentUser, error) { panic("unwritten") }

// Login is GET /login: the key itself.
func (c *Client) Login(ctx context.Context) (Login, error) { panic("unwritten") }

// Organization is GET /organization.
func (c *Client) Organization(ctx context.Context) (Organization, error) { panic("unwritten") }

// Roles is GET /roles (not paged).
func (c *Client) Roles(ctx context.Context) ([]Role, error) { panic("unwritten") }

// Health finds out whose key it is and what it may do (kisi-api.md section 1, steps a to e).
func (c *Client) Health(ctx context.Context) (Health, error) { panic("unwritten") }

// Places lists all places, complete or an error.
func (c *Client) Places(ctx context.Context) ([]Place, error) { panic("unwritten") }

// Place is GET /places/{id}.
func (c *Client) Place(ctx context.Context, id int64) (Place, error) { panic("unwritten") }

// Groups lists all access groups of the organization, those of every place too, complete or an error.
func (c *Client) Groups(ctx context.Context) ([]Group, error) { panic("unwritten") }

// Group is GET /groups/{id}.
func (c *Client) Group(ctx context.Context, id int64) (Group, error) { panic("unwritten") }

// Users lists all people of the organization (100 a page), complete or an error. visit, when not nil, gets
// the count so far and the total after every page; false stops the reading with ErrIncomplete.
func (c *Client) Users(ctx context.Context, visit func(read, total int) bool) ([]User, error) {
	panic("unwritten")
}

// User is GET /users/{id}.
func (c *Client) User(ctx context.Context, id int64) (User, error) { panic("unwritten") }

// UserByEmail finds the person whose e-mail equals the given one (trimmed, folded, compared on our side).
// ErrNotFound when Kisi lists nobody with exactly that address.
func (c *Client) UserByEmail(ctx context.Context, email string) (User, error) { panic("unwritten") }

// CreateUser makes a user. After 409, 422 or a lost answer it looks the e-mail up again (email filter, then
// the full listing) before failing or trying again; existed tells that the person was there before us.
func (c *Client) CreateUser(ctx context.Context, user NewUser) (created User, existed bool, err error) {
	panic("unwritten")
}

// GroupRights lists every user's right in one group, whatever its role, complete or an error.
func (c *Client) GroupRights(ctx context.Context, groupID int64) ([]Right, error) { panic("unwritten") }

// UserRights lists all rights of one user, at every level.
func (c *Client) UserRights(ctx context.Context, userID int64) ([]Right, error) { panic("unwritten") }

// Right is GET /role_assignments/{id}.
func (c *Client) Right(ctx context.Context, id int64) (Right, error) { panic("unwritten") }

// CreateRight gives the user group_basic in the group (notify false, open-ended). After 409, 422 or a lost
// answer it lists the user's rights in that group before failing or trying again; existed tells that a right (any
// role) was there that this call did not make. 404 means that the user or the group is gone.
func (c *Client) CreateRight(ctx context.Context, groupID, userID int64) (right Right, existed bool, err error) {
	panic("unwritten")
}

// DeleteRight takes one right away by its own id; 404 counts as done (gone tells so).
func (c *Client) DeleteRight(ctx context.Context, id int64) (gone bool, err error) {
	panic("unwritten")
}
