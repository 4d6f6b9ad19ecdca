package reconcile

import (
	"fmt"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/internal/memoryfolder"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/store"
)

func TestMain(m *testing.M) {
	memoryfolder.Use()      // the tests commit some hundred thousand times
	debug.SetGCPercent(400) // they keep little and throw much away; nearly a third of their time went into collecting it
	goleak.VerifyTestMain(m)
}

// world is a gym, an organization in Kisi and a state file, linked or about to be.
type world struct {
	t        testing.TB
	gymflow  *gymflowtest.Server
	kisi     *kisitest.Server
	store    *store.Store
	engine   *Engine
	place    kisi.Place
	groups   []kisi.Group // "Group A", "Group B", …
	settings store.Settings
	to       Access
	options  Options
	adjust   func(*Engine) // of every new engine, where not nil
	undoable string        // a run that took something away, where a scene has one
}

func newWorld(t testing.TB, members, groups int) *world {
	t.Helper()
	gym, err := gymflowtest.Start(gymflowtest.Options{Members: members, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gym.Close)
	doors, err := kisitest.Start(kisitest.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(doors.Close)
	w := &world{t: t, gymflow: gym, kisi: doors}
	w.place = doors.AddPlace(kisi.Place{Name: "Dublin HQ", TimeZone: "Europe/Dublin", LocksCount: 2})
	for i := range groups {
		w.groups = append(w.groups, doors.AddGroup(kisi.Group{Name: "Group " + string(rune('A'+i)), PlaceID: w.place.ID, LocksCount: 1, LoginEnabled: true}))
	}
	w.to = Access{GymflowURL: gym.URL, GymflowToken: gym.Token, KisiURL: doors.URL, KisiKey: doors.Key}
	w.options = Options{Rate: 100_000, By: "test@here"}
	w.open(filepath.Join(t.TempDir(), "state.db"))
	return w
}

// open makes the state file and its engine.
func (w *world) open(path string) {
	w.t.Helper()
	state, err := store.Open(path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = state
	w.restart()
}

// restart is a new process on the same state file.
func (w *world) restart() {
	w.engine = New(w.store, w.options)
	w.engine.retryPause = time.Millisecond
	w.engine.poll = time.Millisecond
	if w.adjust != nil {
		w.adjust(w.engine)
	}
}

// associate sets the associations of the settings: membership → group, in pairs.
func (w *world) associate(pairs ...any) {
	w.settings = store.Settings{
		GymflowURL: w.gymflow.URL, KisiURL: w.kisi.URL, PlaceID: w.place.ID, PlaceName: w.place.Name, Zone: "Europe/Dublin",
		Unlocking: store.Managed, Limits: access.DefaultLimits(),
		Key: store.KeyFacts{UserID: w.kisi.Owner.ID, Owner: true, OrganizationID: 4711, OrganizationName: "Riverside Gym"},
	}
	for i := 0; i < len(pairs); i += 2 {
		membership, group := pairs[i].(string), pairs[i+1].(kisi.Group)
		w.settings.Associations = append(w.settings.Associations, access.Association{
			MembershipID: membership, MembershipName: membership, GroupID: group.ID, GroupName: group.Name,
		})
	}
}

// setUp previews and confirms.
func (w *world) setUp(pairs ...any) Preview {
	w.t.Helper()
	w.associate(pairs...)
	return w.confirm()
}

func (w *world) confirm() Preview {
	w.t.Helper()
	preview, err := w.engine.Preview(w.t.Context(), w.settings, w.to, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.engine.Confirm(Confirmation{Settings: w.settings, Access: w.to, Preview: preview, By: "test@here"}); err != nil {
		w.t.Fatal(err)
	}
	return preview
}

// member puts a member with an active holding of each membership.
func (w *world) member(id string, memberships ...string) gymflow.Member {
	member := gymflow.Member{ID: id, Email: id + "@x.example", FirstName: "First", LastName: id}
	for i, membership := range memberships {
		member.Holdings = append(member.Holdings, gymflow.Holding{
			ID: fmt.Sprintf("h_%s_%d", id, i), MembershipID: membership, Status: gymflow.Active, StartsOn: gymflow.Date{Year: 2024, Month: 1, Day: 1},
		})
	}
	w.gymflow.Gym.Put(member)
	return member
}

func (w *world) members(count int, membership string) {
	for i := range count {
		w.member(fmt.Sprintf("m%03d", i), membership)
	}
}

func (w *world) cancel(id string) {
	_, _, members := w.gymflow.Gym.Snapshot()
	for _, member := range members {
		if member.ID == id {
			for i := range member.Holdings {
				member.Holdings[i].Status = gymflow.Cancelled
			}
			w.gymflow.Gym.Put(member)
		}
	}
}

// sync runs once and expects an exit code.
func (w *world) sync(exit int, change ...func(*store.Request)) store.Run {
	w.t.Helper()
	request := store.Request{Kind: "sync", Trigger: "admin"}
	for _, each := range change {
		each(&request)
	}
	run, err := w.engine.Sync(w.t.Context(), request)
	code := run.Exit
	if err != nil {
		code = ExitCode(err)
	}
	if code != exit {
		w.t.Fatalf("the run ended with %d (%v), want %d; notes: %v; problems: %v", code, err, exit, run.Notes, run.Problems)
	}
	return run
}

func approve(fingerprint string) func(*store.Request) {
	return func(request *store.Request) { request.Approve = fingerprint }
}

// access lists who is in a group, by e-mail.
func (w *world) in(group kisi.Group) []string {
	var emails []string
	for _, right := range w.kisi.Rights() {
		if right.AppliesToType == "Group" && right.AppliesToID == group.ID {
			emails = append(emails, strings.TrimSuffix(right.AssigneeEmail, "@x.example"))
		}
	}
	slices.Sort(emails)
	return emails
}

func (w *world) ledger() (entries []access.LedgerEntry) {
	w.view(func(tx *store.Tx) (err error) { entries, err = tx.Ledger(); return err })
	return entries
}

func (w *world) view(read func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.View(read); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) rows() map[string]access.Row {
	rows := map[string]access.Row{}
	w.view(func(tx *store.Tx) error {
		list, _, err := tx.Standings()
		for _, row := range list {
			rows[row.ID] = row
		}
		return err
	})
	return rows
}

// consistent fails unless the ledger is exactly the rights that our key made, each once, no intent open.
func (w *world) consistent() {
	w.t.Helper()
	ours := map[int64]bool{}
	for _, entry := range w.ledger() {
		ours[entry.RightID] = true
	}
	once := map[access.RightKey]bool{}
	for _, right := range w.kisi.Rights() {
		if right.AppliesToType != "Group" {
			continue
		}
		key := access.RightKey{GroupID: right.AppliesToID, UserID: right.AssigneeID}
		if once[key] {
			w.t.Errorf("%s is twice in group %d", right.AssigneeEmail, right.AppliesToID)
		}
		once[key] = true
		if right.CreatedByID == w.kisi.Owner.ID && !ours[right.ID] {
			w.t.Errorf("right %d of %s is an orphan", right.ID, right.AssigneeEmail)
		}
		delete(ours, right.ID)
	}
	if len(ours) > 0 {
		w.t.Errorf("the ledger has rights that Kisi has not: %v", ours)
	}
	emails := map[string]bool{}
	for _, user := range w.kisi.Users() {
		if emails[kisi.FoldEmail(user.Email)] {
			w.t.Errorf("%s is two users", user.Email)
		}
		emails[kisi.FoldEmail(user.Email)] = true
	}
	w.view(func(tx *store.Tx) error {
		intents, err := tx.Intents()
		if len(intents) > 0 {
			w.t.Errorf("intents are left open: %+v", intents)
		}
		return err
	})
	if destroyed := w.kisi.Destroyed(); len(destroyed) > 0 {
		w.t.Errorf("destructive calls: %v", destroyed)
	}
}

// calls counts Kisi's log from a mark on, by method.
func (w *world) calls(from int) (reads, writes int, log []string) {
	log = w.kisi.Log()[from:]
	for _, line := range log {
		if strings.HasPrefix(line, http.MethodGet) {
			reads++
		} else {
			writes++
		}
	}
	return reads, writes, log
}
