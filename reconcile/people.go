package reconcile

import (
	"context"
	"errors"
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
