package live

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

func TestPollingReadsOnlyWhatChanged(t *testing.T) {
	s := newStage(t)
	if s.last.read != (parts{true, true, true, true}) {
		t.Fatalf("the first look read %+v, want everything", s.last.read)
	}
	cases := []struct {
		name  string
		write func(*store.Tx) error
		want  parts
	}{
		{"nothing", func(*store.Tx) error { return nil }, parts{}},
		{"progress", func(tx *store.Tx) error { return tx.PutProgress(store.Progress{Done: 3}) }, parts{progress: true}},
		{"a standing", func(tx *store.Tx) error { return tx.PutStanding(seedRows()[3]) }, parts{}}, // it is as it was
		{"another standing", func(tx *store.Tx) error {
			row := seedRows()[3]
			row.Detail = "Paid."
			return tx.PutStanding(row)
		}, parts{standings: true}},
		{"a run", func(tx *store.Tx) error { return tx.PutRun(store.Run{ID: "r5", Outcome: store.OutcomeRunning}) }, parts{runs: true}},
		{"settings", func(tx *store.Tx) error {
			settings := seedSettings()
			settings.GraceDays = 3
			return tx.PutSettings(settings)
		}, parts{settings: true}},
		{"the ledger", func(tx *store.Tx) error { return tx.PutLedger(access.LedgerEntry{RightID: 5}) }, parts{}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			s.update(test.write).poll()
			if s.last.read != test.want {
				t.Errorf("read %+v, want %+v", s.last.read, test.want)
			}
		})
	}
}

func TestStandingsAreNotReadAtEveryPollOfARun(t *testing.T) {
	s := newStage(t)
	turn := 0
	step := func(running bool) parts {
		turn++
		row := seedRows()[turn]
		row.Detail = "Changed."
		s.update(func(tx *store.Tx) error {
			if err := tx.PutProgress(store.Progress{Running: running, Done: turn}); err != nil {
				return err
			}
			return tx.PutStanding(row)
		}).poll()
		return s.last.read
	}
	step(true)
	if read := step(true); read.standings || !read.progress {
		t.Errorf("during a run, at once after the last read: %+v", read)
	}
	s.now = s.now.Add(standingsEvery)
	if read := step(true); !read.standings {
		t.Error("the standings were not read again after two seconds")
	}
	step(false)
	if read := step(false); !read.standings {
		t.Error("the standings were not read at once when no run was going")
	}
}

func TestIdleScreenStaysAsItIs(t *testing.T) {
	for name, keys := range keysTo() {
		t.Run(name, func(t *testing.T) {
			s := newStage(t).press(keys...)
			before := s.live.View()
			for range 2 {
				s.now = s.now.Add(pollEvery)
				s.poll()
				if after := s.live.View(); after != before {
					t.Errorf("an idle screen changed from\n%s\nto\n%s", before, after)
				}
			}
		})
	}
}

// A screen on which nothing happens stays as it is for an hour, and then changes once an hour.
func TestFreshnessDoesNotMoveByItself(t *testing.T) {
	s := newStage(t)
	synced := s.live.scene.facts.runs.lastSync
	for passed, want := range map[time.Duration]string{
		0: "○ last read at 09:", time.Hour - 1: "○ last read at 09:", time.Hour: ", 1 h ago", 2*time.Hour - 1: ", 1 h ago",
		24*time.Hour + time.Minute: "○ last synced 24 h ago", 49 * time.Hour: "○ last synced 2 days ago",
	} {
		s.now = synced.Add(passed)
		s.poll().expect(want)
	}
	s.now = synced
	texts := map[string]bool{}
	for range 60 {
		s.poll()
		texts[s.live.View()] = true
		s.now = s.now.Add(time.Minute - time.Second)
	}
	if len(texts) != 1 {
		t.Errorf("%d different screens in an hour in which nothing happened", len(texts))
	}
}

func TestStaleMessagesAreDropped(t *testing.T) {
	s := newStage(t)
	old := s.live.generation
	s.run(s.live.Init())
	if command := s.live.Update(pollDue{old}); command != nil {
		t.Error("a poll of an earlier Init goes on")
	}
	if command := s.live.Update(polled{generation: old}); command != nil {
		t.Error("an answer of an earlier Init goes on")
	}
	s.expect("Members 53")
}

func TestFilterSearchAndSortCompose(t *testing.T) {
	s := newStage(t).size(120, 40)
	s.press("f").expect("35") // access
	names := func() []string {
		var names []string
		s.live.members.rows.First()
		for range s.live.members.rows.Len() {
			names = append(names, s.selected())
			s.live.members.rows.Move(1)
		}
		return names
	}
	s.press("/").write("OSTER")
	if !s.live.Typing() {
		t.Error("q would quit while a name is typed")
	}
	want := []string{"Eva Øster", "Grace Øster", "Pádraig Øster"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("access and \"OSTER\": %q, want %q", got, want)
	}
	s.press("enter", "S", "S", "S", "S").expect("Since ↓")
	want = []string{"Eva Øster", "Pádraig Øster", "Grace Øster"} // newest first
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("by since: %q, want %q", got, want)
	}
	s.press("right") // missed payment
	if got := names(); !slices.Equal(got, []string{"Fionn Øster"}) {
		t.Errorf("missed payment and \"OSTER\": %q", got)
	}
	s.press("esc")
	if got := len(names()); got != 3 {
		t.Errorf("after one esc %d members, want the 3 of the filter", got)
	}
	s.press("esc")
	if got := len(names()); got != 53 {
		t.Errorf("after two esc %d members, want all 53", got)
	}
	s.press("esc").expect("Members 53") // and a third leaves nothing
}

func TestSearchFindsPartsOfNamesAndAddresses(t *testing.T) {
	for query, want := range map[string]string{
		"garcia": "Bo García", "PÁDRAIG": "Pádraig Øster", "muller": "Jonas Müller", "member31@": "Pádraig Øster", "zoe": "Zoe\u0308 Family 👩‍👩‍👧‍👦",
		"山田": "王小明 山田太郎", "lee ann": "Ann Lee", "escape": "Anna Escape Newline", "לוי": "שרה לוי",
	} {
		t.Run(query, func(t *testing.T) {
			s := newStage(t).press("/").write(query)
			var names []string
			for range s.live.members.rows.Len() {
				names = append(names, s.selected())
				s.live.members.rows.Move(1)
			}
			if !slices.Contains(names, want) {
				t.Errorf("found %q, want %q among them", names, want)
			}
		})
	}
}

func TestEmptySearchSaysWhatToDo(t *testing.T) {
	s := newStage(t).press("/").write("nobody").expect("0 of 53", "Nobody is found for")
	s.press("esc").expect("Ann Lee").lacks("Nobody is found")
}

func TestSelectionFollowsTheMember(t *testing.T) {
	s := newStage(t).press("down", "down")
	chosen := s.selected()
	s.update(func(tx *store.Tx) error {
		rows := seedRows()
		for index := range rows {
			if rows[index].Name == chosen {
				rows[index].Name = "Zz " + chosen
			}
		}
		return tx.PutStandings(rows, s.now)
	}).poll()
	if got := s.selected(); got != "Zz "+chosen {
		t.Errorf("%q is selected, want the member who was", got)
	}
	s.expect("▸ Zz " + chosen)
}

func TestForecastIsAFilter(t *testing.T) {
	s := newStage(t).expect("3 gain and 5 lose access by tomorrow 04:00.")
	s.press("n")
	if got := s.live.members.rows.Len(); got != 8 {
		t.Errorf("%d members change tonight, want 8", got)
	}
	s.press("n")
	if got := s.live.members.rows.Len(); got != 53 {
		t.Errorf("%d members after leaving tonight, want 53", got)
	}
	quiet := openStage(t, nil).press("n")
	quiet.expect("Nobody gains or loses access").lacks("by tomorrow 04:00. n shows")
}

func TestForeignTextCannotWriteToTheTerminal(t *testing.T) {
	evil := "\x1b[2J\x1b]0;owned\a\x9b31mEve\nil\u202e"
	s := newStage(t)
	s.update(func(tx *store.Tx) error {
		settings := seedSettings()
		settings.GymflowName, settings.PlaceName, settings.PlaceAddress, settings.Key.UserName = evil, evil, evil, evil
		settings.Associations[0].MembershipName, settings.Associations[0].GroupName = evil, evil
		rows := seedRows()
		rows[0].Name, rows[0].Email, rows[0].Detail, rows[0].Memberships[0].Name, rows[0].Groups[0].Name = evil, evil, evil, evil, evil
		roster := seedRoster()
		roster.Memberships[0].Name, roster.Members[0].Unreadable, roster.Members[0].Holdings[0].Status = evil, evil, gymflow.Status(evil)
		foreign := seedForeign()
		foreign[0].Right.AssigneeName = evil
		run := store.Run{ID: "r9", Started: seedNow(), Finished: seedNow(), Outcome: store.OutcomeStopped, Trigger: evil, Notes: []string{evil}, Problems: []store.Trouble{{Name: evil, Text: evil}}}
		held := store.Approvable{Fingerprint: "x", Held: true, Why: []string{evil}, Removals: []access.Revoke{{Name: evil, GroupName: evil, Why: evil}}}
		override := access.Override{MemberID: "m000", Kind: access.Block, By: evil, Note: evil, At: seedNow()}
		entry := store.Entry{At: seedNow(), Kind: store.Granted, MemberID: "m000", Name: evil, Group: evil, Before: evil, After: evil, Evidence: evil, By: evil}
		for _, step := range []error{
			tx.PutSettings(settings), tx.PutStandings(rows, seedNow()), tx.PutRoster(roster), tx.PutForeign(foreign), tx.PutRun(run),
			tx.PutApprovable(held), tx.PutOverride(override),
			tx.PutQuestions([]access.Question{{Name: evil, Text: evil}}), tx.PutProgress(store.Progress{Troubles: []store.Trouble{{Text: evil}}}),
		} {
			if step != nil {
				return step
			}
		}
		_, err := tx.AppendJournal(entry)
		return err
	}).poll()
	s.size(100, 60).live.members.rows.Select("m000")
	for name, keys := range keysTo() {
		s.live.tab, s.live.members.page, s.live.scene.prompt = membersTab, nil, nil
		s.press(keys...)
		t.Run(name, func(t *testing.T) { checkRegion(t, s.live.View(), 100, 59) })
		s.press("esc", "esc")
	}
}

func TestHeaderSaysHowThingsStand(t *testing.T) {
	ended := func(outcome string, notes ...string) store.Run {
		return store.Run{ID: "r7", Started: seedNow().Add(-time.Minute), Finished: seedNow().Add(-time.Minute), Outcome: outcome, Notes: notes, Failed: 3}
	}
	cases := map[string]struct {
		write func(*store.Tx) error
		want  string
	}{
		"stopped": {func(tx *store.Tx) error {
			return tx.PutRun(ended(store.OutcomeStopped, "the Kisi key was refused. Make a new one."))
		}, "! stopped: the Kisi key was refused"},
		"partial": {func(tx *store.Tx) error { return tx.PutRun(ended(store.OutcomePartial)) }, "! 3 members failed at 09:"},
		"held":    {func(tx *store.Tx) error { return tx.PutRun(ended(store.OutcomeHeld)) }, "○ last read at 09:"},
		"done": {func(tx *store.Tx) error {
			run := ended(store.OutcomeDone)
			run.Failed = 0
			return tx.PutRun(run)
		}, "● in step at 09:"},
		"broken off": {func(tx *store.Tx) error {
			return tx.PutProgress(store.Progress{Running: true, Started: seedNow()})
		}, "! the sync broke off"},
		"to decide": {func(tx *store.Tx) error { return tx.ClearHeld() }, "1 to decide"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) { newStage(t).size(120, 40).update(test.write).poll().expect(test.want) })
	}
}

func TestATroubledFileIsSaidInPlace(t *testing.T) {
	s := newStage(t)
	s.live.Update(polled{generation: s.live.generation, err: fmt.Errorf("wrapped: %w", store.ErrLocked)})
	s.expect("What is shown may be old: ", "Ann Lee")
	s.poll().lacks("may be old")
}

func TestDigitsOpenTheTabs(t *testing.T) {
	s := newStage(t)
	for _, way := range [][2]string{{"2", "Press p to approve this list"}, {"3", "Unlimited Monthly"}, {"4", "When"}, {"5", "Time zone"}, {"1", "Name ↑"}} {
		s.press(way[0]).expect(way[1])
	}
	s.press("/").write("5").lacks("Time zone").expect("Search: 5")
}

func TestTabsAndKeys(t *testing.T) {
	s := newStage(t)
	for _, want := range []tab{syncTab, associationsTab, activityTab, settingsTab, membersTab} {
		if s.press("tab"); s.live.tab != want {
			t.Fatalf("tab leads to %d, want %d", s.live.tab, want)
		}
	}
	short, full := s.live.Bindings()
	if len(short) < 4 || len(full) < 3 {
		t.Errorf("the help has %d short and %d full groups", len(short), len(full))
	}
	s.press("tab", "p")
	if short, _ := s.live.Bindings(); short[0].Help().Key != "y" {
		t.Errorf("while a question waits the help begins with %q", short[0].Help().Key)
	}
	if s.live.Cursor() == nil {
		t.Error("no cursor at the question")
	}
}

func TestCursorIsWhereYouAre(t *testing.T) {
	s := newStage(t).press("down", "down", "down")
	line := func() string { return strings.Split(s.view(), "\n")[s.live.Cursor().Y] }
	if !strings.HasPrefix(line(), " ▸ ") {
		t.Errorf("the cursor is on %q", line())
	}
	s.press("/").write("ann")
	if got := line(); !strings.HasPrefix(got, " Search: ann") || s.live.Cursor().X != len(" Search: ann") {
		t.Errorf("the cursor is on %q at %d", got, s.live.Cursor().X)
	}
	s.press("esc", "tab", "tab", "tab", "down")
	if !strings.HasPrefix(line(), " ▸ ") {
		t.Errorf("in the activity the cursor is on %q", line())
	}
	s.press("/").write("ann")
	if got := line(); !strings.HasPrefix(got, " Search: ann") {
		t.Errorf("in the activity's search the cursor is on %q", got)
	}
}

func TestPastedTextGoesIntoTheSearch(t *testing.T) {
	s := newStage(t).press("/")
	s.run(s.live.Update(tea.PasteMsg{Content: "Eva Ø\n"}))
	s.expect("Eva Øster").lacks("Ann Lee")
}

func TestThemeReachesEveryPanel(t *testing.T) {
	s := newStage(t)
	for range tabs {
		s.live.SetTheme(look.NewTheme(true, true))
		dark := s.live.View()
		s.live.SetTheme(look.NewTheme(false, true))
		if s.live.View() == dark {
			t.Errorf("tab %d keeps the colours of the other background", s.live.tab)
		}
		s.press("tab")
	}
}

// Names whose letters join, and emoji that do, are shown as they are written: package wide keeps the columns behind them straight.
func TestJoinedLettersStayWhole(t *testing.T) {
	for _, name := range []string{"क्षितिज शर्मा", "👩‍👩‍👧‍👦 Byrne", "Max 🏋🏽‍♀️", "Zoe\u0308", "王小明"} {
		s := newStage(t).update(func(tx *store.Tx) error {
			rows := seedRows()
			rows[0].Name = name
			return tx.PutStandings(rows, seedNow())
		}).poll()
		s.press("/").write("member0@").press("enter").expect(name)
		checkRegion(t, s.live.View(), 80, 23)
		s.press("enter").expect(name)
		checkRegion(t, s.live.View(), 80, 23)
	}
}

// What the store remembers of a row is shared with the engine and with the frames before: cleaning a name must not write into it.
func TestAPersonIsMadeOfARowThatStaysAsItIs(t *testing.T) {
	const hostile = "All\x1b[2J hours"
	row := access.Row{
		ID: "m", Name: hostile, Memberships: []access.MembershipRef{{ID: "ms", Name: hostile}},
		Entitled: []access.GroupRef{{ID: 1, Name: hostile}}, Groups: []access.GroupRef{{ID: 1, Name: hostile}},
	}
	made := newPerson(row)
	if row.Memberships[0].Name != hostile || row.Entitled[0].Name != hostile || row.Groups[0].Name != hostile {
		t.Errorf("the row was changed: %+v", row)
	}
	if made.row.Memberships[0].Name == hostile || made.row.Entitled[0].Name == hostile || made.row.Groups[0].Name == hostile {
		t.Errorf("the names were not cleaned: %+v", made.row)
	}
}
