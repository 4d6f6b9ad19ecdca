// Package reconcile reads both sides, plans, guards, applies and settles. It knows no screen:
// progress, standings and requests all pass through the state file, so that the engine may run in this process or in
// another one.
package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// ErrNotSetUp says that there is nothing to run yet.
var ErrNotSetUp = errors.New("kisiflow is not set up yet; run: kisiflow setup")

// Options are what an engine needs beside the state file.
type Options struct {
	Now              func() time.Time  // the process's clock; nil for time.Now
	KisiURL          string            // overrides the stored address (--kisi-url)
	Rate             float64           // overrides the stored rate (--rate); 0: as stored
	KisiTransport    http.RoundTripper // nil for the default; tests break calls here
	GymflowTransport http.RoundTripper
	By               string // who acts: user@host
	Log              *slog.Logger
}

// Engine does the work for one state file. It holds no connection: every run reads settings and secrets anew, so that
// a new key or association takes effect with the next run.
type Engine struct {
	store   *store.Store
	options Options
}

// New makes an engine.
func New(state *store.Store, options Options) *Engine {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{store: state, options: options}
}

// Access names the two services and the secrets for calls that the wizard makes before anything is in force.
type Access struct {
	GymflowURL   string
	GymflowToken string
	KisiURL      string
	KisiKey      string
}

// CheckGymflow signs in to Gymflow.
func (e *Engine) CheckGymflow(ctx context.Context, to Access) (gymflow.Account, error) {
	panic("unwritten")
}

// CheckKey finds out whose key it is and what it may do. A key that cannot read groups or write access rights
// is an error that says so.
func (e *Engine) CheckKey(ctx context.Context, to Access) (kisi.Health, error) { panic("unwritten") }

// Places lists Kisi's places; none at all is an error that says what to do.
func (e *Engine) Places(ctx context.Context, to Access) ([]kisi.Place, error) { panic("unwritten") }

// MembershipFacts is a membership with how many people hold it now.
type MembershipFacts struct {
	gymflow.Membership
	Members int // with a holding that is neither cancelled nor expired
	Opening int // of those, whose holding would open a door today
}

// Choices is what the association step offers.
type Choices struct {
	Memberships []MembershipFacts
	Groups      []kisi.Group // of the place, then organization-wide ones; by name
	Members     int
}

// ReadChoices reads memberships with live counts, and the groups of the place and of the organization.
// Zero memberships or zero groups is an error that says what to do. progress may be nil.
func (e *Engine) ReadChoices(ctx context.Context, to Access, placeID int64, zone string, progress func(read, total int)) (Choices, error) {
	panic("unwritten")
}

// GroupChange is what a plan does to one group.
type GroupChange struct {
	GroupID int64  `json:"id"`
	Name    string `json:"name"`
	Grant   int    `json:"grant"`
	Revoke  int    `json:"revoke"`
	Keep    int    `json:"keep"`
	Held    int    `json:"held"`
	Foreign int    `json:"foreign"`
}

// Preview is a plan with everything a review shows. Nothing was written to Kisi.
type Preview struct {
	Plan      access.Plan
	Verdict   access.Verdict
	Rows      []access.Row // standings as they are before the plan runs
	Groups    []GroupChange
	Adoptable []access.Foreign // people already in a group who deserve it
	Others    []access.Foreign // people already in a group who are left alone
	NewUsers  int              // people whom Kisi does not know yet
	Writes    int              // requests that change something
	Time      time.Duration    // at the known rate
	Mails     int              // people to whom Kisi will send an e-mail
	Members   int
	Warnings  []string // sentences: clocks, key, second writer
	Requests  store.Requests
}

// Preview reads both sides and plans with the given settings (the draft, in the wizard) as if adoptable people not in
// settings.LeaveRights were adopted. It writes nothing but the list of removals under its fingerprint, so that
// it can be approved. progress may be nil.
func (e *Engine) Preview(ctx context.Context, settings store.Settings, to Access, progress func(phase string, done, total int)) (Preview, error) {
	panic("unwritten")
}

// PreviewStored is Preview with what is in force.
func (e *Engine) PreviewStored(ctx context.Context) (Preview, error) { panic("unwritten") }

// Confirmation is what the wizard's review was answered with.
type Confirmation struct {
	Settings store.Settings
	Access   Access
	Preview  Preview
	Approve  bool // the admin saw that removals would be held and approves them
	Sync     bool // queue a sync request (the wizard); false for `setup --no-input`
	By       string
}

// Confirm puts settings and secrets in force in one transaction, adopts the people who were not unticked, stores
// roster and standings, journals it, drops the draft and queues the sync. It calls neither service.
func (e *Engine) Confirm(confirmation Confirmation) error { panic("unwritten") }

// Sync takes the lease and runs once. The Run is stored and also given back when an error stopped it (Planned tells how
// far it got). Errors: *store.BusyError, ErrNotSetUp, or a sentence wrapping kisi's or gymflow's kind.
// Ending ctx finishes the call in hand, stores its result and ends the run as stopped.
func (e *Engine) Sync(ctx context.Context, request store.Request) (store.Run, error) {
	panic("unwritten")
}

// Loop takes requests from the state file and syncs by itself every so often (0: never) until ctx ends. Errors of runs
// go to the journal and progress, not to the caller. When another process holds the lease it leaves the work to that one.
func (e *Engine) Loop(ctx context.Context, every time.Duration) error { panic("unwritten") }

// Adopt takes over rights that are already there, one by one (later adoption). It returns how many became ours.
func (e *Engine) Adopt(foreign []access.Foreign, by string) (int, error) { panic("unwritten") }
