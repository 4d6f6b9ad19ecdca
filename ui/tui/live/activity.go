package live

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/tui/table"
	"kisiflow/ui/words"
)

// activityPanel is the journal, newest first, read page by page, with the evidence of the selected entry below.
type activityPanel struct {
	scene   *scene
	rows    *table.Table[uint64, store.Entry]
	entries []store.Entry // read so far, newest first, without gaps
	ended   bool          // there are no older ones
	reading bool
	search  textinput.Model
	undo    *undoPage // a run's undoing, shown in place of the list
	width   int
	height  int
}

// journalRead is a page of older entries.
type journalRead struct {
	before  uint64
	entries []store.Entry
	err     error
}

func newActivityPanel(s *scene) *activityPanel {
	a := &activityPanel{scene: s, search: field("Search: ")}
	a.rows = table.New(func(entry store.Entry) uint64 { return entry.Sequence },
		table.Column[store.Entry]{Title: "When", Width: 15, Cell: func(e store.Entry) string { return s.when(e.At) }},
		table.Column[store.Entry]{Title: "What", Width: 7, Flex: 2, Most: 24, Cell: func(e store.Entry) string { return string(e.Kind) }},
		table.Column[store.Entry]{Title: "Who", Width: 10, Flex: 2, Most: 28, Priority: 1, Cell: func(e store.Entry) string { return e.Name }},
		table.Column[store.Entry]{Title: "Group", Width: 10, Flex: 1, Most: 18, Priority: 2, Cell: func(e store.Entry) string { return e.Group }},
		table.Column[store.Entry]{Title: "Before → after", Width: 30, Flex: 2, Most: 34, Priority: 3, Cell: beforeAfter},
	)
	return a
}

func (a *activityPanel) refresh(read parts) {
	if !read.runs {
		return
	}
	atTop := a.rows.Len() == 0 || a.rows.Below() == a.rows.Len()-1
	a.merge(a.scene.facts.runs.newest)
	a.list()
	if atTop {
		a.rows.First()
	}
}

// merge puts new entries before those that are known. When more came than one page holds, older ones are read again.
func (a *activityPanel) merge(newest []store.Entry) {
	if len(newest) == 0 || len(a.entries) == 0 {
		a.entries = newest
		a.ended = len(newest) < journalPage
		return
	}
	known := a.entries[0].Sequence
	fresh := slices.IndexFunc(newest, func(entry store.Entry) bool { return entry.Sequence <= known })
	if fresh < 0 {
		a.entries, a.ended = newest, len(newest) < journalPage
		return
	}
	a.entries = append(slices.Clone(newest[:fresh]), a.entries...)
}

// list applies the search.
func (a *activityPanel) list() { a.rows.SetRows(matching(a.entries, a.query())) }

func (a *activityPanel) query() []string { return strings.Fields(fold(look.Clean(a.search.Value()))) }

// matching are the entries about people of that name; all of them without a query.
func matching(entries []store.Entry, query []string) []store.Entry {
	if len(query) == 0 {
		return entries
	}
	var shown []store.Entry
	for _, entry := range entries {
		if found(fold(entry.Name), query) {
			shown = append(shown, entry)
		}
	}
	return shown
}

// full is a text as a sentence that another may follow.
func full(text string) string {
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

func (a *activityPanel) copyEntry() tea.Cmd {
	entry, any := a.rows.Selected()
	if !any {
		return nil
	}
	run := ""
	if entry.Run != "" {
		run = "Run " + entry.Run + "."
	}
	told := strings.Join(nonEmpty(entry.Name, string(entry.Kind), entry.Group, beforeAfter(entry)), ", ")
	return a.scene.copied("entry", strings.Join(nonEmpty(words.Stamp(entry.At, a.scene.zone())+":", told+".", full(entry.Evidence), byWhom(entry), run), " "))
}

// export writes the whole journal, or all entries of the search, read or not.
func (a *activityPanel) export() tea.Cmd {
	file, query, zone := a.scene.store, a.query(), a.scene.zone()
	return a.scene.askExport("entry", "activity", a.rows.Len(), func() (made sheet, err error) {
		err = file.View(func(tx *store.Tx) error {
			entries, err := readJournal(tx, 0, 0, "")
			made = entrySheet(matching(entries, query), zone)
			return err
		})
		return made, err
	})
}

// more reads an older page when the end of what is read comes near.
func (a *activityPanel) more() tea.Cmd {
	const near = 40
	if a.ended || a.reading || len(a.entries) == 0 || a.rows.Below() > near {
		return nil
	}
	a.reading = true
	file, before := a.scene.store, a.entries[len(a.entries)-1].Sequence
	return func() tea.Msg {
		answer := journalRead{before: before}
		answer.err = file.View(func(tx *store.Tx) (err error) {
			answer.entries, err = readJournal(tx, before, journalPage, "")
			return err
		})
		return answer
	}
}

func (a *activityPanel) took(answer journalRead) tea.Cmd {
	a.reading = false
	switch {
	case answer.err != nil:
		a.scene.complain("Older entries can't be shown: " + sentence(answer.err))
		return nil
	case len(a.entries) == 0 || a.entries[len(a.entries)-1].Sequence != answer.before:
		return a.more() // the list was read anew meanwhile
	}
	a.entries = append(a.entries, answer.entries...)
	a.ended = len(answer.entries) < journalPage
	a.list()
	return a.more()
}

func (a *activityPanel) resize(width, height int) {
	a.width, a.height = width, height
	a.search.SetWidth(max(width-24, 8))
	a.rows.SetSize(width-look.Margin, max(height-len(a.above())-len(a.below()), 1))
	if a.undo != nil && a.undo.text.resize(width, height) {
		a.undo.compose()
	}
}

func (a *activityPanel) themed() {
	a.rows.SetInks(a.scene.tableInks())
	if a.undo != nil {
		a.undo.compose()
	}
}

func (a *activityPanel) entered() tea.Cmd { return a.more() }
func (a *activityPanel) typing() bool     { return a.search.Focused() }

func (a *activityPanel) press(press tea.KeyPressMsg) tea.Cmd {
	k := a.scene.keys
	if a.undo != nil {
		return a.pressOnUndo(press)
	}
	if a.search.Focused() {
		switch {
		case matches(press, k.Escape):
			a.search.Blur()
			a.search.Reset()
			a.list()
		case matches(press, k.Enter), matches(press, k.Next):
			a.search.Blur()
		default:
			return a.paste(press)
		}
		return nil
	}
	switch {
	case selectionKeys(a.scene, press, a.rows):
	case matches(press, k.Search):
		return a.search.Focus()
	case matches(press, k.Undo):
		entry, _ := a.rows.Selected()
		return a.scene.planUndo(entry.Run)
	case matches(press, k.Copy):
		return a.copyEntry()
	case matches(press, k.Export):
		return a.export()
	case matches(press, k.Back):
		a.search.Reset()
		a.list()
	}
	return a.more()
}

func (a *activityPanel) paste(message tea.Msg) tea.Cmd {
	if !a.search.Focused() {
		return nil
	}
	var command tea.Cmd
	a.search, command = a.search.Update(message)
	a.list()
	return tea.Batch(command, a.more())
}

func (a *activityPanel) above() []string {
	var lines []string
	if a.height >= 16 {
		lines = append(lines, "")
	}
	if a.search.Focused() || a.search.Value() != "" {
		count := words.Number(a.rows.Len()) + " of " + words.Number(len(a.entries))
		if !a.ended {
			count += " read so far"
		}
		lines = append(lines, " "+look.Sides(a.search.View(), a.scene.theme.Faint.Render(count), a.width-2*look.Margin))
	}
	return lines
}

// below is the whole of the selected entry: evidence, run and who. Its height does not change with the selection.
func (a *activityPanel) below() []string {
	entry, any := a.rows.Selected()
	if !any || a.height < 7 {
		return nil
	}
	room := 2
	if a.height >= 16 {
		room = 4
	}
	c := a.scene.composer(a.width)
	c.line(a.scene.theme.RuleLine(c.width))
	title := strings.Join(nonEmpty(entry.Name, string(entry.Kind), entry.Group), separator)
	run := ""
	if entry.Run != "" {
		run = "Run " + entry.Run + "."
	}
	c.line(look.Sides(title, a.scene.theme.Faint.Render(words.Stamp(entry.At, a.scene.zone())), c.width))
	change := beforeAfter(entry)
	if room > 2 {
		c.say(change, 0)
		change = ""
	}
	c.say(strings.Join(nonEmpty(full(change), full(entry.Evidence), byWhom(entry), run), " "), 0)
	return exactly(c.out, room+1)
}

func (a *activityPanel) lines() []string {
	if a.undo != nil {
		return a.undo.text.lines(a.scene.theme)
	}
	if a.rows.Len() == 0 {
		why := "Nothing has happened yet. Every access right that is given or taken is told here, with the reason."
		if !a.scene.facts.settings.set {
			why = notSetUp
		}
		if len(a.entries) > 0 {
			why = "No entry has that name. esc clears the search."
		}
		if a.reading {
			why = "Reading older entries."
		}
		return a.scene.empty(a.above(), why, a.width)
	}
	lines := append(a.above(), strings.Split(a.rows.View(), "\n")...)
	return append(lines, a.below()...)
}

func (a *activityPanel) cursor() (x, y int, found bool) {
	if a.undo != nil {
		return a.undo.text.cursor()
	}
	above := len(a.above())
	if a.search.Focused() {
		if at := a.search.Cursor(); at != nil {
			return at.X + 1, above - 1, true
		}
	}
	x, y, found = a.rows.Cursor()
	return x, y + above, found
}

func (a *activityPanel) bindings() bindings {
	k := a.scene.keys
	if a.search.Focused() {
		keys := []key.Binding{look.Named(k.Enter, "keep"), look.Named(k.Escape, "clear")}
		return bindings{keys, keys}
	}
	if a.undo != nil {
		return a.undo.bindings()
	}
	first := k.Move()
	if a.search.Value() != "" {
		first = look.Named(k.Back, "show all")
	}
	return bindings{
		[]key.Binding{first, k.Search, look.Named(k.Undo, "undo the run"), k.Export},
		[]key.Binding{
			look.Named(k.Search, "search by name"), look.Named(k.Undo, "undo the run of this entry"),
			look.Named(k.Copy, "copy this entry"), look.Named(k.Export, "export what is listed"), look.Named(k.Back, "clear the search"),
		},
	}
}
