package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// clockTolerance is how far two clocks may be apart before anything is made of it.
const clockTolerance = 2 * time.Minute

// settle closes the writes that a crash left open, from the lists just read: no grant of ours is ever orphaned, none is
// made twice (design.md 5.7).
func (s *survey) settle(ctx context.Context) error {
	for _, intent := range s.intents {
		var err error
		switch intent.Kind {
		case store.IntentCreateUser:
			err = s.settleUser(ctx, intent)
		case store.IntentGrant:
			err = s.settleGrant(ctx, intent)
		case store.IntentRevoke:
			err = s.settleRevoke(ctx, intent)
		default:
			s.drop(intent)
		}
		if err != nil {
			return explainKisi(err)
		}
	}
	return nil
}

// drop closes an intent that did nothing, or whose outcome the plan sees by itself.
func (s *survey) drop(intent store.Intent) {
	s.findings = append(s.findings, func(tx *store.Tx) error { return tx.CloseIntent(intent.ID) })
}

func (s *survey) settleUser(ctx context.Context, intent store.Intent) error {
	user, err := s.services.kisi.UserByEmail(ctx, intent.Email)
	if errors.Is(err, kisi.ErrNotFound) {
		s.drop(intent)
		return nil
	}
	if err != nil {
		return err
	}
	s.links[intent.MemberID] = user.ID
	s.people.Users = withUser(s.people.Users, user)
	s.findings = append(s.findings, func(tx *store.Tx) error {
		return errors.Join(
			tx.CloseIntent(intent.ID),
			tx.PutLink(intent.MemberID, user.ID),
			journal(tx, s.entry(store.Settled, intent, store.Entry{
				UserID: user.ID, Before: "not known in Kisi", After: "known in Kisi",
				Evidence: "An earlier run ended while adding this person to Kisi; Kisi has them.",
			})))
	})
	return nil
}

// settleGrant looks for the right that the intent was about to make. That the group's list does not show it proves
// nothing (design.md 5.7): the person's own list is asked too before the intent is closed.
func (s *survey) settleGrant(ctx context.Context, intent store.Intent) error {
	if s.gone[intent.GroupID] {
		s.drop(intent)
		return nil
	}
	if _, withheld := s.withheld[intent.GroupID]; withheld {
		return nil // nothing can be seen there now: it stays open
	}
	matches := func(right kisi.Right) bool {
		return right.AppliesToType == "Group" && right.AppliesToID == intent.GroupID && s.couldBe(right, intent)
	}
	found := s.rights[intent.GroupID]
	if !slices.ContainsFunc(found, matches) {
		var err error
		found, err = s.services.kisi.UserRights(ctx, intent.UserID)
		if errors.Is(err, kisi.ErrForbidden) {
			return nil // it stays open
		}
		if err != nil {
			return err
		}
	}
	at := slices.IndexFunc(found, matches)
	if at < 0 {
		s.drop(intent)
		return nil
	}
	right := found[at]
	if !idsOf(s.rights[intent.GroupID])[right.ID] {
		s.rights[intent.GroupID] = append(s.rights[intent.GroupID], right)
	}
	entry := access.LedgerEntry{
		RightID: right.ID, GroupID: intent.GroupID, UserID: intent.UserID, MemberID: intent.MemberID,
		Email: intent.Email, Name: intent.Name, GrantedAt: right.CreatedAt, Run: intent.Run,
	}
	s.ledger = append(s.ledger, entry)
	s.links[intent.MemberID] = intent.UserID
	s.holdInMemory(intent)
	s.findings = append(s.findings, func(tx *store.Tx) error {
		return errors.Join(
			tx.CloseIntent(intent.ID),
			s.putHold(tx, intent),
			tx.PutLedger(entry),
			tx.PutLink(intent.MemberID, intent.UserID),
			journal(tx, s.entry(store.Settled, intent, store.Entry{
				RightID: right.ID, Before: withoutRight, After: withRight,
				Evidence: "An earlier run ended while giving this access right; Kisi has it.",
			})))
	})
	return nil
}

// stillOnItsWay is how long after its intent a write can still take effect: the client gives up after a minute, and a
// request that the network held back is not much older.
const stillOnItsWay = 10 * time.Minute

// couldBe: the run that left the intent had read the group whole and seen no right of this person there, so what is there
// now and looks like ours is ours, unless it was made so much later that somebody else must have made it since.
func (s *survey) couldBe(right kisi.Right, intent store.Intent) bool {
	if right.AssigneeID != intent.UserID || right.RoleID != kisi.RoleBasic || right.ValidFrom != nil || right.ValidUntil != nil {
		return false
	}
	latest := intent.At
	if intent.HostAt.After(latest) {
		latest = intent.HostAt
	}
	if right.CreatedAt.After(latest.Add(stillOnItsWay)) || !s.madeByKey(right.CreatedByID) {
		return false
	}
	return !slices.ContainsFunc(s.ledger, func(entry access.LedgerEntry) bool { return entry.RightID == right.ID })
}

// madeByKey: that created_by_id is the key's user is inferred (kisi-api.md section 17 m), so whatever Kisi wrote on the
// rights of ours counts as well.
func (s *survey) madeByKey(author int64) bool {
	if author == 0 || author == s.me.ID || author == s.settings.Key.UserID || slices.Contains(s.settings.FormerKeyUsers, author) {
		return true
	}
	for _, entry := range s.ledger {
		for _, right := range s.rights[entry.GroupID] {
			if right.ID == entry.RightID && !entry.Adopted && right.CreatedByID == author {
				return true
			}
		}
	}
	return false
}

// settleRevoke: only a 404 of that very right closes its ledger entry.
func (s *survey) settleRevoke(ctx context.Context, intent store.Intent) error {
	if idsOf(s.rights[intent.GroupID])[intent.RightID] {
		s.drop(intent)
		return nil
	}
	_, err := s.services.kisi.Right(ctx, intent.RightID)
	switch {
	case err == nil:
		s.drop(intent)
		return nil
	case errors.Is(err, kisi.ErrForbidden):
		return nil // it stays open
	case !errors.Is(err, kisi.ErrNotFound):
		return err
	}
	key := access.RightKey{GroupID: intent.GroupID, UserID: intent.UserID}
	s.forget(intent.RightID)
	delete(s.lost, key)
	s.holdInMemory(intent)
	s.findings = append(s.findings, func(tx *store.Tx) error {
		return errors.Join(
			tx.CloseIntent(intent.ID),
			s.putHold(tx, intent),
			tx.DeleteLedger(intent.RightID),
			tx.PutLost(key, 0),
			journal(tx, s.entry(store.Settled, intent, store.Entry{
				RightID: intent.RightID, Before: withRight, After: withoutRight,
				Evidence: "An earlier run ended while taking this access right away; Kisi no longer has it. " + intent.Why,
			})))
	})
	return nil
}

// askForUnlisted asks for each right of ours that no list shows: a list alone closes no ledger entry.
func (s *survey) askForUnlisted(ctx context.Context) error {
	for _, entry := range s.unlisted() {
		right, err := s.services.kisi.Right(ctx, entry.RightID)
		switch {
		case err == nil:
			s.rights[entry.GroupID] = append(s.rights[entry.GroupID], right)
		case errors.Is(err, kisi.ErrNotFound):
			s.markLost(entry)
		case errors.Is(err, kisi.ErrForbidden):
			s.withhold(entry.GroupID, "Kisi no longer lists an access right of %s in %s and does not let the key look at it, so everybody in that group stays as they are.",
				cleanName(entry.Name), s.groupName(entry.GroupID))
		default:
			return explainKisi(err)
		}
	}
	return nil
}

// markLost: somebody removed our right in Kisi. It is given again once (design.md 5.3).
func (s *survey) markLost(entry access.LedgerEntry) {
	s.forget(entry.RightID)
	s.losses[entry.GroupID]++
	if !s.gone[entry.GroupID] {
		s.lost[entry.Key()]++
	}
	count := s.lost[entry.Key()]
	s.findings = append(s.findings, func(tx *store.Tx) error {
		return errors.Join(
			tx.DeleteLedger(entry.RightID),
			tx.PutLost(entry.Key(), count),
			journal(tx, store.Entry{
				At: s.engine.options.Now(), Kind: store.LostRight, MemberID: entry.MemberID, Name: cleanName(entry.Name),
				GroupID: entry.GroupID, Group: s.groupName(entry.GroupID), UserID: entry.UserID, RightID: entry.RightID,
				Before: "access right", After: "no access right",
				Evidence: "Kisi no longer has the access right that kisiflow gave, and kisiflow did not take it away.",
			}))
	})
}

func (s *survey) forget(rightID int64) {
	s.ledger = slices.DeleteFunc(slices.Clone(s.ledger), func(entry access.LedgerEntry) bool { return entry.RightID == rightID })
}

// entry fills a journal entry from the intent that it is about.
func (s *survey) entry(kind store.EntryKind, intent store.Intent, more store.Entry) store.Entry {
	more.At, more.Kind, more.Run = s.engine.options.Now(), kind, intent.Run
	more.MemberID, more.Name, more.GroupID = intent.MemberID, cleanName(intent.Name), intent.GroupID
	if more.UserID == 0 {
		more.UserID = intent.UserID
	}
	if intent.GroupID != 0 {
		more.Group = s.groupName(intent.GroupID)
	}
	return more
}

func journal(tx *store.Tx, entry store.Entry) error {
	_, err := tx.AppendJournal(entry)
	return err
}

func withUser(users []kisi.User, user kisi.User) []kisi.User {
	if slices.ContainsFunc(users, func(known kisi.User) bool { return known.ID == user.ID }) {
		return users
	}
	return append(slices.Clone(users), user)
}
