package wizard

import (
	"slices"
	"strconv"
	"strings"

	"kisiflow/reconcile"
	"kisiflow/ui/tui/look"
)

// open lists the people of a group, or all with the group's name, with what happens to each and why. What changes
// stands first.
func (p *reviewPage) open(group *reconcile.GroupChange) {
	p.naming = ""
	if group != nil {
		p.naming = look.Clean(group.Name)
	}
	p.names = newPicker(p.shared, p.people(group), "")
}

// The signs of what happens to a person's access right, as the legend explains them.
const (
	signGrant   = "+ "
	signRevoke  = "- "
	signHeld    = "? "
	signWaiting = "… "
	signKeep    = "= "
	signOther   = "· "
)

func (p *reviewPage) people(group *reconcile.GroupChange) []item {
	plan := p.preview.Plan
	var items []item
	add := func(mark, name, email string, id int64, why string) {
		if group != nil && id != group.GroupID {
			return
		}
		if group == nil {
			if in := groupName(p.preview, id); in != "" {
				why = look.Clean(in) + " · " + why
			}
		}
		items = append(items, item{mark: mark, label: personName(name, email), detail: why})
	}
	for _, grant := range plan.Grants {
		add(signGrant, grant.Name, grant.Email, grant.GroupID, grant.Why)
	}
	taken := signRevoke
	if p.preview.Verdict.Hold {
		taken = signHeld
	}
	for _, revoke := range plan.Revokes {
		add(taken, revoke.Name, revoke.Entry.Email, revoke.Entry.GroupID, revoke.Why)
	}
	for _, revoke := range plan.Unconfirmed {
		add(signWaiting, revoke.Name, revoke.Entry.Email, revoke.Entry.GroupID, "waits for a second read: "+revoke.Why)
	}
	for _, kept := range plan.Kept {
		add(signKeep, kept.Name, kept.Email, kept.GroupID, "keeps access")
	}
	for _, foreign := range plan.Foreign {
		add(signOther, foreign.Name, foreign.Right.AssigneeEmail, foreign.GroupID, "not kisiflow's, left alone")
	}
	if group == nil {
		slices.SortStableFunc(items, func(a, b item) int {
			return strings.Compare(strings.ToLower(a.label), strings.ToLower(b.label))
		})
	}
	for i := range items {
		items[i].id = strconv.Itoa(i)
	}
	return items
}

// What a person is called: by name, or by e-mail when there is no name.
func personName(name, email string) string {
	if name = look.Clean(name); name != "" {
		return name
	}
	return look.Clean(email)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

const totalName = "Total"

// sums adds up the groups' rows.
func sums(groups []reconcile.GroupChange) reconcile.GroupChange {
	total := reconcile.GroupChange{Name: totalName}
	for _, group := range groups {
		total.Grant += group.Grant
		total.Revoke += group.Revoke
		total.Keep += group.Keep
		total.Held += group.Held
		total.Foreign += group.Foreign
	}
	return total
}
