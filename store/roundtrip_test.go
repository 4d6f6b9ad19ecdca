package store

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// full is a value in which every field is set, so that a field which is lost on the way through the file shows.
func full[T any]() T {
	var value T
	count := int64(0)
	fill(reflect.ValueOf(&value).Elem(), &count)
	return value
}

func fill(value reflect.Value, count *int64) {
	*count++
	if value.Type() == reflect.TypeFor[time.Time]() {
		value.Set(reflect.ValueOf(time.Date(2026, 3, 1, 0, 0, int(*count), 0, time.UTC)))
		return
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(fmt.Sprintf("text <%d> é", *count))
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int, reflect.Int64:
		value.SetInt(*count)
	case reflect.Uint64:
		value.SetUint(uint64(*count))
	case reflect.Float64:
		value.SetFloat(float64(*count) + 0.5)
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), count)
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 2, 2))
		fill(value.Index(0), count)
		fill(value.Index(1), count)
	case reflect.Struct:
		for index := range value.NumField() {
			fill(value.Field(index), count)
		}
	case reflect.Map:
	default:
		panic("fill can't set a " + value.Kind().String())
	}
}

// roundTrip puts in one transaction and compares in another.
func roundTrip[T any](t *testing.T, want T, put func(*Tx) error, get func(*Tx) (T, error)) {
	t.Helper()
	store := newStore(t)
	update(t, store, put)
	view(t, store, func(tx *Tx) error {
		got, err := get(tx)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("something was lost in the file (-put +got):\n%s", diff)
		}
		return err
	})
}

// found makes an accessor that says whether there was a value into one that insists on it.
func found[T any](value T, there bool, err error) (T, error) {
	if err == nil && !there {
		err = fmt.Errorf("nothing was found")
	}
	return value, err
}

func TestSettingsSurvive(t *testing.T) {
	settings := full[Settings]()
	roundTrip(t, settings,
		func(tx *Tx) error { return tx.PutSettings(settings) },
		func(tx *Tx) (Settings, error) { return found(tx.Settings()) })
	roundTrip(t, settings,
		func(tx *Tx) error { return tx.PutDraft(settings) },
		func(tx *Tx) (Settings, error) { return found(tx.Draft()) })
}

func TestDecisionsOfTheAdminSurvive(t *testing.T) {
	override := full[access.Override]()
	roundTrip(t, map[string]access.Override{override.MemberID: override},
		func(tx *Tx) error { return tx.PutOverride(override) }, (*Tx).Overrides)
	questions := full[[]access.Question]()
	roundTrip(t, questions,
		func(tx *Tx) error { return tx.PutQuestions(questions) }, (*Tx).Questions)
	foreign := full[[]access.Foreign]()
	roundTrip(t, foreign,
		func(tx *Tx) error { return tx.PutForeign(foreign) }, (*Tx).Foreign)
}

func TestTheLedgerSurvives(t *testing.T) {
	entries := full[[]access.LedgerEntry]()
	entries[0].RightID, entries[1].RightID = 2, 300 // by id, not by its digits
	roundTrip(t, entries, func(tx *Tx) error {
		if err := tx.PutLedger(entries[1]); err != nil {
			return err
		}
		return tx.PutLedger(entries[0])
	}, (*Tx).Ledger)
	intent := full[Intent]()
	want := intent
	want.ID = 1
	roundTrip(t, []Intent{want}, func(tx *Tx) error {
		id, err := tx.OpenIntent(intent)
		if id != 1 {
			t.Errorf("the first intent has id %d", id)
		}
		return err
	}, (*Tx).Intents)
}

func TestWhatIsKnownOfPeopleSurvives(t *testing.T) {
	roundTrip(t, map[string]int64{"m1": 7, "m2": 8}, func(tx *Tx) error {
		for member, user := range map[string]int64{"m1": 7, "m2": 8, "m3": 9} {
			if err := tx.PutLink(member, user); err != nil {
				return err
			}
		}
		return tx.DeleteLink("m3")
	}, (*Tx).Links)
	absence := full[access.Absence]()
	roundTrip(t, map[string]access.Absence{"m1": absence},
		func(tx *Tx) error {
			if err := tx.PutAbsences(map[string]access.Absence{"m1": {}, "gone": absence}); err != nil {
				return err
			}
			return tx.PutAbsences(map[string]access.Absence{"m1": absence})
		}, (*Tx).Absences)
	roundTrip(t, map[access.RightKey]int{{GroupID: 1, UserID: 2}: 1}, func(tx *Tx) error {
		for _, key := range []access.RightKey{{GroupID: 1, UserID: 2}, {GroupID: 2, UserID: 1}} {
			if err := tx.PutLost(key, 1); err != nil {
				return err
			}
		}
		return tx.PutLost(access.RightKey{GroupID: 2, UserID: 1}, 0)
	}, (*Tx).Lost)
	people := People{ReadAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Users: []kisi.User{
		{ID: 1, Name: "Ann Lee", Email: "ann@example.com", AccessEnabled: true},
		{ID: 2, Name: "Bo Chen", Email: "bo@example.com"},
	}}
	roundTrip(t, people, func(tx *Tx) error { return tx.PutPeople(people) }, (*Tx).People)
}

func TestTheRosterSurvives(t *testing.T) {
	roster := full[gymflow.Roster]()
	roundTrip(t, roster.Members[1],
		func(tx *Tx) error { return tx.PutRoster(roster) },
		func(tx *Tx) (gymflow.Member, error) { return found(tx.Member(roster.Members[1].ID)) })
	roundTrip(t, roster.Memberships,
		func(tx *Tx) error { return tx.PutRoster(roster) }, (*Tx).Memberships)
	roundTrip(t, roster.ReadAt,
		func(tx *Tx) error { return tx.PutRoster(roster) },
		func(tx *Tx) (time.Time, error) {
			members, readAt, err := tx.RosterFacts()
			if members != 2 {
				t.Errorf("the roster has %d members", members)
			}
			return readAt, err
		})
	whole := gymflow.Roster{Memberships: roster.Memberships, Members: roster.Members, ReadAt: roster.ReadAt}
	whole.Members[0].ID, whole.Members[1].ID = "m1", "m2"
	roundTrip(t, whole, func(tx *Tx) error { return tx.PutRoster(whole) }, (*Tx).Roster)
	store := newStore(t)
	update(t, store, func(tx *Tx) error { return tx.PutRoster(roster) })
	update(t, store, func(tx *Tx) error { return tx.PutRoster(gymflow.Roster{Members: roster.Members[:1]}) })
	view(t, store, func(tx *Tx) error {
		_, there, err := tx.Member(roster.Members[1].ID)
		if there {
			t.Error("a member that left is still there")
		}
		return err
	})
}

func TestStandingsSurvive(t *testing.T) {
	rows := full[[]access.Row]()
	rows[0].ID, rows[0].Name = "z", "Ann"
	rows[1].ID, rows[1].Name = "a", "Bo"
	plain := access.Row{ID: "b", Name: "Bo", Standing: access.HasAccess}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	want := []access.Row{rows[0], rows[1], plain} // by name, then id
	roundTrip(t, want,
		func(tx *Tx) error { return tx.PutStandings([]access.Row{plain, rows[1], rows[0]}, at) },
		func(tx *Tx) ([]access.Row, error) {
			got, gotAt, err := tx.Standings()
			if !gotAt.Equal(at) {
				t.Errorf("they are of %v", gotAt)
			}
			return got, err
		})
	roundTrip(t, rows[1:],
		func(tx *Tx) error {
			if err := tx.PutStandings(want, at); err != nil {
				return err
			}
			if err := tx.PutStandings([]access.Row{{ID: "a"}}, at); err != nil {
				return err
			}
			return tx.PutStanding(rows[1])
		},
		func(tx *Tx) ([]access.Row, error) { got, _, err := tx.Standings(); return got, err })
}

func TestRunsSurvive(t *testing.T) {
	run := full[Run]()
	run.ID = "r12"
	roundTrip(t, run,
		func(tx *Tx) error { return tx.PutRun(run) },
		func(tx *Tx) (Run, error) { return found(tx.Run("r12")) })
	progress := full[Progress]()
	roundTrip(t, progress, func(tx *Tx) error { return tx.PutProgress(progress) }, (*Tx).Progress)
	list := full[Approvable]()
	roundTrip(t, list,
		func(tx *Tx) error { return tx.PutApprovable(list) },
		func(tx *Tx) (Approvable, error) { return found(tx.Approvable(list.Fingerprint)) })
	roundTrip(t, list,
		func(tx *Tx) error { return tx.PutApprovable(list) },
		func(tx *Tx) (Approvable, error) { return found(tx.HeldList()) })
	entry := full[Entry]()
	want := entry
	want.Sequence = 1
	roundTrip(t, []Entry{want},
		func(tx *Tx) error { _, err := tx.AppendJournal(entry); return err },
		func(tx *Tx) ([]Entry, error) { return tx.Journal(0, 10, entry.MemberID) })
}

func TestAnEmptyFileAnswersWithNothing(t *testing.T) {
	view(t, newStore(t), func(tx *Tx) error {
		_, set, err := tx.Settings()
		_, draft, err2 := tx.Draft()
		_, held, err3 := tx.HeldList()
		_, synced, err4 := tx.LastSync()
		_, leased, err5 := tx.Leased()
		if set || draft || held || synced || leased {
			t.Errorf("settings %v, draft %v, held %v, last sync %v, lease %v", set, draft, held, synced, leased)
		}
		for _, err := range []error{err, err2, err3, err4, err5} {
			if err != nil {
				t.Error(err)
			}
		}
		return nil
	})
}
