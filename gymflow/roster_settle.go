package gymflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// settledAfter is how long size and time must stay unchanged before a file counts as written (gymflow-api.md, Files).
const settledAfter = 2 * time.Second

// largestFile is more than any gym's export, and less than what could hurt this machine.
const largestFile = 64 << 20

// The ways a roster file can't be read now. Use errors.Is. A file with faults is a *Refused.
var (
	ErrBeingWritten = errors.New("the roster file is still being written") // size or time moved within 2 seconds
	ErrNoFile       = errors.New("there is no roster file")                // neither the file, nor any .csv or .xlsx in the folder
)

// RosterStamp tells one version of a roster file from another.
type RosterStamp struct {
	Path    string // of the file itself, also where a folder was named
	Size    int64
	ModTime time.Time
}

// Same reports whether nothing about the file moved.
func (s RosterStamp) Same(other RosterStamp) bool {
	return s.Path == other.Path && s.Size == other.Size && s.ModTime.Equal(other.ModTime)
}

// Settled reports that the file has stayed so for long enough to be written whole: by its own time, or by when it was seen so
// first (a time in the future says nothing).
func (s RosterStamp) Settled(now, seen time.Time) bool {
	return now.Sub(s.ModTime) >= settledAfter || now.Sub(seen) >= settledAfter
}

// StampRoster finds the file that a path means (itself, or the newest .csv or .xlsx of the folder) and says which version of it
// is there. It reads nothing.
func StampRoster(path string) (RosterStamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return RosterStamp{}, explainFile(path, err)
	}
	if !info.IsDir() {
		return stampOf(path, info)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return RosterStamp{}, explainFile(path, err)
	}
	var newest RosterStamp
	for _, entry := range entries {
		if !isRosterName(entry.Name()) {
			continue
		}
		file := filepath.Join(path, entry.Name())
		info, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went just now
		}
		if err != nil {
			return RosterStamp{}, explainFile(file, err)
		}
		if info.Mode().IsRegular() && (newest.Path == "" || info.ModTime().After(newest.ModTime)) {
			newest = RosterStamp{Path: file, Size: info.Size(), ModTime: info.ModTime()}
		}
	}
	if newest.Path == "" {
		return RosterStamp{}, fmt.Errorf("%w: the folder %s holds no .csv and no .xlsx file", ErrNoFile, clean(path))
	}
	return newest, nil
}

func stampOf(path string, info fs.FileInfo) (RosterStamp, error) {
	if !info.Mode().IsRegular() {
		return RosterStamp{}, fmt.Errorf("%w: %s is neither a file nor a folder", ErrNoFile, clean(path))
	}
	return RosterStamp{Path: path, Size: info.Size(), ModTime: info.ModTime()}, nil
}

// isRosterName leaves out hidden files, which programs write before they rename, and Excel's own lock files.
func isRosterName(name string) bool {
	extension := strings.ToLower(filepath.Ext(name))
	return (extension == ".csv" || extension == ".xlsx") && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "~$")
}

// content reads the file once it has settled. One that changed a moment ago is looked at again after the rest of the two seconds;
// if it moved meanwhile, or while it was read, somebody is writing it.
func (f *File) content(ctx context.Context) ([]byte, RosterStamp, error) {
	stamp, err := StampRoster(f.file.Path)
	if err != nil {
		return nil, stamp, err
	}
	// A time in the future says nothing about when the file was written; it is watched for the whole two seconds.
	if rest := min(settledAfter-f.host().Sub(stamp.ModTime), settledAfter); rest > 0 {
		if err := f.pause(ctx, rest); err != nil {
			return nil, stamp, fmt.Errorf("waiting until the roster file is written: %w", err)
		}
		if err := f.unmoved(stamp); err != nil {
			return nil, stamp, err
		}
	}
	if stamp.Size > largestFile {
		return nil, stamp, refusedWhole(stamp.Path, "the file is larger than %d MB; an export of members is not", largestFile>>20)
	}
	content, err := readFile(stamp.Path)
	if err != nil {
		return nil, stamp, err
	}
	if err := f.unmoved(stamp); err != nil {
		return nil, stamp, err
	}
	if int64(len(content)) != stamp.Size {
		return nil, stamp, beingWritten(stamp)
	}
	return content, stamp, nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, explainFile(path, err)
	}
	defer func() { _ = file.Close() }()
	var content bytes.Buffer
	if _, err := io.Copy(&content, io.LimitReader(file, largestFile+1)); err != nil {
		return nil, explainFile(path, err)
	}
	return content.Bytes(), nil
}

// unmoved is an error when the file is another one than before.
func (f *File) unmoved(before RosterStamp) error {
	stamp, err := StampRoster(f.file.Path)
	if err != nil {
		return err
	}
	if !stamp.Same(before) {
		return beingWritten(stamp)
	}
	return nil
}

func beingWritten(stamp RosterStamp) error {
	return fmt.Errorf("%w: %s changed within the last %d seconds, so it is not read yet. Try again when the export has ended",
		ErrBeingWritten, clean(stamp.Path), settledAfter/time.Second)
}

func explainFile(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w at %s", ErrNoFile, clean(path))
	}
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return fmt.Errorf("reading the roster file %s: %w", clean(path), err)
}
