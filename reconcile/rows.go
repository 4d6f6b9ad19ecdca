package reconcile

import (
	"errors"
	"slices"
	"strings"

	"kisiflow/access"
	"kisiflow/store"
)

// While a run writes, each result changes one row at once; access.Rows judges them all again when the run ends.

// with is the member's row once the right is there.
func (r *syncRun) with(grant access.Grant, userID int64) (access.Row, bool) {
	row, shown := r.rows[grant.MemberID]
	if !shown {
		return row, false
	}
	row.UserID = userID
	if !inGroup(row.Groups, grant.GroupID) {
		row.Groups = append(slices.Clone(row.Groups), access.GroupRef{ID: grant.GroupID, Name: grant.GroupName})
	}
	missing := slices.ContainsFunc(row.Entitled, func(group access.GroupRef) bool { return !inGroup(row.Groups, group.ID) })
	if !missing && row.Standing == access.Waiting {
		decision := r.decisions[grant.MemberID]
		row.Standing, row.Reason, row.Detail, row.Since = access.HasAccess, nil, decision.Detail, r.engine.options.Now()
		if decision.Reason != "" {
			row.Reason = &decision.Reason
		}
	}
	r.rows[grant.MemberID] = row
	return row, true
}

// without is the row of the right's member once the right is gone.
func (r *syncRun) without(entry access.LedgerEntry) (access.Row, bool) {
	row, shown := r.rows[entry.MemberID]
	if !shown {
		return row, false
	}
	row.Groups = slices.DeleteFunc(slices.Clone(row.Groups), func(group access.GroupRef) bool { return group.ID == entry.GroupID })
	r.rows[entry.MemberID] = row
	return row, true
}

// troubled is the row of a member for whom something failed.
func (r *syncRun) troubled(memberID, text string) (access.Row, bool) {
	row, shown := r.rows[memberID]
	if !shown {
		return row, false
	}
	reason := access.Failed
	row.Standing, row.Reason, row.Detail = access.Problem, &reason, text
	r.rows[memberID] = row
	return row, true
}

func inGroup(groups []access.GroupRef, id int64) bool {
	return slices.ContainsFunc(groups, func(group access.GroupRef) bool { return group.ID == id })
}

// withRow ends a result's transaction with the member's row.
func withRow(tx *store.Tx, row access.Row, shown bool, failures ...error) error {
	if shown && strings.TrimSpace(row.ID) != "" {
		failures = append(failures, tx.PutStanding(row))
	}
	return errors.Join(failures...)
}
