package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kisiflow/store"
)

// secretFiles are a key and a token in files.
func secretFiles(t *testing.T) (key, token string) {
	t.Helper()
	key, token = filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "token")
	for _, path := range []string{key, token} {
		if err := os.WriteFile(path, []byte("0123456789abcdef"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return key, token
}

func (s told) refuses(want string, words ...string) {
	s.t.Helper()
	var out, errOut bytes.Buffer
	code := run(append([]string{"--state", s.path}, words...), strings.NewReader(""), &out, &errOut)
	if code != exitUsage || !strings.Contains(errOut.String(), want) {
		s.t.Errorf("%v: exit %d, want %d and %q: %s", words, code, exitUsage, want, errOut.String())
	}
}

// A stored secret goes to the host for which it was stored. Nothing listens at any of these addresses, so a call that were
// made would end with 75.
func TestStoredSecretsGoNowhereElse(t *testing.T) {
	key, token := secretFiles(t)
	s := tell(t, func(tx *store.Tx) error {
		for _, name := range []store.SecretName{store.KisiKey, store.GymflowToken} {
			if err := tx.PutSecret(name, "0123456789abcdef"); err != nil {
				return err
			}
		}
		return nil
	})
	rest := []string{"--no-input", "--associate", "a=b", "--place", "7"}
	s.refuses("--gymflow-token-file", append([]string{"setup", "--gymflow-url", "https://elsewhere.example"}, rest...)...)
	s.refuses("--gymflow-token-file", append([]string{"setup", "--gymflow-url", "http://127.0.0.1:3", "--kisi-key-file", key}, rest...)...)
	s.refuses("--kisi-key-file", append([]string{"setup", "--kisi-url", "https://elsewhere.example", "--gymflow-token-file", token}, rest...)...)
	s.refuses("--kisi-url", "setup", "--no-input", "--kisi-url", "https://elsewhere.example", "--kisi-key-file", key)
	for _, command := range []string{"sync", "plan"} {
		s.refuses("--kisi-url", command, "--kisi-url", "https://elsewhere.example")
	}
	t.Setenv("KISIFLOW_KISI_URL", "https://elsewhere.example")
	s.refuses("stored key", "sync")
}

func TestAddressesThatCanNotBeAreUsage(t *testing.T) {
	key, token := secretFiles(t)
	s := told{t, filepath.Join(t.TempDir(), "state.db")}
	for _, address := range []string{"http://gym.example.com", "gym.example.com", "ftp://gym.example.com", "https://user:pass@gym.example.com", "https://gym.example.com/?a=b"} {
		s.refuses("--gymflow-url", "setup", "--no-input", "--kisi-key-file", key, "--gymflow-token-file", token, "--gymflow-url", address, "--associate", "a=b", "--place", "7")
	}
	s.refuses("--kisi-url", "setup", "--no-input", "--kisi-key-file", key, "--gymflow-token-file", token, "--gymflow-url", "http://127.0.0.1:3",
		"--kisi-url", "http://kisi.example.com", "--associate", "a=b", "--place", "7")
}
