package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// Confirmation is what the wizard's review was answered with.
type Confirmation struct {
	Settings store.Settings
	Access   Access
	Preview  Preview
	Approve  bool // the admin saw that removals would be held and approves them
	Sync     bool // queue a sync request (the wizard); false for `setup --no-input`
	By       string
}

// Confirm puts settings and secrets in force in one transaction, adopts the people who were not unticked, stores
// roster and standings, journals it, drops the draft and queues the sync. It calls neither service.
func (e *Engine) Confirm(confirmation Confirmation) error {
	now := e.options.Now()
	confirmation.By = cmp.Or(confirmation.By, e.options.By)
	return e.store.Update(func(tx *store.Tx) error {
		before, set, err := tx.Settings()
		if err != nil {
			return err
		}
		ledger, err := tx.Ledger()
		if err != nil {
			return err
		}
		if err := sameOrganization(before, confirmation.Settings, len(ledger)); err != nil {
			return err
		}
		confirmation.Settings.Audit = e.Audits(confirmation.Settings)
		if err := putInForce(tx, confirmation, before, set, now); err != nil {
			return err
		}
		if err := e.journalAuditChange(tx, before.Audit, confirmation.Settings.Audit, confirmation.By); err != nil {
			return err
		}
		adopted := toAdopt(confirmation.Preview.Adoptable, confirmation.Settings)
		if _, err := adopt(tx, adopted, ledger, confirmation.By, now); err != nil {
			return err
		}
		if err := putPreview(tx, confirmation, adopted, now); err != nil {
			return err
		}
		if err := tx.ClearDraft(); err != nil || !confirmation.Sync {
			return err
		}
		request := store.Request{Kind: "sync", Trigger: "setup", Confirm: confirmation.Preview.Plan.Fingerprint, By: confirmation.By, At: now}
		if confirmation.Approve {
			request.Approve = confirmation.Preview.Plan.Fingerprint
		}
		_, err = tx.PutRequest(request)
		return err
	})
}

// sameOrganization: the ledger's ids mean nothing in another organization.
func sameOrganization(before, after store.Settings, rights int) error {
	if rights == 0 || !otherOrganization(before.Key.OrganizationID, after.Key.OrganizationID) {
		return nil
	}
	return fmt.Errorf("this key opens the organization %s, but kisiflow still has %d access rights of its own in %s. "+
		"Set the other organization up under another profile (kisiflow --profile NAME)",
		cleanName(after.Key.OrganizationName), rights, cleanName(before.Key.OrganizationName))
}

// putInForce replaces settings and secrets, and journals each association that changed.
func putInForce(tx *store.Tx, confirmation Confirmation, before store.Settings, set bool, now time.Time) error {
	settings := confirmation.Settings
	settings.SetUpAt, settings.SetUpBy = before.SetUpAt, before.SetUpBy
	settings.DisabledAt, settings.DisabledBy = time.Time{}, "" // whoever confirms a plan wants it done
	if !set || settings.SetUpAt.IsZero() {
		settings.SetUpAt, settings.SetUpBy = now, confirmation.By
	}
	settings.FormerKeyUsers = formerKeyUsers(before, settings.Key)
	failures := []error{tx.PutSettings(settings)}
	for name, value := range map[store.SecretName]string{
		store.KisiKey: confirmation.Access.KisiKey, store.GymflowToken: confirmation.Access.GymflowToken,
	} {
		if value != "" {
			failures = append(failures, tx.PutSecret(name, value))
		}
	}
	if settings.Roster.Given() { // the token of an address that is no longer read must not go to the next one
		failures = append(failures, tx.PutSecret(store.GymflowToken, ""))
	}
	if !set {
		failures = append(failures, journal(tx, store.Entry{
			At: now, Kind: store.SetUp, By: confirmation.By,
			After: fmt.Sprintf("%s to %s", cleanName(settings.GymflowName), cleanName(settings.PlaceName)),
		}))
	}
	for _, entry := range associationChanges(before.Associations, settings.Associations) {
		entry.At, entry.By = now, confirmation.By
		failures = append(failures, journal(tx, entry))
	}
	return errors.Join(failures...)
}

// associationChanges tells each association that was added, changed or removed.
func associationChanges(before, after []access.Association) []store.Entry {
	var entries []store.Entry
	find := func(list []access.Association, membership string) access.Association {
		at := slices.IndexFunc(list, func(a access.Association) bool { return a.MembershipID == membership })
		if at < 0 {
			return access.Association{}
		}
		return list[at]
	}
	tell := func(membership string) {
		was, is := find(before, membership), find(after, membership)
		if was.GroupID == is.GroupID {
			return
		}
		entries = append(entries, store.Entry{
			Kind: store.Changed, GroupID: is.GroupID, Group: opens(is), Before: opens(was), After: opens(is),
			Evidence: "membership " + cleanName(cmp.Or(is.MembershipName, was.MembershipName, membership)),
		})
	}
	for _, association := range after {
		tell(association.MembershipID)
	}
	for _, association := range before {
		if find(after, association.MembershipID).MembershipID == "" {
			tell(association.MembershipID)
		}
	}
	return entries
}

func opens(association access.Association) string {
	if association.GroupID == 0 {
		return "no access"
	}
	return cmp.Or(cleanName(association.GroupName), fmt.Sprintf("group %d", association.GroupID))
}

// putPreview stores what the review had read, so that the live view shows everybody before the first sync.
func putPreview(tx *store.Tx, confirmation Confirmation, adopted []access.Foreign, now time.Time) error {
	preview := confirmation.Preview
	ours := map[int64]bool{}
	for _, other := range adopted {
		ours[other.Right.ID] = true
	}
	foreign := slices.DeleteFunc(slices.Concat(preview.Adoptable, preview.Others), func(other access.Foreign) bool { return ours[other.Right.ID] })
	failures := []error{tx.PutForeign(foreign), tx.PutQuestions(preview.Plan.Questions), tx.PutStandings(preview.Rows, now)}
	if read := preview.read; read != nil {
		if !read.untrusted() && read.olderFile() == "" { // such a roster is not believed before a sync has compared it with the last one
			failures = append(failures, tx.PutRoster(read.roster))
		}
		if !read.people.ReadAt.IsZero() {
			failures = append(failures, tx.PutPeople(read.people))
		}
	}
	return errors.Join(failures...)
}

// Adopt takes over rights that are already there, one by one (later adoption). It returns how many became ours.
func (e *Engine) Adopt(foreign []access.Foreign, by string) (int, error) {
	adopted := 0
	err := e.store.Update(func(tx *store.Tx) error {
		ledger, err := tx.Ledger()
		if err != nil {
			return err
		}
		people := slices.DeleteFunc(slices.Clone(foreign), func(other access.Foreign) bool {
			return !adoptable(access.Foreign{Right: other.Right, MemberID: other.MemberID, Entitled: true})
		})
		if adopted, err = adopt(tx, people, ledger, cmp.Or(by, e.options.By), e.options.Now()); err != nil {
			return err
		}
		others, err := tx.Foreign()
		if err != nil {
			return err
		}
		return tx.PutForeign(slices.DeleteFunc(others, func(other access.Foreign) bool {
			return slices.ContainsFunc(people, func(ours access.Foreign) bool { return ours.Right.ID == other.Right.ID })
		}))
	})
	if err != nil {
		return 0, err
	}
	return adopted, nil
}

// adopt writes rights into the ledger: from now on they are ours to revoke.
func adopt(tx *store.Tx, people []access.Foreign, ledger []access.LedgerEntry, by string, now time.Time) (int, error) {
	links, err := tx.Links()
	if err != nil {
		return 0, err
	}
	adopted := 0
	for _, other := range people {
		if slices.ContainsFunc(ledger, func(entry access.LedgerEntry) bool { return entry.RightID == other.Right.ID }) {
			continue
		}
		adopted++
		entry := adoptedEntry(other, now)
		failures := []error{tx.PutLedger(entry), tx.PutLost(entry.Key(), 0), journal(tx, store.Entry{
			At: now, Kind: store.Adopted, By: by, MemberID: other.MemberID, Name: cleanName(other.Name), GroupID: other.GroupID,
			UserID: other.Right.AssigneeID, RightID: other.Right.ID, Before: "access right made by somebody else", After: "access right of kisiflow",
			Evidence: "The person was in the group already, and was taken over.",
		})}
		if links[other.MemberID] == 0 {
			links[other.MemberID] = other.Right.AssigneeID
			failures = append(failures, tx.PutLink(other.MemberID, other.Right.AssigneeID))
		}
		if err := errors.Join(failures...); err != nil {
			return 0, err
		}
	}
	return adopted, nil
}
