package live

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

// choice is an override being chosen, at the foot of the member's page.
type choice struct {
	dated   bool // asks until when
	until   textinput.Model
	problem string
}

// choiceKeys work only while an override is chosen.
type choiceKeys struct{ allow, block, follow key.Binding }

func newChoiceKeys() choiceKeys {
	bind := func(letter, does string) key.Binding {
		return key.NewBinding(key.WithKeys(letter), key.WithHelp(letter, does))
	}
	return choiceKeys{bind("a", "allow until a date"), bind("x", "block"), bind("f", "follow the rules")}
}

func (p *page) beginChoice() { p.choice = &choice{} }

func (p *page) choose(press tea.KeyPressMsg) tea.Cmd {
	if p.choice.dated {
		return p.chooseDate(press)
	}
	letters := newChoiceKeys()
	switch {
	case matches(press, letters.allow):
		p.choice.dated = true
		p.choice.until = field("Allow until, that day included (like 2026-12-31): ")
		if p.text.width < 70 {
			p.choice.until.Prompt = "Until (2026-12-31): "
		}
		p.choice.until.SetWidth(12)
		return p.choice.until.Focus()
	case matches(press, letters.block):
		p.ask("Block "+p.who.name+"? The next sync takes their access away, whatever the rules say.", access.Override{Kind: access.Block})
	case matches(press, letters.follow):
		p.follow()
	default:
		p.choice = nil
	}
	return nil
}

func (p *page) chooseDate(press tea.KeyPressMsg) tea.Cmd {
	k := p.scene.keys
	switch {
	case matches(press, k.Escape):
		p.choice = nil
		return nil
	case !matches(press, k.Enter):
		return p.paste(press)
	}
	until, err := gymflow.ParseDate(clean(p.choice.until.Value()))
	switch {
	case err != nil:
		p.choice.problem = "That is not a date. Write it like 2026-12-31."
	case until.Before(p.scene.today()):
		p.choice.problem = "That day is over. Write today or a later day, like 2026-12-31."
	default:
		p.ask("Allow "+p.who.name+" until "+until.String()+", whatever the rules say?", access.Override{Kind: access.Allow, Until: until})
	}
	return nil
}

func (p *page) paste(message tea.Msg) tea.Cmd {
	if p.choice == nil || !p.choice.dated {
		return nil
	}
	var command tea.Cmd
	p.choice.problem = ""
	p.choice.until, command = p.choice.until.Update(message)
	return command
}

// ask wants a yes, then stores the override, journals it and asks for a sync, in one transaction.
func (p *page) ask(question string, override access.Override) {
	s, who := p.scene, p.who
	override.MemberID, override.By, override.At = who.row.ID, s.by, s.now
	p.choice = nil
	s.prompt = &prompt{question: question, yes: func() tea.Cmd {
		before := s.overrideWord(who.row.ID)
		return s.write("Stored. The next sync, which begins in a moment, acts on it.", true, func(tx *store.Tx) error {
			if err := tx.PutOverride(override); err != nil {
				return err
			}
			return s.journalOverride(tx, who, before, wordOf(override))
		})
	}}
}

func (p *page) follow() {
	s, who := p.scene, p.who
	p.choice = nil
	before := s.overrideWord(who.row.ID)
	if before == "" {
		s.say(who.name + " follows the rules already.")
		return
	}
	s.prompt = &prompt{question: "Let " + who.name + " follow the rules again?", yes: func() tea.Cmd {
		return s.write("Stored. The next sync, which begins in a moment, goes by the rules.", true, func(tx *store.Tx) error {
			if err := tx.DeleteOverride(who.row.ID); err != nil {
				return err
			}
			return s.journalOverride(tx, who, before, followWord)
		})
	}}
}

const followWord = "follow the rules"

func (s *scene) journalOverride(tx *store.Tx, who person, before, after string) error {
	if before == "" {
		before = followWord
	}
	entry := store.Entry{At: s.now, Kind: store.OverrideSet, By: s.by, MemberID: who.row.ID, Name: who.name, Before: before, After: after}
	if _, err := tx.AppendJournal(entry); err != nil {
		return err
	}
	_, err := tx.PutRequest(s.request())
	return err
}

// overrideWord is the override in force for a member; "" for none.
func (s *scene) overrideWord(memberID string) string {
	override, set := s.facts.settings.overrides[memberID]
	if !set {
		return ""
	}
	return wordOf(override)
}

func wordOf(override access.Override) string {
	if override.Kind == access.Allow {
		return "allow until " + override.Until.String()
	}
	return string(override.Kind)
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
		told += " (" + clean(override.By) + ", " + s.when(override.At) + ")"
	}
	if override.Note != "" {
		told += ": " + clean(override.Note)
	}
	return told + "."
}

// choiceLines stand at the foot of the page while an override is chosen.
func (p *page) choiceLines(width int) []string {
	if p.choice == nil {
		return nil
	}
	c := p.scene.composer(width)
	if p.height >= 12 {
		c.blank()
	}
	if p.choice.dated {
		if p.choice.problem != "" {
			c.line(p.scene.theme.Error.Render(p.choice.problem))
		}
		c.line(p.choice.until.View())
		return c.out
	}
	for _, line := range look.Wrap("Override for "+p.who.name+": a allow until a date · x block · f follow the rules · esc leave it", c.width) {
		c.line(p.scene.theme.Title.Render(line))
	}
	return c.out
}

func (c *choice) bindings(k keys) bindings {
	if c.dated {
		shown := []key.Binding{look.Named(k.Enter, "go on"), look.Named(k.Escape, "leave it")}
		return bindings{shown, shown}
	}
	letters := newChoiceKeys()
	shown := []key.Binding{letters.allow, letters.block, letters.follow, look.Named(k.Escape, "leave it")}
	return bindings{shown, shown}
}
