package store

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// looksBucket holds, by member id, whom to look at. It is made when it is first needed: a kisiflow that knows no looks
// leaves it alone and sees the same members with its next full sync, so the file's version stays.
const looksBucket = "looks"

// Urgency orders looks; the higher comes first.
type Urgency int

// The urgencies.
const (
	LookRetry  Urgency = iota + 1 // something failed before
	LookPolled                    // Gymflow says that the member changed
	LookDated                     // a date begins or ends something
	LookPushed                    // somebody told us just now
	LookAsked                     // an admin waits for it in front of a screen
)

// Look asks for one member to be read again on both sides and to be decided about anew. It says whom, never what: what
// holds is read when the turn comes, so that many pushes about one member are one look.
type Look struct {
	MemberID string
	Urgency  Urgency
	Cause    string // "push", "dates", "changed in Gymflow", "changed in Kisi", "admin"
	By       string // who asked, "" for nobody
	At       time.Time
	After    time.Time // not before; after failures
	Tries    int       // failed so far
	Person   bool      `json:",omitempty"` // Kisi told of the person: who they are there is read again, too
	Serial   uint64    // moves on with every PutLook, so that what came in meanwhile is not dropped
}

// PutLook adds a member to those to be looked at. One that is there already keeps its first instant, the more urgent cause
// and counts once; new word about it ends its waiting. What any of them wants read is read.
func (t *Tx) PutLook(look Look) error {
	if !t.bolt.Writable() {
		return errReadOnly
	}
	if _, err := t.bolt.CreateBucketIfNotExists([]byte(looksBucket)); err != nil {
		return explain("write", t.store.path, err)
	}
	known, found, err := record[Look](t, looksBucket, []byte(look.MemberID))
	if err != nil {
		return err
	}
	if found {
		look.At, look.Person = known.At, known.Person || look.Person
		if known.Urgency > look.Urgency {
			look.Urgency, look.Cause, look.By = known.Urgency, known.Cause, known.By
		}
	}
	if look.Serial, err = t.next(looksBucket, progressPart); err != nil {
		return err
	}
	return putRecord(t, looksBucket, []byte(look.MemberID), look, progressPart)
}

// Looks gives all of them, the most urgent and oldest first; those that wait come last.
func (t *Tx) Looks(now time.Time) ([]Look, error) {
	if t.bolt.Bucket([]byte(looksBucket)) == nil {
		return nil, nil
	}
	var looks []Look
	if err := records(t, looksBucket, func(_ []byte, look Look) { looks = append(looks, look) }); err != nil {
		return nil, err
	}
	slices.SortFunc(looks, func(a, b Look) int {
		if aWaits, bWaits := a.Waits(now), b.Waits(now); aWaits != bWaits {
			if aWaits {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(b.Urgency, a.Urgency), a.At.Compare(b.At), strings.Compare(a.MemberID, b.MemberID))
	})
	return looks, nil
}

// Waits tells that it is not its time yet.
func (l Look) Waits(now time.Time) bool { return l.After.After(now) }

// DropLook removes one that is done, unless there was new word about the member meanwhile.
func (t *Tx) DropLook(done Look) error {
	if t.bolt.Bucket([]byte(looksBucket)) == nil {
		return nil
	}
	known, found, err := record[Look](t, looksBucket, []byte(done.MemberID))
	if err != nil || !found || known.Serial != done.Serial {
		return err
	}
	return t.drop(looksBucket, []byte(done.MemberID), progressPart)
}

// Heard notes the id of a push; again is true when it was heard within the last day. The newest thousands are kept.
func (t *Tx) Heard(id string, now time.Time) (again bool, err error) {
	if !t.bolt.Writable() {
		return false, errReadOnly
	}
	bucket, err := t.bolt.CreateBucketIfNotExists([]byte(heardBucket))
	if err != nil {
		return false, explain("write", t.store.path, err)
	}
	at, found, err := record[time.Time](t, heardBucket, []byte(id))
	if err != nil {
		return false, err
	}
	if found && now.Sub(at) < heardFor {
		return true, nil
	}
	if err := t.forgetHeard(bucket, now); err != nil {
		return false, err
	}
	return false, putRecord(t, heardBucket, []byte(id), now, other)
}

const (
	heardBucket = "heard" // ids of pushes; made when it is first needed, like the looks
	heardFor    = 24 * time.Hour
	heardSweep  = 1000 // an old id is looked for once in so many pushes
)

// forgetHeard drops what is older than a day, now and then.
func (t *Tx) forgetHeard(bucket *bbolt.Bucket, now time.Time) error {
	turn, err := t.next(heardBucket, other)
	if err != nil || turn%heardSweep != 0 {
		return err
	}
	var old []string
	if err := records(t, heardBucket, func(key []byte, at time.Time) {
		if now.Sub(at) >= heardFor {
			old = append(old, string(key))
		}
	}); err != nil {
		return err
	}
	for _, id := range old {
		if err := bucket.Delete([]byte(id)); err != nil {
			return explain("write", t.store.path, err)
		}
	}
	return nil
}

// Drift is what looks at single members took away since the last complete sync: the guard counts it together with what
// comes, so that a service gone wrong can't empty a gym member by member.
type Drift struct {
	Removed map[int64]int // rights of ours, by group
}

// Total is over all groups.
func (d Drift) Total() int {
	total := 0
	for _, removed := range d.Removed {
		total += removed
	}
	return total
}

// Drift gives it.
func (t *Tx) Drift() (Drift, error) {
	drift, _, err := single[Drift](t, driftKey)
	if drift.Removed == nil {
		drift.Removed = map[int64]int{}
	}
	return drift, err
}

// PutDrift replaces it.
func (t *Tx) PutDrift(drift Drift) error { return putSingle(t, driftKey, drift, other) }

// Withheld gives the groups whose rights stay as they are since the last complete sync, with the sentence why.
func (t *Tx) Withheld() (map[int64]string, error) {
	withheld, _, err := single[map[int64]string](t, withheldKey)
	if withheld == nil {
		withheld = map[int64]string{}
	}
	return withheld, err
}

// PutWithheld replaces them.
func (t *Tx) PutWithheld(withheld map[int64]string) error {
	return putSingle(t, withheldKey, withheld, other)
}

const (
	driftKey    = "drift"
	withheldKey = "withheld"
)
