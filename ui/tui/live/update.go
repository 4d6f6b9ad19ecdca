package live

import (
	tea "charm.land/bubbletea/v2"

	"kisiflow/ui/tui/look"
)

// Update takes a message: a key, or what a command found out.
func (l *Live) Update(message tea.Msg) tea.Cmd {
	l.scene.now = l.scene.clock()
	command := l.dispatch(message)
	l.layOut()
	return command
}

func (l *Live) dispatch(message tea.Msg) tea.Cmd {
	switch message := message.(type) {
	case tea.KeyPressMsg:
		return l.press(message)
	case tea.PasteMsg:
		if l.scene.prompt != nil {
			return l.scene.pasteIntoPrompt(message)
		}
		return l.current().paste(message)
	case pollDue:
		if message.generation == l.generation {
			return l.read()
		}
	case polled:
		return l.take(message)
	case asked:
		l.scene.answered(message)
	case adopted:
		l.scene.tookOver(message)
	case personRead:
		l.members.took(message)
	case stepDone:
		return l.members.tookStep(message)
	case checkDone:
		return l.members.tookCheck(message)
	case unlocksRead:
		l.members.tookUnlocks(message)
	case undoPlanned:
		l.panels[activityTab].(*activityPanel).planned(message)
	case keyReplaced:
		return l.scene.keyIsReplaced(message)
	case exported:
		l.scene.wrote(message)
	case journalRead:
		return l.panels[activityTab].(*activityPanel).took(message)
	}
	return nil
}

func (l *Live) press(press tea.KeyPressMsg) tea.Cmd {
	s := l.scene
	s.notice = ""
	if s.prompt != nil {
		return s.decide(press)
	}
	if l.current().typing() {
		return l.current().press(press)
	}
	switch {
	case s.facts.loaded && !s.facts.settings.set && matches(press, s.keys.Edit):
		return func() tea.Msg { return look.OpenWizard{} }
	case matches(press, s.keys.Next):
		return l.open((l.tab + 1) % tabs)
	case matches(press, s.keys.Previous):
		return l.open((l.tab + tabs - 1) % tabs)
	case matches(press, s.keys.Tab):
		return l.open(tab(press.String()[0] - '1'))
	case matches(press, s.keys.Sync):
		return s.askSync()
	}
	return l.current().press(press)
}

func (l *Live) open(tab tab) tea.Cmd {
	l.tab = tab
	return l.current().entered()
}
