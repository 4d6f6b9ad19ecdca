package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Keeps asks how the service does that keeps a state file in step, whatever it is called. found is false where kisiflow wrote no
// unit for that file.
func (m Manager) Keeps(ctx context.Context, file string) (state State, found bool, err error) {
	entries, err := os.ReadDir(m.Folder)
	if errors.Is(err, os.ErrNotExist) {
		return State{}, false, nil
	}
	if err != nil {
		return State{}, false, fmt.Errorf("looking for units: %w", err)
	}
	for _, entry := range entries {
		name, isService := strings.CutSuffix(entry.Name(), ".service")
		if !isService {
			continue
		}
		// A unit that can't be read, or that somebody else wrote, is none of ours.
		if kept, err := stateOf(filepath.Join(m.Folder, entry.Name())); err != nil || kept != file {
			continue
		}
		state, err = m.Status(ctx, name)
		return state, true, err
	}
	return State{}, false, nil
}
