package live

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
)

// copied puts text into the clipboard of the terminal that the admin sits at (OSC 52 goes through SSH), and shows it: not
// every terminal takes it, and then it can be selected.
func (s *scene) copied(what, text string) tea.Cmd {
	text = look.Clean(text)
	if text == "" {
		s.complain("There is nothing to copy: this member has no " + what + ".")
		return nil
	}
	s.say("Sent to your clipboard, as far as your terminal allows: " + text)
	return tea.SetClipboard(text)
}

// chooseCopyOf asks which of a member's texts.
func (s *scene) chooseCopyOf(who person, explanation func() string) {
	letters := []letter{
		{"e", "e-mail", func() tea.Cmd { return s.copied("e-mail address", who.email) }},
		{"i", "member id", func() tea.Cmd { return s.copied("id", who.row.ID) }},
		{"w", "the explanation", func() tea.Cmd { return s.copied("explanation", explanation()) }},
	}
	s.choose("Copy of "+who.name+":", letters...)
}

func (p *page) chooseCopy() { p.scene.chooseCopyOf(p.who, p.explanation) }

// explanation is the page's answer in one paragraph, for an e-mail to the member or to a colleague.
func (p *page) explanation() string {
	s, who := p.scene, p.who
	told := []string{
		who.name + ": should have " + groupsOrNone(who.row.Entitled) + ", has " + groupsOrNone(who.row.Groups) + ".",
		p.why(), "Since " + s.when(who.row.Since) + ".", who.row.Fix(),
	}
	if next := who.row.NextChange; next != nil {
		told = append(told, nextSentence(who.row.Gains)+s.when(*next)+".")
	}
	return strings.Join(nonEmpty(told...), " ")
}
