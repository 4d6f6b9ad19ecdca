// Package table shows many rows in columns. It is keyed by id: the selection stays with its row when rows are sorted
// anew, change or vanish. Only the rows that fit are rendered, and no style is built while rendering.
package table

// Column is one column. Text that it is given must be free of control sequences.
type Column[Row any] struct {
	Title    string
	Width    int              // cells; the least of a column with Flex
	Flex     int              // its share of the cells that are left over; 0: always Width
	Most     int              // of a column with Flex: never wider; 0: no bound
	Right    bool             // numbers
	Priority int              // 0: always shown; else the highest goes first when the screen is narrow
	Cell     func(Row) string // plain text of the cell
	Ink      func(Row) Ink    // nil: the table's ink; it also holds on the selected row
}

// Inks are the inks of a table.
type Inks struct {
	Header   Ink
	Text     Ink
	Selected Ink // of the first cell of the row where you are; the whole row would cost three times the bytes a move
	Marker   Ink // of the ▸ before it
}

// Table shows rows of one kind. The zero Table is not usable; see New.
type Table[ID comparable, Row any] struct {
	identify func(Row) ID
	columns  []Column[Row]
	inks     Inks
	rows     []Row
	selected int // index into rows; 0 when there are none
	offset   int // first row on screen
	width    int
	height   int // header included
	shown    []placed
	sorted   int // column that the rows are sorted by; -1: none
	downward bool
}

// placed is a column that fits, with the width it got.
type placed struct {
	column int
	width  int
}

const (
	gutter = 3 // " ▸ "
	gap    = 2 // between columns
)

// New makes a table; identify gives a row's id, which must be unique among the rows.
func New[ID comparable, Row any](identify func(Row) ID, columns ...Column[Row]) *Table[ID, Row] {
	return &Table[ID, Row]{identify: identify, columns: columns, sorted: -1}
}

// SetInks replaces the inks (the theme changed).
func (t *Table[ID, Row]) SetInks(inks Inks) { t.inks = inks }

// SetSize gives the table its place, header line included.
func (t *Table[ID, Row]) SetSize(width, height int) {
	if width == t.width && height == t.height {
		return
	}
	t.width, t.height = max(width, 0), max(height, 0)
	t.layOut()
	t.follow()
}

// SetColumns replaces the columns.
func (t *Table[ID, Row]) SetColumns(columns ...Column[Row]) {
	t.columns = columns
	t.layOut()
}

// SetSort marks the column by which the rows come sorted; -1 for none. The order itself is the caller's.
func (t *Table[ID, Row]) SetSort(column int, downward bool) { t.sorted, t.downward = column, downward }

// SetRows replaces the rows, in the order shown. The selection stays with its id, on the same line of the screen where
// that is possible; when the row is gone, the nearest row that is still there is selected.
func (t *Table[ID, Row]) SetRows(rows []Row) {
	line := t.selected - t.offset
	next := t.successor(rows)
	t.rows = rows
	t.selected = next
	t.offset = next - line
	t.follow()
}

// successor finds the index in rows of the selected row, or of its nearest neighbour that is left: the one below first,
// because that is the row that moves into its place.
func (t *Table[ID, Row]) successor(rows []Row) int {
	if len(t.rows) == 0 || len(rows) == 0 {
		return 0
	}
	wanted := t.identify(t.rows[t.selected])
	if at := min(t.selected, len(rows)-1); t.identify(rows[at]) == wanted {
		return at // the usual case: nothing moved
	}
	places := make(map[ID]int, len(rows))
	for index, row := range rows {
		places[t.identify(row)] = index
	}
	for index := t.selected; index < len(t.rows); index++ {
		if at, there := places[t.identify(t.rows[index])]; there {
			return at
		}
	}
	for index := t.selected - 1; index >= 0; index-- {
		if at, there := places[t.identify(t.rows[index])]; there {
			return at
		}
	}
	return min(t.selected, len(rows)-1)
}

// Len is the number of rows.
func (t *Table[ID, Row]) Len() int { return len(t.rows) }

// Rows gives the rows as they are shown, for a copy of them. They must not be changed.
func (t *Table[ID, Row]) Rows() []Row { return t.rows }

// Selected gives the row where you are; found is false in an empty table.
func (t *Table[ID, Row]) Selected() (row Row, found bool) {
	if len(t.rows) == 0 {
		return row, false
	}
	return t.rows[t.selected], true
}

// Select goes to the row with the id, if there is one.
func (t *Table[ID, Row]) Select(id ID) bool {
	for index, row := range t.rows {
		if t.identify(row) == id {
			t.selected = index
			t.follow()
			return true
		}
	}
	return false
}

// Move goes down by so many rows, or up when negative.
func (t *Table[ID, Row]) Move(by int) {
	t.selected += by
	t.follow()
}

// Page goes down by so many screens, or up when negative.
func (t *Table[ID, Row]) Page(by int) {
	step := max(t.body()-1, 1) * by
	t.offset += step
	t.selected += step
	t.follow()
}

// First goes to the first row.
func (t *Table[ID, Row]) First() {
	t.selected = 0
	t.follow()
}

// Last goes to the last row.
func (t *Table[ID, Row]) Last() {
	t.selected = len(t.rows) - 1
	t.follow()
}

// Below tells how many rows follow the selected one, so that a caller who reads page by page knows when to read more.
func (t *Table[ID, Row]) Below() int { return max(len(t.rows)-1-t.selected, 0) }

// Cursor is where the selected row stands within the table; found is false when no row is on screen.
func (t *Table[ID, Row]) Cursor() (x, y int, found bool) {
	if len(t.rows) == 0 || t.body() == 0 {
		return 0, 0, false
	}
	return 1, 1 + t.selected - t.offset, true
}

// body is the number of lines for rows.
func (t *Table[ID, Row]) body() int { return max(t.height-1, 0) }

// follow brings the selection into the rows and the offset to where the selection is on screen.
func (t *Table[ID, Row]) follow() {
	t.selected = max(min(t.selected, len(t.rows)-1), 0)
	body := max(t.body(), 1)
	t.offset = min(t.offset, t.selected, max(len(t.rows)-body, 0))
	t.offset = max(t.offset, t.selected-body+1, 0)
}

// layOut decides which columns fit and how wide they are.
func (t *Table[ID, Row]) layOut() {
	t.shown = t.shown[:0]
	for index, column := range t.columns {
		t.shown = append(t.shown, placed{index, column.Width})
	}
	available := t.width - gutter
	for t.needed() > available && t.dropOne() {
	}
	if over := t.needed() - available; over > 0 {
		t.squeeze(over)
		return
	}
	for left := available - t.needed(); left > 0; {
		given := t.widen(left)
		if given == 0 {
			return
		}
		left -= given
	}
}

func (t *Table[ID, Row]) needed() int {
	total := gap * max(len(t.shown)-1, 0)
	for _, place := range t.shown {
		total += place.width
	}
	return total
}

// dropOne takes away the column that is missed least.
func (t *Table[ID, Row]) dropOne() bool {
	worst := -1
	for index, place := range t.shown {
		priority := t.columns[place.column].Priority
		if priority > 0 && (worst < 0 || priority >= t.columns[t.shown[worst].column].Priority) {
			worst = index
		}
	}
	if worst < 0 {
		return false
	}
	t.shown = append(t.shown[:worst], t.shown[worst+1:]...)
	return true
}

// squeeze narrows the columns that stay, the widest first, where even they do not fit.
func (t *Table[ID, Row]) squeeze(over int) {
	for ; over > 0; over-- {
		widest := -1
		for index, place := range t.shown {
			if place.width > 1 && (widest < 0 || place.width > t.shown[widest].width) {
				widest = index
			}
		}
		if widest < 0 {
			return
		}
		t.shown[widest].width--
	}
}

// widen shares cells out among the flexible columns that may still grow, and tells how many it gave.
func (t *Table[ID, Row]) widen(left int) int {
	shares := 0
	for _, place := range t.shown {
		if t.grows(place) {
			shares += t.columns[place.column].Flex
		}
	}
	given := 0
	for index, place := range t.shown {
		if !t.grows(place) || given == left {
			continue
		}
		column := t.columns[place.column]
		extra := min(max(left*column.Flex/shares, 1), left-given)
		if column.Most > 0 {
			extra = min(extra, column.Most-place.width)
		}
		t.shown[index].width += extra
		given += extra
	}
	return given
}

func (t *Table[ID, Row]) grows(place placed) bool {
	column := t.columns[place.column]
	return column.Flex > 0 && (column.Most == 0 || place.width < column.Most)
}
