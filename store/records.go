package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

var errReadOnly = errors.New("a read transaction can't write")

// number is a key that sorts by value.
func number(value uint64) []byte { return binary.BigEndian.AppendUint64(nil, value) }

// bucket gives a bucket; all of them are made with the file.
func (t *Tx) bucket(name string) (*bbolt.Bucket, error) {
	if err := t.store.trouble("use"); err != nil {
		return nil, err
	}
	bucket := t.bolt.Bucket([]byte(name))
	if bucket == nil {
		return nil, damaged(t.store.path, fmt.Sprintf("its part %q is missing", name))
	}
	return bucket, nil
}

// put writes a value where it differs from what is stored, and notes which section it belongs to.
func (t *Tx) put(bucketName string, key, value []byte, part section) error {
	if !t.bolt.Writable() {
		return errReadOnly
	}
	if len(key) == 0 {
		return fmt.Errorf("can't store a record of %q without an id", bucketName)
	}
	bucket, err := t.bucket(bucketName)
	if err != nil {
		return err
	}
	if stored := bucket.Get(key); stored != nil && bytes.Equal(stored, value) {
		return nil
	}
	if err := bucket.Put(key, value); err != nil {
		return explain("write", t.store.path, err)
	}
	t.touched |= part
	return nil
}

// drop deletes a key, if it is there.
func (t *Tx) drop(bucketName string, key []byte, part section) error {
	if !t.bolt.Writable() {
		return errReadOnly
	}
	bucket, err := t.bucket(bucketName)
	if err != nil {
		return err
	}
	if len(key) == 0 || bucket.Get(key) == nil {
		return nil
	}
	if err := bucket.Delete(key); err != nil {
		return explain("write", t.store.path, err)
	}
	t.touched |= part
	return nil
}

// next gives the bucket's next sequence number; the first is 1.
func (t *Tx) next(bucketName string, part section) (uint64, error) {
	if !t.bolt.Writable() {
		return 0, errReadOnly
	}
	bucket, err := t.bucket(bucketName)
	if err != nil {
		return 0, err
	}
	sequence, err := bucket.NextSequence()
	if err != nil {
		return 0, explain("write", t.store.path, err)
	}
	t.touched |= part
	return sequence, nil
}

// putRecord stores a value as JSON.
func putRecord(t *Tx, bucketName string, key []byte, record any, part section) error {
	encoded, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("can't store a record of %q: %w", bucketName, err)
	}
	return t.put(bucketName, key, encoded, part)
}

// record reads one value.
func record[T any](t *Tx, bucketName string, key []byte) (value T, found bool, err error) {
	bucket, err := t.bucket(bucketName)
	if err != nil {
		return value, false, err
	}
	stored := bucket.Get(key)
	if stored == nil {
		return value, false, nil
	}
	if err := decode(t, bucketName, stored, &value); err != nil {
		return value, false, err
	}
	return value, true, nil
}

// records reads a whole bucket in the order of its keys. Keys are copies.
func records[T any](t *Tx, bucketName string, take func(key []byte, value T)) error {
	if isRemembered(bucketName) {
		return recordsAgain(t, bucketName, take)
	}
	bucket, err := t.bucket(bucketName)
	if err != nil {
		return err
	}
	cursor := bucket.Cursor()
	for key, stored := cursor.First(); key != nil; key, stored = cursor.Next() {
		var value T
		if err := decode(t, bucketName, stored, &value); err != nil {
			return err
		}
		take(bytes.Clone(key), value)
	}
	return nil
}

// decode reads a stored value. encoding/json copies all it keeps, so nothing points into the memory map.
func decode(t *Tx, bucketName string, stored []byte, value any) error {
	if err := json.Unmarshal(stored, value); err != nil {
		return damaged(t.store.path, fmt.Sprintf("a record of %q can't be read: %v", bucketName, err))
	}
	return nil
}

// replaceAll makes a bucket hold exactly these records: equal ones are not written, vanished ones are deleted.
func (t *Tx) replaceAll(bucketName string, encoded map[string][]byte, part section) error {
	bucket, err := t.bucket(bucketName)
	if err != nil {
		return err
	}
	// Deleting while a cursor walks makes it skip keys (bbolt's Cursor.Delete), so the keys are gathered first.
	var vanished [][]byte
	cursor := bucket.Cursor()
	for key, _ := cursor.First(); key != nil; key, _ = cursor.Next() {
		if _, stays := encoded[string(key)]; !stays {
			vanished = append(vanished, bytes.Clone(key))
		}
	}
	for _, key := range vanished {
		if err := t.drop(bucketName, key, part); err != nil {
			return err
		}
	}
	for key, value := range encoded {
		if err := t.put(bucketName, []byte(key), value, part); err != nil {
			return err
		}
	}
	return nil
}

// single reads a value that there is one of.
func single[T any](t *Tx, name string) (T, bool, error) {
	return record[T](t, singlesBucket, []byte(name))
}

// putSingle stores a value that there is one of.
func putSingle(t *Tx, name string, value any, part section) error {
	return putRecord(t, singlesBucket, []byte(name), value, part)
}
