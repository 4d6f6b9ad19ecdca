package live

import (
	"fmt"
	"net/url"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// settingsPanel shows what is set. It changes nothing.
type settingsPanel struct {
	scene *scene
	text  scroll
}

func newSettingsPanel(s *scene) *settingsPanel { return &settingsPanel{scene: s} }

func (p *settingsPanel) resize(width, height int) {
	p.text.resize(width, height)
	p.compose()
}

func (p *settingsPanel) themed()                        { p.compose() }
func (p *settingsPanel) refresh(parts)                  { p.compose() }
func (p *settingsPanel) entered() tea.Cmd               { return nil }
func (p *settingsPanel) paste(tea.Msg) tea.Cmd          { return nil }
func (p *settingsPanel) lines() []string                { return p.text.lines(p.scene.theme) }
func (p *settingsPanel) cursor() (x, y int, found bool) { return p.text.cursor() }
func (p *settingsPanel) typing() bool                   { return false }

func (p *settingsPanel) press(press tea.KeyPressMsg) tea.Cmd {
	p.text.press(p.scene.keys, press)
	return nil
}

func (p *settingsPanel) bindings() bindings {
	return bindings{[]key.Binding{look.Named(p.scene.keys.Move(), "scroll")}, nil}
}

func (p *settingsPanel) compose() {
	s := p.scene
	settings := s.facts.settings
	c := s.composer(p.text.width)
	if p.text.height >= 16 {
		c.blank()
	}
	if !settings.set {
		c.say("Nothing is set up yet. Open Associations and press e, and the setup begins.", 0)
		p.file(c)
		p.text.show(c.out)
		return
	}
	c.line(s.theme.Title.Render("Gymflow"))
	c.fact("Business", settings.GymflowName)
	c.fact("Address", hostOf(settings.GymflowURL))
	if count := s.facts.standings.members; count > 0 {
		c.fact("Roster", words.Count(count, "member")+", read "+s.when(s.facts.standings.readAt)+".")
	}
	c.heading("Kisi")
	c.fact("Key", keySentence(settings.Key))
	if !settings.Key.Owner && settings.Key.UserID != 0 {
		c.fact("Warning", "The key is not the organization owner's. It stops working when its holder loses their rights.")
	}
	if settings.Key.Expires {
		c.fact("Warning", "The key expires. Make one that does not, and set up again with it.")
	}
	c.fact("Place", clean(settings.PlaceName)+addressOf(settings.PlaceAddress))
	c.fact("Members", unlockingSentence(settings.Unlocking))
	c.heading("Rules")
	c.fact("Days", "Dates are days in "+settings.Zone+".")
	if settings.GraceDays > 0 {
		c.fact("Debts", "Access stays for "+words.Count(settings.GraceDays, "day")+" after an invoice fell due.")
	}
	c.fact("Guard", guardSentence(settings.Limits))
	p.file(c)
	c.blank()
	c.say("Associations can be changed under Associations. The rest is changed with kisiflow setup.", 0)
	p.text.show(c.out)
}

func (p *settingsPanel) file(c *composer) {
	s := p.scene
	c.heading("This computer")
	c.fact("State", s.store.Path())
	if holder := s.facts.progress.holder; s.facts.progress.alive {
		c.fact("Syncing", fmt.Sprintf("%s on %s, process %d, since %s.", clean(holder.Purpose), clean(holder.Host), holder.PID, s.when(holder.Since)))
	}
}

// hostOf is the address without anything that could be a secret.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return clean(address)
	}
	return parsed.Scheme + "://" + parsed.Host + parsed.Path
}

func keySentence(facts store.KeyFacts) string {
	if facts.UserID == 0 {
		return "not checked yet"
	}
	role := facts.RoleName
	if facts.Owner {
		role = "owner"
	}
	told := clean(facts.UserName)
	if facts.UserEmail != "" {
		told += " (" + clean(facts.UserEmail) + ")"
	}
	if role != "" {
		told += ", " + clean(role)
	}
	if facts.OrganizationName != "" {
		told += " of " + clean(facts.OrganizationName)
	}
	return told
}

func addressOf(address string) string {
	if address == "" {
		return ""
	}
	return ", " + clean(address)
}

func unlockingSentence(unlocking store.Unlocking) string {
	if unlocking == store.Invited {
		return "invited: Kisi sends them an e-mail, and they unlock with Kisi's app"
	}
	return "managed: they get no e-mail from Kisi, and unlock with the gym's own app, a card or a link"
}

func guardSentence(limits access.Limits) string {
	if limits == (access.Limits{}) {
		limits = access.DefaultLimits()
	}
	return fmt.Sprintf("Removals wait for you when they are more than %d and more than %d %% of all access rights (%d and %d %% where members "+
		"are only missing), and when a group with %d or more would be emptied.",
		limits.StrongCount, limits.StrongPercent, limits.WeakCount, limits.WeakPercent, limits.EmptyGroup)
}
