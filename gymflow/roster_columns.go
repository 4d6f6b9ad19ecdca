package gymflow

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// column is what a column of a roster file tells.
type column string

// The columns of gymflow-api.md.
const (
	columnMemberID     column = "member id"
	columnEmail        column = "email"
	columnFirstName    column = "first name"
	columnLastName     column = "last name"
	columnName         column = "name"
	columnMembership   column = "membership"
	columnMembershipID column = "membership id"
	columnStatus       column = "status"
	columnStarts       column = "start date"
	columnEnds         column = "end date"
	columnPausedFrom   column = "paused from"
	columnResumes      column = "resumes on"
	columnOverdue      column = "overdue since"
	columnIgnored      column = "ignore" // the admin says that the column is not meant
)

// usualHeadings are the headings by which each column is known without being told; Gymflow's import templates give some of them
// (gymflow-facts.md section 4).
func usualHeadings() map[column][]string {
	return map[column][]string{
		columnMemberID:     {"member id", "user id", "customer id"},
		columnEmail:        {"email", "email address", "member email", "user email", "customer email"},
		columnFirstName:    {"first name", "forename", "given name"},
		columnLastName:     {"last name", "surname", "family name"},
		columnName:         {"name", "full name", "member", "member name", "customer name", "user name"},
		columnMembership:   {"membership", "membership name", "membership type", "plan", "plan name"},
		columnMembershipID: {"membership id", "membership type id", "plan id"},
		columnStatus:       {"status", "membership status"},
		columnStarts:       {"start date", "starts on", "start", "starts", "membership start date", "membership start"},
		columnEnds: {"end date", "ends on", "end", "ends", "expiry date", "expiry", "expires", "expires on", "expiration date",
			"membership end date", "membership expiry date"},
		columnPausedFrom: {"paused from", "paused since", "pause start", "pause start date"},
		columnResumes:    {"resumes on", "resumes", "resume date", "resume on"},
		columnOverdue:    {"overdue since", "past due since"},
		columnIgnored:    {"ignore", "ignored"},
	}
}

// foldHeading: case and spaces do not matter, nor do the marks of "E-mail", "start_date" and "Email*".
func foldHeading(heading string) string {
	return strings.Map(func(letter rune) rune {
		if unicode.IsLetter(letter) || unicode.IsNumber(letter) {
			return unicode.ToLower(letter)
		}
		return -1
	}, clean(heading))
}

// headings know columns by their folded headings.
type headings struct {
	usual map[string]column
	told  map[string]column // by the admin
}

func newHeadings(told map[string]string) headings {
	known := headings{usual: map[string]column{}, told: map[string]column{}}
	for meant, names := range usualHeadings() {
		for _, name := range names {
			known.usual[foldHeading(name)] = meant
		}
	}
	for heading, name := range told {
		if meant, found := columnNamed(name); found {
			known.told[foldHeading(heading)] = meant
		}
	}
	return known
}

// column is what a heading means; the admin's word comes first.
func (h headings) column(heading string) (column, bool) {
	folded := foldHeading(heading)
	if meant, found := h.told[folded]; found {
		return meant, true
	}
	meant, found := h.usual[folded]
	if meant == columnIgnored {
		return "", false // only the admin can say that
	}
	return meant, found
}

// columnNamed is the column of that name, or of one of its usual headings.
func columnNamed(name string) (column, bool) {
	folded := foldHeading(name)
	for meant, names := range usualHeadings() {
		if slices.ContainsFunc(names, func(usual string) bool { return foldHeading(usual) == folded }) {
			return meant, true
		}
	}
	return "", false
}

// RosterColumns are the names of the columns that a roster file can have, in the order in which they are told.
func RosterColumns() []string {
	return []string{string(columnMemberID), string(columnEmail), string(columnFirstName), string(columnLastName), string(columnName),
		string(columnMembership), string(columnMembershipID), string(columnStatus), string(columnStarts), string(columnEnds),
		string(columnPausedFrom), string(columnResumes), string(columnOverdue), string(columnIgnored)}
}

func knownColumns() string { return strings.Join(RosterColumns(), ", ") }

// layout says where in a row each column stands, counted from 0.
type layout struct {
	headings []string // as they stand in the file, cleaned
	meanings []column // "" for columns that are not known
	at       map[column]int
}

// layOut finds the columns by the heading row. What a file lacks, or has twice, is a fault.
func layOut(heading tableRow, known headings, file RosterFile, wrong *faults) layout {
	found := layout{at: map[column]int{}}
	if len(heading.cells) > mostColumns {
		wrong.add(heading.line, mostColumns+1, "", "the heading has more than %d columns; an export of members has fewer", mostColumns)
		return found
	}
	for at, name := range heading.cells {
		found.headings = append(found.headings, cut(clean(name), longestShown))
		meant, _ := known.column(name)
		found.meanings = append(found.meanings, meant)
		if meant == "" || meant == columnIgnored {
			continue
		}
		before, twice := found.at[meant]
		_, told := known.told[foldHeading(name)]
		_, toldBefore := known.told[foldHeading(heading.cells[min(before, len(heading.cells)-1)])]
		switch {
		case !twice, told && !toldBefore:
			if twice {
				found.meanings[before] = ""
			}
			found.at[meant] = at
		case toldBefore && !told:
			found.meanings[at] = ""
		default:
			wrong.add(heading.line, at+1, found.headings[at], "columns %d and %d are both %s; say which of them is to be left out (%s = ignore)",
				before+1, at+1, meant, found.headings[at])
		}
	}
	found.demand(heading.line, file, wrong)
	return found
}

// demand: only the member and the membership are required; what the rows mean must be known.
func (l layout) demand(line int, file RosterFile, wrong *faults) {
	has := func(meant column) bool { _, there := l.at[meant]; return there }
	seen := strings.Join(slices.DeleteFunc(slices.Clone(l.headings), func(name string) bool { return name == "" }), ", ")
	if !has(columnEmail) && !has(columnMemberID) {
		wrong.add(line, 0, "", "there is no column with e-mail addresses or member ids; the headings are: %s", cut(seen, longestText))
	}
	if !has(columnMembership) && !has(columnMembershipID) {
		wrong.add(line, 0, "", "there is no column with memberships; the headings are: %s", cut(seen, longestText))
	}
	if !has(columnStatus) && file.RowsAre == "" {
		wrong.add(line, 0, "", "there is no status column. Export one, or say what every row is (every row is active)")
	}
}

// cell is the cleaned text of a column, "" where the file has no such column.
func (l layout) cell(row tableRow, meant column) string {
	at, there := l.at[meant]
	if !there || at >= len(row.cells) {
		return ""
	}
	return clean(row.cells[at])
}

// fault is about one cell.
func (l layout) fault(wrong *faults, row tableRow, meant column, format string, values ...any) {
	at := l.at[meant]
	wrong.add(row.line, at+1, l.headings[at], format, values...)
}

// sortedKeys is for sentences and previews that must not change from one reading to the next.
func sortedKeys[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }
