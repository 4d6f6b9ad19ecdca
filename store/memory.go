package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
)

// memory keeps what the large buckets held when this process last read them, so that only records which changed since are
// decoded again: in a gym of two thousand, reading everything for one pushed change would cost more than the change.
// A record counts as unchanged only when its bytes are the same.
type memory struct {
	mutex   sync.Mutex
	buckets map[string]map[string]remembered

	secretsMutex sync.Mutex
	secrets      map[SecretName]openedSecret
}

// openedSecret is a secret that this process decrypted before, and with what. Decrypting takes longer than all else that a
// look at one member reads from the file.
type openedSecret struct {
	with  [sha256.Size]byte // the sealed secret and the identity
	plain func() string     // so that printing a Store can't show it
}

// opened gives a secret that was decrypted before, if neither it nor the identity has changed since.
func (m *memory) opened(name SecretName, sealed, identity []byte) (plain string, known bool) {
	m.secretsMutex.Lock()
	defer m.secretsMutex.Unlock()
	before, found := m.secrets[name]
	if !found || before.with != keyhole(sealed, identity) {
		return "", false
	}
	return before.plain(), true
}

// open remembers a decrypted secret.
func (m *memory) open(name SecretName, sealed, identity []byte, plain string) {
	m.secretsMutex.Lock()
	defer m.secretsMutex.Unlock()
	if m.secrets == nil {
		m.secrets = map[SecretName]openedSecret{}
	}
	m.secrets[name] = openedSecret{with: keyhole(sealed, identity), plain: func() string { return plain }}
}

// keyhole tells a sealed secret beside an identity from any other pair. The length keeps the two apart.
func keyhole(sealed, identity []byte) [sha256.Size]byte {
	return sha256.Sum256(slices.Concat(binary.BigEndian.AppendUint64(nil, uint64(len(sealed))), sealed, identity))
}

// remembered is one record. Its value is shared by all who read it, and must not be changed in place.
type remembered struct {
	stored []byte
	value  any
}

// isRemembered: those with one record a member or a right.
func isRemembered(bucket string) bool {
	return bucket == membersBucket || bucket == standingsBucket || bucket == ledgerBucket
}

// recalled gives a record, decoded now or before.
func recalled[T any](t *Tx, bucketName string, known map[string]remembered, key, stored []byte) (value T, entry remembered, err error) {
	entry, found := known[string(key)]
	if found && bytes.Equal(entry.stored, stored) {
		if value, same := entry.value.(T); same {
			return value, entry, nil
		}
	}
	if err := decode(t, bucketName, stored, &value); err != nil {
		return value, entry, err
	}
	return value, remembered{stored: bytes.Clone(stored), value: value}, nil
}

// recordsAgain is records for a bucket that is remembered.
func recordsAgain[T any](t *Tx, bucketName string, take func(key []byte, value T)) error {
	bucket, err := t.bucket(bucketName)
	if err != nil {
		return err
	}
	memory := &t.store.memory
	memory.mutex.Lock()
	defer memory.mutex.Unlock()
	known, now := memory.buckets[bucketName], map[string]remembered{}
	cursor := bucket.Cursor()
	for key, stored := cursor.First(); key != nil; key, stored = cursor.Next() {
		value, entry, err := recalled[T](t, bucketName, known, key, stored)
		if err != nil {
			return err
		}
		now[string(key)] = entry
		take(bytes.Clone(key), value)
	}
	if memory.buckets == nil {
		memory.buckets = map[string]map[string]remembered{}
	}
	memory.buckets[bucketName] = now
	return nil
}
