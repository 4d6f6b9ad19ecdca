package live

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
	"kisiflow/ui/words"
)

// askApproval asks before held removals are let go. A list that comes from a roster which nobody can trust wants words that
// name how many people lose access: a y is typed too quickly for that.
func (s *scene) askApproval(list store.Approvable) tea.Cmd {
	count := len(list.Removals)
	question := "Remove " + words.Count(count, "access right") + "?"
	switch {
	case list.Stale:
		s.say("Gymflow's data is too old, so approving helps nothing. Bring fresh data, and the removals are weighed anew.")
		return nil
	case !list.Untrusted:
		s.confirm(question, func() tea.Cmd { return s.approve(list) })
		s.prompt.about = list.Fingerprint
		return nil
	}
	question = "Gymflow's list is empty or has lost more than half of its members. If that is a fault there, " +
		words.Count(count, "access right") + " would be taken from people who paid. Look in Gymflow first."
	command := s.confirmInWords(question, approvalWords(list), func() tea.Cmd { return s.approve(list) })
	s.prompt.about = list.Fingerprint
	return command
}

func approvalWords(list store.Approvable) string { return "REMOVE " + strconv.Itoa(len(list.Removals)) }

func howToApprove(list store.Approvable) string {
	switch {
	case list.Stale:
		return "No approval helps before Gymflow's data is fresh. Nobody on the list loses access before that."
	case list.Untrusted:
		return "Gymflow's list can't be trusted as it is. Press p and type " + approvalWords(list) + " to approve the removals. Until then nobody on the list loses access."
	}
	return "Press p to approve this list. Until then nobody on it loses access."
}
