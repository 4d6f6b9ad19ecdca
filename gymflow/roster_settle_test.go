package gymflow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const smallRoster = "email,membership,status\nann@x,All,active\n"

// TestAFileIsReadWhenItHasSettled: size and time stay for two seconds, counted from the file's own time.
func TestAFileIsReadWhenItHasSettled(t *testing.T) {
	for name, one := range map[string]struct {
		age     time.Duration // when it is first looked at
		waits   time.Duration
		during  func(path string) // what happens meanwhile
		written bool
	}{
		"old":           {age: time.Hour},
		"just settled":  {age: 2 * time.Second},
		"fresh":         {age: 500 * time.Millisecond, waits: 1500 * time.Millisecond},
		"from tomorrow": {age: -24 * time.Hour, waits: 2 * time.Second},
		"grows": {age: time.Second, waits: time.Second, written: true, during: func(path string) {
			writeAt(t, path, smallRoster+"bo@x,All,active\n", written().Add(time.Second))
		}},
		"is touched": {age: time.Second, waits: time.Second, written: true, during: func(path string) {
			writeAt(t, path, smallRoster, written().Add(time.Second))
		}},
		"grows with the same time": {age: time.Second, waits: time.Second, written: true, during: func(path string) {
			writeAt(t, path, smallRoster+"b", written())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			source := rosterIn(t, "m.csv", smallRoster, RosterFile{})
			source.host = func() time.Time { return written().Add(one.age) }
			var waited time.Duration
			source.pause = func(_ context.Context, span time.Duration) error {
				waited += span
				if one.during != nil {
					one.during(source.file.Path)
				}
				return nil
			}
			roster, err := source.Roster(t.Context(), nil)
			if waited != one.waits {
				t.Errorf("it waited %v", waited)
			}
			if one.written != errors.Is(err, ErrBeingWritten) || !one.written && (err != nil || len(roster.Members) != 1) {
				t.Errorf("%+v %v", roster, err)
			}
		})
	}
}

func TestTheWaitEndsWithItsContext(t *testing.T) {
	source := rosterIn(t, "m.csv", smallRoster, RosterFile{})
	source.host, source.pause = written, pauseFor
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.Roster(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTheNewestFileOfAFolder(t *testing.T) {
	folder := t.TempDir()
	source := sourceOf(t, RosterFile{Path: folder})
	if _, err := source.Roster(t.Context(), nil); !errors.Is(err, ErrNoFile) || !strings.Contains(err.Error(), "no .csv") {
		t.Errorf("empty: %v", err)
	}
	row := "email,membership,status\n%@x,All,active\n"
	for name, age := range map[string]time.Duration{
		"old.csv": 3 * time.Hour, "new.CSV": 2 * time.Hour, ".hidden.csv": time.Hour, "~$new.xlsx": time.Hour, "notes.txt": time.Hour, "later.csv.part": time.Hour,
	} {
		writeAt(t, filepath.Join(folder, name), strings.ReplaceAll(row, "%", name), written().Add(-age))
	}
	if err := os.Mkdir(filepath.Join(folder, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	roster, err := source.Roster(t.Context(), nil)
	if err != nil || roster.Members[0].Email != "new.CSV@x" || !roster.AsOf.Equal(written().Add(-2*time.Hour)) {
		t.Errorf("%+v %v", roster, err)
	}
	if err := os.Rename(filepath.Join(folder, "later.csv.part"), filepath.Join(folder, "later.csv")); err != nil {
		t.Fatal(err)
	}
	if roster, err = source.Roster(t.Context(), nil); err != nil || roster.Members[0].Email != "later.csv.part@x" {
		t.Errorf("renamed in: %+v %v", roster, err)
	}
	missing := sourceOf(t, RosterFile{Path: filepath.Join(folder, "missing.csv")})
	if _, err := missing.Account(t.Context()); !errors.Is(err, ErrNoFile) {
		t.Errorf("missing: %v", err)
	}
	if account, err := source.Account(t.Context()); err != nil || account.Name != filepath.Base(folder) {
		t.Errorf("%+v %v", account, err)
	}
	device := sourceOf(t, RosterFile{Path: os.DevNull})
	if _, err := device.Account(t.Context()); !errors.Is(err, ErrNoFile) {
		t.Errorf("a device: %v", err)
	}
}

func TestAGiantFileIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.csv")
	writeAt(t, path, "", written())
	if err := os.Truncate(path, largestFile+1); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, written(), written()); err != nil {
		t.Fatal(err)
	}
	var refused *Refused
	if _, err := sourceOf(t, RosterFile{Path: path}).Roster(t.Context(), nil); !errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
}
