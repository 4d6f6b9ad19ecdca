package gymflow

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// DateOrder is how a date like 03/04/2026 is read. YYYY-MM-DD and YYYY/MM/DD need none.
type DateOrder string

// The orders.
const (
	DayFirst   DateOrder = "DD/MM/YYYY"
	MonthFirst DateOrder = "MM/DD/YYYY"
)

// sound: it is one of the two, or not given.
func (o DateOrder) sound() bool { return o == "" || o == DayFirst || o == MonthFirst }

// dateForms take the written forms apart. Where a program writes a time behind the day, it is midnight.
type dateForms struct {
	yearFirst *regexp.Regexp
	yearLast  *regexp.Regexp
}

func newDateForms() dateForms {
	const midnight = `(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?$`
	return dateForms{
		yearFirst: regexp.MustCompile(`^(\d{4})([-/])(\d{1,2})([-/])(\d{1,2})` + midnight),
		yearLast:  regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4})` + midnight),
	}
}

// findOrder looks through all dates of a file for one that can be meant in one way only, like 25/03/2026. "" where the file does
// not tell, or contradicts itself.
func (d dateForms) findOrder(texts func(yield func(string) bool)) DateOrder {
	dayFirst, monthFirst := false, false
	for text := range texts {
		parts := d.yearLast.FindStringSubmatch(text)
		if parts == nil {
			continue
		}
		first, second := number(parts[1]), number(parts[2])
		dayFirst = dayFirst || first > 12 && second <= 12
		monthFirst = monthFirst || second > 12 && first <= 12
	}
	switch {
	case dayFirst && !monthFirst:
		return DayFirst
	case monthFirst && !dayFirst:
		return MonthFirst
	}
	return ""
}

// read is the day that a text means; fault says why it is none.
func (d dateForms) read(text string, order DateOrder) (day Date, fault string) {
	if text == "" {
		return Date{}, ""
	}
	if parts := d.yearFirst.FindStringSubmatch(text); parts != nil && parts[2] == parts[4] {
		return realDay(text, number(parts[1]), number(parts[3]), number(parts[5]), "")
	}
	parts := d.yearLast.FindStringSubmatch(text)
	if parts == nil {
		return Date{}, shownText(text) + " is not a date like 2026-03-31, 2026/03/31 or 31/03/2026"
	}
	first, second, year := number(parts[1]), number(parts[2]), number(parts[3])
	switch {
	case order == DayFirst, order == "" && first == second:
		return realDay(text, year, second, first, ", when the day stands first (DD/MM/YYYY)")
	case order == MonthFirst:
		return realDay(text, year, first, second, ", when the month stands first (MM/DD/YYYY)")
	case first > 12 || second > 12:
		return Date{}, shownText(text) + " is written in another order than other dates of the file; say which order is meant (DD/MM/YYYY or MM/DD/YYYY)"
	}
	return Date{}, shownText(text) + " can be read in two ways; say which order the dates have (DD/MM/YYYY or MM/DD/YYYY)"
}

// realDay refuses the 31st of February. read says how the text was understood, where that can be questioned.
func realDay(text string, year, month, day int, read string) (Date, string) {
	at := time.Date(year, time.Month(month), day, 12, 0, 0, 0, time.UTC)
	if month < 1 || month > 12 || at.Day() != day || year < 1 {
		return Date{}, shownText(text) + " is not a day of the calendar" + read
	}
	return DateOf(at), ""
}

// readSerial is the day of a spreadsheet's own number of days; told is false where the text is no such number.
func readSerial(text string, since1904 bool) (day Date, told bool) {
	days, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(days) || days < 1 || days > 2_958_465 || strings.ContainsAny(text, "xXpP_") {
		return Date{}, false // 2,958,465 is the last day of 9999
	}
	at, err := excelize.ExcelDateToTime(math.Floor(days), since1904)
	if err != nil {
		return Date{}, false
	}
	return DateOf(at), true
}

// number is the value of digits that a pattern has found.
func number(digits string) int {
	value, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return value
}
