package setup

import (
	"fmt"
	"reflect"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// Load reads the draft (or, for update, what is in force) and the secrets. Without a draft, but with an integration in
// force, setup begins again at the first step, with what is in force as the default everywhere.
func Load(state *store.Store, update bool) (Facts, error) {
	facts := Facts{Update: update}
	err := state.View(func(tx *store.Tx) error {
		inForce, isSet, err := tx.Settings()
		if err != nil {
			return fmt.Errorf("reading the settings: %w", err)
		}
		if update && !isSet {
			return reconcile.ErrNotSetUp
		}
		draft, drafted, err := tx.Draft()
		if err != nil {
			return fmt.Errorf("reading what was answered so far: %w", err)
		}
		switch {
		case update && drafted && sameLink(draft, inForce):
			// Only these are asked here. All else is as it is in force, also where it was changed since the draft.
			facts.Draft = inForce
			facts.Draft.Associations, facts.Draft.LeaveRights, facts.Draft.AdoptNone = draft.Associations, draft.LeaveRights, draft.AdoptNone
			if !reflect.DeepEqual(draft.Associations, inForce.Associations) {
				facts.Notice = "These choices are from an earlier visit and were not confirmed yet."
			}
		case drafted && !update:
			facts.Draft = draft
			if isSet {
				facts.Draft = withRules(draft, inForce)
			}
		case isSet:
			facts.Draft, facts.AskAll = inForce, !update
		}
		facts.Token, facts.Key, err = secrets(tx, drafted && !update)
		return err
	})
	if err != nil {
		return Facts{}, err
	}
	if facts.Draft.Limits == (access.Limits{}) {
		facts.Draft.Limits = access.DefaultLimits()
	}
	return facts, nil
}

// withRules takes along what the wizard does not ask for and the settings may have changed since the draft.
func withRules(draft, inForce store.Settings) store.Settings {
	draft.GraceDays, draft.StaleAfter, draft.Limits, draft.Rate = inForce.GraceDays, inForce.StaleAfter, inForce.Limits, inForce.Rate
	draft.Audit = inForce.Audit
	draft.DisabledAt, draft.DisabledBy = inForce.DisabledAt, inForce.DisabledBy
	return draft
}

// sameLink reports that a draft is of the integration in force and not of a new one that was begun.
func sameLink(draft, inForce store.Settings) bool {
	return draft.GymflowURL == inForce.GymflowURL && draft.Roster.Path == inForce.Roster.Path && draft.PlaceID == inForce.PlaceID &&
		draft.Key.OrganizationID == inForce.Key.OrganizationID
}

// secrets are those of the draft, and where it has none yet, those in force.
func secrets(tx *store.Tx, drafted bool) (token, key SecretText, err error) {
	read := func(draft, inForce store.SecretName) SecretText {
		var secret string
		if drafted && err == nil {
			secret, err = tx.Secret(draft)
		}
		if secret == "" && err == nil {
			secret, err = tx.Secret(inForce)
		}
		return SecretText(secret)
	}
	token = read(store.DraftGymflowToken, store.GymflowToken)
	key = read(store.DraftKisiKey, store.KisiKey)
	if err != nil {
		return "", "", fmt.Errorf("reading the stored secrets: %w", err)
	}
	return token, key, nil
}

// Save keeps the draft and its secrets, so that a lost link resumes here. It writes only what changed; once the draft
// is in force there is nothing left to keep.
func Save(state *store.Store, facts Facts) error {
	if facts.State == Syncing || facts.State == Finished {
		return nil
	}
	var pending []func(*store.Tx) error
	err := state.View(func(tx *store.Tx) (err error) {
		pending, err = unsaved(tx, facts)
		return err
	})
	if err == nil && len(pending) > 0 {
		err = state.Update(func(tx *store.Tx) error {
			for _, put := range pending {
				if err := put(tx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("keeping the answers so far: %w", err)
	}
	return nil
}

// unchanged: a look at what is in force leaves no draft behind, or the next setup would take it for begun.
func unchanged(tx *store.Tx, facts Facts, drafted bool) (pending []func(*store.Tx) error, same bool, err error) {
	inForce, set, err := tx.Settings()
	if err != nil || !set {
		return nil, false, err
	}
	token, key, err := secrets(tx, false)
	looked := facts.Draft
	// That the key was looked at again, and used by that, is no change of an answer.
	looked.Key.CheckedAt, looked.Key.LastUsedAt = inForce.Key.CheckedAt, inForce.Key.LastUsedAt
	if err != nil || token != facts.Token || key != facts.Key || !reflect.DeepEqual(inForce, looked) {
		return nil, false, err
	}
	if drafted {
		pending = append(pending, (*store.Tx).ClearDraft)
	}
	return pending, true, nil
}

// unsaved lists the writes that would bring the file in step with the facts.
func unsaved(tx *store.Tx, facts Facts) (pending []func(*store.Tx) error, err error) {
	draft, drafted, err := tx.Draft()
	if err != nil || !drafted && !hasAddress(facts) {
		return nil, err // nothing was answered yet
	}
	if facts.Update || facts.From != 0 {
		if pending, same, err := unchanged(tx, facts, drafted); same || err != nil {
			return pending, err
		}
	}
	if !drafted || !reflect.DeepEqual(draft, facts.Draft) {
		pending = append(pending, func(tx *store.Tx) error { return tx.PutDraft(facts.Draft) })
	}
	for name, secret := range map[store.SecretName]SecretText{store.DraftGymflowToken: facts.Token, store.DraftKisiKey: facts.Key} {
		stored, err := tx.Secret(name)
		if err != nil {
			return nil, err
		}
		if stored != string(secret) {
			pending = append(pending, func(tx *store.Tx) error { return tx.PutSecret(name, string(secret)) })
		}
	}
	return pending, nil
}
