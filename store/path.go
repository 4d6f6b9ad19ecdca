package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/adrg/xdg"
)

// DefaultPath is the state file of a profile ("" for the default one) below XDG_STATE_HOME/kisiflow.
func DefaultPath(profile string) (string, error) {
	if profile == "" {
		profile = "default"
	}
	// It becomes a file's name: no path, no hidden file.
	if !regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`).MatchString(profile) || len(profile) > 100 {
		return "", fmt.Errorf("%q can't be a profile's name: use letters, digits, dots, dashes and underscores, at most 100, and no dot in front", profile)
	}
	if os.Getenv("HOME") == "" && !filepath.IsAbs(os.Getenv("XDG_STATE_HOME")) {
		// xdg would answer with a folder in the root directory, as in a bare systemd unit.
		return "", errors.New("no home folder is known (HOME is not set): name the state file with --state, or set XDG_STATE_HOME")
	}
	xdg.Reload() // it read the environment once, when the program started
	return filepath.Join(xdg.StateHome, "kisiflow", profile+".db"), nil
}
