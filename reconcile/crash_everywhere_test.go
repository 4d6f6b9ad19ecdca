package reconcile

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// everything is one of everything: members who stay, leave, move, come, come back from the dead, share an e-mail or have
// vanished; people taken over; rights removed by hand, once and twice; and so many leavers in one group that the guard
// holds all removals until they are approved.
func everything(m *model) {
	m.byHand(func() {
		for i := range 6 {
			m.plain(fmt.Sprintf("stays%d", i), "ms_1")
		}
		for i := range 5 {
			m.plain(fmt.Sprintf("ends%d", i), "ms_3")
		}
		for _, id := range []string{"leaves", "moves", "mover", "removed", "twice", "vanishes", "adopted"} {
			m.plain(id, "ms_1")
		}
		m.plain("works", "ms_4") // her membership opens nothing, and she is a manager
		for _, id := range []string{"adopted", "works"} {
			user := m.doors.AddUser(kisi.User{Name: id, Email: id + "@x.example", AccessEnabled: true})
			role := map[string]string{"adopted": kisi.RoleBasic, "works": kisi.RoleManager}[id]
			m.doors.AddRight("Group", m.groups[0].ID, role, "User", user.ID, m.hand.ID)
		}
	})
	m.putInForce(m.settings)
	m.mustSync()
	m.byHand(func() { m.takeAway("twice") })
	m.mustSync()
	m.byHand(func() {
		m.takeAway("twice")
		m.gym.Gym.Remove("vanishes")
	})
	m.mustSync()
	m.byHand(func() {
		m.takeAway("removed")
		for i := range 5 {
			m.ends(fmt.Sprintf("ends%d", i))
		}
		m.ends("leaves")
		m.ends("adopted")
		m.plain("moves", "ms_2")
		m.plain("mover", "ms_2")
		m.plain("new1", "ms_1")
		m.plain("new2", "ms_1", "ms_2")
		m.plain("known", "ms_2")
		m.doors.AddUser(kisi.User{Name: "known", Email: "Known@X.example", AccessEnabled: true})
		shared := m.plain("shares", "ms_2")
		shared.Email = "NEW1@x.example"
		m.put(shared)
	})
}

func (m *model) plain(id string, memberships ...string) gymflow.Member {
	member := gymflow.Member{ID: id, Email: id + "@x.example", FirstName: "First", LastName: id}
	for i, membership := range memberships {
		member.Holdings = append(member.Holdings, gymflow.Holding{ID: fmt.Sprintf("h_%s_%d", id, i), MembershipID: membership, Status: gymflow.Active, StartsOn: gymflow.Date{Year: 1999, Month: 1, Day: 1}})
	}
	m.put(member)
	return member
}

func (m *model) ends(id string) {
	member := m.known[id]
	member.Holdings = slices.Clone(member.Holdings)
	member.Holdings[0].Status = gymflow.Cancelled
	m.put(member)
}

// takeAway is another administrator who removes a member's right.
func (m *model) takeAway(id string) {
	for _, right := range m.doors.Rights() {
		if right.AppliesToType == "Group" && right.AssigneeEmail == id+"@x.example" {
			m.doors.RemoveRight(right.ID)
		}
	}
}

func (m *model) mustSync() {
	if _, err := m.sync(deed{Kind: "sync"}); err != nil {
		m.violated("a sync: %v", err)
	}
}

// live is the part in which the process dies: a run that gives and holds, and the approved one that takes.
func (m *model) live(at int) *reaper {
	m.dying = &reaper{at: at}
	for _, kind := range []string{"sync", "approve"} {
		if _, err := m.sync(deed{Kind: kind}); err != nil {
			break
		}
	}
	last := m.dying
	m.dying = nil
	return last
}

// recover is what comes after a death: a sync, the approval of what is held, and a sync that has nothing to do.
func (m *model) recover() {
	m.mustSync()
	if m.held() {
		if _, err := m.sync(deed{Kind: "approve"}); err != nil {
			m.violated("the approved sync: %v", err)
		}
	}
	before := len(m.doors.Log())
	m.mustSync()
	for _, line := range m.doors.Log()[before:] {
		if !strings.HasPrefix(line, "GET ") {
			m.violated("the last sync still writes: %s", line)
		}
	}
	m.checkSettled()
	m.checkJournal()
}

// checkJournal: the entries are in order, and everything that was done in Kisi is told exactly once, as done or as settled.
func (m *model) checkJournal() {
	var entries []store.Entry
	m.view(func(tx *store.Tx) (err error) { entries, err = tx.Journal(0, 10_000, ""); return err })
	given, taken, made := map[int64]int{}, map[int64]int{}, map[int64]int{}
	for i, entry := range entries {
		if i > 0 && (entry.Sequence >= entries[i-1].Sequence || entry.At.After(entries[i-1].At)) {
			m.violated("the journal is out of order at %d", entry.Sequence) // it is read newest first
		}
		told := entry.Kind == store.Settled
		switch {
		case entry.Kind == store.Granted, told && entry.RightID != 0 && entry.After == "access right":
			given[entry.RightID]++
		case entry.Kind == store.Revoked, told && entry.RightID != 0:
			taken[entry.RightID]++
		case entry.Kind == store.UserCreated, told:
			made[entry.UserID]++
		}
	}
	for right := range m.made {
		if given[right] != 1 {
			m.violated("right %d was given once and is told %d times", right, given[right])
		}
	}
	for right := range m.taken {
		if taken[right] != 1 {
			m.violated("right %d was taken once and is told %d times", right, taken[right])
		}
	}
	for user, times := range made {
		if times != 1 {
			m.violated("user %d was made once and is told %d times", user, times)
		}
	}
}

// end is who is where, and what the admin is asked.
func (m *model) end() string {
	var lines []string
	for _, right := range m.rights {
		if right.AppliesToType == "Group" {
			lines = append(lines, fmt.Sprintf("%s in %d as %s ours %v", kisi.FoldEmail(right.AssigneeEmail), right.AppliesToID, right.RoleID, m.ours(right.ID)))
		}
	}
	slices.Sort(lines)
	var questions []access.Question
	m.view(func(tx *store.Tx) (err error) { questions, err = tx.Questions(); return err })
	for _, question := range questions {
		lines = append(lines, "asked: "+question.MemberID+" "+string(question.Reason))
	}
	return fmt.Sprintf("%s\n%d users, %d in the ledger", strings.Join(lines, "\n"), len(m.users), len(m.ledger()))
}

// inEverything plays the scene to its middle and hands the model over.
func inEverything(t *testing.T, play func(*model)) []string {
	directory, err := os.MkdirTemp("", "kisiflow-crash")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(directory) }()
	gym, gymHandler, doors, doorsHandler := simulators(t, 7)
	defer gym.Close()
	defer doors.Close()
	var found []string
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, gym, doors, access.DefaultLimits())
		m.open(schedule{Groups: 3, Mapped: 3, Adopt: true}, directory, gymHandler, doorsHandler)
		everything(m)
		play(m)
		found = m.found
	})
	return found
}

// undisturbed is the scene without a death: how many points there are at which the process may die, and the end.
func undisturbed(t *testing.T) (points int, end string) {
	found := inEverything(t, func(m *model) {
		points = m.live(0).steps
		m.recover()
		end = m.end()
	})
	if len(found) > 0 {
		t.Fatalf("undisturbed:\n%s", list(found))
	}
	return points, end
}

// apartNow: the nightly mode tries every point (TestAKilledRunConvergesWhereverItIsKilled does so always, in a smaller scene).
func apartNow() int {
	if os.Getenv("KISIFLOW_SCHEDULES") != "" {
		return 1
	}
	return deathsApart
}

func TestEverythingConvergesWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	points, want := undisturbed(t)
	apart := apartNow()
	t.Logf("%d points at which the process may die, %d apart are tried; the end is\n%s", points, apart, want)
	for at := 1; at <= points; at += apart {
		found := inEverything(t, func(m *model) {
			if !m.live(at).dead {
				m.violated("the point was not reached")
			}
			m.recover()
			if got := m.end(); got != want {
				m.violated("another end:\n%s", got)
			}
		})
		if len(found) > 0 {
			t.Fatalf("death at %d of %d:\n%s", at, points, list(found))
		}
	}
}

// TestEverythingConvergesAfterTwoDeaths samples pairs: the process that comes after the first death dies too.
func TestEverythingConvergesAfterTwoDeaths(t *testing.T) {
	t.Parallel()
	points, want := undisturbed(t)
	pairs := 0
	for first := 3; first <= points; first += 8 * apartNow() {
		for _, second := range []int{4 + first%9, 15 + first%17, 40 + first%31} {
			pairs++
			found := inEverything(t, func(m *model) {
				m.live(first)
				m.live(second)
				m.recover()
				if got := m.end(); got != want {
					m.violated("another end:\n%s", got)
				}
			})
			if len(found) > 0 {
				t.Fatalf("deaths at %d and %d:\n%s", first, second, list(found))
			}
		}
	}
	t.Logf("%d pairs of deaths", pairs)
}
