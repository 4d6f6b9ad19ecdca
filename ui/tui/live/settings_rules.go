package live

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

func (p *settingsPanel) rules(c *composer) {
	settings := p.scene.facts.settings
	limits := settings.Limits
	c.heading("Rules")
	p.shown(c, "Time zone", look.Clean(cmp.Or(settings.Zone, settings.PlaceZone, settings.GymflowZone, "none"))+". Memberships begin and end at midnight there.")
	p.changed(c, "Grace", words.Grace(settings.GraceDays), p.changeGrace)
	p.changed(c, "Old data", words.OldData(settings.StaleAfter), p.changeStale)
	p.changed(c, "Removals", words.Removals(limits), p.changeStrong)
	p.changed(c, "Missing", words.Missing(limits), p.changeWeak)
	p.changed(c, "Last ones", words.LastOnes(limits), p.changeEmpty)
}

// set is a command that changes the settings through the engine, which bounds and journals it.
func (p *settingsPanel) set(done string, change func(*store.Settings)) func() tea.Cmd {
	s := p.scene
	engine, by := s.engine, s.by
	return func() tea.Cmd {
		return func() tea.Msg {
			return asked{done: done + " It holds from the next sync on.", sync: false, err: engine.ChangeSettings(by, change)}
		}
	}
}

// whole checks a whole number.
func whole(least, most int) func(string) string {
	return func(value string) string {
		if number, err := strconv.Atoi(value); err != nil || number < least || number > most {
			return fmt.Sprintf("Write a whole number from %d to %d.", least, most)
		}
		return ""
	}
}

func (p *settingsPanel) enterWhole(question, label string, now, least, most int, change func(*store.Settings, int)) tea.Cmd {
	return p.scene.enter(question, label, strconv.Itoa(now), whole(least, most), func(value string) tea.Cmd {
		number, _ := strconv.Atoi(value) // it was checked
		return p.set("Stored.", func(settings *store.Settings) { change(settings, number) })()
	})
}

func (p *settingsPanel) changeGrace() tea.Cmd {
	const most = 60
	return p.enterWhole("For how many days after an invoice fell due does access stay? 0 as in Gymflow itself.", "Days: ",
		p.scene.facts.settings.GraceDays, 0, most, func(settings *store.Settings, days int) { settings.GraceDays = days })
}

func (p *settingsPanel) changeStale() tea.Cmd {
	const most = 7 * 24
	return p.enterWhole("How old may Gymflow's data be before removals are held?", "Hours: ",
		words.StaleHours(p.scene.facts.settings.StaleAfter), 1, most,
		func(settings *store.Settings, hours int) { settings.StaleAfter = time.Duration(hours) * time.Hour })
}

// largest are the guard's numbers that still leave a guard.
func largest() access.Limits {
	const beyond = 1 << 20
	return access.Limits{WeakCount: beyond, WeakPercent: beyond, StrongCount: beyond, StrongPercent: beyond, EmptyGroup: beyond}.Bounded()
}

func (p *settingsPanel) changeStrong() tea.Cmd {
	limits, most := p.scene.facts.settings.Limits.Bounded(), largest()
	return p.enterPair("Removals wait for you when they exceed both numbers: how many, and how many percent of kisiflow's access rights?",
		limits.StrongCount, limits.StrongPercent, most.StrongCount, most.StrongPercent,
		func(settings *store.Settings, count, percent int) {
			settings.Limits = settings.Limits.Bounded()
			settings.Limits.StrongCount, settings.Limits.StrongPercent = count, percent
		})
}

func (p *settingsPanel) changeWeak() tea.Cmd {
	limits, most := p.scene.facts.settings.Limits.Bounded(), largest()
	return p.enterPair("Removals of members who are only missing wait for you when they exceed both numbers: how many, and how many percent?",
		limits.WeakCount, limits.WeakPercent, most.WeakCount, most.WeakPercent,
		func(settings *store.Settings, count, percent int) {
			settings.Limits = settings.Limits.Bounded()
			settings.Limits.WeakCount, settings.Limits.WeakPercent = count, percent
		})
}

func (p *settingsPanel) changeEmpty() tea.Cmd {
	return p.enterWhole("From how many of kisiflow's access rights on is a group not emptied unasked?", "Access rights: ",
		p.scene.facts.settings.Limits.Bounded().EmptyGroup, 1, largest().EmptyGroup, func(settings *store.Settings, count int) {
			settings.Limits = settings.Limits.Bounded()
			settings.Limits.EmptyGroup = count
		})
}

// enterPair asks for a count and a percentage.
func (p *settingsPanel) enterPair(question string, count, percent, mostCount, mostPercent int, change func(settings *store.Settings, count, percent int)) tea.Cmd {
	pair := func(value string) (first, second int, sound bool) {
		parts := strings.Fields(strings.NewReplacer(",", " ", "%", " ").Replace(value))
		if len(parts) != 2 {
			return 0, 0, false
		}
		first, firstErr := strconv.Atoi(parts[0])
		second, secondErr := strconv.Atoi(parts[1])
		return first, second, firstErr == nil && secondErr == nil && first >= 1 && first <= mostCount && second >= 1 && second <= mostPercent
	}
	check := func(value string) string {
		if _, _, sound := pair(value); !sound {
			return fmt.Sprintf("Write two whole numbers like 25 25: the first from 1 to %d, the second from 1 to %d.", mostCount, mostPercent)
		}
		return ""
	}
	return p.scene.enter(question, "Number and percent: ", fmt.Sprintf("%d %d", count, percent), check, func(value string) tea.Cmd {
		first, second, _ := pair(value) // it was checked
		return p.set("Stored.", func(settings *store.Settings) { change(settings, first, second) })()
	})
}

func (p *settingsPanel) integration(c *composer) {
	s, settings := p.scene, p.scene.facts.settings
	ours := words.Count(s.facts.standings.ours, "access right")
	c.heading("Integration")
	p.changed(c, "Update", "Change which membership opens which group, and review the plan.", func() tea.Cmd {
		return func() tea.Msg { return look.OpenWizard{Update: true} }
	})
	p.changed(c, "Set-up", "Go through it again from any step. Enter keeps what is in force.", p.chooseStep)
	if !settings.Disabled() {
		p.changed(c, "Switch off", "Stop syncing, and take back "+ours+" or leave them open.", p.switchOff)
		return
	}
	p.changed(c, "Switch on", "Switched off "+s.when(settings.DisabledAt)+by(settings.DisabledBy)+". Nothing is synced.", p.switchOn)
	if s.facts.standings.ours > 0 {
		p.changed(c, "Take back", "Take away what still opens doors: "+ours+" of kisiflow's.", func() tea.Cmd { return p.askDisable(true) })
	}
}

// again goes through the set-up from a step on.
func (p *settingsPanel) again(from setup.Step) func() tea.Cmd {
	return func() tea.Cmd {
		return func() tea.Msg { return look.OpenWizard{From: from} }
	}
}

// chooseStep asks for the step from which the set-up is gone through again.
func (p *settingsPanel) chooseStep() tea.Cmd {
	p.scene.choose("Set up again from:",
		letter{"g", "Gymflow", p.again(setup.StepGymflow)}, letter{"k", "Kisi key", p.again(setup.StepKey)},
		letter{"p", "place", p.again(setup.StepPlace)}, letter{"a", "associate", p.again(setup.StepAssociate)},
		letter{"r", "review", p.again(setup.StepReview)},
	)
	return nil
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + look.Clean(who)
}

func (p *settingsPanel) switchOff() tea.Cmd {
	p.scene.choose("Switch the integration off. What becomes of "+words.Count(p.scene.facts.standings.ours, "access right")+" that kisiflow keeps?",
		letter{"t", "take all of them back", func() tea.Cmd { return p.askDisable(true) }},
		letter{"l", "leave them open", func() tea.Cmd { return p.askDisable(false) }},
	)
	return nil
}

// askDisable wants the place's name typed: it stops everything, or shuts out everybody.
func (p *settingsPanel) askDisable(takeBack bool) tea.Cmd {
	s := p.scene
	word := cmp.Or(s.facts.settings.PlaceName, "SWITCH OFF")
	question := words.SwitchedOff(s.facts.standings.ours, takeBack)
	if s.facts.settings.Disabled() { // it stopped syncing when it was switched off
		question = "Take away " + words.Count(s.facts.standings.ours, "access right") +
			"? These members get through no door any more. Rights that are not kisiflow's stay."
	}
	done := "The integration is switched off. The access rights stay as they are."
	if takeBack {
		done = "The integration is switched off, and takes its access rights back in a moment. Press 2 to see how far it is."
	}
	return s.confirmInWords(question, word, func() tea.Cmd {
		engine, who := s.engine, s.by
		return func() tea.Msg { return asked{done: done, sync: false, err: engine.Disable(who, takeBack)} }
	})
}

func (p *settingsPanel) switchOn() tea.Cmd {
	s := p.scene
	s.confirm("Switch the integration on? The next sync brings Kisi in step again, and asks before it takes much away.", func() tea.Cmd {
		engine, who, request := s.engine, s.by, s.request()
		file := s.store
		return func() tea.Msg {
			if err := engine.Enable(who); err != nil {
				return asked{err: err}
			}
			return asked{done: "The integration is on. A sync is asked for, which begins in a moment.", sync: true, err: file.Update(func(tx *store.Tx) error {
				_, err := tx.PutRequest(request)
				return err
			})}
		}
	})
	return nil
}
