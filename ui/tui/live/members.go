package live

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/tui/table"
	"kisiflow/ui/words"
)

// membersPanel lists every member with access, why and since; enter opens one member's page.
type membersPanel struct {
	scene    *scene
	rows     *table.Table[string, *person]
	filters  []counted
	filter   filter
	search   textinput.Model
	sort     int // index into sorts
	page     *page
	forecast string
	width    int
	height   int
}

// The columns by index, as the sort order names them.
const (
	nameColumn = iota
	membershipColumn
	groupColumn
	accessColumn
	whyColumn
	sinceColumn
)

func newMembersPanel(s *scene) *membersPanel {
	m := &membersPanel{scene: s, search: field("Search: ")}
	m.rows = table.New(func(who *person) string { return who.row.ID }, m.columns()...)
	m.refresh(parts{standings: true})
	return m
}

// columns: where tonight is looked at, what comes next stays longest in sight.
func (m *membersPanel) columns() []table.Column[*person] {
	s, next := m.scene, 5
	if m.filter.tonight {
		next = 0
	}
	return []table.Column[*person]{
		{Title: "Name", Width: 15, Flex: 2, Most: 32, Cell: func(who *person) string { return who.name }},
		{Title: "Membership", Width: 17, Flex: 2, Most: 26, Priority: 3, Cell: func(who *person) string { return who.memberships }},
		{Title: "Group", Width: 9, Flex: 1, Most: 20, Priority: 4, Cell: func(who *person) string { return s.groupsOf(*who) }},
		{
			Title: "Access", Width: 9,
			Cell: func(who *person) string { return accessWord(who.row.Standing) },
			Ink:  func(who *person) table.Ink { return s.inks[who.row.Standing] },
		},
		{Title: "Why", Width: 18, Flex: 1, Most: 18, Priority: 1, Cell: func(who *person) string { return who.reason.Label() }},
		{Title: "Since", Width: 9, Priority: 2, Cell: func(who *person) string { return s.since(who.row.Since) }},
		{Title: "Next", Width: 14, Flex: 1, Most: 20, Priority: next, Cell: func(who *person) string { return s.next(who) }},
	}
}

// since is short: the clock alone for today, month and year for other years.
func (s *scene) since(instant time.Time) string {
	local := instant.In(s.zone())
	switch day := words.Day(instant, s.now, s.zone()); {
	case day == "today" && words.When(instant, s.now, s.zone()) != day:
		return local.Format("15:04")
	case local.Year() != s.now.In(s.zone()).Year():
		return local.Format("Jan 2006")
	default:
		return day
	}
}

// next says what dates alone will do.
func (s *scene) next(who *person) string {
	switch {
	case who.row.NextChange == nil:
		return ""
	case who.row.Gains:
		return "gains " + s.when(*who.row.NextChange)
	}
	return "loses " + s.when(*who.row.NextChange)
}

// order is one way to sort the list.
type order struct {
	column   int
	downward bool
	compare  func(a, b *person) int
}

// orders are the ways to sort, in the order in which the key goes through them.
func orders() []order {
	byReason := map[access.Reason]int{}
	for place, reason := range access.Reasons() {
		byReason[reason] = place + 1
	}
	byStanding := map[access.Standing]int{access.Problem: 1, access.Held: 2, access.Waiting: 3, access.NoAccess: 4, access.HasAccess: 5}
	return []order{
		{nameColumn, false, func(*person, *person) int { return 0 }},
		{membershipColumn, false, func(a, b *person) int { return cmp.Compare(a.memberships, b.memberships) }},
		{accessColumn, false, func(a, b *person) int { return byStanding[a.row.Standing] - byStanding[b.row.Standing] }},
		{whyColumn, true, func(a, b *person) int { return byReason[b.reason] - byReason[a.reason] }},
		{sinceColumn, true, func(a, b *person) int { return b.row.Since.Compare(a.row.Since) }},
	}
}

// refresh counts and lists anew.
func (m *membersPanel) refresh(read parts) {
	if !read.standings && !read.settings {
		return
	}
	m.filters = m.scene.filters()
	m.forecast = m.scene.forecast()
	if !slices.ContainsFunc(m.filters, func(one counted) bool { return one.filter == m.filter }) {
		m.filter = filter{} // nobody is left in it
	}
	m.list()
}

// list applies filter, search and order, which compose.
func (m *membersPanel) list() {
	query, tonight := strings.Fields(fold(look.Clean(m.search.Value()))), m.scene.tonight()
	people := m.scene.facts.standings.people
	shown := make([]*person, 0, len(people))
	for index := range people {
		if who := &people[index]; m.filter.shows(who, tonight) && found(who.folded, query) {
			shown = append(shown, who)
		}
	}
	way := orders()[m.sort]
	slices.SortStableFunc(shown, func(a, b *person) int {
		return cmp.Or(way.compare(a, b), cmp.Compare(a.sorted, b.sorted), cmp.Compare(a.row.ID, b.row.ID))
	})
	m.rows.SetColumns(m.columns()...)
	m.rows.SetSort(way.column, way.downward)
	m.rows.SetRows(shown)
}

func (m *membersPanel) resize(width, height int) {
	m.width, m.height = width, height
	m.search.SetWidth(max(width-24, 8))
	m.rows.SetSize(width-look.Margin, max(height-len(m.above()), 1))
	if m.page != nil {
		m.page.resize(width, height)
	}
}

func (m *membersPanel) themed() {
	m.rows.SetInks(m.scene.tableInks())
	if m.page != nil {
		m.page.compose()
	}
}

func (m *membersPanel) entered() tea.Cmd { return nil }

func (m *membersPanel) typing() bool {
	return m.search.Focused()
}

func (m *membersPanel) press(press tea.KeyPressMsg) tea.Cmd {
	if m.page != nil {
		return m.pressOnPage(press)
	}
	if m.search.Focused() {
		return m.pressInSearch(press)
	}
	k := m.scene.keys
	switch {
	case selectionKeys(m.scene, press, m.rows):
	case matches(press, k.Enter):
		return m.openPage()
	case matches(press, k.Search):
		return m.search.Focus()
	case matches(press, k.Filter), matches(press, k.Right):
		m.turnFilter(1)
	case matches(press, k.Left):
		m.turnFilter(-1)
	case matches(press, k.Forecast):
		m.toggleTonight()
	case matches(press, k.Sort):
		m.sort = (m.sort + 1) % len(orders())
		m.list()
	case matches(press, k.Copy):
		m.copySelected()
	case matches(press, k.Export):
		return m.export()
	case matches(press, k.Back):
		m.clearOne()
	}
	return nil
}

// pressInSearch: letters are text; up and down still move the list below.
func (m *membersPanel) pressInSearch(press tea.KeyPressMsg) tea.Cmd {
	k := m.scene.keys
	switch {
	case matches(press, k.Escape):
		m.search.Blur()
		m.search.Reset()
		m.list()
		return nil
	case matches(press, k.Enter), matches(press, k.Next):
		m.search.Blur()
		return nil
	case press.String() == "up" || press.String() == "down" || press.String() == "pgup" || press.String() == "pgdown":
		selectionKeys(m.scene, press, m.rows)
		return nil
	}
	return m.paste(press)
}

// paste hands text to the field that has focus.
func (m *membersPanel) paste(message tea.Msg) tea.Cmd {
	if m.page != nil || !m.search.Focused() {
		return nil
	}
	before := m.search.Value()
	var command tea.Cmd
	m.search, command = m.search.Update(message)
	if m.search.Value() != before {
		m.list()
	}
	return command
}

func (m *membersPanel) copySelected() {
	if who, any := m.rows.Selected(); any {
		p := &page{scene: m.scene, who: *who}
		p.chooseCopy()
	}
}

// export writes what filter and search show, in the order shown.
func (m *membersPanel) export() tea.Cmd {
	people, zone := m.rows.Rows(), m.scene.zone()
	return m.scene.askExport("member", "members", len(people), func() (sheet, error) { return memberSheet(people, zone), nil })
}

func (m *membersPanel) turnFilter(by int) {
	at := slices.IndexFunc(m.filters, func(one counted) bool { return one.filter == m.filter })
	m.filter = m.filters[(at+by+len(m.filters))%len(m.filters)].filter
	m.list()
}

func (m *membersPanel) toggleTonight() {
	switch {
	case m.filter.tonight:
		m.filter = filter{}
	case m.forecast == "":
		m.scene.say("Nobody gains or loses access by tomorrow 04:00 from dates alone.")
		return
	default:
		m.filter = filter{tonight: true}
	}
	m.list()
}

// clearOne takes one level back: first the search, then the filter.
func (m *membersPanel) clearOne() {
	switch {
	case m.search.Value() != "":
		m.search.Reset()
	case m.filter != filter{}:
		m.filter = filter{}
	default:
		return
	}
	m.list()
}

// above is what stands over the table.
func (m *membersPanel) above() []string {
	s := m.scene
	if len(s.facts.standings.people) == 0 {
		return nil
	}
	rows := 1
	if m.height >= 16 {
		rows = 2
	}
	var lines []string
	if m.height >= roomy {
		lines = append(lines, "")
	}
	lines = append(lines, look.Indent(s.filterLines(m.filters, m.filter, m.width-2*look.Margin, rows), look.Margin)...)
	if m.forecast != "" && m.height >= 12 {
		lines = append(lines, " "+s.theme.Faint.Render(look.Cut(m.forecast+m.forecastKey(), m.width-2*look.Margin)))
	}
	if m.search.Focused() || m.search.Value() != "" {
		count := words.Number(m.rows.Len()) + " of " + words.Number(len(s.facts.standings.people))
		lines = append(lines, " "+look.Sides(m.search.View(), s.theme.Faint.Render(count), m.width-2*look.Margin))
	}
	if m.height >= 16 {
		lines = append(lines, "")
	}
	return lines
}

func (m *membersPanel) forecastKey() string {
	if m.filter.tonight {
		return " n shows all again."
	}
	return " n shows them."
}

func (m *membersPanel) lines() []string {
	if m.page != nil {
		return m.page.lines()
	}
	if m.rows.Len() == 0 {
		return m.scene.empty(m.above(), m.whyEmpty(), m.width)
	}
	return append(m.above(), strings.Split(m.rows.View(), "\n")...)
}

func (m *membersPanel) whyEmpty() string {
	facts := m.scene.facts
	switch {
	case !facts.loaded:
		return "Reading the state file."
	case len(facts.standings.people) > 0:
		return m.whyNobody()
	case !facts.settings.set:
		return notSetUp
	case facts.progress.Running:
		return "The first sync is running. Members appear here when it has read them; tab shows how far it is."
	case facts.runs.synced:
		return "Gymflow has no members yet. They appear here with the first sync after they are added."
	}
	return "No sync has ended yet. Press s to sync now; tab shows how far it is."
}

// whyNobody names what hides everybody, and what ends it.
func (m *membersPanel) whyNobody() string {
	sought := strings.TrimSpace(look.Clean(m.search.Value()))
	if sought == "" {
		return "Nobody is in this filter. esc clears it."
	}
	if m.filter == (filter{}) {
		return "Nobody is found for " + sought + ". esc clears the search."
	}
	return "Nobody in this filter is found for " + sought + ". esc clears the search, then the filter."
}

// empty is a sentence that says what to do, where rows would stand.
func (s *scene) empty(above []string, why string, width int) []string {
	lines := append(above, "")
	for _, line := range look.Paragraph(why, width-2*3) {
		lines = append(lines, "   "+line)
	}
	return lines
}

func (m *membersPanel) cursor() (x, y int, found bool) {
	if m.page != nil {
		return m.page.cursor()
	}
	above := len(m.above())
	if m.search.Focused() {
		if at := m.search.Cursor(); at != nil {
			return at.X + 1, above - 1 - m.blank(), true
		}
	}
	x, y, found = m.rows.Cursor()
	return x, y + above, found
}

// blank is how many blank lines stand between the search and the table.
func (m *membersPanel) blank() int {
	if m.height >= 16 {
		return 1
	}
	return 0
}

func (m *membersPanel) bindings() bindings {
	if m.page != nil {
		return m.page.bindings()
	}
	k := m.scene.keys
	if m.search.Focused() {
		keys := []key.Binding{look.Named(k.Enter, "keep"), look.Named(k.Escape, "clear"), k.Move()}
		return bindings{keys, keys}
	}
	first := k.Move()
	if m.search.Value() != "" || m.filter != (filter{}) {
		first = look.Named(k.Back, "show all")
	}
	short := []key.Binding{first, k.Enter, k.Search, k.Filter, k.Export}
	if len(m.scene.facts.standings.people) == 0 {
		short = nil // there is nothing to move in; the help tells all keys nevertheless
	}
	return bindings{
		short: short,
		full: []key.Binding{
			look.Named(k.Enter, "open the member"), look.Named(k.Search, "search by part of name or e-mail"),
			look.Named(k.Filter, "next filter (also ←→)"), k.Sort, look.Named(k.Forecast, "who changes tonight"),
			look.Named(k.Copy, "copy e-mail, id or explanation"), look.Named(k.Export, "export what is listed"),
			look.Named(k.Back, "clear search, then filter"),
		},
	}
}
