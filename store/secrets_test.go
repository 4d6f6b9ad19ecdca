package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const testKey = "KISI-KEY-0123456789abcdef"

func secretOf(t *testing.T, store *Store, name SecretName) (value string, err error) {
	t.Helper()
	err = store.View(func(tx *Tx) error {
		value, err = tx.Secret(name)
		return err
	})
	return value, err
}

func expectSecret(t *testing.T, store *Store, name SecretName, want string) {
	t.Helper()
	if got, err := secretOf(t, store, name); got != want || err != nil {
		t.Errorf("%s is %q, %v; want %q", name, got, err, want)
	}
}

func TestSecretsAreSealed(t *testing.T) {
	store := newStore(t)
	identity := identityPath(store.Path())
	if _, err := os.Stat(identity); err == nil {
		t.Error("an identity was made before it was needed")
	}
	expectSecret(t, store, KisiKey, "")
	for _, value := range []string{"an older key", testKey} {
		update(t, store, func(tx *Tx) error { return tx.PutSecret(KisiKey, value) })
		expectSecret(t, store, KisiKey, value)
	}
	if got := permissions(t, identity); got != 0o600 {
		t.Errorf("the identity has mode %o", got)
	}
	raw, err := os.ReadFile(store.Path())
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{testKey, testKey[9:20], "an older key", "AGE-SECRET-KEY"} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("the state file alone gives %q away", secret)
		}
	}
	if bytes.Contains(key, []byte(testKey)) || !bytes.Contains(key, []byte("AGE-SECRET-KEY")) {
		t.Error("the identity file is not an age identity")
	}
	update(t, store, func(tx *Tx) error { return tx.PutSecret(KisiKey, "") })
	expectSecret(t, store, KisiKey, "")
}

// What is decrypted once is remembered: each look at a member asks for the secrets, and decrypting takes longer than all else it reads.
func TestASecretIsDecryptedOnceAndShownByNoPrint(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error { return tx.PutSecret(KisiKey, testKey) })
	expectSecret(t, store, KisiKey, testKey)
	before := store.memory.secrets[KisiKey].with
	store.memory.secrets[KisiKey] = openedSecret{with: before, plain: func() string { return "remembered" }}
	expectSecret(t, store, KisiKey, "remembered")
	identity, err := os.ReadFile(identityPath(store.Path()))
	if err != nil {
		t.Fatal(err)
	}
	expectSecret(t, store, GymflowToken, "")
	update(t, store, func(tx *Tx) error { return tx.PutSecret(KisiKey, "another key") })
	expectSecret(t, store, KisiKey, "another key")
	numbers := strings.Trim(fmt.Sprintf("%v", identity), "[]") // as a print shows bytes
	for _, text := range []string{fmt.Sprintf("%v", store), fmt.Sprintf("%+v", store), fmt.Sprintf("%#v", store)} {
		if strings.Contains(text, "another key") || bytes.Contains([]byte(text), identity) || strings.Contains(text, numbers) {
			t.Errorf("a print shows a secret: %s", text)
		}
	}
}

func TestClearDraftTakesItsSecretsAlong(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error {
		for _, name := range []SecretName{KisiKey, GymflowToken, DraftKisiKey, DraftGymflowToken, PushSecret} {
			if err := tx.PutSecret(name, "value of "+string(name)); err != nil {
				return err
			}
		}
		return tx.PutDraft(Settings{})
	})
	update(t, store, (*Tx).ClearDraft)
	for _, name := range []SecretName{KisiKey, GymflowToken, PushSecret} {
		expectSecret(t, store, name, "value of "+string(name))
	}
	for _, name := range []SecretName{DraftKisiKey, DraftGymflowToken} {
		expectSecret(t, store, name, "")
	}
	view(t, store, func(tx *Tx) error {
		_, set, err := tx.Draft()
		if set {
			t.Error("the draft is still there")
		}
		return err
	})
}

func TestALostIdentityIsSaidAndMended(t *testing.T) {
	store := newStore(t)
	identity := identityPath(store.Path())
	put := func(name SecretName) {
		t.Helper()
		update(t, store, func(tx *Tx) error { return tx.PutSecret(name, testKey) })
	}
	put(KisiKey)
	put(GymflowToken)
	expectSecret(t, store, KisiKey, testKey) // both were read by this process before: what it remembers must not hide the loss
	expectSecret(t, store, GymflowToken, testKey)
	original, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	expectError := func(name SecretName, words ...string) {
		t.Helper()
		_, err := secretOf(t, store, name)
		for _, word := range words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v does not say %q", name, err, word)
			}
		}
		if err != nil && (strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), "AGE-SECRET")) {
			t.Errorf("the error gives a secret away: %v", err)
		}
	}
	if err := os.Remove(identity); err != nil {
		t.Fatal(err)
	}
	expectError(KisiKey, identity, "is missing", "enter the Kisi API key again")
	put(KisiKey) // the way out
	expectSecret(t, store, KisiKey, testKey)
	expectError(GymflowToken, identity, "enter the Gymflow token again")
	for _, content := range []string{"", "rubbish", string(original[:120])} {
		if err := os.WriteFile(identity, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		expectError(KisiKey, identity, "holds no age identity")
	}
	if err := os.WriteFile(identity, original, 0o600); err != nil {
		t.Fatal(err)
	}
	expectSecret(t, store, GymflowToken, testKey)
	if err := os.Chmod(identity, 0o644); err != nil {
		t.Fatal(err)
	}
	expectSecret(t, store, GymflowToken, testKey)
	if got := permissions(t, identity); got != 0o600 {
		t.Errorf("an identity that others could read kept mode %o", got)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(identity), ".*")); len(left) > 0 {
		t.Errorf("drafts were left behind: %v", left)
	}
}
