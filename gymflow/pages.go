package gymflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	accountPath = "/v1/account"
	pageLimit   = 200 // the most that the contract allows; its default of 50 costs four times the requests
	restarts    = 2
	// sparePages is how many pages more than rows a read may have before its cursor is taken to
	// have no end; largestTotal bounds that where the total itself is nonsense.
	sparePages   = 50
	largestTotal = 1_000_000
)

// pages describes one paged collection.
type pages[Row any] struct {
	doing    string
	path     string
	decode   func(raw json.RawMessage) (Row, error)
	id       func(Row) string
	progress func(read, total int)
	since    time.Time // only what changed at or after it; zero: everything
}

func membershipPages() pages[Membership] {
	return pages[Membership]{
		doing: "reading the memberships", path: "/v1/memberships",
		decode: decodeMembership, id: func(m Membership) string { return m.ID },
	}
}

func memberPages() pages[Member] {
	return pages[Member]{
		doing: "reading the members", path: "/v1/members",
		decode: decodeMember, id: func(m Member) string { return m.ID },
	}
}

func (r *reading) account(ctx context.Context) (Account, error) {
	const doing = "reading the Gymflow account"
	body, err := r.get(ctx, request{doing: doing, path: accountPath})
	if err != nil {
		return Account{}, err
	}
	account, err := decodeAccount(body)
	if err != nil {
		return Account{}, &Error{Doing: doing, Kind: ErrNotGymflow, Status: http.StatusOK, Message: err.Error()}
	}
	return account, nil
}

// readAll reads a collection whole, from its beginning again when a read turns out not to be
// complete. asOf is the oldest that any page said.
func readAll[Row any](ctx context.Context, r *reading, pages pages[Row]) (rows []Row, asOf time.Time, err error) {
	for attempt := 0; ; attempt++ {
		read := &collection[Row]{reading: r, pages: pages, ids: map[string]bool{}, cursors: map[string]bool{}}
		err = read.toTheEnd(ctx)
		if err == nil {
			return read.rows, read.asOf, nil
		}
		if broken, ok := errors.AsType[*brokenRead](err); ok {
			err = &Error{Doing: pages.doing, Kind: ErrIncomplete, Status: http.StatusOK, Message: broken.why}
			if attempt < restarts {
				continue
			}
		}
		return nil, time.Time{}, err
	}
}

// brokenRead is a read that another one, from the beginning, may mend.
type brokenRead struct{ why string }

func (b *brokenRead) Error() string { return b.why }

func brokenBecause(format string, values ...any) error {
	return &brokenRead{why: fmt.Sprintf(format, values...)}
}

// collection is one read of a collection, from its first page on.
type collection[Row any] struct {
	reading *reading
	pages   pages[Row]
	rows    []Row
	ids     map[string]bool
	cursors map[string]bool
	total   int
	asOf    time.Time
}

// toTheEnd follows the cursor and then proves that the read is complete (gymflow-api.md: the
// cursor ended, no id came twice, the number of distinct ids equals the last total).
func (c *collection[Row]) toTheEnd(ctx context.Context) error {
	cursor := ""
	for count := 1; ; count++ {
		page, err := c.page(ctx, cursor)
		if err != nil {
			return err
		}
		if err := c.take(page); err != nil {
			return err
		}
		if c.pages.progress != nil {
			c.pages.progress(len(c.rows), c.total)
		}
		if page.next == "" {
			break
		}
		if c.cursors[page.next] {
			return brokenBecause("its cursor goes in a circle, after %d of %d", len(c.rows), c.total)
		}
		if count > min(c.total, largestTotal)+sparePages {
			return brokenBecause("its pages have no end: %d pages for %d rows", count, c.total)
		}
		c.cursors[page.next] = true
		cursor = page.next
	}
	// What changed is no collection: whether total counts all members there, the contract leaves open, and whom it misses the next
	// complete read has.
	if c.pages.since.IsZero() && len(c.rows) != c.total {
		return brokenBecause("%d came of the %d that it counts", len(c.rows), c.total)
	}
	return nil
}

// page reads one page.
func (c *collection[Row]) page(ctx context.Context, cursor string) (page, error) {
	query := url.Values{"limit": {strconv.Itoa(pageLimit)}}
	if !c.pages.since.IsZero() {
		query.Set("updated_since", c.pages.since.UTC().Format(time.RFC3339Nano))
	}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	body, err := c.reading.get(ctx, request{doing: c.pages.doing, path: c.pages.path, query: query})
	if refused, ok := errors.AsType[*Error](err); ok && refused.Status == http.StatusBadRequest && cursor != "" {
		return page{}, brokenBecause("it no longer knows its own cursor, after %d of %d: %s", len(c.rows), c.total, refused.Message)
	}
	if err != nil {
		return page{}, err
	}
	answer, err := decodePage(body)
	if err != nil {
		return page{}, &Error{Doing: c.pages.doing, Kind: ErrNotGymflow, Status: http.StatusOK, Message: err.Error()}
	}
	return answer, nil
}

// take adds a page's rows.
func (c *collection[Row]) take(page page) error {
	c.total = page.total
	if c.asOf.IsZero() || page.asOf.Before(c.asOf) {
		c.asOf = page.asOf
	}
	for _, raw := range page.rows {
		row, err := c.pages.decode(raw)
		if errors.Is(err, errNoID) {
			return brokenBecause("row %d: %v", len(c.rows)+1, err)
		}
		if err != nil {
			return &Error{Doing: c.pages.doing, Kind: ErrNotGymflow, Status: http.StatusOK, Message: err.Error()}
		}
		id := c.pages.id(row)
		if c.ids[id] {
			return brokenBecause("%s came twice, after %d of %d", shownText(id), len(c.rows), c.total)
		}
		c.ids[id] = true
		c.rows = append(c.rows, row)
	}
	return nil
}
