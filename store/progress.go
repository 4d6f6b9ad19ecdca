package store

import (
	"time"
)

// Progress is the running (or last) run, as a snapshot for screens.
type Progress struct {
	Run       string
	Running   bool
	Phase     string // "reading Gymflow", "reading Kisi", "planning", "writing", "done"
	Done      int    // of Total in this phase
	Total     int
	Granted   int
	Revoked   int
	Failed    int
	Rate      float64       // writes a second, smoothed
	Left      time.Duration // 0 while unknown
	Started   time.Time
	UpdatedAt time.Time
	Troubles  []Trouble // the newest few
}

// Progress gives the snapshot.
func (t *Tx) Progress() (Progress, error) {
	progress, _, err := single[Progress](t, progressKey)
	return progress, err
}

// PutProgress replaces it.
func (t *Tx) PutProgress(progress Progress) error {
	return putSingle(t, progressKey, progress, progressPart)
}

// Request asks whichever process runs the engine to do something.
type Request struct {
	ID      uint64
	Kind    string // "sync", "undo", "take back"
	Run     string // which run to undo
	Trigger string // who or what asked: "admin", "schedule", "setup", "approve"
	Approve string // fingerprint, "" for none
	Confirm string // fingerprint of a plan that the admin saw and confirmed in Review
	By      string
	At      time.Time
}

// PutRequest queues a request; NextRequest shows the oldest, DropRequest removes one.
func (t *Tx) PutRequest(request Request) (uint64, error) {
	id, err := t.next(requestsBucket, progressPart)
	if err != nil {
		return 0, err
	}
	request.ID = id
	return id, putRecord(t, requestsBucket, number(id), request, progressPart)
}

// NextRequest gives the oldest request, which stays until DropRequest.
func (t *Tx) NextRequest() (request Request, found bool, err error) {
	bucket, err := t.bucket(requestsBucket)
	if err != nil {
		return Request{}, false, err
	}
	key, value := bucket.Cursor().First()
	if key == nil {
		return Request{}, false, nil
	}
	return request, true, decode(t, requestsBucket, value, &request)
}

// DropRequest removes one; there is false when somebody else has taken it.
func (t *Tx) DropRequest(id uint64) (there bool, err error) {
	bucket, err := t.bucket(requestsBucket)
	if err != nil || bucket.Get(number(id)) == nil {
		return false, err
	}
	return true, t.drop(requestsBucket, number(id), progressPart)
}

// TakeRequest removes and gives the oldest request.
func (t *Tx) TakeRequest() (request Request, found bool, err error) {
	if request, found, err = t.NextRequest(); err != nil || !found {
		return Request{}, false, err
	}
	_, err = t.DropRequest(request.ID)
	return request, true, err
}

const progressKey = "progress"
