package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

// SecretName names a secret kept encrypted in the file.
type SecretName string

// The secrets.
const (
	KisiKey           SecretName = "kisi-key"
	GymflowToken      SecretName = "gymflow-token"
	DraftKisiKey      SecretName = "draft-kisi-key"
	DraftGymflowToken SecretName = "draft-gymflow-token"
	PushSecret        SecretName = "push-secret"
)

// label is what the admin calls it.
func (n SecretName) label() string {
	switch n {
	case KisiKey, DraftKisiKey:
		return "Kisi API key"
	case GymflowToken, DraftGymflowToken:
		return "Gymflow token"
	case PushSecret:
		return "push secret"
	default:
		return string(n)
	}
}

// Secret decrypts a secret (age; the identity lies beside the state file, 0600); "" when it is not set.
func (t *Tx) Secret(name SecretName) (string, error) {
	bucket, err := t.bucket(secretsBucket)
	if err != nil {
		return "", err
	}
	sealed := bytes.Clone(bucket.Get([]byte(name)))
	if len(sealed) == 0 {
		return "", nil
	}
	path := identityPath(t.store.path)
	text, err := readIdentityFile(path) // each time: a file that was lost or replaced is noticed at once
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("the identity file %s is missing, and without it the stored %s can't be read: put the file back, or enter the %s again",
			path, name.label(), name.label())
	}
	if err != nil {
		return "", err
	}
	if plain, known := t.store.memory.opened(name, sealed, text); known {
		return plain, nil
	}
	identity, err := parseIdentity(path, text)
	if err != nil {
		return "", err
	}
	plain, err := unseal(sealed, identity)
	if err != nil {
		return "", fmt.Errorf("the stored %s can't be read with the identity file %s (%w): put back the file that belongs to it, or enter the %s again",
			name.label(), path, err, name.label())
	}
	t.store.memory.open(name, sealed, text, plain)
	return plain, nil
}

// PutSecret encrypts and keeps a secret; "" removes it.
func (t *Tx) PutSecret(name SecretName, value string) error {
	if value == "" {
		return t.drop(secretsBucket, []byte(name), settingsPart)
	}
	// The same words encrypted twice differ, so put could not see that nothing changed. What can't be read any
	// more is simply replaced: entering a secret again is the way out of a lost identity.
	if stored, err := t.Secret(name); err == nil && stored == value {
		return nil
	}
	if !t.bolt.Writable() {
		return errReadOnly
	}
	// The write transaction holds the file's lock, so two processes can't both make an identity.
	identity, err := readOrMakeIdentity(identityPath(t.store.path))
	if err != nil {
		return err
	}
	sealed, err := seal(value, identity.Recipient())
	if err != nil {
		return fmt.Errorf("can't encrypt the %s: %w", name.label(), err)
	}
	return t.put(secretsBucket, []byte(name), sealed, settingsPart)
}

func seal(plain string, recipient age.Recipient) ([]byte, error) {
	var sealed bytes.Buffer
	writer, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(writer, plain); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

func unseal(sealed []byte, identity age.Identity) (string, error) {
	reader, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(reader)
	return string(plain), err
}
