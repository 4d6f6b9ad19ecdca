package gymflow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// RosterFile says where a roster lies and how its headings and words are meant (gymflow-api.md, Files). The zero RosterFile
// is none.
type RosterFile struct {
	Path     string            `json:",omitempty"` // a .csv or .xlsx file, or a folder whose newest such file is meant
	Columns  map[string]string `json:",omitempty"` // heading → column ("Plan" → "membership"), beside the usual headings
	Statuses map[string]string `json:",omitempty"` // status word → Gymflow's ("Frozen" → "paused")
	RowsAre  Status            `json:",omitempty"` // what every row is where there is no status column
	Dates    DateOrder         `json:",omitempty"` // how 03/04/2026 is read; "" where the file itself must tell
}

// Given tells a roster file from none.
func (f RosterFile) Given() bool { return f.Path != "" }

// Same reports whether both name the same file, read in the same way.
func (f RosterFile) Same(other RosterFile) bool {
	return f.Path == other.Path && f.RowsAre == other.RowsAre && f.Dates == other.Dates &&
		maps.Equal(f.Columns, other.Columns) && maps.Equal(f.Statuses, other.Statuses)
}

// Check refuses a way of reading that means nothing, before any file is looked at.
func (f RosterFile) Check() error {
	switch {
	case strings.TrimSpace(f.Path) == "":
		return errors.New("no roster file is named")
	case f.RowsAre != "" && !f.RowsAre.Known():
		return fmt.Errorf("%s is no status that every row can have; there are: %s", shownText(string(f.RowsAre)), knownStatuses())
	case !f.Dates.sound():
		return fmt.Errorf("%s is no order of dates; there are: %s and %s", shownText(string(f.Dates)), DayFirst, MonthFirst)
	}
	for _, heading := range slices.Sorted(maps.Keys(f.Columns)) {
		if _, known := columnNamed(f.Columns[heading]); !known {
			return fmt.Errorf("the heading %s is said to be %s, which is no column; there are: %s", shownText(heading), shownText(f.Columns[heading]), knownColumns())
		}
	}
	for _, word := range slices.Sorted(maps.Keys(f.Statuses)) {
		if !readStatus(f.Statuses[word]).Known() {
			return fmt.Errorf("the status %s is said to be %s, which is none of Gymflow's; there are: %s", shownText(word), shownText(f.Statuses[word]), knownStatuses())
		}
	}
	return nil
}

// File reads members from a roster file that staff export. Every read is of the whole file.
type File struct {
	file  RosterFile
	now   func() time.Time                           // stamps Roster.ReadAt
	host  func() time.Time                           // the clock by which files are stamped
	pause func(context.Context, time.Duration) error // until a fresh file has settled
}

var _ Source = (*File)(nil)

// NewFile checks the way of reading and makes a source; it does not open the file yet. now stamps Roster.ReadAt, nil for
// time.Now.
func NewFile(file RosterFile, now func() time.Time) (*File, error) {
	if err := file.Check(); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &File{file: file, now: now, host: time.Now, pause: pauseFor}, nil
}

// Account implements Source: a file has no name but its own, and no time zone. The file must be there and fit to be read.
func (f *File) Account(ctx context.Context) (Account, error) {
	if _, err := f.read(ctx); err != nil {
		return Account{}, err
	}
	return Account{Name: clean(filepath.Base(f.file.Path))}, nil
}

// Memberships implements Source.
func (f *File) Memberships(ctx context.Context) ([]Membership, error) {
	roster, err := f.Roster(ctx, nil)
	return roster.Memberships, err
}

// Roster implements Source. It is as fresh as the file's own time.
func (f *File) Roster(ctx context.Context, progress func(read, total int)) (Roster, error) {
	understood, err := f.read(ctx)
	if err != nil {
		return Roster{}, err
	}
	roster := understood.roster
	roster.Account = Account{Name: clean(filepath.Base(f.file.Path))}
	roster.ReadAt = f.now()
	if progress != nil {
		progress(len(roster.Members), len(roster.Members))
	}
	return roster, nil
}

// Member implements Source: a file tells nothing about one member that it did not tell about all. A newer file does.
func (f *File) Member(context.Context, string) (Member, error) { return Member{}, ErrNoChanges }

// Changed implements Source.
func (f *File) Changed(context.Context, time.Time) ([]Member, time.Time, error) {
	return nil, time.Time{}, ErrNoChanges
}

// Stats implements Source: nothing is asked of anybody.
func (f *File) Stats() Stats { return Stats{} }

// read reads the file whole, or refuses it whole.
func (f *File) read(ctx context.Context) (*understood, error) {
	content, stamp, err := f.content(ctx)
	if err != nil {
		return nil, err
	}
	read := understand(content, stamp, f.file)
	return read, read.refused()
}

// pauseFor waits, unless the context ends before.
func pauseFor(ctx context.Context, span time.Duration) error {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
