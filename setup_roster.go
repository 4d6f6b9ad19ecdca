package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// rosterFlags say where a roster file lies and how it is read, in the place of Gymflow's address.
type rosterFlags struct {
	path     string
	columns  []string
	statuses []string
	rowsAre  string
	dates    string
}

func (r *rosterFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&r.path, "roster", "", "a file of members (.csv, .xlsx), or a folder whose newest is read; in the place of --gymflow-url")
	flags.StringArrayVar(&r.columns, "roster-column", nil, "HEADING=COLUMN, where a heading is not known: \"Plan=membership\"; COLUMN: "+strings.Join(gymflow.RosterColumns(), ", "))
	flags.StringArrayVar(&r.statuses, "roster-status", nil, "WORD=STATUS, where a status word is not known: \"Frozen=paused\"")
	flags.StringVar(&r.rowsAre, "roster-rows-are", "", "the status of every row, where the file has no status column: active")
	flags.StringVar(&r.dates, "roster-dates", "", "how 03/04/2026 is read: DD/MM/YYYY or MM/DD/YYYY")
}

// any reports whether one of them was given.
func (r *rosterFlags) any() bool {
	return r.path != "" || len(r.columns) > 0 || len(r.statuses) > 0 || r.rowsAre != "" || r.dates != ""
}

// rosterFile is the file that the flags name, or the stored one where they name no other source. What they do not say about the
// way of reading stays as it is stored.
func (s setupFlags) rosterFile(stored store.Settings) (gymflow.RosterFile, error) {
	given, file := s.roster, stored.Roster
	if s.gymflowURL != "" || s.gymflowTokenFile != "" {
		if given.any() {
			return file, usage("--roster and --gymflow-url exclude each other: members are read from one place")
		}
		return gymflow.RosterFile{}, nil
	}
	if given.path != "" {
		path, err := filepath.Abs(given.path)
		if err != nil {
			return file, usage("--roster %q: %w", given.path, err)
		}
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return file, usage("--roster %q: there is no such file", given.path)
		}
		file.Path = path
	}
	if !file.Given() {
		if given.any() {
			return file, usage("--roster is missing: the file of members that the other --roster flags are about")
		}
		return file, nil
	}
	var err error
	if len(given.columns) > 0 {
		if file.Columns, err = readPairs("--roster-column", "HEADING=COLUMN", given.columns); err != nil {
			return file, err
		}
	}
	if len(given.statuses) > 0 {
		if file.Statuses, err = readPairs("--roster-status", "WORD=STATUS", given.statuses); err != nil {
			return file, err
		}
	}
	if given.rowsAre != "" {
		file.RowsAre = gymflow.Status(strings.ToLower(strings.TrimSpace(given.rowsAre)))
	}
	if given.dates != "" {
		file.Dates = gymflow.DateOrder(strings.ToUpper(strings.TrimSpace(given.dates)))
	}
	if err := file.Check(); err != nil {
		return file, usage("--roster: %w", err)
	}
	return file, nil
}

// readPairs takes ONE=OTHER apart at the last =.
func readPairs(flag, form string, pairs []string) (map[string]string, error) {
	read := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		at := strings.LastIndex(pair, "=")
		if at < 0 || strings.TrimSpace(pair[at+1:]) == "" {
			return nil, usage("%s %q: write %s", flag, pair, form)
		}
		read[strings.TrimSpace(pair[:at])] = strings.TrimSpace(pair[at+1:])
	}
	return read, nil
}

// lookOver reads the file once and says how it was understood. The order of the dates that this file proves is kept: the next one may
// hold none that does.
func (a *application) lookOver(ctx context.Context, file gymflow.RosterFile) (gymflow.RosterFile, error) {
	source, err := gymflow.NewFile(file, nil)
	if err != nil {
		return file, usage("--roster: %w", err)
	}
	told, err := source.Understand(ctx)
	if err != nil {
		return file, err
	}
	if len(told.Faults) > 0 {
		return file, &gymflow.Refused{Path: told.Path, Faults: told.Faults, More: told.More}
	}
	file.Dates = told.Dates
	for _, status := range told.Statuses {
		if !status.Meaning.Known() {
			_, _ = fmt.Fprintf(a.errOut, "Warning: the status %q is not known (rows: %d), so those members stay as they are. Say what it means: --roster-status %s\n",
				kisi.CleanText(status.Word), status.Rows, shellWord(kisi.CleanText(status.Word)+"=paused"))
		}
	}
	return file, nil
}

// sayFaults prints every fault of a roster file that was refused, a line each, before the sentence that says so.
func (a *application) sayFaults(err error) {
	var refused *gymflow.Refused
	if !errors.As(err, &refused) || len(refused.Faults) == 1 && refused.More == 0 {
		return
	}
	for _, fault := range refused.Faults {
		_, _ = fmt.Fprintln(a.errOut, kisi.CleanText(fault.String()))
	}
	if refused.More > 0 {
		_, _ = fmt.Fprintf(a.errOut, "and %d more\n", refused.More)
	}
}
