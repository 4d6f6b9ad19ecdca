package live

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// page is one member: what they should have, what they have, why, and the evidence.
type page struct {
	scene    *scene
	who      person
	gone     bool // not among the members any more
	read     bool
	member   gymflow.Member
	found    bool
	timeline []store.Entry
	text     scroll

	check     *check // of both sides, since the page was opened
	checkLine int    // where it begins in the text

	unlocks     *unlocks // asked for since the page was opened
	unlocksLine int
}

// personRead is what the state file has about one member beside the row.
type personRead struct {
	id       string
	member   gymflow.Member
	found    bool
	timeline []store.Entry
	err      error
}

const timelineShown = 100

func (s *scene) readPerson(id string) tea.Cmd {
	file := s.store
	return func() tea.Msg {
		answer := personRead{id: id}
		answer.err = file.View(func(tx *store.Tx) (err error) {
			if answer.member, answer.found, err = tx.Member(id); err != nil {
				return err
			}
			answer.timeline, err = readJournal(tx, 0, timelineShown, id)
			return err
		})
		return answer
	}
}

func (m *membersPanel) openPage() tea.Cmd {
	who, any := m.rows.Selected()
	if !any {
		return nil
	}
	m.page = &page{scene: m.scene, who: *who}
	m.page.resize(m.width, m.height)
	m.page.compose()
	return m.scene.readPerson(who.row.ID)
}

// reload follows the member whose page is open when something about them may have changed.
func (m *membersPanel) reload(read parts) tea.Cmd {
	if m.page == nil || !read.standings && !read.runs && !read.settings {
		return nil
	}
	m.page.gone = true
	people := m.scene.facts.standings.people
	for index := range people {
		if people[index].row.ID == m.page.who.row.ID {
			m.page.who, m.page.gone = people[index], false
		}
	}
	m.page.compose()
	return m.scene.readPerson(m.page.who.row.ID)
}

func (m *membersPanel) took(answer personRead) {
	if m.page == nil || m.page.who.row.ID != answer.id {
		return
	}
	if answer.err != nil {
		m.scene.complain("The evidence can't be shown: " + sentence(answer.err))
		return
	}
	m.page.read, m.page.member, m.page.found, m.page.timeline = true, answer.member, answer.found, answer.timeline
	m.page.compose()
}

func (m *membersPanel) pressOnPage(press tea.KeyPressMsg) tea.Cmd {
	p, k := m.page, m.scene.keys
	switch {
	case p.text.press(k, press):
	case matches(press, k.Back), matches(press, k.Left):
		if !p.stopCheck() && !p.stopUnlocks() {
			m.page = nil
		}
	case matches(press, k.Check):
		return p.beginCheck()
	case matches(press, k.Doors):
		return p.beginUnlocks()
	case matches(press, k.Override):
		p.chooseOverride()
	case matches(press, k.Copy):
		p.chooseCopy()
	}
	return nil
}

func (p *page) resize(width, height int) {
	if p.text.resize(width, height) {
		p.compose()
	}
}

func (p *page) lines() []string { return p.text.lines(p.scene.theme) }

func (p *page) cursor() (x, y int, found bool) { return p.text.cursor() }

func (p *page) bindings() bindings {
	k := p.scene.keys
	short := []key.Binding{k.Back, look.Named(k.Move(), "scroll"), k.Check, k.Override, k.Copy}
	full := []key.Binding{
		look.Named(k.Back, "back to the list"), look.Named(k.Check, "check both sides now, and mend"),
		look.Named(k.Doors, "the last unlocks at the doors"), look.Named(k.Override, "decide outside the rules"), look.Named(k.Copy, "copy e-mail, id or explanation"),
	}
	return bindings{short, full}
}

// compose sets the page anew.
func (p *page) compose() {
	s, who := p.scene, p.who
	c := s.composer(p.text.width)
	if p.scene.tall {
		c.blank()
	}
	word := s.theme.Standing(who.row.Standing).Render(accessWord(who.row.Standing))
	c.line(look.Sides(s.theme.Title.Render(who.name), word, c.width))
	c.line(s.theme.Faint.Render(strings.Join(nonEmpty(who.email, "member "+look.Clean(who.row.ID)), " · ")))
	if p.gone {
		c.say("This member is not in the last read of Gymflow any more.", 0)
	}
	c.blank()
	c.fact("Should have", groupsOrNone(who.row.Entitled))
	c.fact("Has", groupsOrNone(who.row.Groups))
	override := s.overrideSentence(who.row.ID)
	mend := who.row.Fix()
	if who.reason == access.Overridden && override != "" { // said once, and with the key that ends it
		c.fact("Why", override)
		override, mend = "", "o and then f lets the rules decide again."
	} else {
		c.fact("Why", p.why())
	}
	c.fact("Since", s.when(who.row.Since))
	c.fact("To mend", mend)
	if next := who.row.NextChange; next != nil {
		c.fact("Next", nextSentence(who.row.Gains)+s.when(*next)+", from the dates alone.")
	}
	c.fact("Override", override)
	c.fact("Also", p.otherHands())
	p.checkSteps(c)
	p.doorEvents(c)
	p.evidence(c)
	p.history(c)
	p.text.show(c.out)
}

// otherHands are rights in our groups that somebody else gave, as of the last sync. The check sees the other ways in too.
func (p *page) otherHands() string {
	var names []string
	for _, one := range p.scene.facts.standings.foreign {
		if one.MemberID == p.who.row.ID {
			names = append(names, p.scene.groupOf(one))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Has a right to " + words.List(names) + " that is not kisiflow's, and is left alone."
}

func nextSentence(gains bool) string {
	if gains {
		return "Access begins "
	}
	return "Access ends "
}

func groupsOrNone(groups []access.GroupRef) string {
	if len(groups) == 0 {
		return "no access"
	}
	return "access to " + strings.Join(groupNames(groups), ", ")
}

// why is the reason's sentence with the evidence, neither of them twice.
func (p *page) why() string {
	detail, general := look.Clean(p.who.row.Detail), p.who.reason.Sentence()
	switch {
	case general == "" && detail == "":
		return "The membership is in force."
	case strings.Contains(detail, general):
		return detail
	}
	return strings.Join(nonEmpty(general, detail), " ")
}

func nonEmpty(texts ...string) []string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}
