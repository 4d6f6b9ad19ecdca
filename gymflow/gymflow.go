// Package gymflow holds Gymflow's vocabulary (members, memberships, holdings, statuses) and the
// sources it is read from. Gymflow publishes no API; the HTTP contract spoken here is ours
// (gymflow-api.md), so that any bridge can serve it.
package gymflow

import (
	"context"
	"errors"
	"time"
)

// Status is a holding's status word. Words that are not listed here are kept as they came and
// are never guessed (see Known).
type Status string

// The status words of gymflow-api.md. "past due", in any case, is read as Overdue.
const (
	Active     Status = "active"
	Pending    Status = "pending"
	Paused     Status = "paused"
	Cancelling Status = "cancelling"
	Overdue    Status = "overdue"
	Cancelled  Status = "cancelled"
	Expired    Status = "expired"
)

// Kind says how a membership is paid.
type Kind string

// The kinds of membership.
const (
	Recurring Kind = "recurring"
	PrePaid   Kind = "pre_paid"
	Trial     Kind = "trial"
)

// Account is what the token opens: the business and its clubs.
type Account struct {
	ID       string
	Name     string
	TimeZone string // IANA name; may be empty
	Clubs    []Club
}

// Club is one site of the business.
type Club struct {
	ID       string
	Name     string
	TimeZone string // IANA name; may be empty
}

// Membership is a type that Gymflow sells ("Unlimited Monthly").
type Membership struct {
	ID       string
	Name     string
	Kind     Kind
	ClubID   string
	Archived bool
}

// Holding is one member's purchase of a membership. Its dates are days in the integration's
// time zone; the zero Date means none.
type Holding struct {
	ID              string
	MembershipID    string
	Status          Status
	StartsOn        Date
	EndsOn          Date // that day included
	PausedFrom      Date
	ResumesOn       Date // the first day that is no longer paused
	OverdueSince    Date
	PrimaryMemberID string // set on a shared (linked) membership
}

// App is what the member's own phone reported; nil fields are unknown.
type App struct {
	SignedIn      *bool
	Bluetooth     *bool
	Location      *bool
	PrimaryDevice *bool
}

// Member is one person of the roster.
type Member struct {
	ID           string
	Email        string // empty when there is none
	FirstName    string
	LastName     string
	UpdatedAt    time.Time
	OverdueSince Date // an unpaid past-due invoice of any membership, also an old one
	Blocked      bool // staff blocked the person
	Holdings     []Holding
	App          *App // nil when unknown

	// Unreadable says, in a sentence, why this member could not be understood (a malformed date,
	// say). Such a member is kept as is; ID is set all the same. Empty for a sound member.
	Unreadable string
}

// Roster is one complete read of Gymflow. A read that was not complete is an error, never a
// short Roster.
type Roster struct {
	Account     Account
	Memberships []Membership
	Members     []Member
	AsOf        time.Time // the source's own word on how fresh it is
	ReadAt      time.Time // our clock when the read ended
}

// Source is where Gymflow is read from. Implementations: HTTP (this package).
type Source interface {
	// Account proves the credentials and names the business.
	Account(ctx context.Context) (Account, error)
	// Memberships reads all membership types, complete or an error.
	Memberships(ctx context.Context) ([]Membership, error)
	// Roster reads everything. progress, when not nil, is called with members read so far and the
	// expected total (0 while unknown). The answer is complete or an error wrapping ErrIncomplete.
	Roster(ctx context.Context, progress func(read, total int)) (Roster, error)
	// Member reads one member again; ErrNotFound when Gymflow says that it is gone.
	Member(ctx context.Context, id string) (Member, error)
	// Changed reads the members that changed at or after an instant, and says as of when. ErrNoChanges when the source has
	// no such answer: then only complete reads tell.
	Changed(ctx context.Context, since time.Time) (members []Member, asOf time.Time, err error)
	// Stats tells what the source has cost so far and what its clock said.
	Stats() Stats
}

// Stats is a snapshot of a source's traffic.
type Stats struct {
	Requests  int           // sent, retries included
	ClockSkew time.Duration // service's Date header minus this host's clock; 0 when never seen
	ClockSeen bool
}

// The ways a read fails. Use errors.Is.
var (
	ErrUnauthorized = errors.New("gymflow refused the token")                  // 401
	ErrForbidden    = errors.New("the gymflow token may not do this")          // 403
	ErrNotFound     = errors.New("gymflow does not know it")                   // 404
	ErrThrottled    = errors.New("gymflow asks to slow down")                  // 429 after all retries
	ErrUnavailable  = errors.New("gymflow can't be reached")                   // network, 5xx, time-out after all retries
	ErrIncomplete   = errors.New("gymflow's answer was not complete")          // paging broke off, ids repeated, total not met
	ErrNotGymflow   = errors.New("the answer is not what gymflow's API sends") // HTML, wrong JSON, redirect

	// ErrNoChanges: this kind of source does not tell single changes.
	ErrNoChanges = errors.New("this source of Gymflow's members does not tell what changed")
)
