package main

import (
	"context"
	"fmt"

	"kisiflow/reconcile"
	"kisiflow/store"
)

// onlyKey: a key and nothing that would change the integration. Gymflow's address and token may stand in the environment of
// a service; replaceKey looks whether they are the stored ones.
func (s setupFlags) onlyKey() bool {
	return s.kisiKeyFile != "" && len(s.associate) == 0 && s.place == "" && s.timeZone == "" && s.pushSecretFile == "" &&
		!s.managed && !s.invited && !s.noAdopt && s.audit == nil && !s.roster.any()
}

// replacedKeyJSON is what `setup --no-input --json` prints then.
type replacedKeyJSON struct {
	Before statusKey `json:"before"`
	Key    statusKey `json:"key"`
}

// replaceKey is `setup --no-input --kisi-key-file NEW` on an integration that is set up: everything else stays.
func (a *application) replaceKey(ctx context.Context, state *store.Store, stored store.Settings, given setupFlags) error {
	key, err := readSecretFile("kisi-key-file", given.kisiKeyFile)
	if err != nil {
		return err
	}
	token := ""
	if err := state.View(func(tx *store.Tx) (err error) { token, err = tx.Secret(store.GymflowToken); return err }); err != nil {
		return err
	}
	if given.gymflowTokenFile != "" {
		other, err := readSecretFile("gymflow-token-file", given.gymflowTokenFile)
		if err != nil {
			return err
		}
		if other != token {
			return usage("--gymflow-token-file holds another token than the stored one; to change more than the Kisi key, give --associate as well: the list is the whole list")
		}
	}
	if given.gymflowURL != "" && given.gymflowURL != stored.GymflowURL {
		return usage("--gymflow-url is another address than the stored one; to change more than the Kisi key, give --associate as well: the list is the whole list")
	}
	if a.storedKeyStays(stored) != nil {
		return usage("--kisi-url is another address than the stored one; to change more than the Kisi key, give --associate as well: the list is the whole list")
	}
	engine, err := a.engine(state, stored.GymflowURL, stored.KisiURL)
	if err != nil {
		return err
	}
	found, err := engine.ReplaceKey(ctx, key)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(replacedKeyJSON{keyDocument(stored.Key), keyDocument(found)})
	}
	_, _ = fmt.Fprintf(a.out, "The Kisi key is replaced: it is now the key of %s (%s), before it was %s's. Associations and all else stay.\n",
		found.UserName, found.RoleName, stored.Key.UserName)
	for _, warning := range append(reconcile.KeyWarnings(found), found.Problems...) {
		_, _ = fmt.Fprintln(a.errOut, "Warning:", warning)
	}
	return nil
}

// changeOneThing is for an integration that is set up and a call that names one thing of it: all else stays.
func (a *application) changeOneThing(ctx context.Context, state *store.Store, stored store.Settings, given setupFlags) (done bool, err error) {
	switch {
	case given.onlyAudit():
		return true, a.switchAudit(state, stored, *given.audit)
	case given.onlyKey():
		return true, a.replaceKey(ctx, state, stored, given)
	case given.onlyPushSecret():
		_, err := a.pushSecret(state, hooksFlags{secretFile: given.pushSecretFile})
		return true, err
	}
	return false, nil
}
