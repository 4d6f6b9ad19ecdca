package sheet

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kisiflow/access"
)

// TestNoCellIsAFormula: whatever the names are, a reader of CSV gets them back in their cells, and none begins a formula.
func TestNoCellIsAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.SampledFrom([]rune("=+-@\t\r\n\x1b,\"' aé"))).Draw(t, "name")
		row := access.Row{ID: name, Name: name, Email: name, Groups: []access.GroupRef{{Name: name}}, Detail: name}
		var out bytes.Buffer
		if err := WriteCSV(&out, MemberHeader(), [][]string{MemberCells(row, time.UTC)}); err != nil {
			t.Fatal(err)
		}
		read, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(read) != 2 || len(read[1]) != len(MemberHeader()) {
			t.Fatalf("%v: %q", err, read)
		}
		for _, cell := range read[1] {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Fatalf("%q begins a formula", cell)
			}
		}
	})
}
