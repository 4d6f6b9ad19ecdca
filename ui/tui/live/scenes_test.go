package live

import (
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// scenery is a screen that is held to golden files, and how one comes there from the start. Whatever has a state of its own
// is here: docs/screens.md is made from these files.
type scenery struct {
	name  string
	empty bool     // on a state file without anything in it
	keys  []string // that lead there, where keys alone do
	play  func(*stage)
}

// keyed is a screen that keys alone lead to.
func keyed(name string, keys ...string) scenery {
	return scenery{name: name, keys: keys, play: func(s *stage) { s.press(keys...) }}
}

// keysTo lead to each screen that keys alone lead to.
func keysTo() map[string][]string {
	ways := map[string][]string{"members": nil}
	for _, one := range sceneries() {
		if len(one.keys) > 0 {
			ways[one.name] = one.keys
		}
	}
	return ways
}

func sceneries() []scenery {
	var all []scenery
	for _, some := range [][]scenery{memberScenes(), syncScenes(), associationScenes(), activityScenes(), settingsScenes(), emptyScenes(), otherProcessScenes()} {
		all = append(all, some...)
	}
	return all
}

func memberScenes() []scenery {
	return []scenery{
		keyed("members"),
		keyed("searching", "/", "o", "s", "t"),
		keyed("filtered", "f", "f", "f"),
		keyed("forecast of tonight", "n"),
		{name: "search filter and sort together", play: func(s *stage) { s.press("f", "S", "S", "S", "S", "/").write("lee").press("enter") }},
		{name: "nobody found", play: func(s *stage) { s.press("/").write("xyzzy").press("enter") }},
		keyed("member", "down", "enter"),
		keyed("override", "enter", "o"),
		keyed("override until when", "enter", "o", "a"),
		{name: "override date refused", play: func(s *stage) { s.press("enter", "o", "a").write("tomorrow").press("enter") }},
		{name: "blocked", play: func(s *stage) {
			reason := access.Overridden
			rows := seedRows()
			rows[0].Reason, rows[0].Standing, rows[0].Groups, rows[0].Entitled = &reason, access.NoAccess, nil, nil
			s.update(func(tx *store.Tx) error {
				return errors.Join(tx.PutStandings(rows, s.now), tx.PutOverride(access.Override{MemberID: "m000", Kind: access.Block, By: "nora@gym", At: s.now}))
			}).poll().press("enter")
		}},
		keyed("override block", "enter", "o", "x"),
		{name: "overridden", play: func(s *stage) { s.press("enter", "o", "a").write("2026-12-31").press("enter", "y").poll() }},
		keyed("checked", "down", "down", "down", "enter", "c"),
		{name: "checking", play: func(s *stage) {
			s.press("enter")
			s.live.Update(keyPress("c"))
			for _, step := range seedSteps()[:2] {
				s.live.Update(stepDone{number: s.live.scene.checks, step: step})
			}
		}},
		{name: "check mends", play: func(s *stage) {
			s.engine.mends = true
			s.press("enter", "c")
		}},
		{name: "check broke off", play: func(s *stage) {
			s.engine.steps, s.engine.failure = seedSteps()[:1], errors.New("Gymflow gave no answer in time")
			s.press("enter", "c")
		}},
		keyed("copying", "enter", "y"),
		keyed("exporting", "x"),
		{name: "exported", play: func(s *stage) {
			s.live.Update(exported{name: "kisiflow-members-2026-11-23.csv", count: 53, what: "member"})
		}},
	}
}

func syncScenes() []scenery {
	return []scenery{
		keyed("sync", "tab"),
		keyed("approving", "tab", "p"),
		{name: "approving in words", play: func(s *stage) { s.distrust().press("tab", "p") }},
		{name: "approving in wrong words", play: func(s *stage) { s.distrust().press("tab", "p").write("y").press("enter") }},
		keyed("approved", "tab", "p", "y"),
		{name: "sync asked for", play: func(s *stage) { s.press("tab", "s").poll() }},
		{name: "sync in step", play: func(s *stage) { s.settle().press("tab") }},
		{name: "sync broke off", play: func(s *stage) {
			s.update(func(tx *store.Tx) error {
				return tx.PutProgress(store.Progress{Run: "r5", Running: true, Phase: "writing", Done: 145, Total: 374, Started: s.now})
			}).poll().press("tab")
		}},
		{name: "sync stopped", play: func(s *stage) {
			s.settle().update(func(tx *store.Tx) error {
				return tx.PutRun(store.Run{
					ID: "r5", Trigger: "schedule", Started: s.now.Add(-time.Minute), Finished: s.now.Add(-time.Minute), Outcome: store.OutcomeStopped, Members: 53,
					Notes: []string{"Gymflow gave no answer. Nothing was changed; the next sync tries again."},
				})
			}).poll().press("tab")
		}},
		{name: "state file can't be read", play: func(s *stage) {
			s.live.Update(polled{generation: s.live.generation, err: errors.New("the state file is locked by another process")})
		}},
	}
}

func associationScenes() []scenery {
	return []scenery{
		keyed("associations", "tab", "tab"),
		keyed("others", "tab", "tab", "t"),
		keyed("adopting one", "tab", "tab", "t", "down", "t"),
		keyed("adopting one who does not deserve it", "tab", "tab", "t", "down", "down", "t"),
		keyed("adopting all", "tab", "tab", "t", "A"),
		keyed("adopted all", "tab", "tab", "t", "A", "y"),
		{name: "group gone", play: func(s *stage) {
			s.update(func(tx *store.Tx) error {
				return tx.PutQuestions([]access.Question{{GroupID: 13, Reason: access.GroupGone, Text: "The group Pool is gone in Kisi."}})
			}).poll().press("tab", "tab")
		}},
	}
}

func activityScenes() []scenery {
	return []scenery{
		keyed("activity", "tab", "tab", "tab", "down"),
		{name: "activity searched", play: func(s *stage) { s.press("tab", "tab", "tab", "/").write("lee").press("enter") }},
		keyed("undo", "tab", "tab", "tab", "down", "u"),
		keyed("undoing", "tab", "tab", "tab", "down", "u", "u"),
		{name: "undoing in words", play: func(s *stage) {
			s.press("tab", "tab", "tab")
			take := make([]access.Revoke, 26)
			for index, row := range seedRows()[:26] {
				take[index] = access.Revoke{Name: row.Name, GroupName: "All hours"}
			}
			s.run(s.live.Update(undoPlanned{run: "r4", plan: reconcile.UndoPlan{Run: store.Run{ID: "r4", Started: s.now.Add(-time.Hour), Granted: 26}, Take: take}}))
			s.press("u")
		}},
		keyed("undo asked for", "tab", "tab", "tab", "u", "u", "y"),
		keyed("exporting activity", "tab", "tab", "tab", "x"),
	}
}

func settingsScenes() []scenery {
	dead := func(s *stage) *stage {
		return s.settle().update(func(tx *store.Tx) error {
			settings := seedSettings()
			settings.Key.DiedAt, settings.Key.DiedWhy, settings.Key.LoginType = s.now.Add(-2*time.Hour), "Kisi refused the key.", "api"
			settings.Key.LastUsedAt, settings.Key.CheckedAt = s.now.Add(-3*time.Hour), s.now.Add(-2*time.Hour)
			return tx.PutSettings(settings)
		}).poll().press("shift+tab")
	}
	return []scenery{
		keyed("settings", "shift+tab"),
		keyed("settings to the end", "shift+tab", "G"),
		{name: "grace", play: func(s *stage) { s.press("shift+tab").setting("Grace") }},
		{name: "grace refused", play: func(s *stage) { s.press("shift+tab").setting("Grace").write("99").press("enter") }},
		{name: "setting stored", play: func(s *stage) { s.press("shift+tab").setting("Grace").press("backspace", "3", "enter").poll() }},
		{name: "guard numbers", play: func(s *stage) { s.press("shift+tab").setting("Removals") }},
		{name: "managed or invited", play: func(s *stage) { s.press("shift+tab").setting("Members") }},
		{name: "key died", play: func(s *stage) { dead(s) }},
		{name: "key died under sync", play: func(s *stage) { dead(s).press("2") }},
		keyed("key", "shift+tab", "down", "enter"),
		{name: "key pasted", play: func(s *stage) {
			dead(s).setting("Key")
			s.run(s.live.Update(tea.PasteMsg{Content: "0123456789abcdef0123456789abcdef"}))
		}},
		{name: "key refused", play: func(s *stage) {
			s.engine.refuse = errors.New("Kisi refused this key. Copy it again from My Account > API")
			dead(s).setting("Key").write("0123").press("enter")
		}},
		{name: "key replaced", play: func(s *stage) { s.press("shift+tab").setting("Key").write("0123").press("enter") }},
		{name: "set-up again", play: func(s *stage) { s.press("shift+tab").setting("Set-up") }},
		{name: "switching off", play: func(s *stage) { s.press("shift+tab").setting("Switch off") }},
		{name: "off", play: func(s *stage) { s.press("shift+tab").setting("Switch off").press("t") }},
		{name: "off and left open", play: func(s *stage) { s.press("shift+tab").setting("Switch off").press("l") }},
		{name: "switched off", play: func(s *stage) { s.off().press("shift+tab").press("G") }},
		{name: "switched off under sync", play: func(s *stage) { s.off().press("tab") }},
		{name: "switching on", play: func(s *stage) { s.off().press("shift+tab").setting("Switch on") }},
		{name: "taking back after all", play: func(s *stage) { s.off().press("shift+tab").setting("Take back") }},
	}
}

func emptyScenes() []scenery {
	begun := func(s *stage) *stage {
		return s.update(func(tx *store.Tx) error { return tx.PutSettings(seedSettings()) }).poll()
	}
	return []scenery{
		{name: "nothing set up", empty: true, play: func(*stage) {}},
		{name: "nothing set up under sync", empty: true, play: func(s *stage) { s.press("tab") }},
		{name: "nothing set up under associations", empty: true, play: func(s *stage) { s.press("tab", "tab") }},
		{name: "nothing set up under activity", empty: true, play: func(s *stage) { s.press("tab", "tab", "tab") }},
		{name: "nothing set up under settings", empty: true, play: func(s *stage) { s.press("shift+tab") }},
		{name: "before the first sync", empty: true, play: func(s *stage) { begun(s) }},
		{name: "first sync asked for", empty: true, play: func(s *stage) { begun(s).press("tab", "s").poll() }},
		{name: "nobody changes tonight", play: func(s *stage) {
			rows := seedRows()
			for index := range rows {
				rows[index].NextChange = nil
			}
			s.update(func(tx *store.Tx) error { return tx.PutStandings(rows, s.now) }).poll().press("n")
		}},
		{name: "nothing to approve", play: func(s *stage) { s.settle().press("tab", "p") }},
	}
}

// otherProcessScenes are what a second process on the same state file does, as this screen shows it.
func otherProcessScenes() []scenery {
	return []scenery{
		{name: "syncing", play: func(s *stage) { s.running().press("tab") }},
		{name: "syncing on another computer", play: func(s *stage) { s.running().holder("desk-2", 4242).press("tab") }},
		{name: "another screen's edit", play: func(s *stage) {
			s.press("shift+tab").setting("Grace").press("esc")
			s.edit("ola@desk-2", func(settings *store.Settings) { settings.GraceDays = 3 })
		}},
		{name: "another screen's edit while asked", play: func(s *stage) {
			s.press("shift+tab").setting("Grace")
			s.edit("ola@desk-2", func(settings *store.Settings) { settings.GraceDays = 3 })
		}},
		{name: "held list changed while asked", play: func(s *stage) {
			s.press("tab", "p").update(func(tx *store.Tx) error {
				list, _, err := tx.HeldList()
				list.Fingerprint = "f13"
				list.Removals = list.Removals[:13]
				return errors.Join(err, tx.PutApprovable(list))
			}).poll()
		}},
	}
}

// settle lets nothing wait for the admin.
func (s *stage) settle() *stage {
	return s.update(func(tx *store.Tx) error {
		return errors.Join(tx.ClearHeld(), tx.PutQuestions(nil), tx.PutRun(store.Run{
			ID: "r5", Trigger: "admin", Started: s.now.Add(-3 * time.Minute), Finished: s.now.Add(-2 * time.Minute), Outcome: store.OutcomeDone,
			Members: 53, Granted: 2, Planned: true,
		}))
	}).poll()
}

// off switches the integration off, with the rights left open.
func (s *stage) off() *stage {
	s.t.Helper()
	if err := s.engine.Disable("nora@gym", false); err != nil {
		s.t.Fatal(err)
	}
	return s.poll()
}

// running lets this process hold the lease in the middle of a run.
func (s *stage) running() *stage {
	s.t.Helper()
	lease, err := s.file.Acquire("sync")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = lease.Release() })
	return s.update(func(tx *store.Tx) error {
		return tx.PutProgress(store.Progress{
			Run: "r5", Running: true, Phase: "writing", Done: 145, Total: 374, Granted: 130, Revoked: 14, Failed: 1, Rate: 3.9, Left: 62 * time.Second,
			Started: s.now,
		})
	}).poll()
}

// holder is who this screen saw at work.
func (s *stage) holder(host string, pid int) *stage {
	s.live.scene.facts.progress.holder = store.Holder{Host: host, PID: pid, Purpose: "sync", Since: s.now}
	s.live.scene.facts.progress.alive = true
	s.live.layOut()
	return s
}

// edit is a change of the settings by somebody else.
func (s *stage) edit(by string, change func(*store.Settings)) {
	s.t.Helper()
	if err := s.engine.ChangeSettings(by, change); err != nil {
		s.t.Fatal(err)
	}
	s.poll()
}
