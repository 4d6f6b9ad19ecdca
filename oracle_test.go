package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// movableClock is the time of both services and of the engine.
type movableClock struct {
	mutex sync.Mutex
	at    time.Time
}

func (c *movableClock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.at
}

func (c *movableClock) set(at time.Time) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = at
}

// shownRow is one row of `members --json`, decoded from its text.
type shownRow struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Email       string        `json:"email"`
	Memberships []shownStatus `json:"memberships"`
	Entitled    []shownGroup  `json:"entitled"`
	Groups      []shownGroup  `json:"groups"`
	Standing    string        `json:"standing"`
	Reason      *string       `json:"reason"`
	Since       *string       `json:"since"`
	NextChange  *string       `json:"next_change"`
}

type shownStatus struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

type shownGroup struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// trial is a demo's world beside the oracle that watches it.
type trial struct {
	t         *testing.T
	clock     *movableClock
	world     *world
	state     *store.Store
	engine    *reconcile.Engine
	zone      string // in force, by design.md section 4
	graceDays int
	overrides map[string]ordered

	theirs   map[int64]kisi.Right // made by hand and not taken over: they stay
	before   map[int64]kisi.Right // at the last look, by id
	persons  map[int64]kisi.User
	compared int
	wrong    int
	seen     map[string]int // how often each reason was compared
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// newTrial starts the world of the demo at an instant; nothing is set up yet.
func newTrial(t *testing.T, members int, seed uint64, at string) *trial {
	t.Helper()
	clock := &movableClock{at: instant(t, at)}
	w, err := startWorld(simulation{members: members, seed: seed}, clock.now)
	if err != nil {
		t.Fatal(err)
	}
	return watch(t, w, clock, "Europe/Dublin")
}

func watch(t *testing.T, w *world, clock *movableClock, zone string) *trial {
	t.Helper()
	t.Cleanup(w.close)
	state, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	c := &trial{t: t, clock: clock, world: w, state: state, zone: zone, overrides: map[string]ordered{}, seen: map[string]int{}}
	c.engine = reconcile.New(state, reconcile.Options{Now: clock.now, Rate: 100_000, By: "test@here"})
	t.Cleanup(func() { t.Logf("%d comparisons, %d differences; reasons: %v", c.compared, c.wrong, c.seen) })
	return c
}

// twoZones is a small world whose place and club lie in zones of their own.
func twoZones(t *testing.T, placeZone, clubZone, at string) *world {
	t.Helper()
	now := func() time.Time { return instant(t, at) }
	w := &world{}
	var err error
	if w.gymflow, err = gymflowtest.Start(gymflowtest.Options{Members: 120, Seed: 11, Now: now, Zone: clubZone}); err != nil {
		t.Fatal(err)
	}
	if w.kisi, err = kisitest.Start(kisitest.Options{Seed: 11, Now: now}); err != nil {
		t.Fatal(err)
	}
	w.place = w.kisi.AddPlace(kisi.Place{Name: "Elsewhere", TimeZone: placeZone, LocksCount: 1})
	for _, name := range []string{groupAllHours, groupOffPeak} {
		w.kisi.AddGroup(kisi.Group{Name: name, PlaceID: w.place.ID, LocksCount: 1, LoginEnabled: true})
	}
	return w
}

// setUp is the demo's, and checks that it wrote nothing to Kisi.
func (c *trial) setUp() {
	c.t.Helper()
	c.look()
	demo := demonstration{world: c.world, state: c.state, now: c.clock.now}
	if err := demo.setUp(c.t.Context(), c.engine); err != nil {
		c.t.Fatal(err)
	}
	if writes := c.writes(); len(writes) > 0 {
		c.t.Errorf("setting up wrote to Kisi: %s", writes)
	}
	union, _ := c.oracle().byEmail()
	c.theirs = map[int64]kisi.Right{}
	for id, right := range c.before {
		deserved := union[foldEmail(right.AssigneeEmail)]
		if right.RoleID == kisi.RoleBasic && deserved != nil && deserved.groups[right.AppliesToID] {
			continue // taken over: from now on kisiflow's to take away
		}
		c.theirs[id] = right
	}
}

// change edits the settings in force, as the admin does in Settings.
func (c *trial) change(edit func(*store.Settings)) {
	c.t.Helper()
	c.update(func(tx *store.Tx) error {
		settings, _, err := tx.Settings()
		if err != nil {
			return err
		}
		edit(&settings)
		return tx.PutSettings(settings)
	})
}

func (c *trial) update(write func(*store.Tx) error) {
	c.t.Helper()
	if err := c.state.Update(write); err != nil {
		c.t.Fatal(err)
	}
}

// raiseLimits lets the guard hold nothing.
func (c *trial) raiseLimits() {
	c.change(func(settings *store.Settings) {
		settings.Limits = access.Limits{StrongCount: 1 << 30, StrongPercent: 100, WeakCount: 1 << 30, WeakPercent: 100, EmptyGroup: 1 << 30}
	})
}

func (c *trial) allow(memberID, until string) {
	c.t.Helper()
	day, err := gymflow.ParseDate(until)
	if err != nil {
		c.t.Fatal(err)
	}
	c.overrides[memberID] = ordered{allowUntil: until}
	c.update(func(tx *store.Tx) error {
		return tx.PutOverride(access.Override{MemberID: memberID, Kind: access.Allow, Until: day})
	})
}

func (c *trial) block(memberID string) {
	c.t.Helper()
	c.overrides[memberID] = ordered{block: true}
	c.update(func(tx *store.Tx) error {
		return tx.PutOverride(access.Override{MemberID: memberID, Kind: access.Block})
	})
}

// sync runs once and expects it to end well.
func (c *trial) sync() {
	c.t.Helper()
	c.look()
	run, err := c.engine.Sync(c.t.Context(), store.Request{Kind: "sync", Trigger: "command", By: "test@here"})
	if err != nil || run.Exit != exitOK {
		c.t.Fatalf("sync: exit %d, %v; %d failed, %d held; notes %v; problems %v", run.Exit, err, run.Failed, run.Held, run.Notes, run.Problems)
	}
}

// syncNothing is a sync that must find nothing to do.
func (c *trial) syncNothing() {
	c.t.Helper()
	writes := len(c.writes())
	c.sync()
	c.compared++
	if now := c.writes(); len(now) != writes {
		c.t.Errorf("a sync right after a sync wrote to Kisi: %s", now[writes:])
	}
}

// writes are the requests so far that were not reads.
func (c *trial) writes() []string {
	return slices.DeleteFunc(c.world.kisi.Log(), func(line string) bool { return strings.HasPrefix(line, "GET ") })
}

// look remembers how Kisi is now.
func (c *trial) look() {
	c.before, c.persons = map[int64]kisi.Right{}, map[int64]kisi.User{}
	for _, right := range c.world.kisi.Rights() {
		c.before[right.ID] = right
	}
	for _, user := range c.world.kisi.Users() {
		c.persons[user.ID] = user
	}
}

// oracle reads Gymflow anew, by itself.
func (c *trial) oracle() oracle {
	c.t.Helper()
	zone, err := time.LoadLocation(c.zone)
	if err != nil {
		c.t.Fatal(err)
	}
	o := oracle{
		members: readWire[wireMember](c.t, c.world.gymflow.URL, c.world.gymflow.Token, "members"),
		groupOf: map[string]int64{}, recurring: map[string]bool{}, today: c.clock.now().In(zone).Format(time.DateOnly),
		graceDays: c.graceDays, overrides: c.overrides,
	}
	for membership, group := range c.world.associations() {
		o.groupOf[membership] = c.world.group(group).ID
	}
	type sold struct{ ID, Kind string }
	for _, membership := range readWire[sold](c.t, c.world.gymflow.URL, c.world.gymflow.Token, "memberships") {
		o.recurring[membership.ID] = membership.Kind == "recurring"
	}
	return o
}

func (c *trial) differ(format string, values ...any) {
	c.t.Helper()
	if c.wrong++; c.wrong <= 40 {
		c.t.Errorf("on "+c.clock.now().Format(time.RFC3339)+" in "+c.zone+": "+format, values...)
	}
}

// compare holds Kisi and every row against the oracle.
func (c *trial) compare() {
	c.t.Helper()
	o := c.oracle()
	union, verdicts := o.byEmail()
	c.compareKisi(o, union)
	rows := map[string]shownRow{}
	for _, row := range c.rows() {
		rows[row.ID] = row
	}
	if len(rows) != len(o.members) {
		c.differ("%d rows for %d members", len(rows), len(o.members))
	}
	inForce := c.inForce(o)
	for _, member := range o.members {
		row, found := rows[member.ID]
		if !found {
			c.differ("no row for %s", shown(member))
			continue
		}
		email := foldEmail(member.Email)
		c.compareRow(member, row, verdicts[member.ID], union[email], inForce[email])
	}
}

// rows are the standings by way of the JSON that `members --json` prints.
func (c *trial) rows() []shownRow {
	c.t.Helper()
	stored, err := standings(c.state)
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := json.Marshal(stored)
	if err != nil {
		c.t.Fatal(err)
	}
	var rows []shownRow
	if err := json.Unmarshal(text, &rows); err != nil {
		c.t.Fatal(err)
	}
	return rows
}

// mapped are the groups that have an association.
func mapped(o oracle) map[int64]bool {
	groups := map[int64]bool{}
	for _, group := range o.groupOf {
		groups[group] = true
	}
	return groups
}

// inForce are the mapped groups in which each e-mail has a right now, a manager's too.
func (c *trial) inForce(o oracle) map[string]map[int64]bool {
	found, groups := map[string]map[int64]bool{}, mapped(o)
	for _, right := range c.world.kisi.Rights() {
		if right.AppliesToType != "Group" || right.AssigneeType != "User" || !groups[right.AppliesToID] {
			continue
		}
		email := foldEmail(right.AssigneeEmail)
		if found[email] == nil {
			found[email] = map[int64]bool{}
		}
		found[email][right.AppliesToID] = true
	}
	return found
}

func (c *trial) compareRow(member wireMember, row shownRow, verdict judgement, union *addressed, inForce map[int64]bool) {
	c.t.Helper()
	c.compared += 4
	tell := func(what string, kisiflow, oracle any) {
		c.t.Helper()
		c.differ("%s of %s: kisiflow %v, oracle %v (its own groups %v, held %v)", what, shown(member), kisiflow, oracle, numbers(verdict.groups), verdict.held)
	}
	entitled, groups := idsOf(row.Entitled), idsOf(row.Groups)
	if !verdict.held && !maps.Equal(entitled, verdict.groups) {
		tell("entitled", row.Entitled, numbers(verdict.groups))
	}
	if !maps.Equal(groups, inForce) && (c.suspended(member.Email) == 0 || len(groups) > 0) {
		tell("groups", row.Groups, numbers(inForce))
	}
	reason := ""
	if row.Reason != nil {
		reason = *row.Reason
	}
	c.seen[reason]++
	shares := union != nil && union.members > 1
	others := shares && (reason == "shared_email" || (reason == "" && len(union.groups) > 0))
	halted := c.suspended(member.Email) > 0 && len(verdict.groups) > 0 && reason == "suspended"
	if !slices.Contains(verdict.reasons, reason) && !others && !halted {
		tell("reason", fmt.Sprintf("%q", reason), fmt.Sprintf("%q", verdict.reasons))
	}
	var want []string
	switch {
	case verdict.held:
		want = []string{"held"}
	case len(verdict.groups) > 0 && foldEmail(member.Email) == "":
		want = []string{"problem"}
	case halted: // the right is there, and opens nothing
		want = []string{"no access", "problem"}
	case len(verdict.groups) > 0 && reason == "":
		want = []string{"access"}
	case len(verdict.groups) > 0:
		want = []string{"access", "problem"}
	case shares && len(union.groups) > 0:
		want = []string{"access", "no access", "problem"}
	case len(inForce) > 0: // a right that is not ours to take
		want = []string{"access", "problem"}
	default:
		want = []string{"no access"}
	}
	if !slices.Contains(want, row.Standing) {
		tell("standing", row.Standing, want)
	}
}
