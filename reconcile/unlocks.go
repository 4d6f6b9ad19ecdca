package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// UnlockEvent is one attempt of a member to open a door.
type UnlockEvent struct {
	At     time.Time `json:"at"`
	Door   string    `json:"door"`
	Opened bool      `json:"opened"`
	Code   string    `json:"code"`  // Kisi's, of a refusal
	Why    string    `json:"why"`   // of a refusal, in words
	Mends  string    `json:"mends"` // what mends it; "" where that is not known
	With   string    `json:"with"`  // app, card, or what Kisi calls it
}

// Unlocks are the last attempts of one member, the newest first.
type Unlocks struct {
	MemberID string        `json:"member"`
	Name     string        `json:"name"`
	InKisi   bool          `json:"in_kisi"` // somebody in Kisi is this member
	Since    time.Time     `json:"since"`
	Partial  bool          `json:"partial"` // Kisi had more events than are read
	Events   []UnlockEvent `json:"events"`
}

// LastUnlocks reads a member's last attempts to open the place's doors. It looks only, and changes nothing. ErrNoMember for an id
// that nobody has; ErrNoEvents where the key may not read events.
func (e *Engine) LastUnlocks(ctx context.Context, memberID string) (Unlocks, error) {
	known, services, err := e.toLook()
	if err != nil {
		return Unlocks{}, err
	}
	defer services.close()
	limited, cancel := context.WithTimeout(ctx, doorsTime)
	defer cancel()
	who, err := e.whoIs(memberID, known)
	if err != nil {
		return Unlocks{}, err
	}
	found := Unlocks{MemberID: memberID, Name: cleanName(who.name), Events: []UnlockEvent{}}
	userID, err := who.find(limited, services)
	if err != nil {
		return found, explainKisi(err)
	}
	// Events are stamped by Kisi's clock, and an interval that ends before the newest would miss what was tried just now.
	until := e.options.Now()
	if traffic := services.kisi.Stats(); traffic.ClockSeen {
		until = until.Add(max(traffic.ClockSkew, 0))
	}
	until = until.Truncate(time.Second).Add(time.Minute)
	found.Since = until.Add(-unlocksBack).UTC()
	if found.InKisi = userID != 0; !found.InKisi {
		return found, nil
	}
	attempts, whole, err := services.kisi.Unlocks(limited, kisi.UnlockQuery{
		UserID: userID, PlaceID: known.settings.PlaceID, From: found.Since, Until: until})
	if err != nil {
		return found, explainEvents(err)
	}
	found.Partial = !whole
	for _, one := range attempts[:min(len(attempts), lastUnlocks)] {
		found.Events = append(found.Events, unlockEvent(one))
	}
	return found, nil
}

func unlockEvent(one kisi.Unlock) UnlockEvent {
	event := UnlockEvent{At: one.At, Door: doorName(one.LockID, one.Lock), Opened: one.Opened, With: credentialWord(one.With)}
	if !one.Opened {
		told := kisi.RefusalOf(one.Code, one.Message)
		event.Code, event.Why, event.Mends = one.Code, cleanLine(told.Why), told.Mends
	}
	return event
}

// credentialWord names what somebody opened with; what is not known stays as Kisi calls it.
func credentialWord(kind string) string {
	switch kind {
	case "Login", "OauthAccessToken", "AccessKey":
		return "app"
	case "Card":
		return "card"
	case "ApplePassInstance":
		return "Apple Wallet"
	case "GroupLink":
		return "access link"
	}
	return cleanName(kind)
}

// somebody is a member as far as it takes to find them in Kisi.
type somebody struct {
	name   string
	email  string
	userID int64 // by which we know them, 0 for none
}

// whoIs looks a member up in what was read last, and in what we remember of those who are gone.
func (e *Engine) whoIs(id string, known remembered) (somebody, error) {
	who := somebody{userID: known.links[id]}
	if at := slices.IndexFunc(known.ledger, func(entry access.LedgerEntry) bool { return entry.MemberID == id }); at >= 0 && who.userID == 0 {
		who.userID = known.ledger[at].UserID
	}
	row, listed := known.previous[id]
	who.name, who.email = row.Name, row.Email
	var member gymflow.Member
	read := false
	err := e.store.View(func(tx *store.Tx) (err error) {
		member, read, err = tx.Member(id)
		return err
	})
	if err != nil {
		return somebody{}, err
	}
	if read {
		who.name, who.email = member.Name(), member.Email
	}
	if !read && !listed && who.userID == 0 {
		return somebody{}, ErrNoMember
	}
	return who, nil
}

// find gives the Kisi user: by the stored id, else by e-mail; 0 when Kisi knows nobody.
func (s somebody) find(ctx context.Context, services *services) (int64, error) {
	if s.userID != 0 {
		_, err := services.kisi.User(ctx, s.userID)
		if err == nil || !errors.Is(err, kisi.ErrNotFound) {
			return s.userID, err
		}
	}
	if kisi.FoldEmail(s.email) == "" {
		return 0, nil
	}
	user, err := services.kisi.UserByEmail(ctx, s.email)
	if errors.Is(err, kisi.ErrNotFound) {
		return 0, nil
	}
	return user.ID, err
}
