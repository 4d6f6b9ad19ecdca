package gymflow

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
)

// The bounds of a table. Beyond them it is no export of members.
const (
	mostRows    = 500_000
	mostColumns = 500
	longestCell = longestText
)

// tableRow is one row as it stands in the file.
type tableRow struct {
	line  int
	cells []string
}

// table is a file before its columns mean anything. Its first row is the heading.
type table struct {
	rows      []tableRow
	form      string // "CSV, semicolon, UTF-8", "XLSX, sheet Members"
	serials   bool   // dates may be numbers of days, as spreadsheets count
	since1904 bool   // from 1904, as old Macs did
	ragged    bool   // empty cells at the end of a row are left out
}

// readCSV reads a text. What can't be taken apart is a fault, and ends the reading there.
func readCSV(content []byte, aliases headings, wrong *faults) table {
	text, encoding, err := decodeText(content)
	if err != nil {
		wrong.add(0, 0, "", "%s", err.Error())
		return table{}
	}
	first := 0
	if rest, named, separator := cutSeparatorLine(text); named {
		text, first = rest, 1
		return readSeparated(text, separator, first, encoding, wrong)
	}
	return readSeparated(text, guessSeparator(text, aliases), first, encoding, wrong)
}

// cutSeparatorLine takes off the line "sep=;" by which Excel is told the delimiter.
func cutSeparatorLine(text []byte) (rest []byte, named bool, separator rune) {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSpace(bytes.Trim(bytes.TrimRight(line, "\r"), `"`))
	if len(line) == 5 && bytes.EqualFold(line[:4], []byte("sep=")) && bytes.IndexByte([]byte(",;\t"), line[4]) >= 0 {
		return rest, true, rune(line[4])
	}
	return text, false, 0
}

// guessSeparator is the one by which the heading has the most columns that are known; else the most columns.
func guessSeparator(text []byte, aliases headings) rune {
	best, bestKnown, bestColumns := ',', -1, -1
	for _, separator := range []rune{',', ';', '\t'} {
		heading, err := newCSVReader(text, separator).Read()
		if err != nil {
			continue
		}
		known := 0
		for _, name := range heading {
			if _, found := aliases.column(name); found {
				known++
			}
		}
		if known > bestKnown || known == bestKnown && len(heading) > bestColumns {
			best, bestKnown, bestColumns = separator, known, len(heading)
		}
	}
	return best
}

func newCSVReader(text []byte, separator rune) *csv.Reader {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma = separator
	reader.FieldsPerRecord = -1 // a row of another length is a fault of ours, with its line
	reader.TrimLeadingSpace = separator != '\t'
	return reader
}

func readSeparated(text []byte, separator rune, before int, encoding string, wrong *faults) table {
	read := table{form: "CSV, " + map[rune]string{',': "comma", ';': "semicolon", '\t': "tab"}[separator] + ", " + encoding}
	reader := newCSVReader(text, separator)
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return read
		}
		if err != nil {
			addCSVFault(err, before, wrong)
			return read
		}
		line, _ := reader.FieldPos(0)
		if len(read.rows) > mostRows {
			wrong.add(line+before, 0, "", "the file has more than %d rows; an export of members has fewer", mostRows)
			return read
		}
		if !blank(cells) {
			read.rows = append(read.rows, tableRow{line: line + before, cells: cells})
		}
	}
}

func addCSVFault(err error, before int, wrong *faults) {
	var failed *csv.ParseError
	if !errors.As(err, &failed) {
		wrong.add(0, 0, "", "%s", err.Error())
		return
	}
	text := "a quotation mark is missing or stands in the wrong place, so the rest can't be read"
	if failed.StartLine != failed.Line {
		text = "the quotation mark that opens a value here is never closed, so the rest can't be read"
	}
	wrong.add(failed.StartLine+before, max(failed.Column, 1), "", "%s", text)
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if clean(cell) != "" {
			return false
		}
	}
	return true
}
