// Package live is the live view: who has access and why, what is running and what needs the admin. It reads only the
// state file, by polling its change counters, and writes requests into it; it never does the engine's work.
package live

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

// Options are what the live view needs.
type Options struct {
	Store  *store.Store
	Engine *reconcile.Engine // for what does not go through the state file; see engine
	By     string            // who acts: user@host
	Audit  bool              // this process changes nothing in Kisi, whatever is stored
	Now    func() time.Time  // nil for time.Now
}

// Live is the live view, a look.Screen.
type Live struct {
	scene   *scene
	members *membersPanel
	panels  []panel // by tab
	tab     tab
	width   int
	height  int
	// generation numbers the polling: messages of an earlier Init are dropped, so that two never run side by side.
	generation  int
	standingsAt time.Time // when the standings were read last
	after       func(pause time.Duration, message tea.Msg) tea.Cmd
}

// tab is one of the five.
type tab int

const (
	membersTab tab = iota
	syncTab
	associationsTab
	activityTab
	settingsTab
	tabs
)

// New makes the live view. It reads nothing until Init.
func New(options Options) look.Screen { return newLive(options) }

func newLive(options Options) *Live {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &scene{
		store: options.Store, path: options.Store.Path(), by: options.By, clock: options.Now, now: options.Now(),
		keys: newKeys(), theme: look.NewTheme(true, true),
		engine: options.Engine, audit: options.Audit,
	}
	s.facts.settings.zone = time.UTC
	live := &Live{scene: s, members: newMembersPanel(s), width: 80, height: 23, after: later}
	live.panels = []panel{live.members, newSyncPanel(s), newAssociationsPanel(s), newActivityPanel(s), newSettingsPanel(s)}
	live.SetTheme(s.theme)
	return live
}

func later(pause time.Duration, message tea.Msg) tea.Cmd {
	return tea.Tick(pause, func(time.Time) tea.Msg { return message })
}

// Init begins to poll.
func (l *Live) Init() tea.Cmd {
	l.generation++
	return l.read()
}

// SetSize gives the region.
func (l *Live) SetSize(width, height int) {
	const tall = 20
	l.width, l.height = width, height
	l.scene.tall = height >= tall
	l.layOut()
}

// SetTheme replaces the styles.
func (l *Live) SetTheme(theme *look.Theme) {
	l.scene.setTheme(theme)
	for _, panel := range l.panels {
		panel.themed()
	}
	l.layOut()
}

// Typing tells that letters are text: in a search field, or while a question waits for its answer.
func (l *Live) Typing() bool { return l.scene.prompt != nil || l.current().typing() }

func (l *Live) current() panel { return l.panels[l.tab] }

// headLines are the header and the tabs.
const headLines = 2

// layOut gives the panel what the head and the foot leave.
func (l *Live) layOut() {
	l.current().resize(l.width, max(l.height-headLines-len(l.scene.foot(l.width)), 0))
}

// View gives exactly the region.
func (l *Live) View() string {
	foot := l.scene.foot(l.width)
	body := max(l.height-headLines-len(foot), 0)
	lines := make([]string, 0, l.height)
	lines = append(lines, l.scene.header(l.width), l.tabLine())
	lines = append(lines, exactly(l.current().lines(), body)...)
	lines = append(lines, foot...)
	return look.Fill(lines, l.width, l.height)
}

// exactly cuts lines or adds blank ones.
func exactly(lines []string, count int) []string {
	if len(lines) >= count {
		return lines[:count]
	}
	return append(lines, make([]string, count-len(lines))...)
}

// Cursor stands on the selected row or in the search field, so that a screen reader follows.
func (l *Live) Cursor() *tea.Cursor {
	if foot := l.scene.foot(l.width); l.scene.prompt != nil {
		return tea.NewCursor(l.scene.prompt.cursor(foot, l.width), l.height-1)
	}
	x, y, found := l.current().cursor()
	if !found || y+headLines >= l.height {
		return nil
	}
	return tea.NewCursor(x, y+headLines)
}

// panel is what a tab shows.
type panel interface {
	resize(width, height int)
	themed()            // the styles changed
	refresh(read parts) // these parts of the facts are new
	entered() tea.Cmd   // the tab was opened
	press(tea.KeyPressMsg) tea.Cmd
	paste(tea.Msg) tea.Cmd
	lines() []string
	cursor() (x, y int, found bool)
	typing() bool
	bindings() bindings
}
