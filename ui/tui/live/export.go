package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/store"
	shared "kisiflow/ui/sheet"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// sheet is what an export writes: as rows for a spreadsheet, or as records.
type sheet struct {
	header  []string
	rows    [][]string
	records any
}

// exported is the end of an export.
type exported struct {
	name  string
	count int
	what  string
	err   error
}

// askExport asks for a file in the current folder. The name's ending says what is written.
func (s *scene) askExport(what, file string, count int, make func() (sheet, error)) tea.Cmd {
	if count == 0 {
		s.say("There is nothing in the list to export.")
		return nil
	}
	usual := "kisiflow-" + file + "-" + s.today().String() + ".csv"
	question := "Export the " + words.Count(count, what) + " listed to a file in this folder. Its ending, .csv or .json, sets the format."
	if count == 1 {
		question = "Export the one " + what + " listed to a file in this folder. Its ending, .csv or .json, sets the format."
	}
	return s.enter(question, "File: ", usual, fileProblem, func(name string) tea.Cmd {
		return func() tea.Msg {
			made, err := make()
			if err == nil {
				err = writeSheet(name, made)
			}
			return exported{name, len(made.rows), what, err}
		}
	})
}

// fileProblem says what is wrong with a file name; "" for nothing.
func fileProblem(name string) string {
	switch ending := strings.ToLower(filepath.Ext(name)); {
	case name == "":
		return "Give the file a name, like members.csv."
	case filepath.Base(name) != name || name == "." || name == "..":
		return "Name a file in this folder, without / in it."
	case ending != ".csv" && ending != ".json":
		return "Let the name end in .csv or .json."
	}
	return ""
}

// writeSheet makes a file that only this user can read, and never replaces one.
func writeSheet(name string, made sheet) (err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return errors.New(name + " is there already; choose another name")
	}
	if err != nil {
		return fmt.Errorf("the file can't be made: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if strings.EqualFold(filepath.Ext(name), ".json") {
		encoder := json.NewEncoder(file)
		encoder.SetIndent("", "  ")
		return encoder.Encode(made.records)
	}
	return shared.WriteCSV(file, made.header, made.rows)
}

func (s *scene) wrote(answer exported) {
	if answer.err != nil {
		s.complain("Not exported: " + sentence(answer.err))
		return
	}
	s.say(words.Count(answer.count, answer.what) + " written to " + answer.name + ", which only you can read.")
}

// memberRecord is a row of the list as `members --json` has it, cleaned.
type memberRecord struct {
	access.Row
	Why    string `json:"why,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// memberSheet is a copy, as it is written while the screen goes on.
func memberSheet(people []*person, zone *time.Location) sheet {
	made := sheet{header: shared.MemberHeader()}
	records := make([]memberRecord, 0, len(people))
	for _, who := range people {
		row := who.row
		row.ID, row.Name, row.Email = look.Clean(row.ID), who.name, who.email
		made.rows = append(made.rows, shared.MemberCells(row, zone))
		records = append(records, memberRecord{row, who.reason.Label(), look.Clean(row.Detail)})
	}
	made.records = records
	return made
}

// entrySheet is the journal as it is listed.
func entrySheet(entries []store.Entry, zone *time.Location) sheet {
	made := sheet{header: []string{"at", "what", "who", "member_id", "group", "before", "after", "evidence", "by", "run"}, records: entries}
	for _, entry := range entries {
		made.rows = append(made.rows, []string{
			entry.At.In(zone).Format(time.RFC3339), string(entry.Kind), entry.Name, look.Clean(entry.MemberID), entry.Group, entry.Before, entry.After,
			entry.Evidence, entry.By, entry.Run,
		})
	}
	return made
}
