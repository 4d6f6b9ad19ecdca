package gymflow

import (
	"bytes"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// mostUnzipped bounds what a small file may unfold into.
const mostUnzipped = 256 << 20

// readXLSX reads the first sheet that is shown and not empty.
func readXLSX(content []byte, wrong *faults) (read table) {
	defer func() {
		// A damaged workbook must refuse the file, and not end the process.
		if recovered := recover(); recovered != nil {
			read = table{}
			wrong.add(0, 0, "", "the workbook is damaged and can't be read; export it again")
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: mostUnzipped, UnzipXMLSizeLimit: mostUnzipped,
	})
	if err != nil {
		wrong.add(0, 0, "", "the file can't be read as an XLSX workbook (%s)", cut(clean(err.Error()), longestShown))
		return table{}
	}
	defer func() { _ = book.Close() }()
	since1904 := false
	if properties, err := book.GetWorkbookProps(); err == nil && properties.Date1904 != nil {
		since1904 = *properties.Date1904
	}
	for _, sheet := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(sheet); err != nil || !visible {
			continue
		}
		rows, err := readSheet(book, sheet, wrong)
		if err != nil {
			wrong.add(0, 0, "", "the sheet %s can't be read (%s)", shownText(sheet), cut(clean(err.Error()), longestShown))
		}
		if err != nil || len(rows) > 0 {
			return table{rows: rows, form: "XLSX, sheet " + cut(clean(sheet), longestShown), serials: true, since1904: since1904, ragged: true}
		}
	}
	return table{form: "XLSX", ragged: true}
}

func readSheet(book *excelize.File, sheet string, wrong *faults) ([]tableRow, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, fmt.Errorf("opening the sheet: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var read []tableRow
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns()
		if err != nil {
			return read, fmt.Errorf("line %d: %w", line, err)
		}
		if blank(cells) {
			continue
		}
		if len(read) > mostRows {
			wrong.add(line, 0, "", "the sheet has more than %d rows; an export of members has fewer", mostRows)
			return read, nil
		}
		read = append(read, tableRow{line: line, cells: cells})
	}
	if err := rows.Error(); err != nil {
		return read, fmt.Errorf("reading the rows: %w", err)
	}
	return read, nil
}
