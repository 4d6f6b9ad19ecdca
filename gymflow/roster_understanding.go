package gymflow

import (
	"bytes"
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// samples is how many rows a preview shows.
const samples = 5

// Understanding is how a roster file was understood, for the admin to look over before it counts.
type Understanding struct {
	Path     string // of the file itself
	Form     string // "CSV, semicolon, UTF-8"
	AsOf     time.Time
	Columns  []RosterColumn
	Statuses []RosterStatus // the most frequent first
	Dates    DateOrder      // in use for dates like 03/04/2026; "" where none needs it
	Rows     int
	Members  []Member // none where the file is refused
	Sample   []RosterSample
	Faults   []Fault
	More     int // faults that are not listed
}

// RosterColumn is one column: what its heading was taken for.
type RosterColumn struct {
	Number  int    // from 1
	Heading string // as it stands in the file
	Meaning string // one of RosterColumns; "" when it is not used
}

// RosterStatus is one status word of the file.
type RosterStatus struct {
	Word    string
	Meaning Status
	Rows    int
}

// RosterSample is one of the first rows as it was understood.
type RosterSample struct {
	Line       int
	Name       string
	Email      string
	Membership string
	Status     Status
	StartsOn   Date
	EndsOn     Date
}

// Understand reads the file and tells how it was understood, with all its faults. An error where it can't be read at all now
// (ErrNoFile, ErrBeingWritten).
func (f *File) Understand(ctx context.Context) (Understanding, error) {
	content, stamp, err := f.content(ctx)
	if err != nil {
		return Understanding{}, err
	}
	return understand(content, stamp, f.file).tell(), nil
}

// understood is a file that was read, soundly or not.
type understood struct {
	stamp  RosterStamp
	table  table
	layout layout
	order  DateOrder
	rows   []rosterRow
	roster Roster
	wrong  faults
}

// understand reads a whole file and notes every fault.
func understand(content []byte, stamp RosterStamp, file RosterFile) *understood {
	u := &understood{stamp: stamp}
	defer u.wrong.sort()
	known := newHeadings(file.Columns)
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		u.wrong.add(0, 0, "", "the file is empty")
		return u
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		u.table = readXLSX(content, &u.wrong)
	case strings.EqualFold(filepath.Ext(stamp.Path), ".xlsx"):
		u.wrong.add(0, 0, "", "the file is called .xlsx and is no such workbook")
		return u
	default:
		u.table = readCSV(content, known, &u.wrong)
	}
	if len(u.table.rows) == 0 {
		if u.wrong.none() {
			u.wrong.add(0, 0, "", "the file is empty")
		}
		return u
	}
	heading, rows := u.table.rows[0], u.table.rows[1:]
	u.layout = layOut(heading, known, file, &u.wrong)
	if !u.wrong.none() && len(u.layout.at) == 0 {
		return u
	}
	if len(rows) == 0 && u.wrong.none() {
		u.wrong.add(heading.line, 0, "", "there is a heading, but not one member below it")
	}
	u.readRows(rows, file)
	return u
}

func (u *understood) readRows(rows []tableRow, file RosterFile) {
	reading := &rowReading{layout: u.layout, file: file, statuses: newStatusWords(file.Statuses), forms: newDateForms(), order: file.Dates,
		table: u.table, wrong: &u.wrong}
	if reading.order == "" {
		reading.order = reading.forms.findOrder(reading.dates(rows))
	}
	u.order = reading.order
	u.rows = make([]rosterRow, 0, len(rows))
	for _, row := range rows {
		u.rows = append(u.rows, reading.read(row))
	}
	if !u.wrong.none() {
		return
	}
	u.roster.Members = join(u.rows, u.layout, &u.wrong)
	u.roster.Memberships = membershipsOf(u.rows)
	u.roster.AsOf = u.stamp.ModTime.UTC()
}

// refused is the error of a file with faults.
func (u *understood) refused() error {
	if u.wrong.none() {
		return nil
	}
	return &Refused{Path: u.stamp.Path, Faults: u.wrong.list, More: u.wrong.more}
}

// tell puts together what a preview shows.
func (u *understood) tell() Understanding {
	told := Understanding{Path: u.stamp.Path, Form: u.table.form, AsOf: u.stamp.ModTime, Dates: u.order, Rows: len(u.rows),
		Faults: u.wrong.list, More: u.wrong.more}
	if u.wrong.none() {
		told.Members = u.roster.Members
	}
	for at, heading := range u.layout.headings {
		told.Columns = append(told.Columns, RosterColumn{Number: at + 1, Heading: heading, Meaning: string(u.layout.meanings[at])})
	}
	counts := map[string]*RosterStatus{}
	for i := range u.rows {
		row := &u.rows[i]
		if counts[row.word] == nil {
			counts[row.word] = &RosterStatus{Word: row.word, Meaning: row.holding.Status}
		}
		counts[row.word].Rows++
		if i < samples {
			told.Sample = append(told.Sample, RosterSample{
				Line: row.row.line, Name: strings.TrimSpace(row.firstName + " " + row.lastName), Email: row.email,
				Membership: row.membership.Name, Status: row.holding.Status, StartsOn: row.holding.StartsOn, EndsOn: row.holding.EndsOn,
			})
		}
	}
	for _, word := range sortedKeys(counts) {
		told.Statuses = append(told.Statuses, *counts[word])
	}
	slices.SortStableFunc(told.Statuses, func(a, b RosterStatus) int { return cmp.Compare(b.Rows, a.Rows) })
	return told
}
