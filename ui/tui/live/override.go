package live

import (
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/ui/tui/look"
)

// chooseOverride asks what is to hold for this member beside the rules.
func (p *page) chooseOverride() {
	p.scene.choose("Override for "+p.who.name+":",
		letter{"a", "allow until a date", p.askUntil},
		letter{"x", "block", func() tea.Cmd {
			p.askOverride("Block "+p.who.name+"? The next sync takes their access away, whatever the rules say.", access.Override{Kind: access.Block})
			return nil
		}},
		letter{"f", "follow the rules", p.follow},
	)
}

func (p *page) askUntil() tea.Cmd {
	check := func(value string) string {
		until, err := gymflow.ParseDate(value)
		switch {
		case err != nil:
			return "That is not a date. Write it like 2026-12-31."
		case until.Before(p.scene.today()):
			return "That day is over. Write today or a later day, like 2026-12-31."
		}
		return ""
	}
	return p.scene.enter("Allow "+p.who.name+" until when, that day included?", "Until (like 2026-12-31): ", "", check, func(value string) tea.Cmd {
		until, _ := gymflow.ParseDate(value) // it was checked
		p.askOverride("Allow "+p.who.name+" until "+until.String()+", whatever the rules say?", access.Override{Kind: access.Allow, Until: until})
		return nil
	})
}

// askOverride wants a yes. The engine stores it, journals it, drops what stands in its way and asks for a sync.
func (p *page) askOverride(question string, override access.Override) {
	s := p.scene
	override.MemberID, override.By = p.who.row.ID, s.by
	done := "Stored. The next sync, which begins in a moment, acts on it."
	if override.Kind == access.Follow {
		done = "Stored. The next sync, which begins in a moment, goes by the rules."
	}
	s.confirm(question, func() tea.Cmd {
		engine := s.engine
		return func() tea.Msg {
			_, err := engine.Override(override, true)
			return asked{done: done, sync: true, err: err}
		}
	})
}

// follow also ends what an undone run left for the member, which is no override but stands in the rules' way as well.
func (p *page) follow() tea.Cmd {
	if p.scene.overrideSentence(p.who.row.ID) == "" && p.who.reason != access.IsHeld {
		p.scene.say(p.who.name + " follows the rules already.")
		return nil
	}
	question := "Let " + p.who.name + " follow the rules again?"
	switch override := p.scene.facts.settings.overrides[p.who.row.ID]; {
	case override.Kind == access.Block:
		question += " That ends the block."
	case override.Kind == access.Allow && !override.Until.Before(p.scene.today()):
		question += " That ends the allow until " + p.scene.day(override.Until) + "."
	}
	p.askOverride(question, access.Override{Kind: access.Follow})
	return nil
}

func (s *scene) overrideSentence(memberID string) string {
	override, set := s.facts.settings.overrides[memberID]
	if !set {
		return ""
	}
	told := "An admin blocked this member"
	if override.Kind == access.Allow {
		told = "An admin allows this member until " + s.day(override.Until)
	}
	if override.By != "" {
		told += " (" + look.Clean(override.By) + ", " + s.when(override.At) + ")"
	}
	if override.Note != "" {
		told += ": " + look.Clean(override.Note)
	}
	return told + "."
}
