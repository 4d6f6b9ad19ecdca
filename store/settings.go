package store

import (
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
)

const (
	settingsKey = "settings"
	draftKey    = "draft"
)

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
	Roster       gymflow.RosterFile `json:",omitzero"` // read in the place of an address; GymflowURL is empty then
	GymflowName  string             // of the account
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
	StaleAfter   time.Duration // how old Gymflow's data may be before removals are held; 0 for a day
	Limits       access.Limits
	Rate         float64 // Kisi requests a second; 0 for the default
	SetUpAt      time.Time
	SetUpBy      string
	DisabledAt   time.Time // when an admin switched the integration off; zero while it is on
	DisabledBy   string
	Audit        bool // both sides are read, and nothing is changed in Kisi

	// FormerKeyUsers are the people whose keys were used before: a right of theirs may be one that a crash left unnoted.
	FormerKeyUsers []int64
}

// Disabled reports that an admin switched the integration off: nothing runs until it is switched on, or set up, again.
func (s Settings) Disabled() bool { return !s.DisabledAt.IsZero() }

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
	LastUsedAt       time.Time // as Kisi says; zero when it does not
	Problems         []string  // sentences: what is wrong with the key, though it works
	CheckedAt        time.Time
	DiedAt           time.Time // when Kisi refused the key first; zero while it works
	DiedWhy          string    // what was refused, and what to do
}

// Settings gives the settings in force; set is false when setup never ended.
func (t *Tx) Settings() (settings Settings, set bool, err error) {
	return single[Settings](t, settingsKey)
}

// PutSettings replaces the settings in force.
func (t *Tx) PutSettings(settings Settings) error {
	return putSingle(t, settingsKey, settings, settingsPart)
}

// Draft gives the settings being edited in the wizard, if any.
func (t *Tx) Draft() (draft Settings, set bool, err error) {
	return single[Settings](t, draftKey)
}

// PutDraft keeps the wizard's answers so far; ClearDraft drops them.
func (t *Tx) PutDraft(draft Settings) error {
	return putSingle(t, draftKey, draft, settingsPart)
}

// ClearDraft drops the wizard's answers, with its secrets.
func (t *Tx) ClearDraft() error {
	for _, name := range []SecretName{DraftKisiKey, DraftGymflowToken} {
		if err := t.PutSecret(name, ""); err != nil {
			return err
		}
	}
	return t.drop(singlesBucket, []byte(draftKey), settingsPart)
}
