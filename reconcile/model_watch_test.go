package reconcile

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/store"
)

// model is one gym with its doors, its state file, and a shadow book of who did what. Every request of ours is looked at
// before and after it has its effect.
type model struct {
	t        testing.TB
	gym      *gymflowtest.Server
	doors    *kisitest.Server
	store    *store.Store
	options  Options
	settings store.Settings
	to       Access
	zone     *time.Location
	groups   []kisi.Group
	hand     kisi.User // another administrator
	limits   access.Limits
	reaper   *reaper // nil: nobody dies
	dying    *reaper // for the runs to come

	made    map[int64]access.RightKey // rights that our key made
	taken   map[int64]bool            // rights that we took away
	adopted map[int64]bool            // rights that the admin let us take over
	rights  map[int64]kisi.Right      // as they were after the last request or deed
	users   map[int64]kisi.User
	known   map[string]gymflow.Member // every member that ever was
	undone  map[access.RightKey]int   // how often a hand removed our right, since we last took it away ourselves
	missing map[string]int            // complete reads in a row without the member
	run     *watched
	doubles bool   // this Kisi makes the same right twice when asked twice
	faults  bool   // some fault is switched on
	pushed  int    // looks that were asked for and may still wait
	seen    string // the fingerprint of the plan that was confirmed last
	found   []string
	tally   tally
}

// tally is what a schedule cost.
type tally struct{ schedules, runs, planned, requests, granted, revoked, deeds, kills, looks int }

func (t *tally) add(more tally) {
	t.schedules += more.schedules
	t.runs += more.runs
	t.planned += more.planned
	t.requests += more.requests
	t.granted += more.granted
	t.revoked += more.revoked
	t.deeds += more.deeds
	t.kills += more.kills
	t.looks += more.looks
}

// watched is one run under the model's eyes.
type watched struct {
	started      time.Time
	pictures     []picture
	associations []access.Association
	ours         map[int64]access.LedgerEntry // in force when it began
	roster       map[string]bool              // the ids of the last reading of members
	notFound     map[string]bool              // members whom Gymflow did not know when asked alone
	byHand       map[int64]bool               // users from whom a hand took something meanwhile
	handed       bool
	approved     bool
	weak, strong int
	removed      map[int64]int // by group
	requests     int
	writes       int
	faulty       bool
	events       map[int]func()
	looking      bool // it only looks at some members
}

func (m *model) violated(format string, values ...any) {
	m.found = append(m.found, fmt.Sprintf(format, values...))
}

func (m *model) ledger() map[int64]access.LedgerEntry {
	entries := map[int64]access.LedgerEntry{}
	m.view(func(tx *store.Tx) error {
		list, err := tx.Ledger()
		for _, entry := range list {
			entries[entry.RightID] = entry
		}
		return err
	})
	return entries
}

func (m *model) links() (links map[string]int64) {
	m.view(func(tx *store.Tx) (err error) { links, err = tx.Links(); return err })
	for _, entry := range m.ledger() {
		if links[entry.MemberID] == 0 {
			links[entry.MemberID] = entry.UserID
		}
	}
	return links
}

func (m *model) view(read func(*store.Tx) error) {
	if err := m.store.View(read); err != nil {
		m.violated("the state file: %v", err)
	}
}

func (m *model) picture() picture {
	_, _, members := m.gym.Gym.Snapshot()
	now := picture{at: time.Now(), members: map[string]gymflow.Member{}}
	for _, member := range members {
		now.members[member.ID] = member
	}
	return now
}

// look compares Kisi with the last look.
func (m *model) look() (added, removed []kisi.Right) {
	now := map[int64]kisi.Right{}
	for _, right := range m.doors.Rights() {
		now[right.ID] = right
		if before, there := m.rights[right.ID]; !there {
			added = append(added, right)
		} else if before.RoleID != right.RoleID || before.AssigneeID != right.AssigneeID || before.AppliesToID != right.AppliesToID {
			m.violated("right %d changed", right.ID)
		}
	}
	for id, right := range m.rights {
		if _, there := now[id]; !there {
			removed = append(removed, right)
		}
	}
	m.rights = now
	return added, removed
}

func (m *model) lookAtUsers(request string) {
	now, emails := map[int64]kisi.User{}, map[string]int64{}
	for _, user := range m.doors.Users() {
		now[user.ID] = user
		before, there := m.users[user.ID]
		switch {
		case there && before.AccessEnabled != user.AccessEnabled:
			m.violated("%s changed whether user %d is suspended", request, user.ID)
		case !there && !user.AccessEnabled:
			m.violated("%s made a suspended user %d", request, user.ID)
		}
		if folded := kisi.FoldEmail(user.Email); emails[folded] != 0 {
			m.violated("%s is two users, %d and %d", folded, emails[folded], user.ID)
		} else {
			emails[folded] = user.ID
		}
	}
	for id := range m.users {
		if _, there := now[id]; !there {
			m.violated("%s deleted user %d", request, id)
		}
	}
	m.users = now
}

// byHand does something that is not ours.
func (m *model) byHand(deed func()) {
	before, ledger := m.rights, map[int64]access.LedgerEntry{}
	if m.store != nil {
		ledger = m.ledger()
	}
	deed()
	_, removed := m.look()
	for _, right := range removed {
		if _, noted := ledger[right.ID]; noted {
			m.undone[access.RightKey{GroupID: right.AppliesToID, UserID: right.AssigneeID}]++
		}
	}
	m.users = map[int64]kisi.User{}
	for _, user := range m.doors.Users() {
		m.users[user.ID] = user
	}
	if m.run != nil {
		m.run.handed = true
		for _, right := range removed {
			m.run.byHand[before[right.ID].AssigneeID] = true
		}
		m.run.pictures = append(m.run.pictures, m.picture())
	}
}

// beforeKisi sees a request of ours before Kisi does.
func (m *model) beforeKisi(request *http.Request) error {
	m.tally.requests++
	if m.run != nil {
		m.run.requests++
		if event := m.run.events[m.run.requests]; event != nil {
			event()
		}
		if request.Method != http.MethodGet {
			m.run.writes++
			if event := m.run.events[-m.run.writes]; event != nil {
				event()
			}
		}
	}
	if request.Method == http.MethodDelete {
		id, err := strconv.ParseInt(strings.TrimPrefix(request.URL.Path, "/role_assignments/"), 10, 64)
		entry, ours := m.ledger()[id]
		if err != nil || !ours {
			m.violated("%s %s: that is not in the ledger", request.Method, request.URL.Path)
		}
		delete(m.undone, entry.Key())
	}
	if m.reaper != nil {
		return m.reaper.step()
	}
	return nil
}

// afterKisi sees what a request of ours did.
func (m *model) afterKisi(request *http.Request, _ *http.Response, _ []byte) error {
	name := request.Method + " " + request.URL.Path
	added, removed := m.look()
	m.lookAtUsers(name)
	switch {
	case request.Method == http.MethodGet, name == "POST /users":
		if len(added)+len(removed) > 0 {
			m.violated("%s changed rights: %v %v", name, added, removed)
		}
	case name == "POST /role_assignments" && len(added) <= 1 && len(removed) == 0:
		for _, right := range added {
			m.checkGiven(right)
		}
	case strings.HasPrefix(name, "DELETE /role_assignments/") && len(added) == 0 && len(removed) <= 1:
		for _, right := range removed {
			m.checkTaken(right)
		}
	default:
		m.violated("%s: added %v, removed %v", name, added, removed)
	}
	if m.reaper != nil && request.Method != http.MethodGet {
		return m.reaper.step()
	}
	return nil
}

// afterGymflow notes what Gymflow told.
func (m *model) afterGymflow(request *http.Request, response *http.Response, body []byte) error {
	if m.run == nil || response == nil {
		return nil
	}
	if id, single := strings.CutPrefix(request.URL.Path, "/v1/members/"); single {
		switch response.StatusCode {
		case http.StatusNotFound:
			m.run.notFound[id] = true
		case http.StatusOK:
			m.run.roster[id] = true
			delete(m.missing, id)
		}
		return nil
	}
	var page struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if request.URL.Path != "/v1/members" || response.StatusCode != http.StatusOK || json.Unmarshal(body, &page) != nil {
		return nil
	}
	if !request.URL.Query().Has("cursor") {
		m.run.roster = map[string]bool{}
	}
	for _, member := range page.Data {
		m.run.roster[member.ID] = true
	}
	return nil
}

// afterRun checks what must hold whatever happened in the run.
func (m *model) afterRun(record store.Run, failed error) {
	var last store.Run
	m.view(func(tx *store.Tx) error {
		runs, err := tx.Runs(0)
		if at := slices.IndexFunc(runs, func(run store.Run) bool { return !run.Looked }); at >= 0 {
			last = runs[at]
		}
		return err
	})
	m.tally.runs++
	if m.run.looking {
		m.tally.looks += m.run.writes
	}
	m.tally.granted += record.Granted
	m.tally.revoked += record.Revoked
	if last.Planned && !m.run.looking {
		m.tally.planned++
		for id := range m.known {
			if m.run.roster[id] {
				delete(m.missing, id)
			} else {
				m.missing[id]++
			}
		}
	}
	m.checkGuard(record, failed)
	m.checkBook()
	if failed == nil && record.Failed == 0 && !m.run.looking && !m.run.faulty && !m.run.handed && dayOf(m.run.started, m.zone) == dayOf(time.Now(), m.zone) {
		m.checkNobodyOut()
	}
	if destroyed := m.doors.Destroyed(); len(destroyed) > 0 {
		m.violated("destructive calls: %v", destroyed)
	}
	writes := 1 + max(m.run.writes, record.Granted+record.Revoked+record.Failed)
	groups := 1 + len(m.groups)
	bound := 15*(10+2*groups*30+len(m.run.ours)+len(m.users)) + 150*writes
	if !m.run.faulty {
		bound = 12 + groups*40 + len(m.users) + len(m.run.ours) + 8*writes
	}
	bound += 40 * m.pushed
	if m.run.looking && !m.run.faulty {
		m.pushed = 0
	}
	if m.run.requests > bound {
		m.violated("the run cost %d requests, more than %d", m.run.requests, bound)
	}
}
