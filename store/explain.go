package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"
)

// damaged is ErrDamaged with the file, what is wrong with it, and what to do.
func damaged(path, what string) error {
	return fmt.Errorf("%w: %s (%s). It was left as it is: put a backup in its place, or move it away and run `kisiflow setup` again",
		ErrDamaged, path, printable(what))
}

// explain says what could not be done with a file, and what mends it where that is known.
func explain(action, path string, err error) error {
	advice := ""
	switch {
	case isFull(err):
		advice = "the disk or the quota is full; nothing of this change was kept: make room and try again"
	case errors.Is(err, unix.EROFS):
		advice = "it lies on a read-only file system; choose another file with --state"
	case errors.Is(err, os.ErrPermission):
		advice = fmt.Sprintf("user %d may not do this there; give that user the folder %s, or choose another file with --state",
			os.Geteuid(), filepath.Dir(path))
	case errors.Is(err, os.ErrNotExist):
		advice = "it is no longer there; put it back, or run `kisiflow setup` again"
	case errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOTDIR):
		advice = "a file is needed there, below folders; choose another one with --state"
	}
	if advice == "" {
		return fmt.Errorf("can't %s the state file %s: %w", action, path, err)
	}
	return fmt.Errorf("can't %s the state file %s: %s (%w)", action, path, advice, err)
}

// isFull reports whether there is no room. bbolt keeps only the text of some errors ("file resize error: %s").
func isFull(err error) bool {
	for _, full := range []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EFBIG} {
		if errors.Is(err, full) || strings.HasSuffix(err.Error(), full.Error()) {
			return true
		}
	}
	return false
}

// printable drops what could steer a terminal.
func printable(text string) string {
	return strings.Map(func(char rune) rune {
		if unicode.IsPrint(char) {
			return char
		}
		return -1
	}, text)
}
