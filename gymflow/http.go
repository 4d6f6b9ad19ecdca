package gymflow

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The paces of gymflow-api.md: 10 requests a second a token, of which two are left to others. A
// bridge on this machine is not worth sparing.
const (
	requestsASecond         = 8
	loopbackRequestsASecond = 200
)

// HTTP reads Gymflow through the HTTP contract of gymflow-api.md.
type HTTP struct {
	client  *http.Client
	address *url.URL
	token   string
	limiter *rate.Limiter
	now     func() time.Time
	pace    pace

	mutex sync.Mutex
	stats Stats
}

// HTTPOptions says where and as whom to read.
type HTTPOptions struct {
	BaseURL   string            // the address before /v1; https, or http to loopback only
	Token     string            // bearer token; never logged
	Transport http.RoundTripper // nil for the default; tests count and break calls here
	Now       func() time.Time  // stamps Roster.ReadAt; nil for time.Now
}

// NewHTTP checks the address and makes a source; it does not call anything yet.
func NewHTTP(options HTTPOptions) (*HTTP, error) {
	address, err := readAddress(options.BaseURL)
	if err != nil {
		return nil, err
	}
	token, err := readToken(options.Token)
	if err != nil {
		return nil, err
	}
	source := &HTTP{
		address: address,
		token:   token,
		limiter: rate.NewLimiter(requestsASecond, 1),
		now:     options.Now,
		pace:    pace{firstWait: 500 * time.Millisecond, longestWait: 8 * time.Second},
	}
	if loopback(address.Hostname()) {
		source.limiter = rate.NewLimiter(loopbackRequestsASecond, 20)
		source.pace.firstWait = 100 * time.Millisecond
	}
	if source.now == nil {
		source.now = time.Now
	}
	transport := options.Transport
	if transport == nil {
		transport = http.DefaultTransport
		if standard, ok := transport.(*http.Transport); ok {
			transport = standard.Clone()
		}
	}
	source.client = &http.Client{
		Transport: transport,
		// A redirect could carry the token elsewhere; the contract has none.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return source, nil
}

var _ Source = (*HTTP)(nil)

// Close lets go of the connections that are kept for the next call.
func (h *HTTP) Close() { h.client.CloseIdleConnections() }

// Account implements Source.
func (h *HTTP) Account(ctx context.Context) (Account, error) {
	return h.newReading().account(ctx)
}

// Memberships implements Source.
func (h *HTTP) Memberships(ctx context.Context) ([]Membership, error) {
	memberships, _, err := readAll(ctx, h.newReading(), membershipPages())
	return memberships, err
}

// Roster implements Source. When a read has to be begun again, progress begins again too.
func (h *HTTP) Roster(ctx context.Context, progress func(read, total int)) (Roster, error) {
	reading := h.newReading()
	account, err := reading.account(ctx)
	if err != nil {
		return Roster{}, err
	}
	memberships, membershipsAsOf, err := readAll(ctx, reading, membershipPages())
	if err != nil {
		return Roster{}, err
	}
	pages := memberPages()
	pages.progress = progress
	members, asOf, err := readAll(ctx, reading, pages)
	if err != nil {
		return Roster{}, err
	}
	if membershipsAsOf.Before(asOf) {
		asOf = membershipsAsOf
	}
	return Roster{Account: account, Memberships: memberships, Members: members, AsOf: asOf, ReadAt: h.now()}, nil
}

// Member implements Source.
func (h *HTTP) Member(ctx context.Context, id string) (Member, error) {
	const doing = "reading one member again"
	if id == "" {
		return Member{}, &Error{Doing: doing, Kind: ErrIncomplete, Message: "no member id was given"}
	}
	body, err := h.newReading().get(ctx, request{doing: doing, path: "/v1/members/" + url.PathEscape(id)})
	if err != nil {
		return Member{}, err
	}
	member, err := decodeMember(body)
	if err != nil {
		return Member{}, &Error{Doing: doing, Kind: ErrNotGymflow, Status: http.StatusOK, Message: err.Error()}
	}
	if member.ID != id {
		return Member{}, &Error{Doing: doing, Kind: ErrNotGymflow, Status: http.StatusOK,
			Message: "asked for " + shownText(id) + ", got " + shownText(member.ID)}
	}
	return member, nil
}

// Changed implements Source. Who changed while the pages were read may come with the next call: asOf is the oldest word of
// any page, and the instant itself is included (gymflow-api.md: "changed at or after it").
func (h *HTTP) Changed(ctx context.Context, since time.Time) ([]Member, time.Time, error) {
	pages := memberPages()
	pages.doing = "reading what changed"
	pages.since = since
	return readAll(ctx, h.newReading(), pages)
}

// Stats implements Source.
func (h *HTTP) Stats() Stats {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.stats
}

// countRequest counts one request as it is sent.
func (h *HTTP) countRequest() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.stats.Requests++
}

// noteClock compares the service's clock with this host's own, never with a simulated one: it is
// the host's clock that decides which day it is.
func (h *HTTP) noteClock(header string) {
	served, err := http.ParseTime(header)
	if err != nil {
		return
	}
	skew := time.Until(served)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.stats.ClockSkew, h.stats.ClockSeen = skew, true
}
