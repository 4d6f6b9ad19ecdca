package store

import (
	"bytes"
	"sync"
)

// memory keeps what the large buckets held when this process last read them, so that only records which changed since are
// decoded again: in a gym of two thousand, reading everything for one pushed change would cost more than the change.
// A record counts as unchanged only when its bytes are the same.
type memory struct {
	mutex   sync.Mutex
	buckets map[string]map[string]remembered
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
