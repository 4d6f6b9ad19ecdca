package store

import (
	"encoding/binary"

	"go.etcd.io/bbolt"

	"kisiflow/access"
)

// Holds gives what undone runs left, until the rules agree.
func (t *Tx) Holds() (map[access.HoldKey]access.Hold, error) {
	holds := map[access.HoldKey]access.Hold{}
	err := records(t, holdsBucket, func(_ []byte, hold access.Hold) { holds[hold.Key()] = hold })
	return holds, err
}

// PutHold sets one, in the place of an earlier one for the same member and group.
func (t *Tx) PutHold(hold access.Hold) error {
	return putRecord(t, holdsBucket, holdKey(hold.Key()), hold, settingsPart)
}

// DeleteHold lets the rules decide again.
func (t *Tx) DeleteHold(key access.HoldKey) error {
	return t.drop(holdsBucket, holdKey(key), settingsPart)
}

// holdKey sorts by member, then group.
func holdKey(key access.HoldKey) []byte {
	return binary.BigEndian.AppendUint64(memberPrefix(key.MemberID), uint64(key.GroupID))
}

// addHolds is the step from version 1 to 2. The bucket alone could have been made when it is first needed; the version
// moves on because a kisiflow that knows no holds would take away again what an undo gave back. It must refuse the file.
func addHolds(bolt *bbolt.Tx) error {
	_, err := bolt.CreateBucketIfNotExists([]byte(holdsBucket))
	return err
}
