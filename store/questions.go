package store

import (
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
)

// PutQuestions replaces what the admin must decide; Questions gives it.
func (t *Tx) PutQuestions(questions []access.Question) error {
	return putSingle(t, questionsKey, questions, standingsPart)
}

// Questions gives what the admin must decide.
func (t *Tx) Questions() ([]access.Question, error) {
	questions, _, err := single[[]access.Question](t, questionsKey)
	return questions, err
}

// PutForeign replaces the rights in our groups that are not ours; Foreign gives them.
func (t *Tx) PutForeign(foreign []access.Foreign) error {
	stored := make([]foreignRecord, 0, len(foreign))
	for _, one := range foreign {
		stored = append(stored, foreignRecord{rightRecord(one.Right), one.GroupID, one.MemberID, one.Name, one.Entitled})
	}
	return putSingle(t, foreignKey, stored, standingsPart)
}

// Foreign gives the rights in our groups that are not ours.
func (t *Tx) Foreign() ([]access.Foreign, error) {
	stored, _, err := single[[]foreignRecord](t, foreignKey)
	var foreign []access.Foreign
	for _, one := range stored {
		foreign = append(foreign, access.Foreign{
			Right: kisi.Right(one.Right), GroupID: one.GroupID, MemberID: one.MemberID, Name: one.Name, Entitled: one.Entitled,
		})
	}
	return foreign, err
}

const (
	questionsKey = "questions"
	foreignKey   = "foreign"
)

// rightRecord has the fields of kisi.Right without its JSON, which is Kisi's and does not survive a round trip.
type rightRecord struct {
	ID            int64
	RoleID        string
	AppliesToType string
	AppliesToID   int64
	AssigneeType  string
	AssigneeID    int64
	AssigneeName  string
	AssigneeEmail string
	CreatedAt     time.Time
	CreatedByID   int64
	ValidFrom     *time.Time
	ValidUntil    *time.Time
}

// foreignRecord is access.Foreign as it is stored.
type foreignRecord struct {
	Right    rightRecord
	GroupID  int64
	MemberID string
	Name     string
	Entitled bool
}
