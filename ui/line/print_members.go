package line

import (
	"io"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
	"kisiflow/ui/words"
)

// PrintMembers prints one line a member, in the time zone of now.
func PrintMembers(w io.Writer, rows []access.Row, now time.Time) {
	if len(rows) == 0 {
		put(w, "There are no members yet. The first sync reads them.")
		return
	}
	members := newTable("Name", "Membership", "Group", "Access", "Why", "Since", "Next change")
	for i := range rows {
		row := &rows[i]
		members.add(named(row.Name), membershipNames(row), groupNames(row), string(row.Standing), reasonLabel(row.Reason),
			words.When(row.Since, now, now.Location()), nextWords(row, now))
	}
	members.print(w)
	put(w, CountWords(rows))
}

// CountWords counts members by standing and reason, in one sentence.
func CountWords(rows []access.Row) string {
	standings, reasons := map[access.Standing]int{}, map[access.Reason]int{}
	for i := range rows {
		standings[rows[i].Standing]++
		if rows[i].Reason != nil {
			reasons[*rows[i].Reason]++
		}
	}
	var parts []string
	for _, standing := range []access.Standing{access.HasAccess, access.NoAccess, access.Waiting, access.Held, access.Problem} {
		if standings[standing] > 0 {
			parts = append(parts, string(standing)+" "+words.Number(standings[standing]))
		}
	}
	text := sentenceCase(words.Count(len(rows), "member")) + ": " + strings.Join(parts, ", ") + "."
	parts = nil
	for _, reason := range access.Reasons() {
		if reasons[reason] > 0 {
			parts = append(parts, reason.Label()+" "+words.Number(reasons[reason]))
		}
	}
	if len(parts) > 0 {
		text += " Reasons: " + strings.Join(parts, ", ") + "."
	}
	return text
}

func membershipNames(row *access.Row) string {
	names := make([]string, 0, len(row.Memberships))
	for _, membership := range row.Memberships {
		names = append(names, membership.Name)
	}
	return strings.Join(names, ", ")
}

// groupNames are the groups in which the person is now, else those that are deserved.
func groupNames(row *access.Row) string {
	groups := row.Groups
	if len(groups) == 0 {
		groups = row.Entitled
	}
	names := make([]string, 0, len(groups))
	for _, group := range groups {
		names = append(names, group.Name)
	}
	return strings.Join(names, ", ")
}

func reasonLabel(reason *access.Reason) string {
	if reason == nil {
		return ""
	}
	return reason.Label()
}

// nextWords says what dates alone will do, and when.
func nextWords(row *access.Row, now time.Time) string {
	if row.NextChange == nil {
		return ""
	}
	what := "ends "
	if row.Gains {
		what = "begins "
	}
	return what + words.Day(*row.NextChange, now, now.Location())
}

// PrintExplain prints one member's page: access and why, the evidence, and what happened, in the time zone of now.
func PrintExplain(w io.Writer, row access.Row, member gymflow.Member, memberships []gymflow.Membership, journal []store.Entry, now time.Time) {
	title := named(row.Name) + " (" + words.Clean(row.ID) + ")"
	if row.Email != "" {
		title += ", " + words.Clean(row.Email)
	}
	put(w, title)
	text := "Access: " + string(row.Standing)
	if row.Reason != nil {
		text += ", " + row.Reason.Label()
	}
	if !row.Since.IsZero() {
		text += ", since " + words.When(row.Since, now, now.Location())
	}
	put(w, text+".")
	if row.Reason != nil {
		put(w, row.Reason.Sentence())
	}
	if row.Detail != "" {
		put(w, words.Clean(row.Detail))
	}
	if row.Reason != nil && row.Reason.Fix() != "" {
		put(w, "What to do: "+row.Reason.Fix())
	}
	if row.NextChange != nil {
		put(w, "Next: access "+nextWords(&row, now)+".")
	}
	putNames(w, "Entitled to: ", row.Entitled)
	putNames(w, "Is in: ", row.Groups)
	printHoldings(w, member, memberships, gymflow.DateOf(now))
	printApp(w, member.App)
	if len(journal) > 0 {
		put(w, "")
		put(w, "What happened, newest first:")
		printEntries(w, journal, now.Location(), false)
	}
}

func putNames(w io.Writer, label string, groups []access.GroupRef) {
	names := make([]string, 0, len(groups))
	for _, group := range groups {
		names = append(names, words.Clean(group.Name))
	}
	if len(names) > 0 {
		put(w, label+words.List(names)+".")
	}
}

func printHoldings(w io.Writer, member gymflow.Member, memberships []gymflow.Membership, today gymflow.Date) {
	if member.Unreadable != "" {
		put(w, "Gymflow's data on this member can't be read: "+words.Clean(member.Unreadable))
	}
	if member.Blocked {
		put(w, "Blocked by staff in Gymflow.")
	}
	if !member.OverdueSince.IsZero() {
		put(w, "An invoice is overdue since "+words.Date(member.OverdueSince, today)+".")
	}
	if len(member.Holdings) == 0 {
		return
	}
	names := map[string]string{}
	for _, membership := range memberships {
		names[membership.ID] = membership.Name
	}
	for _, holding := range member.Holdings {
		name := words.Clean(names[holding.MembershipID])
		if name == "" {
			name = words.Clean(holding.MembershipID)
		}
		put(w, "Membership "+name+": "+holdingWords(holding, today)+".")
	}
}

// holdingWords says one purchase as a sentence: columns that are mostly empty are no help to those who listen.
func holdingWords(holding gymflow.Holding, today gymflow.Date) string {
	parts := []string{words.Clean(string(holding.Status))}
	for _, date := range []struct {
		what string
		day  gymflow.Date
	}{
		{"from", holding.StartsOn}, {"until", holding.EndsOn}, {"paused from", holding.PausedFrom}, {"resumes", holding.ResumesOn},
		{"payment missed since", holding.OverdueSince},
	} {
		if !date.day.IsZero() {
			parts = append(parts, date.what+" "+words.Date(date.day, today))
		}
	}
	if holding.PrimaryMemberID != "" {
		parts = append(parts, "shared by member "+words.Clean(holding.PrimaryMemberID))
	}
	return strings.Join(parts, ", ")
}

func printApp(w io.Writer, app *gymflow.App) {
	if app == nil {
		return
	}
	var facts []string
	for _, fact := range []struct {
		known   *bool
		yes, no string
	}{
		{app.SignedIn, "signed in", "signed out"},
		{app.Bluetooth, "Bluetooth on", "Bluetooth off"},
		{app.Location, "location on", "location off"},
		{app.PrimaryDevice, "the primary device", "not the primary device"},
	} {
		switch {
		case fact.known == nil:
		case *fact.known:
			facts = append(facts, fact.yes)
		default:
			facts = append(facts, fact.no)
		}
	}
	if len(facts) > 0 {
		put(w, "The member's app: "+words.List(facts)+".")
	}
}
