package gymflow

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// rosterRow is one holding as its row tells it.
type rosterRow struct {
	row        tableRow
	memberID   string
	email      string
	firstName  string
	lastName   string
	membership Membership
	word       string // the status as it stands in the file
	holding    Holding
}

// rowReading turns rows into holdings.
type rowReading struct {
	layout   layout
	file     RosterFile
	statuses statusWords
	forms    dateForms
	order    DateOrder
	table    table
	wrong    *faults
}

// dateColumns are those that hold days.
func dateColumns() []column {
	return []column{columnStarts, columnEnds, columnPausedFrom, columnResumes, columnOverdue}
}

// dates are the texts of all date columns.
func (r *rowReading) dates(rows []tableRow) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, row := range rows {
			for _, meant := range dateColumns() {
				if text := r.layout.cell(row, meant); text != "" && !yield(text) {
					return
				}
			}
		}
	}
}

// read reads one row; every fault in it is noted.
func (r *rowReading) read(row tableRow) rosterRow {
	read := rosterRow{row: row}
	if !r.lengthFits(row) {
		return read
	}
	r.readPerson(&read)
	r.readMembership(&read)
	r.readStatus(&read)
	read.holding.StartsOn = r.date(row, columnStarts)
	read.holding.EndsOn = r.date(row, columnEnds)
	read.holding.PausedFrom = r.date(row, columnPausedFrom)
	read.holding.ResumesOn = r.date(row, columnResumes)
	read.holding.OverdueSince = r.date(row, columnOverdue)
	return read
}

// lengthFits: a row that is cut short, or whose values slipped, is not read at all.
func (r *rowReading) lengthFits(row tableRow) bool {
	have, want := len(row.cells), len(r.layout.headings)
	for have > want && clean(row.cells[have-1]) == "" {
		have--
	}
	if have > want {
		r.wrong.add(row.line, want+1, "", "the row has %d values, the heading only %d", have, want)
		return false
	}
	if have < want && !r.table.ragged {
		r.wrong.add(row.line, have, "", "the row ends after %d of %d values", have, want)
		return false
	}
	fits := true
	for at, cell := range row.cells[:min(have, want)] {
		if len(cell) > longestCell && utf8.RuneCountInString(cell) > longestCell && r.layout.meanings[at] != "" && r.layout.meanings[at] != columnIgnored {
			r.wrong.add(row.line, at+1, r.layout.headings[at], "the value is longer than %d characters", longestCell)
			fits = false
		}
	}
	return fits
}

func (r *rowReading) readPerson(read *rosterRow) {
	row := read.row
	read.memberID, read.email = r.layout.cell(row, columnMemberID), r.layout.cell(row, columnEmail)
	read.firstName, read.lastName = r.layout.cell(row, columnFirstName), r.layout.cell(row, columnLastName)
	if name := r.layout.cell(row, columnName); name != "" && read.firstName == "" && read.lastName == "" {
		read.firstName = name
		if at := strings.LastIndex(name, " "); at > 0 {
			read.firstName, read.lastName = strings.TrimSpace(name[:at]), name[at+1:]
		}
	}
	_, hasEmail := r.layout.at[columnEmail]
	_, hasID := r.layout.at[columnMemberID]
	switch {
	case read.email != "" && !soundEmail(read.email):
		r.layout.fault(r.wrong, row, columnEmail, "%s is not an e-mail address", shownText(read.email))
	case read.email != "" || read.memberID != "":
	case hasEmail:
		r.layout.fault(r.wrong, row, columnEmail, "there is neither an e-mail address nor a member id")
	case hasID: // that there is neither column is told once, not for every row
		r.layout.fault(r.wrong, row, columnMemberID, "the member id is empty")
	}
}

// soundEmail: something, an @, something, no blanks. Whether it reaches anybody is for others to find out.
func soundEmail(email string) bool {
	name, host, found := strings.Cut(email, "@")
	return found && name != "" && host != "" && !strings.Contains(host, "@") && !strings.ContainsFunc(email, unicode.IsSpace)
}

// readMembership: a membership is known by its name, whatever its case and spacing; by its id where the file has only that.
func (r *rowReading) readMembership(read *rosterRow) {
	name, id := r.layout.cell(read.row, columnMembership), r.layout.cell(read.row, columnMembershipID)
	if name == "" {
		name = id
	}
	name = strings.Join(strings.Fields(name), " ")
	read.membership = Membership{ID: strings.ToLower(name), Name: name}
	read.holding.MembershipID = read.membership.ID
	if name != "" && !spreadsheetError(name) {
		return
	}
	meant := columnMembership
	if _, there := r.layout.at[meant]; !there {
		meant = columnMembershipID
	}
	_, there := r.layout.at[meant]
	switch {
	case !there: // told once
	case name == "":
		r.layout.fault(r.wrong, read.row, meant, "the membership is empty")
	default:
		r.layout.fault(r.wrong, read.row, meant, "%s is an error of the spreadsheet, no membership", shownText(name))
	}
}

func (r *rowReading) readStatus(read *rosterRow) {
	if _, there := r.layout.at[columnStatus]; !there {
		read.holding.Status = r.file.RowsAre
		return
	}
	read.word = r.layout.cell(read.row, columnStatus)
	read.holding.Status = r.statuses.read(read.word)
	if read.holding.Status == "" {
		r.layout.fault(r.wrong, read.row, columnStatus, "the status is empty")
	}
}

func (r *rowReading) date(row tableRow, meant column) Date {
	text := r.layout.cell(row, meant)
	if r.table.serials {
		if day, told := readSerial(text, r.table.since1904); told {
			return day
		}
	}
	day, fault := r.forms.read(text, r.order)
	if fault != "" {
		r.layout.fault(r.wrong, row, meant, "%s", fault)
	}
	return day
}

// spreadsheetError: a formula that found nothing stands in a cell as such a word.
func spreadsheetError(text string) bool {
	switch strings.ToUpper(text) {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!":
		return true
	}
	return false
}
