package kisi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
)

// The largest pages (kisi-api.md section 11). limit is always sent: left out it is 10 for groups and
// rights, and a list of ten looks exactly like a mass of members losing access.
const (
	usersPage   = 100
	pageRows    = 250
	lastOffset  = 20_000
	mostReading = 3 // a reading and two restarts
)

// listing says which list to read to its end.
type listing[T any] struct {
	doing string
	path  string
	query url.Values
	limit int
	id    func(T) int64
	visit func(read, total int) bool
}

// doubt ends a reading that another one may mend: the list changed under us, or a page was odd.
type doubt struct{ reason string }

func (d doubt) Error() string { return d.reason }

// readList reads a list to its end. It is complete when the distinct ids are as many as the last page's
// total and none came twice; otherwise it is read again, at most twice, and then it is ErrIncomplete.
func readList[T any](ctx context.Context, c *Client, list listing[T]) ([]T, error) {
	var last doubt
	for range mostReading {
		rows, err := readOnce(ctx, c, list)
		if err == nil {
			return rows, nil
		}
		if !errors.As(err, &last) {
			return nil, err
		}
	}
	return nil, incomplete(list.doing, last.reason, nil)
}

func incomplete(doing, reason string, cause error) *Error {
	return &Error{Doing: doing, Kind: ErrIncomplete, Code: noCode, Reason: reason, Cause: cause}
}

// reading is the state of one reading of a list.
type reading[T any] struct {
	rows    []T
	seen    map[int64]bool
	total   int
	known   bool // the last page told a total
	blind   bool // some page told none
	empties int  // empty pages at the end so far
}

func readOnce[T any](ctx context.Context, c *Client, list listing[T]) ([]T, error) {
	state := reading[T]{seen: map[int64]bool{}}
	for {
		if len(state.rows) > lastOffset {
			return nil, incomplete(list.doing, "Kisi shows no more than the first 20,000 entries", nil)
		}
		page, total, known, err := readPage(ctx, c, list, len(state.rows))
		if err != nil {
			return nil, err
		}
		if err := state.add(page, total, known, list.id); err != nil {
			return nil, err
		}
		if list.visit != nil && !list.visit(len(state.rows), max(state.total, len(state.rows))) {
			return nil, incomplete(list.doing, "the reading was stopped", nil)
		}
		done, err := state.done(len(page))
		if done || err != nil {
			return state.rows, err
		}
		if state.total > lastOffset+list.limit {
			return nil, incomplete(list.doing, fmt.Sprintf("it has %d entries and Kisi shows no more than %d", state.total, lastOffset+list.limit), nil)
		}
	}
}

// readPage asks for the rows from offset on. The offset counts what came, not what was asked for, so that
// a server which caps its pages lower loses nothing.
func readPage[T any](ctx context.Context, c *Client, list listing[T], offset int) (rows []T, total int, known bool, err error) {
	query := maps.Clone(list.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", strconv.Itoa(list.limit))
	query.Set("offset", strconv.Itoa(offset))
	var body json.RawMessage
	got, err := c.do(ctx, call{doing: list.doing, method: http.MethodGet, path: list.path, query: query, into: &body})
	if err != nil {
		return nil, 0, false, unreadable(list.doing, err)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		return nil, 0, false, incomplete(list.doing, "the answer is not a list", ErrNotKisi)
	}
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, 0, false, incomplete(list.doing, "an entry can't be read", ErrNotKisi)
	}
	total, known = collectionTotal(got.header.Get("X-Collection-Range"))
	return rows, total, known, nil
}

// unreadable makes an answer that is no list an incomplete list; other failures stay what they are.
func unreadable(doing string, err error) error {
	var failed *Error
	if errors.As(err, &failed) && errors.Is(failed, ErrNotKisi) {
		return &Error{Doing: doing, Kind: ErrIncomplete, Status: failed.Status, Code: failed.Code, Reason: failed.Reason, Cause: ErrNotKisi}
	}
	return err
}

func (s *reading[T]) add(page []T, total int, known bool, id func(T) int64) error {
	if known && s.known && total != s.total {
		return doubt{fmt.Sprintf("it changed while it was read, from %d entries to %d", s.total, total)}
	}
	if known {
		s.total, s.known = total, true
	} else {
		s.blind = true
	}
	for _, row := range page {
		key := id(row)
		if key == 0 {
			return doubt{"an entry has no id"}
		}
		if s.seen[key] {
			return doubt{fmt.Sprintf("the entry %d came twice", key)}
		}
		s.seen[key] = true
	}
	s.rows = append(s.rows, page...)
	return nil
}

// done tells whether the list is at its end. Where a page told no total, a short page proves nothing: only
// an empty page behind the last row does, and for a list without any row two of them.
func (s *reading[T]) done(came int) (bool, error) {
	if s.known && len(s.rows) > s.total {
		return false, doubt{fmt.Sprintf("Kisi counts %d entries and sent %d", s.total, len(s.rows))}
	}
	if s.known && !s.blind {
		if len(s.rows) == s.total {
			return true, nil
		}
		if came == 0 {
			return false, doubt{fmt.Sprintf("Kisi counts %d entries and sent %d", s.total, len(s.rows))}
		}
		return false, nil
	}
	if came > 0 {
		return false, nil
	}
	s.empties++
	if s.known && len(s.rows) != s.total {
		return false, doubt{fmt.Sprintf("Kisi counts %d entries and sent %d", s.total, len(s.rows))}
	}
	return len(s.rows) > 0 || s.empties > 1, nil
}

// collectionTotal reads "<start>-<end>/<total>" and "*/<total>". Start and end are the requested ones and
// tell nothing (kisi-api.md section 11).
func collectionTotal(header string) (total int, known bool) {
	parts := regexp.MustCompile(`^\s*(?:\*|\d+-\d+)/(\d{1,9})\s*$`).FindStringSubmatch(header)
	if parts == nil {
		return 0, false
	}
	total, err := strconv.Atoi(parts[1])
	return total, err == nil
}
