package reconcile

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// grant gives one right, and makes the person known to Kisi first where that is needed.
func (r *syncRun) grant(ctx context.Context, grant access.Grant) error {
	if _, withheld := r.withheld[grant.GroupID]; withheld {
		return nil
	}
	if _, failed := r.outcome.Failed[grant.MemberID]; failed && grant.UserID == 0 {
		return nil // the person could not be made; one sentence is enough
	}
	if mine, err := r.turn(ctx, grant.MemberID, grant.UserID); err != nil || !mine {
		return err
	}
	userID := grant.UserID
	if userID == 0 {
		var err error
		if userID, err = r.person(ctx, grant, r.peopleRead); err != nil || userID == 0 {
			return err
		}
	}
	return r.give(ctx, grant, userID, r.record.Undoes == "") // an undo makes nobody anew whom Kisi no longer has
}

// give makes the right. A 404 means that the person or the group is gone: the person is looked for again, once.
func (r *syncRun) give(ctx context.Context, grant access.Grant, userID int64, again bool) error {
	if userID != grant.UserID && r.isIn(userID, grant.GroupID) {
		return r.linkOnly(grant, userID)
	}
	if mine, err := r.turn(ctx, grant.MemberID, userID); err != nil || !mine {
		return err
	}
	intent, err := r.intend(store.Intent{
		Kind: store.IntentGrant, MemberID: grant.MemberID, Name: grant.Name, Email: grant.Email,
		UserID: userID, GroupID: grant.GroupID, Why: grant.Why,
	})
	if err != nil {
		return err
	}
	right, existed, err := r.services.kisi.CreateRight(ctx, grant.GroupID, userID)
	switch {
	case err == nil:
		return r.given(grant, intent, right, existed)
	case !errors.Is(err, kisi.ErrNotFound), kisi.MayHaveWorked(err):
		return r.fail(ctx, failure{grant.MemberID, grant.Name, grant.GroupID, intent, "giving the access right to " + grant.GroupName, err})
	}
	r.answered()
	if err := r.commit(func(tx *store.Tx) error { return tx.CloseIntent(intent.ID) }); err != nil {
		return err
	}
	return r.afterMissing(ctx, grant, userID, again, err)
}

// isIn: the person has a right in the group, from before or from this run. The plan could not know that it is the same
// person, who was only found by e-mail while writing; whether Kisi refuses a second right like the first, nobody knows.
func (r *syncRun) isIn(userID, group int64) bool {
	for _, given := range r.outcome.Granted {
		if given[group] == userID {
			return true
		}
	}
	return slices.ContainsFunc(r.rights[group], func(right kisi.Right) bool {
		return right.AssigneeID == userID && !r.outcome.Revoked[right.ID]
	})
}

// linkOnly remembers who the member is; the next plan sees what that means.
func (r *syncRun) linkOnly(grant access.Grant, userID int64) error {
	r.links[grant.MemberID] = userID
	r.meter.step(func(*store.Progress) {})
	return r.commit(func(tx *store.Tx) error { return tx.PutLink(grant.MemberID, userID) })
}

// afterMissing finds out who is gone.
func (r *syncRun) afterMissing(ctx context.Context, grant access.Grant, userID int64, again bool, cause error) error {
	member := failure{memberID: grant.MemberID, name: grant.Name, groupID: grant.GroupID, doing: "giving the access right to " + grant.GroupName}
	_, err := r.services.kisi.User(ctx, userID)
	switch {
	case err == nil:
		if _, err = r.services.kisi.Group(ctx, grant.GroupID); errors.Is(err, kisi.ErrNotFound) {
			r.lose(grant.GroupID)
			r.trimmed = true
			return nil
		}
		member.err = cmp.Or(err, cause)
		return r.fail(ctx, member)
	case !errors.Is(err, kisi.ErrNotFound):
		member.err = err
		return r.fail(ctx, member)
	}
	// The link goes in any case: a member without an e-mail would be tried in vain by every run to come, and is asked
	// about once nothing points to a person who is gone.
	if err := r.forgetUser(userID); err != nil {
		return err
	}
	if !again || strings.TrimSpace(grant.Email) == "" {
		member.err = err
		return r.fail(ctx, member)
	}
	found, err := r.person(ctx, grant, false)
	if err != nil || found == 0 {
		return err
	}
	return r.give(ctx, grant, found, false)
}

// forgetUser drops the links to a person whom Kisi no longer has.
func (r *syncRun) forgetUser(userID int64) error {
	for email, known := range r.created {
		if known == userID {
			delete(r.created, email)
		}
	}
	return r.commit(func(tx *store.Tx) error {
		for member, linked := range r.links {
			if linked != userID {
				continue
			}
			delete(r.links, member)
			if err := tx.DeleteLink(member); err != nil {
				return err
			}
		}
		return nil
	})
}

// person finds or makes the Kisi user of a grant; 0 when the member failed. certain: Kisi's whole list of people was
// read in this run and does not have the e-mail.
func (r *syncRun) person(ctx context.Context, grant access.Grant, certain bool) (int64, error) {
	folded := kisi.FoldEmail(grant.Email)
	if userID := r.created[folded]; userID != 0 {
		return userID, nil
	}
	problem := failure{memberID: grant.MemberID, name: grant.Name, groupID: grant.GroupID, doing: "looking for the person in Kisi"}
	if !certain {
		user, err := r.services.kisi.UserByEmail(ctx, grant.Email)
		if err == nil {
			r.answered()
			r.remember(folded, user)
			return user.ID, nil // the link is stored with the right
		}
		if !errors.Is(err, kisi.ErrNotFound) {
			problem.err = err
			return 0, r.fail(ctx, problem)
		}
	}
	if refusal, refused := r.refusedBefore(grant); refused {
		return 0, r.skipRefused(grant, refusal)
	}
	if mine, err := r.turn(ctx, grant.MemberID, 0); err != nil || !mine {
		return 0, err
	}
	intent, err := r.intend(store.Intent{Kind: store.IntentCreateUser, MemberID: grant.MemberID, Name: grant.Name, Email: grant.Email, Why: grant.Why})
	if err != nil {
		return 0, err
	}
	user, existed, err := r.services.kisi.CreateUser(ctx, kisi.NewUser{
		Email: sentEmail(grant), Name: cleanName(grant.Name),
		SendEmails: r.settings.Unlocking == store.Invited,
		Metadata:   map[string]any{"gymflow_id": cut(grant.MemberID, longestMark), "kisiflow": "1"},
	})
	if err != nil {
		problem.intent, problem.err, problem.doing = intent, err, "adding the person to Kisi"
		return 0, errors.Join(r.fail(ctx, problem), r.refuse(grant, err))
	}
	r.answered()
	r.remember(folded, user)
	r.links[grant.MemberID] = user.ID
	return user.ID, r.commit(func(tx *store.Tx) error {
		failures := []error{tx.CloseIntent(intent.ID), tx.PutLink(grant.MemberID, user.ID)}
		if !existed {
			failures = append(failures, journal(tx, store.Entry{
				At: r.engine.options.Now(), Kind: store.UserCreated, Run: r.record.ID, By: r.by,
				MemberID: grant.MemberID, Name: cleanName(grant.Name), UserID: user.ID,
				Before: "not known in Kisi", After: "known in Kisi", Evidence: grant.Why,
			}))
		}
		return errors.Join(failures...)
	})
}

// longestMark: kisi-api.md section 4 allows metadata values of 500 characters.
const longestMark = 500

func cut(text string, length int) string {
	if runes := []rune(text); len(runes) > length {
		return string(runes[:length])
	}
	return text
}

// remember keeps a user that this run found or made.
func (r *syncRun) remember(folded string, user kisi.User) {
	r.created[folded] = user.ID
	r.people.Users = withUser(r.people.Users, withoutExtras([]kisi.User{user})[0])
	if r.state.Users != nil {
		r.state.Users[user.ID] = user
	}
}

// given stores a right that is there now. One that was there already is not ours: the member has access, and the
// ledger does not know it.
func (r *syncRun) given(grant access.Grant, intent store.Intent, right kisi.Right, existed bool) error {
	r.answered()
	r.reached[place(grant)] = true
	if r.outcome.Granted[grant.MemberID] == nil {
		r.outcome.Granted[grant.MemberID] = map[int64]int64{}
	}
	r.outcome.Granted[grant.MemberID][grant.GroupID] = intent.UserID
	r.links[grant.MemberID] = intent.UserID
	row, shown := r.with(grant, intent.UserID)
	now := r.engine.options.Now()
	if existed {
		r.record.Foreign++
		r.newcomer = append(r.newcomer, access.Foreign{
			Right: right, GroupID: grant.GroupID, MemberID: grant.MemberID, Name: grant.Name, Entitled: right.RoleID == kisi.RoleBasic,
		})
	} else {
		r.record.Granted++
	}
	err := r.commit(func(tx *store.Tx) error {
		failures := []error{tx.CloseIntent(intent.ID), tx.PutLink(grant.MemberID, intent.UserID)}
		if !existed {
			failures = append(failures,
				tx.PutLedger(access.LedgerEntry{
					RightID: right.ID, GroupID: grant.GroupID, UserID: intent.UserID, MemberID: grant.MemberID,
					Email: grant.Email, Name: cleanName(grant.Name), GrantedAt: now, Run: r.record.ID,
				}),
				journal(tx, store.Entry{
					At: now, Kind: store.Granted, Run: r.record.ID, By: r.by, MemberID: grant.MemberID, Name: cleanName(grant.Name),
					GroupID: grant.GroupID, Group: grant.GroupName, UserID: intent.UserID, RightID: right.ID,
					Before: withoutRight, After: withRight, Evidence: grant.Why,
				}), r.putHold(tx, intent))
		}
		return withRow(tx, row, shown, failures...)
	})
	r.meter.step(func(progress *store.Progress) {
		if !existed {
			progress.Granted++
		}
	})
	return err
}
