package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup copies the file as it is at this moment, while others go on working with it. It never overwrites. Secrets
// stay encrypted in the copy: they can be read only with the identity file, which is not copied.
func (s *Store) Backup(path string) error {
	return s.View(func(t *Tx) error {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s is there already, and a backup overwrites nothing: name a new file", path)
		}
		if err != nil {
			return fmt.Errorf("can't make the backup %s: %w", path, err)
		}
		if err := copyInto(file, t); err != nil {
			_ = os.Remove(path)
			return fmt.Errorf("can't write the backup %s, so it was removed again: %w", path, err)
		}
		return nil
	})
}

// copyInto writes the transaction's state to the file and closes it.
func copyInto(file *os.File, t *Tx) error {
	if _, err := t.bolt.WriteTo(file); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Sync(); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file.Name()))
}
