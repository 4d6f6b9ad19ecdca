package line

import (
	"io"
	"slices"
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
	text := sentenceCase(string(row.Standing))
	if row.Reason != nil {
		text += ", " + row.Reason.Label()
	}
	if !row.Since.IsZero() {
		text += ", since " + words.When(row.Since, now, now.Location())
	}
	put(w, text+".")
	for _, why := range whyWords(row) {
		put(w, why)
	}
	if fix := words.Clean(row.Fix()); fix != "" {
		put(w, "What to do: "+fix)
	}
	if row.NextChange != nil {
		put(w, "Next: access "+nextWords(&row, now)+".")
	}
	putNames(w, "Entitled to: ", row.Entitled)
	putNames(w, "Is in: ", row.Groups)
	if row.Reason == nil || *row.Reason != access.IsBlocked { // said above
		printBlock(w, member)
	}
	printHoldings(w, member, memberships, gymflow.DateOf(now))
	printApp(w, member.App)
	if len(journal) > 0 {
		put(w, "")
		put(w, "What happened, newest first:")
		printEntries(w, journal, now.Location(), false)
	}
}

// whyWords are the reason's sentence and the evidence, but nothing twice. What waits is said by the evidence alone: the general
// sentence would promise that the next run does it, which is not so for a member who must be missing in a second list.
func whyWords(row access.Row) []string {
	detail := words.Clean(row.Detail)
	if row.Reason == nil {
		return nonEmpty(detail)
	}
	general := row.Reason.Sentence()
	switch {
	case detail != "" && *row.Reason == access.IsWaiting, holds(detail, general):
		return nonEmpty(detail)
	case holds(general, detail):
		return nonEmpty(general)
	}
	return nonEmpty(general, detail)
}

// holds: the long text says the short one too.
func holds(long, short string) bool {
	return strings.Contains(strings.ToLower(long), strings.ToLower(short))
}

func nonEmpty(texts ...string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
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

func printBlock(w io.Writer, member gymflow.Member) {
	if member.Blocked {
		put(w, "Blocked by staff in Gymflow.")
	}
}

func printHoldings(w io.Writer, member gymflow.Member, memberships []gymflow.Membership, today gymflow.Date) {
	if member.Unreadable != "" {
		put(w, "Gymflow's data on this member can't be read: "+words.Clean(member.Unreadable))
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
		was, willBe string
		day         gymflow.Date
		lasts       bool // what it says still holds on that day
	}{
		{was: "started", willBe: "starts", day: holding.StartsOn}, {was: "ended", willBe: "ends", day: holding.EndsOn, lasts: true},
		{was: "paused since", willBe: "will be paused", day: holding.PausedFrom}, {was: "resumed", willBe: "resumes", day: holding.ResumesOn},
		{was: "payment missed since", willBe: "payment due", day: holding.OverdueSince},
	} {
		what := date.was
		if date.day.After(today) || date.lasts && date.day == today {
			what = date.willBe
		}
		if !date.day.IsZero() {
			parts = append(parts, what+" "+words.Date(date.day, today))
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
