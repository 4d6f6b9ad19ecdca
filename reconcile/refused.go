package reconcile

import (
	"errors"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// askAgainAfter is when a person whom Kisi refused is tried again although nothing about them has changed.
const askAgainAfter = 24 * time.Hour

const askedOnce = " Kisi is not asked again until the e-mail or the name changes in Gymflow, or a day has passed."

// refusedBefore is Kisi's no to this very person, while it counts.
func (r *syncRun) refusedBefore(grant access.Grant) (store.Refusal, bool) {
	refusal, known := r.refusals[grant.MemberID]
	age := r.engine.options.Now().Sub(refusal.At)
	return refusal, known && refusal.Email == sentEmail(grant) && refusal.Name == cleanName(grant.Name) && age >= 0 && age < askAgainAfter
}

func sentEmail(grant access.Grant) string { return strings.TrimSpace(grant.Email) }

// skipRefused leaves the person out, with the sentence of the first time. It writes nothing into the journal, which has it.
func (r *syncRun) skipRefused(grant access.Grant, refusal store.Refusal) error {
	text := refusal.Text + askedOnce
	r.outcome.Failed[grant.MemberID] = text
	trouble := store.Trouble{MemberID: grant.MemberID, Name: cleanName(grant.Name), GroupID: grant.GroupID, Text: text, At: refusal.At}
	r.record.Problems = append(r.record.Problems, trouble)
	r.meter.trouble(trouble)
	row, shown := r.troubled(grant.MemberID, text)
	err := r.commit(func(tx *store.Tx) error { return withRow(tx, row, shown) })
	r.meter.step(func(progress *store.Progress) { progress.Failed = len(r.outcome.Failed) })
	return err
}

// refuse remembers that Kisi would not take the person.
func (r *syncRun) refuse(grant access.Grant, cause error) error {
	if !errors.Is(cause, kisi.ErrInvalid) {
		return nil
	}
	now := r.engine.options.Now()
	r.refusals[grant.MemberID] = store.Refusal{MemberID: grant.MemberID, Email: sentEmail(grant), Name: cleanName(grant.Name),
		Text: r.outcome.Failed[grant.MemberID], At: now}
	for member, refusal := range r.refusals {
		if now.Sub(refusal.At) >= askAgainAfter {
			delete(r.refusals, member)
		}
	}
	return r.commit(func(tx *store.Tx) error { return tx.PutRefusals(r.refusals) })
}
