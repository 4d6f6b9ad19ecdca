package main

import (
	"fmt"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// onlyAudit: --audit or --audit=false, and nothing that would change the integration otherwise.
func (s setupFlags) onlyAudit() bool {
	return s.audit != nil && s.kisiKeyFile == "" && s.gymflowURL == "" && s.gymflowTokenFile == "" && len(s.associate) == 0 && s.place == "" &&
		s.timeZone == "" && s.pushSecretFile == "" && !s.managed && !s.invited && !s.noAdopt && !s.roster.any()
}

// auditJSON is what `setup --no-input --audit` prints on an integration that is set up.
type auditJSON struct {
	Audit  bool `json:"audit"`
	Before bool `json:"before"`
}

// switchAudit switches between looking and working; all else stays.
func (a *application) switchAudit(state *store.Store, stored store.Settings, audit bool) error {
	engine, err := a.engine(state, stored.GymflowURL, stored.KisiURL)
	if err != nil {
		return err
	}
	if err := engine.SetAudit(whoActs(), audit); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(auditJSON{Audit: audit, Before: stored.Audit})
	}
	said := "Audit only from now on: kisiflow reads both sides and changes nothing in Kisi."
	if !audit {
		said = "kisiflow keeps Kisi in step from the next sync on. To see first what it would do: kisiflow plan"
	}
	_, _ = fmt.Fprintln(a.plain(), said)
	return nil
}

// sayAudit says, where nothing may be changed in Kisi, that it is so, and how the two sides compare.
func (a *application) sayAudit(open opened) error {
	if !a.audit && !open.settings.Audit {
		return nil
	}
	var rows []access.Row
	var foreign []access.Foreign
	err := open.store.View(func(tx *store.Tx) (err error) {
		if rows, _, err = tx.Standings(); err != nil {
			return err
		}
		foreign, err = tx.Foreign()
		return err
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(a.plain(), reconcile.FindingOf(rows, foreign).Words())
	return nil
}
