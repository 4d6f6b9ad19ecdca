package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

const (
	peopleAge  = 24 * time.Hour // who is suspended is read anew once a day
	peoplePage = 100            // kisi-api.md section 11: users come 100 a page
)

// peopleWanted says when a reading of everybody is due.
type peopleWanted int

const (
	peopleIfNone    peopleWanted = iota + 1 // never read before
	peopleIfOld                             // and when the last reading is a day old
	peopleIfCheaper                         // and when asking one by one would cost more requests
)

// readPeople reads all of Kisi's users where that is due; otherwise those of the last reading count.
func (s *survey) readPeople(ctx context.Context, want peopleWanted) error {
	age := s.engine.options.Now().Sub(s.people.ReadAt)
	due := s.people.ReadAt.IsZero() || want >= peopleIfOld && (age >= peopleAge || age < 0)
	if !due && want == peopleIfCheaper {
		pages := (len(s.people.Users) + peoplePage - 1) / peoplePage
		due = len(unknownPeople(access.MakePlan(s.asRead()).Grants)) > max(pages, 1)
	}
	if !due {
		return nil
	}
	users, err := s.services.kisi.Users(ctx, func(read, total int) bool {
		s.report(phaseKisi, read, total)
		return true
	})
	if errors.Is(err, kisi.ErrIncomplete) {
		s.note("Kisi's list of people could not be read whole (%v). Who is suspended may be out of date.", err)
		return nil
	}
	if err != nil {
		return explainKisi(err)
	}
	s.people = store.People{Users: withoutExtras(users), ReadAt: s.engine.options.Now()}
	s.peopleRead = true
	people := s.people
	s.findings = append(s.findings, func(tx *store.Tx) error { return tx.PutPeople(people) })
	return nil
}

// withoutExtras keeps what is needed: metadata and the rest are none of our business.
func withoutExtras(users []kisi.User) []kisi.User {
	kept := make([]kisi.User, len(users))
	for i, user := range users {
		kept[i] = kisi.User{ID: user.ID, Name: user.Name, Email: user.Email, AccessEnabled: user.AccessEnabled}
	}
	return kept
}

// unknownPeople are the folded e-mails of those who are granted something and whom Kisi may not know yet.
func unknownPeople(grants []access.Grant) map[string]bool {
	unknown := map[string]bool{}
	for _, grant := range grants {
		if grant.UserID == 0 {
			unknown[kisi.FoldEmail(grant.Email)] = true
		}
	}
	return unknown
}

// rereadAlone is for a look that leaves its member to a complete sync: that one takes the people as they are stored.
func (l *look) rereadAlone(ctx context.Context) error {
	l.users = map[int64]bool{}
	if user := l.allLinks()[l.asked.MemberID]; user != 0 {
		l.users[user] = true
	}
	if err := l.rereadPeople(ctx); err != nil {
		return err
	}
	return l.commit(l.keepFindings)
}

// rereadPeople reads the people themselves where Kisi told about them: a suspension is not part of the rights that a look reads.
func (l *look) rereadPeople(ctx context.Context) error {
	if !l.asked.Person {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(l.users)) {
		user, err := l.services.kisi.User(ctx, id)
		switch {
		case errors.Is(err, kisi.ErrNotFound):
			l.sync = "Kisi no longer knows a person; only complete lists decide about that"
		case err != nil:
			return explainKisi(err)
		default:
			others := slices.DeleteFunc(slices.Clone(l.people.Users), func(known kisi.User) bool { return known.ID == id })
			l.people.Users = append(others, withoutExtras([]kisi.User{user})...)
		}
	}
	if people := l.people; !people.ReadAt.IsZero() {
		l.findings = append(l.findings, func(tx *store.Tx) error { return tx.PutPeople(people) })
	}
	return nil
}

// storeNewPeople adds whom this run found or made to those who are stored. About all others a look may have learned more since
// the run began.
func (r *syncRun) storeNewPeople(tx *store.Tx) error {
	made := map[int64]bool{}
	for _, user := range r.created {
		made[user] = true
	}
	stored, err := tx.People()
	if err != nil {
		return err
	}
	for _, user := range r.people.Users {
		if made[user.ID] {
			stored.Users = withUser(stored.Users, user)
		}
	}
	return tx.PutPeople(stored)
}
