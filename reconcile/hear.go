package reconcile

import (
	"slices"
	"time"

	"kisiflow/store"
)

// Word is what somebody outside tells: whom to look at, and nothing else. What holds is read when the turn comes.
type Word struct {
	ID       string // of the telling; the same one within a day counts once. "" when the sender gives none
	Cause    string // "push", "changed in Kisi"
	MemberID string
	Email    string
	UserID   int64  // a person in Kisi
	RightID  int64  // an access right in Kisi
	All      string // why everybody must be looked at; "" when not
}

// Hear takes such a word: the looks that it asks for are stored, and its id noted, in one transaction before this returns, so
// that a word that was answered is never lost. again is true for one that was heard before.
func (e *Engine) Hear(word Word) (again bool, err error) {
	looks, all, poll, err := e.follow(word)
	if err != nil {
		return false, err
	}
	err = e.store.Update(func(tx *store.Tx) error {
		if word.ID != "" {
			if again, err = tx.Heard(word.ID, e.options.Now()); err != nil || again {
				return err
			}
		}
		if err := e.noteTold(tx, word, looks, poll); err != nil {
			return err
		}
		return e.note(tx, looks, all)
	})
	if err != nil || again {
		return again, err
	}
	if poll {
		e.pollAsked.Store(true)
	}
	e.Wake()
	return false, nil
}

// note stores what is to be done.
func (e *Engine) note(tx *store.Tx, looks []store.Look, all string) error {
	for _, look := range looks {
		look.At = e.options.Now()
		if err := tx.PutLook(look); err != nil {
			return err
		}
	}
	if all != "" {
		return wantSync(tx, all, e.options.Now())
	}
	return nil
}

// follow finds whom a word is about. poll says that Gymflow itself must tell, since nobody here is known by that address.
func (e *Engine) follow(word Word) (looks []store.Look, all string, poll bool, err error) {
	all = word.All
	if word.MemberID != "" {
		looks = append(looks, store.Look{MemberID: word.MemberID, Urgency: store.LookPushed, Cause: word.Cause})
	}
	if word.Email != "" {
		found, err := e.LooksAt(word.Email, word.Cause)
		if err != nil {
			return nil, "", false, err
		}
		looks, poll = append(looks, found...), len(found) == 0
	}
	if word.UserID != 0 {
		found, err := e.LooksFor(word.UserID, word.Cause)
		if err != nil {
			return nil, "", false, err
		}
		looks = append(looks, found...)
	}
	if word.RightID != 0 {
		found, ours, err := e.looksAtRight(word.RightID, word.Cause)
		if err != nil {
			return nil, "", false, err
		}
		if looks = append(looks, found...); !ours && len(found) == 0 {
			all = "somebody changed an access right in Kisi"
		}
	}
	for i := range looks {
		looks[i].Person = word.Cause == ChangedInKisi
	}
	return looks, all, poll, nil
}

// ownWritesBack is how far back in the journal a removal of ours is looked for.
const ownWritesBack = 200

// looksAtRight gives a look at the member of a right in the ledger. ours is true for one that we took away ourselves just now.
// Kisi tells of our own writes like of anybody's: without this each of them would end in a complete sync.
func (e *Engine) looksAtRight(rightID int64, cause string) (looks []store.Look, ours bool, err error) {
	err = e.store.View(func(tx *store.Tx) error {
		ledger, err := tx.Ledger()
		if err != nil {
			return err
		}
		for _, entry := range ledger {
			if entry.RightID == rightID && entry.MemberID != "" {
				looks = append(looks, store.Look{MemberID: entry.MemberID, Urgency: store.LookPushed, Cause: cause})
				return nil
			}
		}
		entries, err := tx.Journal(0, ownWritesBack, "")
		ours = slices.ContainsFunc(entries, func(entry store.Entry) bool { return entry.RightID == rightID && entry.Kind == store.Revoked })
		return err
	})
	return looks, ours, err
}

// pollNow reports, once, that a word asked for a question to Gymflow before its time. A loop that may not ask, or whose source
// does not tell, syncs instead.
func (l *loop) pollNow() error {
	if !l.engine.pollAsked.Swap(false) {
		return nil
	}
	if l.poll.every <= 0 || l.poll.never {
		l.looked = false
		return l.engine.WantSync("a push about somebody whom the last list does not have")
	}
	l.poll.due, l.poll.asked = time.Time{}, true
	return nil
}

// Witness is told what the engine did, for those who count. Its methods must return at once.
type Witness interface {
	RunEnded(run store.Run)
	Looked(look store.Look, failed bool) // now: the look was done, or failed and waits
}

// Traffic is what the services have cost since Loop began, for those who count.
type Traffic struct {
	store.Requests
	Throttled int
}

// Traffic gives it.
func (e *Engine) Traffic() Traffic {
	e.kept.mutex.Lock()
	defer e.kept.mutex.Unlock()
	total := e.kept.spent
	if e.kept.services != nil {
		total = total.plus(e.kept.services)
	}
	return total
}

func (t Traffic) plus(s *services) Traffic {
	cost, throttled := s.requests()
	t.KisiRead += cost.KisiRead
	t.KisiWrite += cost.KisiWrite
	t.Gymflow += cost.Gymflow
	t.Throttled += throttled
	return t
}

// witnessed tells the witness, where there is one.
func (e *Engine) witnessed(tell func(Witness)) {
	if e.options.Witness != nil {
		tell(e.options.Witness)
	}
}

// ChangedInKisi is the cause of looks that Kisi's own events ask for.
const ChangedInKisi = "changed in Kisi"
