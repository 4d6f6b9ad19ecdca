package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// identityPath is where the key to the secrets of a state file lies. It is a file of its own so that a copy of the
// state file alone gives no secret away.
func identityPath(statePath string) string { return statePath + ".identity" }

// readOrMakeIdentity makes the identity when it is first needed.
func readOrMakeIdentity(path string) (*age.X25519Identity, error) {
	identity, err := readIdentity(path)
	if !errors.Is(err, os.ErrNotExist) {
		return identity, err
	}
	identity, err = age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("can't make a key to encrypt secrets with: %w", err)
	}
	if err := writeIdentity(path, identity); err != nil {
		return nil, fmt.Errorf("can't write the identity file %s, which encrypts the stored secrets: %w", path, err)
	}
	return identity, nil
}

func readIdentity(path string) (*age.X25519Identity, error) {
	text, err := readIdentityFile(path)
	if err != nil {
		return nil, err
	}
	return parseIdentity(path, text)
}

// readIdentityFile reads the file, and takes it away from others where they could read it too.
func readIdentityFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("can't read the identity file of the stored secrets: %w", err)
	}
	return text, tighten(path)
}

// parseIdentity finds the identity in the file's text. Errors never quote it.
func parseIdentity(path string, text []byte) (*age.X25519Identity, error) {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		identity, err := age.ParseX25519Identity(line)
		if err != nil {
			break // its error may show a part of the line
		}
		return identity, nil
	}
	return nil, fmt.Errorf("the identity file %s holds no age identity: put the right file back, or remove it and enter the secrets again", path)
}

// writeIdentity never leaves half a file: secrets encrypted for a lost identity are lost.
func writeIdentity(path string, identity *age.X25519Identity) error {
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-*") // O_EXCL, 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	text := "# kisiflow: the key to the secrets in the state file beside it. Keep it private, and keep it.\n" + identity.String() + "\n"
	_, err = draft.WriteString(text)
	if err == nil {
		err = draft.Sync()
	}
	if closing := draft.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return nameOnce(draft.Name(), path)
}
