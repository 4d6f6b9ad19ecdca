// Package access holds the rules: who is entitled to which access group and why, and the plan
// that leads from what Kisi has to what is deserved. It is pure: no I/O, no clock of its own; the
// time and all data are arguments. Rules are those of design.md sections 4 and 5.
package access

import (
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// Association says which group a membership opens.
type Association struct {
	MembershipID   string
	MembershipName string
	GroupID        int64 // 0: "No access" was chosen
	GroupName      string
}

// OverrideKind says what an override does.
type OverrideKind string

// The overrides beside following the rules.
const (
	Allow OverrideKind = "allow" // the groups of the member's associated holdings, whatever their status
	Block OverrideKind = "block" // nothing

	Follow OverrideKind = "" // the rules: no override at all
)

// Override is an admin's decision for one member that outranks the rules.
type Override struct {
	MemberID string
	Kind     OverrideKind
	Until    gymflow.Date // of Allow; that day included
	Note     string
	By       string // user@host, with the SSH origin where known
	At       time.Time
}

// Rules are the settings that the decision depends on.
type Rules struct {
	Zone         *time.Location
	Associations []Association
	GraceDays    int                 // days after an invoice fell due in which access stays; 0 as in Gymflow itself
	Overrides    map[string]Override // by member id
	GoneGroups   map[int64]bool      // groups that Kisi no longer has: their associations are held
}

// Standing is what one member's access is.
type Standing string

// The standings.
const (
	HasAccess Standing = "access"
	NoAccess  Standing = "no access"
	Waiting   Standing = "waiting"
	Held      Standing = "held"
	Problem   Standing = "problem"
)

// Reason is the code that says why. "" with plain access.
type Reason string

// The reasons of design.md section 8.
const (
	MissedPayment     Reason = "missed_payment"
	IsPaused          Reason = "paused"
	NotStarted        Reason = "not_started"
	MissingPermission Reason = "missing_permission"
	NotIncluded       Reason = "not_included"
	IsCancelled       Reason = "cancelled"
	IsExpired         Reason = "expired"
	NoMembership      Reason = "no_membership"
	IsBlocked         Reason = "blocked"
	IsSuspended       Reason = "suspended"
	NoEmail           Reason = "no_email"
	SharedEmail       Reason = "shared_email"
	UnknownStatus     Reason = "unknown_status"
	GroupGone         Reason = "group_gone"
	IsWaiting         Reason = "waiting"
	IsHeld            Reason = "held"
	Failed            Reason = "failed"
	Overridden        Reason = "override"
	Stale             Reason = "stale"
)

// Entitlement is member → group, deserved now, because of a holding.
type Entitlement struct {
	GroupID      int64
	MembershipID string
	HoldingID    string
}

// Change is what dates alone will do next.
type Change struct {
	At    time.Time
	Gains bool // true: access to some group begins; false: some access ends
}

// Decision is what one member deserves by the rules alone.
type Decision struct {
	MemberID   string
	Entitled   []Entitlement  // one a group, by group id
	Hold       bool           // this member's rights stay as they are (unknown status, unreadable)
	HoldGroups map[int64]bool // rights in these groups stay as they are (gone group, clocks disagree)
	Reason     Reason         // why there is no access, or what is not plain about it; "" with plain access
	Detail     string         // one sentence of evidence: status words, dates, amounts of days
	Since      time.Time      // from dates where they tell, else zero
	HoldingID  string         // the holding that gave the reason, "" when none
	Next       *Change
}

// RightKey names one person's place in one group.
type RightKey struct {
	GroupID int64
	UserID  int64
}

// LedgerEntry is one access right that is ours: made by us, or taken over.
type LedgerEntry struct {
	RightID   int64
	GroupID   int64
	UserID    int64
	MemberID  string // for whom it was made or adopted
	Email     string
	Name      string
	GrantedAt time.Time
	Run       string
	Adopted   bool // it was there before us
}

// Key names the person and the group.
func (e LedgerEntry) Key() RightKey { return RightKey{e.GroupID, e.UserID} }

// Absence counts complete reads of Gymflow in which a member with rights of ours was missing.
type Absence struct {
	MemberID  string
	Reads     int       // complete reads without the member, this one included
	FirstSeen time.Time // when the member was first missed
	Confirmed bool      // a single re-read of this run answered "not found", or a newer roster file says the same
	File      time.Time // the time of the roster file that missed the member last; zero where Gymflow itself was read
}

// State is everything that a plan compares. All lists are complete reads.
type State struct {
	Now        time.Time
	Rules      Rules
	Roster     gymflow.Roster
	Decisions  map[string]Decision
	Groups     map[int64]kisi.Group   // known groups, by id
	Rights     map[int64][]kisi.Right // by group id: every mapped group and every group of the ledger
	HeldGroups map[int64]string       // groups whose rights stay as they are, with the sentence why
	Ledger     []LedgerEntry
	Links      map[string]int64    // member id → Kisi user id, as stored
	Users      map[int64]kisi.User // people known in Kisi, by id; may be partial
	Absences   map[string]Absence  // by member id
	Lost       map[RightKey]int    // how often somebody removed our right in Kisi
	KeyUserID  int64               // whose key we use
	Previous   map[string]Row      // the last standings, for "since"
	Holds      map[HoldKey]Hold    // what undone runs left, until the rules agree
	// GroupsWithoutAssociation that the admin emptied on purpose and confirmed: exempt from the
	// "would be emptied" check.
	Confirmed map[int64]bool
}

// Evidence grades why a right is to be removed.
type Evidence string

// Strong: the status says so, or the admin removed the association. Weak: the member is missing.
const (
	Strong Evidence = "strong"
	Weak   Evidence = "weak"
)

// Grant is one access right to give.
type Grant struct {
	MemberID  string
	Name      string
	Email     string
	UserID    int64 // 0: the person must be found or created in Kisi first
	GroupID   int64
	GroupName string
	Why       string // "Unlimited Monthly is active"
	Again     bool   // somebody removed it in Kisi; it is given again once
}

// Revoke is one access right of ours to take away.
type Revoke struct {
	Entry     LedgerEntry
	Name      string // of the person
	GroupName string
	Evidence  Evidence
	Reason    Reason
	Why       string // a sentence
	Move      bool   // the same person is granted another group in this plan: revoke only after those grants succeeded
	// Missing are the members behind the right whom this reading of Gymflow does not have; each must be asked for alone.
	Missing []string
}

// Foreign is a right in one of our groups that is not ours.
type Foreign struct {
	Right    kisi.Right
	GroupID  int64
	MemberID string // the member it matches, "" when none
	Name     string
	Entitled bool // that member deserves the group: can be adopted with all others
}

// Question is something that the admin must decide; nothing happens until then.
type Question struct {
	MemberID string // "" when it is about a whole group
	Name     string
	GroupID  int64
	Reason   Reason
	Text     string
}

// Plan is what a run would do.
type Plan struct {
	Grants      []Grant
	Revokes     []Revoke // removals with full evidence
	Unconfirmed []Revoke // weak removals that wait for a second read or the single re-read; not held, not done
	Kept        []LedgerEntry
	Foreign     []Foreign
	Questions   []Question
	Fingerprint string // names Revokes; never empty
}

// Empty reports whether a run of this plan would write nothing to Kisi.
func (p Plan) Empty() bool { return len(p.Grants) == 0 && len(p.Revokes) == 0 }

// Limits are the guard's numbers: removals are held when a count exceeds both the number and the percentage.
type Limits struct {
	WeakCount     int // default 10
	WeakPercent   int // default 10
	StrongCount   int // default 25
	StrongPercent int // default 25
	EmptyGroup    int // default 5: a group with that many of our rights is never emptied unasked
}

// DefaultLimits are the numbers of design.md 5.5.
func DefaultLimits() Limits { return Limits{10, 10, 25, 25, 5} }

// Verdict is the guard's word on a plan.
type Verdict struct {
	Hold      bool     // all removals of the plan are held
	Untrusted bool     // Gymflow's list is empty or lost half of its members: a person must confirm it in words
	Stale     bool     // Gymflow's data is too old: no approval helps before it is fresh
	Reasons   []string // sentences
	Weak      int
	Strong    int
	Ledger    int // our rights in force before the run
}

// MembershipRef names a membership in a row, with the holding's status.
type MembershipRef struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// GroupRef names a group in a row.
type GroupRef struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Row is one member's standing: what `members --json` prints and what the live view lists.
type Row struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Email       string          `json:"email"`
	Memberships []MembershipRef `json:"memberships"`
	Entitled    []GroupRef      `json:"entitled"`
	Groups      []GroupRef      `json:"groups"` // in which a right is in force now
	Standing    Standing        `json:"standing"`
	Reason      *Reason         `json:"reason"` // null with plain access
	Since       time.Time       `json:"since"`
	NextChange  *time.Time      `json:"next_change"`

	// Detail is a sentence of evidence for the member's page; UserID the Kisi user, 0 when unknown. Not part of --json.
	Detail string `json:"-"`
	Mend   string `json:"-"` // what mends it where the reason's own fix does not fit; see Fix
	UserID int64  `json:"-"`
	Gains  bool   `json:"-"` // what NextChange does
	// Missing: the last roster does not have this member, but a right of ours is still there. `members --json` leaves the row out.
	Missing bool `json:"-"`
}

// Fix says what mends the standing; "" where nothing needs mending.
func (r *Row) Fix() string {
	if r.Mend != "" || r.Reason == nil {
		return r.Mend
	}
	return r.Reason.Fix()
}

// Outcome is what a run did with a plan so far; the zero Outcome is "nothing yet".
type Outcome struct {
	Granted map[string]map[int64]int64 // member id → group id → Kisi user id
	Revoked map[int64]bool             // right ids
	Failed  map[string]string          // member id → sentence
	Held    map[int64]bool             // right ids of removals that the guard holds
	Stale   bool                       // the data is too old to act on
}
