package kisi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	tryTime   = 15 * time.Second // connecting and answering, each try
	patience  = 60 * time.Second // all tries of one call
	mostTries = 5
	mostBytes = 32 << 20
)

// call is one request, however often it is tried.
type call struct {
	doing  string
	method string
	path   string
	query  url.Values
	body   any
	// once: what it does must not happen twice, so that a lost answer ends it (kisi-api.md section 12). A
	// 429 did nothing and may be tried again.
	once bool
	into any // where a 200's JSON goes; nil when the body doesn't matter
}

// answer is a success.
type answer struct {
	header http.Header
	lost   bool // an earlier try of this call got no answer and may have worked
}

// failure is what one try came to.
type failure struct {
	*Error
	again bool // trying again may help, and 4xx but 429 never do
	lost  bool // the request may have worked
	after time.Duration
}

// do sends a call, and again where that can help. It waits for its turn and for the limiter.
func (c *Client) do(ctx context.Context, todo call) (answer, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return answer{}, c.stopped(todo.doing, ctx.Err())
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = c.pause
	pauses.Multiplier = 2

	var last *failure
	lost := false
	got, _ := backoff.Retry(limited, func() (answer, error) {
		got, failed := c.try(limited, todo)
		if failed == nil {
			last = nil
			return got, nil
		}
		last, lost = failed, lost || failed.lost
		switch {
		case !failed.again || failed.lost && todo.once:
			return answer{}, backoff.Permanent(failed.Error)
		case failed.after > 0:
			return answer{}, &backoff.RetryAfterError{Duration: failed.after}
		}
		return answer{}, failed.Error
	}, backoff.WithBackOff(pauses), backoff.WithMaxTries(mostTries), backoff.WithMaxElapsedTime(patience))
	got.lost = lost
	if last == nil {
		return got, nil
	}
	if errors.Is(ctx.Err(), context.Canceled) && last.again {
		return got, c.stopped(todo.doing, ctx.Err())
	}
	return got, last.Error
}

// stopped is the failure of a call whose caller gave up waiting.
func (c *Client) stopped(doing string, cause error) *Error {
	if errors.Is(cause, context.Canceled) {
		return &Error{Doing: doing, Kind: context.Canceled, Code: noCode}
	}
	return &Error{Doing: doing, Kind: ErrUnavailable, Code: noCode, Reason: "the time for it ran out", Cause: context.DeadlineExceeded}
}

// try sends a call once.
func (c *Client) try(ctx context.Context, todo call) (answer, *failure) {
	if err := c.pace.wait(ctx); err != nil {
		cause := ctx.Err()
		if cause == nil { // the limiter sees that the deadline would pass while waiting
			cause = context.DeadlineExceeded
		}
		return answer{}, &failure{Error: c.stopped(todo.doing, cause), again: true}
	}
	timed, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	request, err := c.request(timed, todo)
	if err != nil {
		return answer{}, &failure{Error: c.broken(todo.doing, err)}
	}
	c.count(todo.method)
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, &failure{Error: c.broken(todo.doing, err), again: true, lost: true}
	}
	defer func() { _ = response.Body.Close() }()
	c.readClock(response.Header)
	body, err := io.ReadAll(io.LimitReader(response.Body, mostBytes+1))
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return answer{}, c.refused(todo, response, body)
	}
	c.pace.succeeded()
	switch {
	case err != nil:
		return answer{}, &failure{Error: c.broken(todo.doing, err), again: true, lost: true}
	case len(body) > mostBytes:
		return answer{}, &failure{Error: c.notKisi(todo.doing, response.StatusCode, "it is longer than 32 MB"), lost: true}
	case todo.into == nil:
		return answer{header: response.Header}, nil
	}
	if failed := c.decode(todo, response, body); failed != nil {
		return answer{}, failed
	}
	return answer{header: response.Header}, nil
}

func (c *Client) request(ctx context.Context, todo call) (*http.Request, error) {
	target := *c.base
	target.Path += todo.path
	target.RawQuery = todo.query.Encode() // writes + as %2B (kisi-api.md trap 4)
	var content io.Reader
	if todo.body != nil {
		encoded, err := json.Marshal(todo.body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, todo.method, target.String(), content)
	if err != nil {
		return nil, err
	}
	c.authorize(request.Header)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", integration)
	request.Header.Set("X-Kisi-Integration-Identifier", integration)
	request.Header.Set("X-Kisi-Integration-Contact", c.contactAddress())
	return request, nil
}

// contactAddress is who stands behind this integration: as configured, else whose key it is.
func (c *Client) contactAddress() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, address := range []string{c.contact, c.meAddress} {
		if address = CleanText(address); address != "" {
			return address
		}
	}
	return "unknown"
}

func (c *Client) refused(todo call, response *http.Response, body []byte) *failure {
	failed := &failure{Error: refusal(todo.doing, response.StatusCode, response.Header, body, c.clean)}
	switch {
	case response.StatusCode == http.StatusTooManyRequests:
		c.pace.throttled()
		c.mutex.Lock()
		c.stats.Throttled++
		c.mutex.Unlock()
		failed.again = true
	case response.StatusCode >= 500:
		failed.again, failed.lost = true, true
	}
	if failed.again {
		failed.after = retryAfter(response.Header.Get("Retry-After"), time.Now())
	}
	return failed
}

// decode reads a success. JSON that is cut short is a broken connection, anything else wrong is not Kisi.
func (c *Client) decode(todo call, response *http.Response, body []byte) *failure {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return &failure{Error: c.notKisi(todo.doing, response.StatusCode, "it is empty"), again: true, lost: true}
	}
	err := json.Unmarshal(body, todo.into)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) && (body[0] == '[' || body[0] == '{') {
		return &failure{Error: c.notKisi(todo.doing, response.StatusCode, "it breaks off in the middle"), again: true, lost: true}
	}
	return &failure{Error: c.notKisi(todo.doing, response.StatusCode, "it can't be read"), lost: true}
}

func (c *Client) notKisi(doing string, status int, reason string) *Error {
	return &Error{Doing: doing, Kind: ErrNotKisi, Status: status, Code: noCode, Reason: reason}
}

// broken is a failure of the transport. The address is left out: it may hold a member's e-mail.
func (c *Client) broken(doing string, err error) *Error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.Canceled) {
		return c.stopped(doing, context.Canceled)
	}
	failed := &Error{Doing: doing, Kind: ErrUnavailable, Code: noCode, Cause: err}
	if errors.Is(err, context.DeadlineExceeded) {
		failed.Reason, failed.Cause = "it did not answer in time", context.DeadlineExceeded
		return failed
	}
	if text := err.Error(); c.clean(text) != text {
		failed.Cause = errors.New(c.clean(text)) // the wrapped errors go with it: one of them holds what was cleaned
	}
	return failed
}

func (c *Client) count(method string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if method == http.MethodGet {
		c.stats.Reads++
	} else {
		c.stats.Writes++
	}
}

func (c *Client) readClock(header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.stats.ClockSkew, c.stats.ClockSeen = time.Until(date), true
}

// retryAfter reads the header's two forms, seconds and a date; 0 when there is none that makes sense.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), 24*60*60)) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), 24*time.Hour)
	}
	return 0
}
