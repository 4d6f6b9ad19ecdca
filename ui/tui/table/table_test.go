package table_test

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"kisiflow/ui/tui/table"
)

type person struct {
	id    int
	name  string
	group string
	count int
}

func people(count int) []person {
	rows := make([]person, count)
	for index := range rows {
		rows[index] = person{index, fmt.Sprintf("Member %04d", index), "All hours", index % 97}
	}
	return rows
}

func newTable(width, height int) *table.Table[int, person] {
	made := table.New(func(p person) int { return p.id },
		table.Column[person]{Title: "Name", Width: 8, Flex: 2, Cell: func(p person) string { return p.name }},
		table.Column[person]{Title: "Group", Width: 10, Flex: 1, Most: 16, Priority: 2, Cell: func(p person) string { return p.group }},
		table.Column[person]{Title: "Count", Width: 6, Right: true, Priority: 1, Cell: func(p person) string { return fmt.Sprint(p.count) }},
	)
	made.SetSize(width, height)
	return made
}

func lines(view string) []string { return strings.Split(view, "\n") }

func selected(t *testing.T, shown *table.Table[int, person]) int {
	t.Helper()
	row, found := shown.Selected()
	if !found {
		t.Fatal("nothing is selected")
	}
	return row.id
}

func TestSelectionFollowsTheId(t *testing.T) {
	rows := people(50)
	shown := newTable(60, 11)
	shown.SetRows(rows)
	shown.Move(20)
	_, before, _ := shown.Cursor()

	turned := make([]person, 0, len(rows))
	for index := len(rows) - 1; index >= 0; index-- {
		turned = append(turned, rows[index])
	}
	shown.SetRows(turned)
	if got := selected(t, shown); got != 20 {
		t.Errorf("after sorting the other way round %d is selected, want 20", got)
	}
	if _, after, _ := shown.Cursor(); after != before {
		t.Errorf("the selected row jumped on screen from line %d to %d", before, after)
	}
	if line := lines(shown.View())[before]; !strings.HasPrefix(line, " ▸ Member 0020") {
		t.Errorf("line %d is %q", before, line)
	}
}

func TestVanishedRowGivesTheNearest(t *testing.T) {
	rows := people(10)
	cases := map[string]struct {
		left []int
		want int
	}{
		"the next one":                   {[]int{0, 4, 6, 9}, 6},
		"the one before, at the end":     {[]int{0, 3}, 3},
		"the next one, where it now is":  {[]int{9, 0, 1}, 9},
		"everything new, the same place": {[]int{20, 21, 22}, 22},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			shown := newTable(60, 8)
			shown.SetRows(rows)
			shown.Move(5)
			var left []person
			for _, id := range test.left {
				left = append(left, person{id: id})
			}
			shown.SetRows(left)
			if got := selected(t, shown); got != test.want {
				t.Errorf("%d is selected, want %d", got, test.want)
			}
		})
	}
}

func TestEmptyTable(t *testing.T) {
	shown := newTable(60, 5)
	shown.Move(3)
	shown.Last()
	shown.Page(1)
	if _, found := shown.Selected(); found {
		t.Error("an empty table has a selection")
	}
	if _, _, found := shown.Cursor(); found {
		t.Error("an empty table has a cursor")
	}
	if got := len(lines(shown.View())); got != 5 {
		t.Errorf("%d lines, want 5", got)
	}
}

func TestColumnsDropByPriority(t *testing.T) {
	cases := []struct {
		width int
		want  string
	}{
		{60, "   Name                                 Group             Count"},
		{31, "   Name      Group        Count"},
		{20, "   Name        Count"},
		{12, "   Name"},
		{6, "   Na…"},
	}
	for _, test := range cases {
		shown := newTable(test.width, 4)
		header := lines(shown.View())[0]
		if strings.Join(strings.Fields(header), " ") != strings.Join(strings.Fields(test.want), " ") {
			t.Errorf("width %d: %q, want the columns of %q", test.width, header, test.want)
		}
	}
}

func TestMovesStayInside(t *testing.T) {
	shown := newTable(60, 11)
	shown.SetRows(people(25))
	steps := []struct {
		name string
		do   func()
		want int
	}{
		{"up at the top", func() { shown.Move(-1) }, 0},
		{"page down", func() { shown.Page(1) }, 9},
		{"page down again", func() { shown.Page(1) }, 18},
		{"page down past the end", func() { shown.Page(1) }, 24},
		{"page up", func() { shown.Page(-1) }, 15},
		{"last", shown.Last, 24},
		{"first", shown.First, 0},
	}
	for _, step := range steps {
		step.do()
		if got := selected(t, shown); got != step.want {
			t.Errorf("%s: %d, want %d", step.name, got, step.want)
		}
	}
	shown.Last()
	if got := shown.Below(); got != 0 {
		t.Errorf("%d rows below the last one", got)
	}
}

func TestResizeGrowsBack(t *testing.T) {
	shown := newTable(60, 21)
	shown.SetRows(people(30))
	shown.Last()
	whole := shown.View()
	shown.SetSize(30, 4)
	if got := len(lines(shown.View())); got != 4 {
		t.Errorf("%d lines, want 4", got)
	}
	shown.SetSize(60, 21)
	if got := shown.View(); got != whole {
		t.Errorf("after shrinking and growing:\n%s\nwant\n%s", got, whole)
	}
}

// Whatever happens, the view has exactly its size and the selected row is on screen.
func TestViewAlwaysFits(t *testing.T) {
	names := []string{"Ann", "王小明", "שרה לוי", "👩‍👩‍👧‍👦 Family", "e\u0301a", strings.Repeat("long ", 60), ""}
	rapid.Check(t, func(t *rapid.T) {
		shown := newTable(40, 10)
		ink := table.InkOf(lipgloss.NewStyle().Foreground(lipgloss.Color("#ff8800")).Bold(true))
		shown.SetInks(table.Inks{Header: ink, Selected: ink})
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				width := rapid.IntRange(0, 90).Draw(t, "width")
				shown.SetSize(width, rapid.IntRange(0, 30).Draw(t, "height"))
				checkSize(t, shown.View(), width)
			case 1:
				ids := rapid.SliceOfNDistinct(rapid.IntRange(0, 60), 0, 60, rapid.ID[int]).Draw(t, "ids")
				rows := make([]person, len(ids))
				for index, id := range ids {
					rows[index] = person{id: id, name: names[id%len(names)], group: "G", count: id}
				}
				shown.SetRows(rows)
			case 2:
				shown.Move(rapid.IntRange(-20, 20).Draw(t, "by"))
			case 3:
				shown.Page(rapid.IntRange(-2, 2).Draw(t, "pages"))
			case 4:
				shown.Last()
			}
			view := shown.View()
			if _, y, found := shown.Cursor(); found && !strings.HasPrefix(ansi.Strip(lines(view)[y]), " ▸ ") {
				t.Fatalf("the cursor's line %d is not the selected row:\n%s", y, view)
			}
		}
	})
}

func checkSize(t *rapid.T, view string, width int) {
	t.Helper()
	for _, line := range lines(view) {
		if got := ansi.StringWidth(line); got > max(width, 4) {
			t.Fatalf("a line is %d wide, the table %d: %q", got, width, line)
		}
	}
}

func TestSortMarkAndInk(t *testing.T) {
	shown := newTable(60, 3)
	shown.SetSort(2, true)
	shown.SetRows(people(1))
	ink := table.InkOf(lipgloss.NewStyle().Bold(true))
	shown.SetInks(table.Inks{Selected: ink, Marker: ink})
	view := shown.View()
	if !strings.Contains(view, "Count↓") {
		t.Errorf("the sorted column is not marked: %q", view)
	}
	if !strings.Contains(view, "\x1b[1m ▸ \x1b[m") {
		t.Errorf("the selected row has no ink: %q", view)
	}
}

// One key and one View of 5,000 rows must stay well under 2 ms.
func BenchmarkKeyAndView(b *testing.B) {
	shown := newTable(120, 38)
	shown.SetRows(people(5000))
	ink := table.InkOf(lipgloss.NewStyle().Foreground(lipgloss.Color("#ff8800")))
	shown.SetInks(table.Inks{Header: ink, Text: ink, Selected: ink})
	for b.Loop() {
		shown.Move(1)
		if shown.Below() == 0 {
			shown.First()
		}
		_ = shown.View()
	}
}

// New rows arrive (a poll during a sync).
func BenchmarkSetRows(b *testing.B) {
	shown := newTable(120, 38)
	rows := people(5000)
	turned := make([]person, len(rows))
	for index, row := range rows {
		turned[len(rows)-1-index] = row
	}
	for b.Loop() {
		shown.SetRows(rows)
		shown.SetRows(turned)
	}
}
