package gymflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// joining gathers the rows of each member: by member id, else by e-mail.
type joining struct {
	layout  layout
	wrong   *faults
	members map[string]*Member // by id
	order   []string
	ofEmail map[string][]string // folded e-mail → ids of members that have one of their own
	emailAt map[string]int      // id → the line that first gave its address
	rows    map[string]map[rosterKey]bool
}

// rosterKey tells one holding of a member from another; the same one twice is one.
type rosterKey struct {
	holding Holding
}

func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// join makes members of rows, in the order in which the file first names them.
func join(rows []rosterRow, laid layout, wrong *faults) []Member {
	j := &joining{layout: laid, wrong: wrong, members: map[string]*Member{}, ofEmail: map[string][]string{},
		emailAt: map[string]int{}, rows: map[string]map[rosterKey]bool{}}
	for i := range rows {
		if id, folded := rows[i].memberID, foldEmail(rows[i].email); id != "" && folded != "" && !slices.Contains(j.ofEmail[folded], id) {
			j.ofEmail[folded] = append(j.ofEmail[folded], id)
		}
	}
	for i := range rows {
		if id, clear := j.whose(&rows[i]); clear {
			j.add(id, &rows[i])
		}
	}
	members := make([]Member, 0, len(j.order))
	for _, id := range j.order {
		members = append(members, *j.members[id])
	}
	return members
}

// whose row is it? One without an id belongs to the member who has its address, where that is one.
func (j *joining) whose(row *rosterRow) (id string, clear bool) {
	if row.memberID != "" {
		return row.memberID, true
	}
	folded := foldEmail(row.email)
	switch owners := j.ofEmail[folded]; len(owners) {
	case 0:
		return folded, folded != ""
	case 1:
		return owners[0], true
	default:
		j.layout.fault(j.wrong, row.row, columnEmail, "the row has no member id, and %d members have the address %s", len(owners), shownText(row.email))
		return "", false
	}
}

func (j *joining) add(id string, row *rosterRow) {
	member := j.members[id]
	if member == nil {
		member = &Member{ID: id}
		j.members[id], j.rows[id] = member, map[rosterKey]bool{}
		j.order = append(j.order, id)
	}
	switch {
	case row.email == "":
	case member.Email == "":
		member.Email, j.emailAt[id] = row.email, row.row.line
	case foldEmail(member.Email) != foldEmail(row.email):
		j.layout.fault(j.wrong, row.row, columnEmail, "member %s has another address in line %d; only one of them can be right", shownText(id), j.emailAt[id])
	}
	if member.FirstName == "" && member.LastName == "" {
		member.FirstName, member.LastName = row.firstName, row.lastName
	}
	if since := row.holding.OverdueSince; !since.IsZero() && (member.OverdueSince.IsZero() || since.Before(member.OverdueSince)) {
		member.OverdueSince = since // an unpaid invoice of any membership counts, also of an old one
	}
	if j.rows[id][rosterKey{row.holding}] {
		return
	}
	j.rows[id][rosterKey{row.holding}] = true
	holding := row.holding
	same := 0
	for _, other := range member.Holdings {
		if other.MembershipID == holding.MembershipID {
			same++
		}
	}
	holding.ID = id + "/" + holding.MembershipID
	if same > 0 {
		holding.ID += fmt.Sprintf("/%d", same+1)
	}
	member.Holdings = append(member.Holdings, holding)
}

// membershipsOf are those that the rows name, by name. Of several spellings of one the most frequent is shown.
func membershipsOf(rows []rosterRow) []Membership {
	spellings := map[string]map[string]int{}
	for i := range rows {
		named := rows[i].membership
		if named.ID == "" {
			continue
		}
		if spellings[named.ID] == nil {
			spellings[named.ID] = map[string]int{}
		}
		spellings[named.ID][named.Name]++
	}
	memberships := make([]Membership, 0, len(spellings))
	for _, id := range sortedKeys(spellings) {
		best := ""
		for _, name := range sortedKeys(spellings[id]) {
			if best == "" || spellings[id][name] > spellings[id][best] {
				best = name
			}
		}
		memberships = append(memberships, Membership{ID: id, Name: best})
	}
	slices.SortStableFunc(memberships, func(a, b Membership) int { return cmp.Compare(a.Name, b.Name) })
	return memberships
}
