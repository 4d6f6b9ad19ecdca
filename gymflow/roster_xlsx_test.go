package gymflow

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// workbook makes an XLSX of rows; a first, hidden sheet and a first, empty one stand before them.
func workbook(t testing.TB, change func(*excelize.File), rows ...[]any) string {
	t.Helper()
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := book.NewSheet("Members")
	must(err)
	_, err = book.NewSheet("Notes")
	must(err)
	must(book.SetCellValue("Notes", "A1", "hello"))
	for at, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, at+1)
		must(err)
		must(book.SetSheetRow("Members", cell, &row))
	}
	if change != nil {
		change(book)
	}
	var content bytes.Buffer
	must(book.Write(&content))
	return content.String()
}

func TestXLSX(t *testing.T) {
	day := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	head := []any{"Member ID", "Email", "Membership", "Status", "Start date", "Expiry"}
	content := workbook(t, nil, head,
		[]any{123, "ann@x", "All hours", "Active", day, nil},
		nil,
		[]any{"m2", nil, "All hours", "Paused", "2026-03-31", day.AddDate(0, 0, 1).Add(15 * time.Hour)})
	for _, name := range []string{"m.xlsx", "m.csv"} { // whatever it is called
		roster, err := rosterIn(t, name, content, RosterFile{}).Roster(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		const want = "123 <ann@x> ann@x: 123/all hours active 2026-03-31.. paused .. overdue /\n" +
			"m2 <> m2: m2/all hours paused 2026-03-31..2026-04-01 paused .. overdue /"
		if got := inWords(roster); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	from1904 := workbook(t, func(book *excelize.File) {
		yes := true
		if err := book.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
			t.Fatal(err)
		}
		if err := book.SetCellValue("Members", "E2", 44650); err != nil {
			t.Fatal(err)
		}
	}, head, []any{"m1", "ann@x", "All hours", "Active", 0, nil})
	roster, err := rosterIn(t, "m.xlsx", from1904, RosterFile{}).Roster(t.Context(), nil)
	if err != nil || roster.Members[0].Holdings[0].StartsOn.String() != "2026-03-31" {
		t.Errorf("%+v %v", roster, err)
	}
}

// bomb is a workbook with a sheet that unpacks to more than is read. Each megabyte of it is packed the same, and packed once.
func bomb(t *testing.T) string {
	t.Helper()
	var packed, whole bytes.Buffer
	pack, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	_, failure := pack.Write(zeros)
	failure = errors.Join(failure, pack.Flush()) // ends at a whole byte, so that the next one can follow
	part := bytes.Clone(packed.Bytes())
	failure = errors.Join(failure, pack.Close())
	header := &zip.FileHeader{Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate}
	var content bytes.Buffer
	for range mostUnzipped>>20 + 1 {
		content.Write(part)
		header.CRC32 = crc32.Update(header.CRC32, crc32.IEEETable, zeros)
		header.UncompressedSize64 += uint64(len(zeros))
	}
	content.Write(packed.Bytes()[len(part):])
	header.CompressedSize64 = uint64(content.Len())
	zipped := zip.NewWriter(&whole)
	sheet, err := zipped.CreateRaw(header)
	if err != nil {
		t.Fatal(err)
	}
	_, err = sheet.Write(content.Bytes())
	if err := errors.Join(failure, err, zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return whole.String()
}

// A bomb that were no whole file would be refused for that.
func TestTheBombUnpacks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it unpacks a great deal")
	}
	content := bomb(t)
	unpacked, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := unpacked.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if size, err := io.Copy(io.Discard, sheet); size <= mostUnzipped || err != nil {
		t.Errorf("%d bytes, %v", size, err)
	}
}

func TestXLSXFaults(t *testing.T) {
	t.Parallel()
	head := []any{"Email", "Membership", "Status", "Start date"}
	book := workbook(t, nil, head, nil, []any{"ann@x", "All", "active", "soon"}, []any{"bo", "#REF!", "active", 3_000_000})
	for name, one := range map[string]struct {
		content string
		want    []string
	}{
		"cells": {book, []string{`line 3, column 4 (Start date): "soon"`, `line 4, column 1 (Email): "bo"`, `line 4, column 2 (Membership): "#REF!"`, `line 4, column 4`}},
		"cut":   {book[:len(book)/2], []string{"the file can't be read as an XLSX workbook"}},
		"text":  {"email,membership\n", []string{"the file is called .xlsx and is no such workbook"}},
		"empty": {workbook(t, func(book *excelize.File) { _ = book.DeleteSheet("Notes") }), []string{"the file is empty"}},
		"bomb":  {bomb(t), []string{"the file can't be read as an XLSX workbook"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rosterIn(t, "m.xlsx", one.content, RosterFile{}).Roster(t.Context(), nil)
			var refused *Refused
			if !errors.As(err, &refused) || len(refused.Faults) != len(one.want) {
				t.Fatalf("%v", err)
			}
			for at, want := range one.want {
				if !strings.HasPrefix(refused.Faults[at].String(), want) {
					t.Errorf("fault %d: %s", at, refused.Faults[at])
				}
			}
		})
	}
}
