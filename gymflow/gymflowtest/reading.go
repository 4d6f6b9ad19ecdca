package gymflowtest

import (
	"fmt"
	"sync"
	"time"
)

// keptReadings is how many reads may be under way at once; older cursors are forgotten, as a real
// service forgets them.
const keptReadings = 64

// reading is one client's way through a collection as it was at the first page.
type reading struct {
	number     int
	collection string
	rows       []any
	asOf       time.Time
}

// readings remembers the reads under way.
type readings struct {
	mutex sync.Mutex
	last  int
	kept  map[int]reading
}

func (r *readings) begin(collection string, rows []any, asOf time.Time) reading {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.last++
	if r.kept == nil {
		r.kept = map[int]reading{}
	}
	begun := reading{number: r.last, collection: collection, rows: rows, asOf: asOf}
	r.kept[r.last] = begun
	delete(r.kept, r.last-keptReadings)
	return begun
}

// find reads a cursor; it is known only for the collection that gave it.
func (r *readings) find(collection, cursor string) (read reading, offset int, known bool) {
	var number int
	if _, err := fmt.Sscanf(cursor, "r%d_%d", &number, &offset); err != nil {
		return reading{}, 0, false
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	read, known = r.kept[number]
	exact := cursor == read.cursor(offset)
	return read, offset, known && exact && read.collection == collection && offset >= 0 && offset <= len(read.rows)
}

func (r reading) cursor(offset int) string { return fmt.Sprintf("r%d_%d", r.number, offset) }

// page is the contract's page.
type page struct {
	Data       []any   `json:"data"`
	NextCursor *string `json:"next_cursor"`
	Total      int     `json:"total"`
	AsOf       string  `json:"as_of"`
}

func (r reading) page(offset, limit int) page {
	end := min(offset+limit, len(r.rows))
	made := page{Data: r.rows[offset:end:end], Total: len(r.rows), AsOf: r.asOf.Format(time.RFC3339Nano)}
	if made.Data == nil {
		made.Data = []any{}
	}
	if end < len(r.rows) {
		made.NextCursor = new(r.cursor(end))
	}
	return made
}
