package live

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

func TestCheckShowsStepsAndMendsThroughASync(t *testing.T) {
	s := newStage(t).size(80, 60)
	s.engine.mends = true
	s.press("enter", "c").expect("Checked today 09:30: 2 steps differ, 1 can't be told", "ok           Gymflow answers for Riverside Gym.",
		"differs      This member in Gymflow now", "? All hours opens only at certain times.", "A sync is asked for, which mends this")
	if queued := s.requests(); len(queued) != 1 || queued[0].Kind != "sync" || queued[0].Approve != "" {
		t.Errorf("queued %+v", queued)
	}
	s.press("c")
	if queued := s.requests(); len(queued) != 0 || s.engine.checks != 2 {
		t.Errorf("a sync is on its way already, but %+v was queued", queued)
	}
}

func TestCheckThatFindsNothingQueuesNothing(t *testing.T) {
	s := newStage(t).press("enter", "c")
	if queued := s.requests(); len(queued) != 0 {
		t.Errorf("queued %+v", queued)
	}
	s.engine.steps, s.engine.failure = seedSteps()[:1], context.DeadlineExceeded
	s.engine.mends = true
	s.press("c").expect("took too long")
	if queued := s.requests(); len(queued) != 0 {
		t.Errorf("a check that failed queued %+v", queued)
	}
}

func TestCheckIsShownStepByStepAndCanBeStopped(t *testing.T) {
	s := newStage(t).size(80, 50).press("enter")
	command := s.live.Update(keyPress("c"))
	s.expect("looking      Gymflow answers")
	batch := command().(tea.BatchMsg)
	number := s.live.scene.checks
	s.live.Update(stepDone{number: number, step: seedSteps()[0]})
	s.expect("ok           Gymflow answers for", "looking      This member in Gymflow now")
	s.press("c").expect("The check is going on.")
	s.press("esc").expect("The check was stopped before its end.", "Ann Lee")
	s.live.Update(stepDone{number: number, step: seedSteps()[1]})
	s.run(s.live.Update(checkDone{number: number, result: reconcile.MemberCheck{Mends: true}}))
	s.lacks("This member in Gymflow now")
	if queued := s.requests(); len(queued) != 0 {
		t.Errorf("a stopped check queued %+v", queued)
	}
	for _, one := range batch { // nothing waits for ever
		one()
	}
	s.press("esc").expect("Name ↑")
}

func TestApprovalOfAnUntrustedRosterIsTyped(t *testing.T) {
	s := newStage(t).distrust().press("tab", "p").expect("Look in Gymflow first", "Type REMOVE 14 to do it:")
	s.press("y", "enter").expect("That is not it.")
	if !s.live.Typing() || len(s.requests()) != 0 {
		t.Error("a y was enough")
	}
	s.press("esc").expect("Nothing was changed.")
	s.press("p").write("REMOVE 14").press("enter").expect("Approved.")
	if queued := s.requests(); len(queued) != 1 || queued[0].Approve != "f14" {
		t.Errorf("queued %+v", queued)
	}
	s.expect("You approved this list.").press("p").expect("This list is approved already.")
	newStage(t).distrust().press("tab", "p").write("REMOVE 14").distrust().update(func(tx *store.Tx) error {
		return tx.PutApprovable(store.Approvable{Fingerprint: "f15", Held: true, Untrusted: true, Removals: make([]access.Revoke, 15)})
	}).poll().expect("changed meanwhile")
}

func TestApprovalOfOldDataIsRefused(t *testing.T) {
	s := newStage(t).update(func(tx *store.Tx) error {
		list, _, err := tx.HeldList()
		list.Stale = true
		if err != nil {
			return err
		}
		return tx.PutApprovable(list)
	}).poll().press("tab").expect("No approval helps").press("p").expect("too old, so approving helps nothing")
	if s.live.scene.prompt != nil {
		t.Error("it asks all the same")
	}
}

func TestUndoShowsThePlanAndAsks(t *testing.T) {
	s := newStage(t).press("tab", "tab", "tab", "u").expect("What undoing run r4 does", "Takes away 6 access rights", "Gives back")
	s.press("u").expect("Undo run r4: take away 6 access rights and give back 20 access rights? y/N").press("enter").expect("Nothing was changed.")
	if queued := s.requests(); len(queued) != 0 {
		t.Fatalf("queued %+v", queued)
	}
	s.press("u", "y").expect("The undo of run r4 begins in a moment.", "When")
	if queued := s.requests(); len(queued) != 1 || queued[0].Kind != "undo" || queued[0].Run != "r4" || queued[0].By != "nora@gym" {
		t.Errorf("queued %+v", queued)
	}
	s.press("u").press("esc").expect("When")
	s.update(func(tx *store.Tx) error {
		_, err := tx.AppendJournal(store.Entry{At: s.now, Kind: store.OverrideSet, Name: "Just Now"})
		return err
	}).poll().press("g", "u").expect("belongs to no run")
}

func TestAnUndoThatTakesMuchAwayIsTyped(t *testing.T) {
	s := newStage(t).press("tab", "tab", "tab")
	s.run(s.live.Update(undoPlanned{run: "r4", plan: reconcile.UndoPlan{Run: store.Run{ID: "r4"}, Take: make([]access.Revoke, 26)}}))
	s.press("u").expect("take away 26 access rights?", "Type UNDO r4 to do it:").press("y", "enter").expect("That is not it.").press("esc")
	s.press("u").write("UNDO r4").press("enter")
	if queued := s.requests(); len(queued) != 1 || queued[0].Kind != "undo" {
		t.Errorf("queued %+v", queued)
	}
}

func TestTakingOverAllWhoDeserveIt(t *testing.T) {
	s := newStage(t).press("tab", "tab", "t", "A").expect("Take over 1 access right of a member who deserves it?", "The other 2 are left alone. y/N")
	s.press("enter")
	if len(s.engine.adopted) != 0 {
		t.Fatal("the default is yes")
	}
	s.press("A", "y").expect("1 access right taken over")
	if len(s.engine.adopted) != 1 || s.engine.adopted[0].Right.ID != 802 {
		t.Errorf("adopted %+v", s.engine.adopted)
	}
}

// settle goes to a setting by its label and presses enter.
func (s *stage) setting(label string) *stage {
	s.t.Helper()
	panel := s.live.panels[settingsTab].(*settingsPanel)
	s.press("g")
	for range panel.settings {
		if panel.selected == label {
			return s.press("enter")
		}
		s.press("down")
	}
	s.t.Fatalf("there is no setting %q among %v", label, panel.edges)
	return s
}

func (s *stage) stored() (settings store.Settings) {
	s.t.Helper()
	if err := s.file.View(func(tx *store.Tx) (err error) { settings, _, err = tx.Settings(); return err }); err != nil {
		s.t.Fatal(err)
	}
	return settings
}

// retype replaces what stands in the field.
func (s *stage) retype(text string) *stage {
	for range 12 {
		s.press("backspace")
	}
	return s.write(text).press("enter")
}

func TestSettingsAreChangedOnScreen(t *testing.T) {
	s := newStage(t).size(80, 60).press("shift+tab")
	s.setting("Grace").expect("For how many days").retype("99").expect("Write a whole number from 0 to 60.").retype("3").poll().
		expect("Stored.", "Access stays for 3 days after an invoice fell due.")
	s.setting("Old data").retype("48").poll().expect("older than 48 hours")
	s.setting("Removals").retype("40").expect("two whole numbers like 25 25").retype("40 99").expect("the second from 1 to 50").retype("40 30 %").poll().
		expect("More than 40, and more than 30 % of all")
	s.setting("Missing").retype("5, 5").poll().expect("more than 5 and 5 %")
	s.setting("Last ones").retype("3").poll().expect("Emptying a group of 3 or more")
	s.setting("Requests").retype("9").expect("from 0.2 to 5").retype("1.5").poll().expect("At most 1.5 a second.")
	s.setting("Members").expect("an e-mail to each person").press("n")
	if got := s.stored(); got.Unlocking != store.Managed {
		t.Error("the default is yes")
	}
	s.press("enter", "y").poll().expect("Invited: an e-mail from Kisi")
	got := s.stored()
	want := access.Limits{WeakCount: 5, WeakPercent: 5, StrongCount: 40, StrongPercent: 30, EmptyGroup: 3}
	if got.GraceDays != 3 || got.StaleAfter != 48*time.Hour || got.Limits != want || got.Rate != 1.5 || got.Unlocking != store.Invited {
		t.Errorf("%+v", got)
	}
	s.press("shift+tab").expect("settings changed", "nora@gym")
	s.press("tab")
	s.setting("Update")
	if len(s.asks) != 1 || s.asks[0] != (look.OpenWizard{Update: true}) {
		t.Errorf("asked the root for %v", s.asks)
	}
}

func TestANewKeyIsPastedAndNeverShown(t *testing.T) {
	const secret = "6a1b0c9d8e7f"
	s := newStage(t).press("shift+tab").setting("Key").expect("New key:")
	s.run(s.live.Update(tea.PasteMsg{Content: "  " + secret + "\n"}))
	s.lacks(secret).expect("••••••")
	s.press("enter").lacks(secret).expect("The new key is in force: Olga Owner, owner.")
	if s.engine.key != secret {
		t.Errorf("the engine got %q", s.engine.key)
	}
	s.engine.refuse = errRefused
	s.setting("Key").press("enter").expect("Nothing was entered.").write("other").press("enter").expect("The old key stays. kisiflow is at work on another host.")
	s.setting("Key").write("third").press("esc").expect("Nothing was changed.")
	if s.engine.key != "other" {
		t.Errorf("esc sent %q", s.engine.key)
	}
}

func s0() time.Time { return seedNow() }

func TestSwitchingOffIsTypedAndChoosesWhatBecomesOfTheRights(t *testing.T) {
	s := newStage(t).size(80, 50).press("shift+tab").setting("Switch off").expect("What becomes of 6 access rights", "t take all of them back")
	s.press("x")
	if s.stored().Disabled() || s.live.scene.prompt != nil {
		t.Fatal("another key switched it off")
	}
	s.press("enter", "t").expect("6 access rights are taken away", "Type Dublin HQ to do it:").write("y").press("enter").expect("That is not it.").press("esc")
	if s.stored().Disabled() {
		t.Fatal("a y switched it off")
	}
	s.press("enter", "l").expect("6 access rights stay open").write("Dublin HQ").press("enter").poll().expect("○ switched off", "Switched off today 09:30 by nora@gym")
	if queued := s.requests(); !s.stored().Disabled() || len(queued) != 0 {
		t.Errorf("%+v", queued)
	}
	if s.expect("▸ Switch on").live.panels[settingsTab].(*settingsPanel).selected != "Switch on" {
		t.Error("the selection is somewhere else after switching off, so that enter would do something unexpected")
	}
	s.press("s").expect("so nothing is synced")
	s.press("tab", "tab").expect("Still open doors: 6 access rights of kisiflow's.").press("shift+tab", "shift+tab")
	s.setting("Take back").write("Dublin HQ").press("enter").expect("takes its access rights back in a moment")
	if queued := s.requests(); len(queued) != 1 || queued[0].Kind != "take back" {
		t.Errorf("%+v", queued)
	}
	s.setting("Switch on").press("y").poll().lacks("switched off")
	if queued := s.requests(); s.stored().Disabled() || len(queued) != 1 || queued[0].Kind != "sync" {
		t.Errorf("%+v", queued)
	}
}

func TestCopyGoesToTheClipboardAndIsShown(t *testing.T) {
	s := newStage(t).press("y").expect("Copy of Ann Lee:").press("e").expect("as far as your terminal allows: member0@example.com")
	if s.clipboard != "member0@example.com" {
		t.Errorf("the clipboard got %q", s.clipboard)
	}
	s.press("enter", "y", "i")
	if s.clipboard != "m000" {
		t.Errorf("the clipboard got %q", s.clipboard)
	}
	s.press("y", "w")
	if !strings.Contains(s.clipboard, "Ann Lee: should have access to All hours, has access to All hours.") {
		t.Errorf("the clipboard got %q", s.clipboard)
	}
	s.press("esc", "shift+tab", "shift+tab", "y")
	if !strings.Contains(s.clipboard, "Run r4.") {
		t.Errorf("the clipboard got %q", s.clipboard)
	}
}

func TestExportWritesWhatIsListed(t *testing.T) {
	t.Chdir(t.TempDir())
	s := newStage(t).update(func(tx *store.Tx) error {
		rows := seedRows()
		rows[0].Name, rows[0].Email = "=HYPERLINK(\"http://evil\")", "@ann"
		return tx.PutStandings(rows, s0())
	}).poll()
	s.press("x").expect("53 members", "kisiflow-members-2026-11-23.csv").retypeName("../out.csv").expect("without / in it").
		retypeName("out.txt").expect(".csv or .json").retypeName("out.csv").expect("53 members written to out.csv")
	info, err := os.Stat("out.csv")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	read, _ := os.ReadFile("out.csv")
	cells, err := csv.NewReader(strings.NewReader(string(read))).ReadAll()
	if err != nil || len(cells) != 54 {
		t.Fatalf("%d rows, %v", len(cells), err)
	}
	for _, row := range cells {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) || strings.ContainsAny(cell, "\x1b\a") {
				t.Errorf("a cell is %q", cell)
			}
		}
	}
	if !slices.ContainsFunc(cells, func(row []string) bool { return row[1] == "'=HYPERLINK(\"http://evil\")" && row[2] == "'@ann" }) {
		t.Error("the formula is missing, or not defused")
	}
	s.press("x").retypeName("out.csv").expect("Not exported: out.csv is there already")
	if again, _ := os.ReadFile("out.csv"); string(again) != string(read) {
		t.Error("the file was changed")
	}
	s.press("/").write("garcia").press("enter", "x").retypeName("out.json")
	var records []map[string]any
	text, _ := os.ReadFile("out.json")
	if err := json.Unmarshal(text, &records); err != nil || len(records) == 0 || len(records) >= 53 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, one := range records {
		if !strings.Contains(fold(one["name"].(string)), "garcia") {
			t.Errorf("%v is not what is listed", one["name"])
		}
	}
	s.press("shift+tab", "shift+tab", "x").retypeName("all.json").expect("60 entries written")
}

// retypeName replaces the file name in the field, which is longer than other values.
func (s *stage) retypeName(name string) *stage {
	for range 40 {
		s.press("backspace")
	}
	return s.write(name).press("enter")
}

func TestSelectionFollowsTheRowWhileSorting(t *testing.T) {
	s := newStage(t).size(120, 40)
	for s.live.members.filter.standing != access.HasAccess {
		s.press("f")
	}
	s.press("/").write("bo").press("enter", "S", "S")
	rows := s.live.members.rows.Rows()
	if len(rows) == 0 {
		t.Fatal("nobody is left")
	}
	for _, who := range rows {
		if who.row.Standing != access.HasAccess || !strings.Contains(who.folded, "bo") {
			t.Errorf("%s %s", who.name, who.row.Standing)
		}
	}
	before := s.selected()
	s.press("down")
	chosen := s.selected()
	s.press("S").press("S")
	if s.selected() != chosen || chosen == before && len(rows) > 1 {
		t.Errorf("the selection went from %s to %s", chosen, s.selected())
	}
}

// Every question can be left without a change by esc and, where nothing is typed, by enter; and none opens by itself.
func TestQuestionsDefaultToNo(t *testing.T) {
	for name, keys := range map[string][]string{
		"override block": {"enter", "o", "x"}, "approve": {"tab", "p"}, "undo": {"tab", "tab", "tab", "u", "u"}, "adopt all": {"tab", "tab", "t", "A"},
	} {
		s := newStage(t).press(keys...)
		if s.live.scene.prompt == nil {
			t.Errorf("%s: no question", name)
		}
		s.press("enter")
		if s.live.scene.prompt != nil || len(s.requests()) != 0 || len(s.engine.adopted) != 0 {
			t.Errorf("%s: enter did something", name)
		}
	}
	s := newStage(t)
	s.run(s.live.Update(undoPlanned{run: "r4", plan: reconcile.UndoPlan{Take: make([]access.Revoke, 1)}}))
	s.run(s.live.Update(keyReplaced{}))
	if s.live.scene.prompt != nil {
		t.Error("a question opened by itself")
	}
}
