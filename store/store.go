// Package store keeps everything that outlives a process in one bbolt file: settings,
// associations, ledger, intents, standings, runs, journal, lease. The file is the interface between processes:
// it is opened for one short transaction at a time, so a service, two admins and a script work on it at once.
package store

import (
	"errors"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// The ways in which the file refuses. Use errors.Is.
var (
	ErrNewer     = errors.New("the state file was written by a newer kisiflow")
	ErrDamaged   = errors.New("the state file is damaged")
	ErrBusy      = errors.New("another kisiflow is at work")  // the lease; see BusyError
	ErrLeaseLost = errors.New("another kisiflow took over")   // the lease is no longer ours
	ErrLocked    = errors.New("the state file stayed locked") // another process held it for longer than the time-out
)

// BusyError is ErrBusy with who holds the lease.
type BusyError struct{ Holder Holder }

// Error says who is at work.
func (e *BusyError) Error() string { panic("unwritten") }

// Unwrap gives ErrBusy.
func (e *BusyError) Unwrap() error { return ErrBusy }

// Store is one state file. It keeps no file open between transactions.
type Store struct{ path string }

// Open makes the directory (0700) and the file (0600) where they are missing, and checks the schema version.
func Open(path string) (*Store, error) { panic("unwritten") }

// DefaultPath is the state file of a profile ("" for the default one) below XDG_STATE_HOME/kisiflow.
func DefaultPath(profile string) (string, error) { panic("unwritten") }

// Path is where the file lies.
func (s *Store) Path() string { return s.path }

// View runs a read transaction on the file.
func (s *Store) View(read func(*Tx) error) error { panic("unwritten") }

// Update runs a write transaction on the file and moves the change counter on. write must not call the store again.
func (s *Store) Update(write func(*Tx) error) error { panic("unwritten") }

// Tx is one transaction; it must not be kept.
type Tx struct{}

// Change counts writes by what they touched, so that a screen re-reads only what changed.
type Change struct {
	All       uint64 // any write at all
	Settings  uint64 // settings, draft, secrets, overrides
	Standings uint64
	Progress  uint64 // progress, lease, requests
	Runs      uint64 // runs, journal, held lists
}

// Changes reads the counters.
func (t *Tx) Changes() (Change, error) { panic("unwritten") }

// Unlocking says how members unlock, which decides whether Kisi sends them e-mails.
type Unlocking string

// Managed users get no e-mail from Kisi; invited ones do and use Kisi's app.
const (
	Managed Unlocking = "managed"
	Invited Unlocking = "invited"
)

// Settings is the integration as it is in force, or as it is being set up (the draft). No secrets.
type Settings struct {
	GymflowURL   string
	GymflowName  string // of the account
	GymflowZone  string
	ClubID       string
	KisiURL      string // "" for https://api.kisi.io
	Key          KeyFacts
	PlaceID      int64
	PlaceName    string
	PlaceAddress string
	PlaceZone    string // what Kisi says; may be empty
	Zone         string // IANA; the one in force
	Associations []access.Association
	Unlocking    Unlocking
	LeaveRights  []int64 // rights of people already in the groups that the admin unticked: not adopted
	AdoptNone    bool    // --no-adopt
	GraceDays    int
	Limits       access.Limits
	Rate         float64 // Kisi requests a second; 0 for the default
	SetUpAt      time.Time
	SetUpBy      string
}

// KeyFacts is what the last check of the Kisi key found.
type KeyFacts struct {
	UserID           int64
	UserName         string
	UserEmail        string
	OrganizationID   int64
	OrganizationName string
	RoleName         string
	Owner            bool
	LoginType        string
	Expires          bool
	CheckedAt        time.Time
}

// Settings gives the settings in force; set is false when setup never ended.
func (t *Tx) Settings() (settings Settings, set bool, err error) { panic("unwritten") }

// PutSettings replaces the settings in force.
func (t *Tx) PutSettings(settings Settings) error { panic("unwritten") }

// Draft gives the settings being edited in the wizard, if any.
func (t *Tx) Draft() (draft Settings, set bool, err error) { panic("unwritten") }

// PutDraft keeps the wizard's answers so far; ClearDraft drops them.
func (t *Tx) PutDraft(draft Settings) error { panic("unwritten") }

// ClearDraft drops the wizard's answers, with its secrets.
func (t *Tx) ClearDraft() error { panic("unwritten") }

// SecretName names a secret kept encrypted in the file.
type SecretName string

// The secrets.
const (
	KisiKey           SecretName = "kisi-key"
	GymflowToken      SecretName = "gymflow-token"
	DraftKisiKey      SecretName = "draft-kisi-key"
	DraftGymflowToken SecretName = "draft-gymflow-token"
	PushSecret        SecretName = "push-secret"
)

// Secret decrypts a secret (age; the identity lies beside the state file, 0600); "" when it is not set.
func (t *Tx) Secret(name SecretName) (string, error) { panic("unwritten") }

// PutSecret encrypts and keeps a secret; "" removes it.
func (t *Tx) PutSecret(name SecretName, value string) error { panic("unwritten") }

// Overrides gives all overrides by member id.
func (t *Tx) Overrides() (map[string]access.Override, error) { panic("unwritten") }

// PutOverride sets one; DeleteOverride removes it.
func (t *Tx) PutOverride(override access.Override) error { panic("unwritten") }

// DeleteOverride lets the member follow the rules again.
func (t *Tx) DeleteOverride(memberID string) error { panic("unwritten") }

// Ledger gives all access rights that are ours, by right id.
func (t *Tx) Ledger() ([]access.LedgerEntry, error) { panic("unwritten") }

// PutLedger adds or replaces an entry (by right id); DeleteLedger closes one.
func (t *Tx) PutLedger(entry access.LedgerEntry) error { panic("unwritten") }

// DeleteLedger closes an entry.
func (t *Tx) DeleteLedger(rightID int64) error { panic("unwritten") }

// Links gives member id → Kisi user id.
func (t *Tx) Links() (map[string]int64, error) { panic("unwritten") }

// PutLink stores which Kisi user a member is.
func (t *Tx) PutLink(memberID string, userID int64) error { panic("unwritten") }

// DeleteLink forgets it (the user is gone).
func (t *Tx) DeleteLink(memberID string) error { panic("unwritten") }

// Absences gives the members that complete reads missed, by id.
func (t *Tx) Absences() (map[string]access.Absence, error) { panic("unwritten") }

// PutAbsences replaces them all.
func (t *Tx) PutAbsences(absences map[string]access.Absence) error { panic("unwritten") }

// Lost tells how often somebody removed a right of ours in Kisi.
func (t *Tx) Lost() (map[access.RightKey]int, error) { panic("unwritten") }

// PutLost sets the count of one; 0 forgets it.
func (t *Tx) PutLost(key access.RightKey, count int) error { panic("unwritten") }

// People is the last whole read of Kisi's users; nil ReadAt zero when never read.
type People struct {
	Users  []kisi.User // id, e-mail, name and suspension only
	ReadAt time.Time
}

// People gives the last whole read of Kisi's users.
func (t *Tx) People() (People, error) { panic("unwritten") }

// PutPeople replaces it.
func (t *Tx) PutPeople(people People) error { panic("unwritten") }

// IntentKind says what a write was about to do.
type IntentKind string

// The writes.
const (
	IntentCreateUser IntentKind = "create-user"
	IntentGrant      IntentKind = "grant"
	IntentRevoke     IntentKind = "revoke"
)

// Intent is a write that was begun; it is closed in the same transaction that stores its result.
type Intent struct {
	ID       uint64
	Kind     IntentKind
	Run      string
	At       time.Time
	MemberID string
	Name     string
	Email    string
	UserID   int64
	GroupID  int64
	RightID  int64
	Why      string
}

// OpenIntent stores an intent and gives its id; CloseIntent removes it.
func (t *Tx) OpenIntent(intent Intent) (uint64, error) { panic("unwritten") }

// CloseIntent removes an intent.
func (t *Tx) CloseIntent(id uint64) error { panic("unwritten") }

// Intents gives all open intents, oldest first.
func (t *Tx) Intents() ([]Intent, error) { panic("unwritten") }

// Standings gives the rows of the last run, by name then id, and when they were made.
func (t *Tx) Standings() (rows []access.Row, at time.Time, err error) { panic("unwritten") }

// PutStandings replaces them (only rows that differ are written).
func (t *Tx) PutStandings(rows []access.Row, at time.Time) error { panic("unwritten") }

// PutStanding replaces one row, for live progress.
func (t *Tx) PutStanding(row access.Row) error { panic("unwritten") }

// Member gives one member of the last roster, the evidence on the member's page.
func (t *Tx) Member(id string) (member gymflow.Member, found bool, err error) { panic("unwritten") }

// Memberships gives the memberships of the last roster.
func (t *Tx) Memberships() ([]gymflow.Membership, error) { panic("unwritten") }

// PutRoster keeps the last complete roster (only what differs is written).
func (t *Tx) PutRoster(roster gymflow.Roster) error { panic("unwritten") }

// RosterFacts tells the size and age of the last complete roster.
func (t *Tx) RosterFacts() (members int, readAt time.Time, err error) { panic("unwritten") }

// Requests counts what a run cost.
type Requests struct {
	KisiRead  int `json:"kisi_read"`
	KisiWrite int `json:"kisi_write"`
	Gymflow   int `json:"gymflow"`
}

// Outcome words of a run.
const (
	OutcomeRunning = "running"
	OutcomeDone    = "done"
	OutcomePartial = "partial" // some members failed, or a group was held
	OutcomeHeld    = "held"    // removals held
	OutcomeStopped = "stopped" // interrupted, or the key died
	OutcomeFailed  = "failed"
)

// Run is one plan applied; its JSON is that of `sync --json`.
type Run struct {
	ID          string    `json:"run"`
	Trigger     string    `json:"trigger"`
	Started     time.Time `json:"started"`
	Finished    time.Time `json:"finished"`
	Outcome     string    `json:"outcome"`
	Members     int       `json:"members"`
	Granted     int       `json:"granted"`
	Revoked     int       `json:"revoked"`
	Held        int       `json:"held"`
	Kept        int       `json:"kept"`
	Failed      int       `json:"failed"`
	Foreign     int       `json:"foreign"`
	Requests    Requests  `json:"requests"`
	Throttled   int       `json:"throttled"`
	Fingerprint string    `json:"fingerprint"`

	Planned  bool      `json:"-"` // it got as far as a plan
	Notes    []string  `json:"-"` // sentences: why held, why stopped, warnings
	Exit     int       `json:"-"`
	Problems []Trouble `json:"-"`
}

// Trouble is one thing that went wrong in a run, in a sentence with what to do.
type Trouble struct {
	MemberID string
	Name     string
	GroupID  int64
	Text     string
	At       time.Time
}

// NextRun gives the id of a new run ("r1", "r2", …).
func (t *Tx) NextRun() (string, error) { panic("unwritten") }

// PutRun adds or replaces a run.
func (t *Tx) PutRun(run Run) error { panic("unwritten") }

// Run gives one run by id.
func (t *Tx) Run(id string) (run Run, found bool, err error) { panic("unwritten") }

// Runs gives the newest runs first, at most limit.
func (t *Tx) Runs(limit int) ([]Run, error) { panic("unwritten") }

// Approvable is a list of removals that a plan or run showed; an approval names its fingerprint.
type Approvable struct {
	Fingerprint string
	Keys        []string
	Removals    []access.Revoke
	At          time.Time
	Run         string   // "" when made by `plan`
	Held        bool     // it is waiting for the admin now
	Why         []string // the guard's sentences
}

// PutApprovable keeps a list (the newest 50 are kept); one with Held replaces the held one.
func (t *Tx) PutApprovable(list Approvable) error { panic("unwritten") }

// Approvable gives a list by its fingerprint.
func (t *Tx) Approvable(fingerprint string) (list Approvable, found bool, err error) {
	panic("unwritten")
}

// HeldList gives the list that waits for the admin now.
func (t *Tx) HeldList() (list Approvable, found bool, err error) { panic("unwritten") }

// ClearHeld says that no removals are held any more.
func (t *Tx) ClearHeld() error { panic("unwritten") }

// PutQuestions replaces what the admin must decide; Questions gives it.
func (t *Tx) PutQuestions(questions []access.Question) error { panic("unwritten") }

// Questions gives what the admin must decide.
func (t *Tx) Questions() ([]access.Question, error) { panic("unwritten") }

// PutForeign replaces the rights in our groups that are not ours; Foreign gives them.
func (t *Tx) PutForeign(foreign []access.Foreign) error { panic("unwritten") }

// Foreign gives the rights in our groups that are not ours.
func (t *Tx) Foreign() ([]access.Foreign, error) { panic("unwritten") }

// EntryKind says what a journal entry tells of.
type EntryKind string

// The kinds of journal entry.
const (
	Granted     EntryKind = "granted"
	Revoked     EntryKind = "revoked"
	UserCreated EntryKind = "user created"
	Adopted     EntryKind = "adopted"
	HeldBack    EntryKind = "held"
	FailedEntry EntryKind = "failed"
	LostRight   EntryKind = "removed in Kisi by somebody else"
	Settled     EntryKind = "settled" // an intent left open by a crash
	Approved    EntryKind = "approved"
	SetUp       EntryKind = "set up"
	Changed     EntryKind = "associations changed"
	OverrideSet EntryKind = "override"
	RunStarted  EntryKind = "run started"
	RunEnded    EntryKind = "run ended"
)

// Entry is one line of the journal: every change with before, after, evidence and who.
type Entry struct {
	Sequence uint64    `json:"sequence"`
	At       time.Time `json:"at"`
	Kind     EntryKind `json:"kind"`
	Run      string    `json:"run,omitempty"`
	By       string    `json:"by,omitempty"`
	MemberID string    `json:"member_id,omitempty"`
	Name     string    `json:"name,omitempty"`
	GroupID  int64     `json:"group_id,omitempty"`
	Group    string    `json:"group,omitempty"`
	UserID   int64     `json:"user_id,omitempty"`
	RightID  int64     `json:"right_id,omitempty"`
	Before   string    `json:"before,omitempty"`
	After    string    `json:"after,omitempty"`
	Evidence string    `json:"evidence,omitempty"`
}

// AppendJournal writes an entry and gives it its sequence number.
func (t *Tx) AppendJournal(entry Entry) (uint64, error) { panic("unwritten") }

// Journal gives the newest entries first, those before the sequence number (0: from the newest), at most limit;
// memberID "" for everybody.
func (t *Tx) Journal(before uint64, limit int, memberID string) ([]Entry, error) { panic("unwritten") }

// Progress is the running (or last) run, as a snapshot for screens.
type Progress struct {
	Run       string
	Running   bool
	Phase     string // "reading Gymflow", "reading Kisi", "planning", "writing", "done"
	Done      int    // of Total in this phase
	Total     int
	Granted   int
	Revoked   int
	Failed    int
	Rate      float64       // writes a second, smoothed
	Left      time.Duration // 0 while unknown
	Started   time.Time
	UpdatedAt time.Time
	Troubles  []Trouble // the newest few
}

// Progress gives the snapshot.
func (t *Tx) Progress() (Progress, error) { panic("unwritten") }

// PutProgress replaces it.
func (t *Tx) PutProgress(progress Progress) error { panic("unwritten") }

// Request asks whichever process runs the engine to do something.
type Request struct {
	ID      uint64
	Kind    string // "sync"
	Trigger string // who or what asked: "admin", "schedule", "setup", "approve"
	Approve string // fingerprint, "" for none
	Confirm string // fingerprint of a plan that the admin saw and confirmed in Review
	By      string
	At      time.Time
}

// PutRequest queues a request; TakeRequest removes and gives the oldest.
func (t *Tx) PutRequest(request Request) (uint64, error) { panic("unwritten") }

// TakeRequest removes and gives the oldest request.
func (t *Tx) TakeRequest() (request Request, found bool, err error) { panic("unwritten") }

// Holder is who holds the lease.
type Holder struct {
	ID        string // unique to this process and moment
	Host      string
	PID       int
	Purpose   string // "sync", "watch", "live view"
	Since     time.Time
	Heartbeat time.Time
}

// Lease is the right to run: one process at a time.
type Lease struct {
	store  *Store
	holder Holder
}

// LeaseTimeout is how old a heartbeat may be before the lease counts as stale. A dead pid on this host is stale at once.
const LeaseTimeout = 30 * time.Second

// Acquire takes the lease or answers a *BusyError.
func (s *Store) Acquire(purpose string) (*Lease, error) { panic("unwritten") }

// Leased tells who holds a lease that is alive now.
func (t *Tx) Leased() (holder Holder, alive bool, err error) { panic("unwritten") }

// Update is Store.Update, refused with ErrLeaseLost when another process took the lease over.
func (l *Lease) Update(write func(*Tx) error) error { panic("unwritten") }

// Beat renews the heartbeat; call it every few seconds.
func (l *Lease) Beat() error { panic("unwritten") }

// Release gives the lease back; harmless when it was lost.
func (l *Lease) Release() error { panic("unwritten") }

// Seen tells what the daily people read and the last run left: when a full sync last succeeded.
func (t *Tx) LastSync() (at time.Time, found bool, err error) { panic("unwritten") }
