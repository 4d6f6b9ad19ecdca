// Package service makes kisiflow a systemd service, so that the ending of an SSH session does not end the sync: it writes the
// unit, asks systemctl to run it, and tells how it does. It knows nothing of what the service does.
package service

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// The errors that a caller tells apart.
var (
	ErrNoSystemd    = errors.New("systemd does not run here")
	ErrNotInstalled = errors.New("the service is not installed")
	ErrForeign      = errors.New("the unit was not written by kisiflow")
	ErrBadUnit      = errors.New("no unit can be made of this")
)

// Credential is a secret that systemd hands to the service: a file that only the service sees, below the folder that %d names.
type Credential struct {
	Name string // kisi-key
	Flag string // --kisi-key-file
	Path string // where the secret lies
}

// Unit is everything that the unit's text depends on.
type Unit struct {
	Name        string // without .service
	System      bool   // for the whole machine, else for the user who installs it
	User        string // as whom a system service runs; "" for root
	Binary      string
	Arguments   []string // of the binary, before "watch"
	Listen      string   // "" for none
	State       string   // the state file; its folder is all that may be written
	Credentials []Credential
}

// marker begins every unit that kisiflow wrote: no other is replaced or removed.
const marker = "# Written by kisiflow service install. "

// stateLine says in the unit whose it is, for the next install or remove.
const stateLine = "# The state file: "

// Check refuses what can't stand in a unit.
func (u Unit) Check() error {
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`).MatchString(u.Name) || strings.HasPrefix(u.Name, ".") || strings.HasPrefix(u.Name, "-") {
		return fmt.Errorf("%w: %q can't be the name of a service: use letters, digits, dots, dashes and underscores", ErrBadUnit, u.Name)
	}
	paths := []string{u.Binary, u.State}
	for _, credential := range u.Credentials {
		paths = append(paths, credential.Path)
	}
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("%w: %q is no whole path", ErrBadUnit, path)
		}
	}
	if strings.ContainsAny(u.Binary, `'"\`) {
		return fmt.Errorf("%w: systemd starts no program with a quote or a backslash in its path, as in %s", ErrBadUnit, u.Binary)
	}
	for _, text := range append(append(paths, u.Listen, u.User), u.Arguments...) {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return fmt.Errorf("%w: %q holds a line break or another control character", ErrBadUnit, text)
		}
	}
	return nil
}

// File is the unit's file name.
func (u Unit) File() string { return u.Name + ".service" }
