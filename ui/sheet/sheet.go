// Package sheet writes what is listed for a spreadsheet: the live view's export and `members --csv` are the same.
package sheet

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/ui/words"
)

// WriteCSV writes a header and rows. No cell can be taken for a formula.
func WriteCSV(w io.Writer, header []string, rows [][]string) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for _, row := range rows {
		safe := slices.Clone(row)
		for index := range safe {
			safe[index] = defused(safe[index])
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// defused keeps a spreadsheet from taking a name for a formula.
func defused(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// MemberHeader names the columns of MemberCells.
func MemberHeader() []string {
	return []string{"id", "name", "email", "memberships", "entitled", "groups", "standing", "reason", "since", "next_change", "why"}
}

// MemberCells is one member's row, cleaned, with the instants as the place's clock shows them.
func MemberCells(row access.Row, zone *time.Location) []string {
	var memberships []string
	for _, membership := range row.Memberships {
		memberships = append(memberships, words.Clean(membership.Name))
	}
	reason, next := "", ""
	if row.Reason != nil {
		reason = string(*row.Reason)
	}
	if row.NextChange != nil {
		next = row.NextChange.In(zone).Format(time.RFC3339)
	}
	return []string{
		words.Clean(row.ID), words.Clean(row.Name), words.Clean(row.Email), strings.Join(memberships, ", "), groups(row.Entitled), groups(row.Groups),
		string(row.Standing), reason, row.Since.In(zone).Format(time.RFC3339), next, words.Clean(row.Detail),
	}
}

func groups(refs []access.GroupRef) string {
	var names []string
	for _, group := range refs {
		names = append(names, words.Clean(group.Name))
	}
	return strings.Join(names, ", ")
}
