package reconcile

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/store"
)

// TestNobodyWronglyOutOrIn runs random gyms through random histories and faults and watches every request (design.md section
// 5). Schedules are drawn from seeds 1, 2, 3, … so that a failure can be run again:
//
//	KISIFLOW_SEED=123 go test ./reconcile -run NobodyWrongly      that one schedule
//	KISIFLOW_SCHEDULES=10000 go test ./reconcile -run NobodyWrongly -timeout 2h      the nightly mode
func TestNobodyWronglyOutOrIn(t *testing.T) {
	t.Parallel()
	first, count := 1, schedulesInShort
	if text := os.Getenv("KISIFLOW_SCHEDULES"); text != "" {
		count = numberFrom(t, text)
	}
	if text := os.Getenv("KISIFLOW_SEED"); text != "" {
		first, count = numberFrom(t, text), max(1, count*min(1, len(os.Getenv("KISIFLOW_SCHEDULES"))))
		if os.Getenv("KISIFLOW_SCHEDULES") == "" {
			count = 1
		}
	}
	seeds := make(chan int)
	var all tally
	var mutex sync.Mutex
	var workers sync.WaitGroup
	failures := 0
	for range min(runtime.GOMAXPROCS(0), 4) {
		workers.Go(func() {
			for seed := range seeds {
				drawn := schedules().Example(seed)
				found, cost := runSchedule(t, drawn, access.DefaultLimits())
				mutex.Lock()
				all.add(cost)
				failed := len(found) > 0
				if failed {
					failures++
				}
				report := failed && failures <= 3
				mutex.Unlock()
				if report {
					small, why := shrink(t, drawn)
					t.Errorf("seed %d breaks:\n%v\ncut down to what matters:\n%v\n%v", seed, list(found), list(why), small)
				} else if failed {
					t.Errorf("seed %d breaks: %v", seed, found[0])
				}
			}
		})
	}
	for seed := first; seed < first+count; seed++ {
		seeds <- seed
	}
	close(seeds)
	workers.Wait()
	t.Logf("%d schedules, %d runs (%d planned, %d killed), %d requests to Kisi, %d rights given, %d taken away, %d deeds, %d writes of looks; %d schedules broke a promise",
		all.schedules, all.runs, all.planned, all.kills, all.requests, all.granted, all.revoked, all.deeds, all.looks, failures)
}

func numberFrom(t *testing.T, text string) int {
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 {
		t.Fatalf("%q is no number", text)
	}
	return number
}

func list(lines []string) (text string) {
	for _, line := range lines {
		text += "  - " + line + "\n"
	}
	return text
}

// shrink leaves out deeds and members as long as the same schedule still breaks a promise.
func shrink(t *testing.T, broken schedule) (schedule, []string) {
	_, why := broken, []string(nil)
	why, _ = runSchedule(t, broken, access.DefaultLimits())
	try := func(smaller schedule) bool {
		found, _ := runSchedule(t, smaller, access.DefaultLimits())
		if len(found) == 0 {
			return false
		}
		broken, why = smaller, found
		return true
	}
	for again := true; again; {
		again = false
		for i := len(broken.Deeds) - 1; i >= 0; i-- {
			smaller := broken
			smaller.Deeds = slices.Concat(broken.Deeds[:i], broken.Deeds[i+1:])
			if try(smaller) {
				again = true
				continue
			}
			for j := len(broken.Deeds[i].During) - 1; j >= 0; j-- {
				smaller.Deeds = slices.Clone(broken.Deeds)
				smaller.Deeds[i].During = slices.Concat(broken.Deeds[i].During[:j], broken.Deeds[i].During[j+1:])
				again = try(smaller) || again
			}
		}
		for i := len(broken.Members) - 1; i >= 0; i-- {
			smaller := broken
			smaller.Members = slices.Concat(broken.Members[:i], broken.Members[i+1:])
			again = try(smaller) || again
		}
	}
	return broken, why
}

// runSchedule does all of it in a bubble and gives the promises that were broken.
func runSchedule(t *testing.T, drawn schedule, limits access.Limits, tamper ...func(*model)) (found []string, cost tally) {
	directory, err := os.MkdirTemp("", "kisiflow-model")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(directory) }()
	gym, gymHandler, doors, doorsHandler := simulators(t, 7)
	defer gym.Close()
	defer doors.Close()
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, gym, doors, limits)
		m.tally.schedules = 1
		m.open(drawn, directory, cappedPages(gymHandler, drawn.GymPage), cappedPages(doorsHandler, drawn.KisiPage))
		for _, change := range tamper {
			change(m)
		}
		for _, deed := range drawn.Deeds {
			m.do(deed)
			if len(m.found) > 0 {
				break
			}
		}
		if len(m.found) == 0 {
			m.converge()
		}
		found, cost = m.found, m.tally
	})
	return found, cost
}

func newModel(t testing.TB, gym *gymflowtest.Server, doors *kisitest.Server, limits access.Limits) *model {
	return &model{
		t: t, gym: gym, doors: doors, limits: limits, made: map[int64]access.RightKey{}, adopted: map[int64]bool{},
		rights: map[int64]kisi.Right{}, users: map[int64]kisi.User{}, missing: map[string]int{}, taken: map[int64]bool{},
		undone: map[access.RightKey]int{},
	}
}

// cappedPages is a server that sends no more rows a page than it likes.
func cappedPages(next http.Handler, rows int) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		query := in.URL.Query()
		if limit, err := strconv.Atoi(query.Get("limit")); err == nil && limit > rows {
			query.Set("limit", strconv.Itoa(rows))
			in.URL.RawQuery = query.Encode()
		}
		next.ServeHTTP(out, in)
	})
}

// open makes the gym, the organization and the state file, and sets the link up.
func (m *model) open(drawn schedule, directory string, gymHandler, doorsHandler http.Handler) {
	var err error
	if m.zone, err = time.LoadLocation("Europe/Dublin"); err != nil {
		m.t.Fatal(err)
	}
	if m.store, err = store.Open(filepath.Join(directory, "state.db")); err != nil {
		m.t.Fatal(err)
	}
	m.options = Options{
		By: "model", KisiTransport: &wire{doorsHandler, m.beforeKisi, m.afterKisi}, GymflowTransport: &wire{handler: gymHandler, after: m.afterGymflow},
	}
	m.known = map[string]gymflow.Member{}
	m.to = Access{GymflowURL: m.gym.URL, GymflowToken: m.gym.Token, KisiURL: m.doors.URL, KisiKey: m.doors.Key}
	m.byHand(func() {
		place := m.doors.AddPlace(kisi.Place{Name: "HQ", TimeZone: "Europe/Dublin"})
		m.doubles = drawn.Doubles
		m.noFaults()
		m.settings = store.Settings{
			GymflowURL: m.gym.URL, KisiURL: m.doors.URL, PlaceID: place.ID, PlaceName: place.Name, Zone: "Europe/Dublin", Unlocking: store.Managed,
			Limits: m.limits, AdoptNone: !drawn.Adopt, Key: store.KeyFacts{UserID: m.doors.Owner.ID, Owner: true, OrganizationID: 4711},
		}
		m.hand = m.doors.AddUser(kisi.User{Name: "Hand", Email: "hand@gym.example", AccessEnabled: true})
		m.doors.AddKey(m.hand, "administrator", "api")
		for i := range drawn.Groups {
			m.groups = append(m.groups, m.doors.AddGroup(kisi.Group{Name: fmt.Sprintf("Group %d", i), PlaceID: place.ID, LocksCount: 1}))
		}
		for i, kind := range drawn.Members {
			m.add(kind, i)
		}
	})
	settings := m.settings
	for i := range drawn.Mapped {
		group := pick(m.groups, i)
		settings.Associations = append(settings.Associations, access.Association{
			MembershipID: membershipOf(i), MembershipName: membershipOf(i), GroupID: group.ID, GroupName: group.Name,
		})
	}
	if !m.putInForce(settings) {
		m.violated("the link could not be set up")
	}
}

// engine is a new process on the same state file.
func (m *model) engine() *Engine {
	engine := New(m.store, m.options)
	engine.commits = func(lease *store.Lease, write func(*store.Tx) error) error {
		if m.reaper != nil {
			return m.reaper.commit(lease, write)
		}
		return lease.Update(write)
	}
	return engine
}

// converge ends all faults: two clean syncs later nobody is wrongly out and nothing is left to do; once the admin has
// approved what is held, nobody is wrongly in.
func (m *model) converge() {
	m.do(deed{Kind: "no faults"})
	for range 2 {
		if _, err := m.sync(deed{Kind: "sync"}); err != nil {
			m.violated("a sync without faults: %v", err)
			return
		}
	}
	m.checkNobodyOut()
	m.checkSettled()
	for range 3 {
		if !m.held() {
			break
		}
		if _, err := m.sync(deed{Kind: "approve"}); err != nil {
			m.violated("an approved sync without faults: %v", err)
			return
		}
	}
	m.checkNobodyIn()
	m.checkNobodyOut()
	writes := func() (count int) {
		for _, line := range m.doors.Log() {
			if len(line) < 4 || line[:4] != "GET " {
				count++
			}
		}
		return count
	}
	before := writes()
	preview, err := m.engine().PreviewStored(context.Background())
	if err != nil || !preview.Plan.Empty() {
		m.violated("a plan after an apply is not empty: %+v %+v %v", preview.Plan.Grants, preview.Plan.Revokes, err)
	}
	if _, err := m.sync(deed{Kind: "sync"}); err != nil || writes() != before {
		m.violated("a sync after a sync writes: %v", err)
	}
}

// held: removals wait for the admin.
func (m *model) held() (found bool) {
	m.view(func(tx *store.Tx) (err error) { _, found, err = tx.HeldList(); return err })
	return found
}

// checkSettled: no write is left open, and the ledger is exactly our rights in force.
func (m *model) checkSettled() {
	m.view(func(tx *store.Tx) error {
		intents, err := tx.Intents()
		for _, intent := range intents {
			if m.stands(intent.GroupID) || intent.GroupID == 0 {
				m.violated("an intent is left open: %+v", intent)
			}
		}
		return err
	})
	for id, entry := range m.ledger() {
		if _, there := m.rights[id]; !there && m.stands(entry.GroupID) {
			m.violated("the ledger has right %d of %s, and Kisi has not", id, entry.Email)
		}
	}
	for id := range m.made {
		if _, there := m.rights[id]; there && m.ledger()[id].RightID == 0 {
			m.violated("right %d is ours and not in the ledger", id)
		}
	}
}
