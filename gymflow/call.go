package gymflow

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
	tries        = 5
	tryTimeout   = 15 * time.Second
	retryTime    = 60 * time.Second // design.md section 8: at most 60 s of retries, then exit 75
	largestBody  = 32 << 20
	longestWords = 300
)

// pace is how long to wait between the tries of one call.
type pace struct{ firstWait, longestWait time.Duration }

// request is one GET of the contract.
type request struct {
	doing string // for errors: "reading the members"
	path  string // escaped, begins with /v1
	query url.Values
}

// reading is one use of the source: all its calls share the time that may be spent on retries.
type reading struct {
	source *HTTP
	left   time.Duration
}

func (h *HTTP) newReading() *reading { return &reading{source: h, left: retryTime} }

// get makes one call and tries again where another try can help: after 429, 5xx, an answer that
// broke off, or none at all. It never tries again after any other 4xx.
func (r *reading) get(ctx context.Context, request request) ([]byte, error) {
	if err := r.source.wait(ctx, request); err != nil {
		return nil, err
	}
	started, tried := time.Now(), 0
	// The first try always has its full time, also when earlier calls used up the retries.
	limited, stop := context.WithTimeout(ctx, max(r.left, tryTimeout))
	defer stop()

	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval, waits.Multiplier = r.source.pace.firstWait, r.source.pace.longestWait, 2

	var last *Error
	body, err := backoff.Retry(limited, func() ([]byte, error) {
		if tried++; tried > 1 {
			if err := r.source.wait(limited, request); err != nil {
				return nil, backoff.Permanent(last)
			}
		}
		body, failure := r.source.try(limited, request)
		if failure == nil {
			return body, nil
		}
		last = failure.Error
		if !failure.temporary {
			return nil, backoff.Permanent(last)
		}
		if failure.retryAfter > 0 {
			return nil, &backoff.RetryAfterError{Duration: failure.retryAfter}
		}
		return nil, last
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(tries), backoff.WithMaxElapsedTime(max(r.left, time.Nanosecond)))
	if tried > 1 {
		r.left -= time.Since(started)
	}
	switch {
	case err == nil:
		return body, nil
	case ctx.Err() != nil:
		return nil, &Error{Doing: request.doing, Kind: ctx.Err()}
	}
	return nil, last
}

// wait holds the call until the limiter lets it go.
func (h *HTTP) wait(ctx context.Context, request request) error {
	err := h.limiter.Wait(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return &Error{Doing: request.doing, Kind: ctx.Err()}
	}
	// The limiter sees that its turn would come after the deadline.
	return &Error{Doing: request.doing, Kind: context.DeadlineExceeded}
}

// failure is one failed try.
type failure struct {
	*Error
	temporary  bool
	retryAfter time.Duration
}

// try sends the request once.
func (h *HTTP) try(ctx context.Context, request request) ([]byte, *failure) {
	ctx, stop := context.WithTimeout(ctx, tryTimeout)
	defer stop()
	target := h.address.String() + request.path
	if len(request.query) > 0 {
		target += "?" + request.query.Encode()
	}
	call, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, &failure{Error: &Error{Doing: request.doing, Kind: ErrNotGymflow, Message: "the address can't be used"}}
	}
	call.Header.Set("Authorization", "Bearer "+h.token)
	call.Header.Set("Accept", "application/json")
	call.Header.Set("User-Agent", "kisiflow")
	h.countRequest()
	answer, err := h.client.Do(call)
	if err != nil {
		return nil, &failure{temporary: true, Error: &Error{Doing: request.doing, Kind: ErrUnavailable, Cause: transportCause(err)}}
	}
	defer func() { _ = answer.Body.Close() }()
	h.noteClock(answer.Header.Get("Date"))
	body, err := io.ReadAll(io.LimitReader(answer.Body, largestBody+1))
	if answer.StatusCode != http.StatusOK {
		return nil, h.refusal(request, answer, body)
	}
	return wholeBody(request, body, err)
}

// wholeBody passes on a body that is one JSON value and nothing else.
func wholeBody(request request, body []byte, err error) ([]byte, *failure) {
	fault := &Error{Doing: request.doing, Kind: ErrNotGymflow, Status: http.StatusOK}
	switch {
	case err != nil:
		fault.Kind, fault.Message, fault.Cause = ErrIncomplete, "the answer broke off", transportCause(err)
		return nil, &failure{Error: fault, temporary: true}
	case len(body) > largestBody:
		fault.Message = "the answer is larger than 32 MiB"
	case json.Valid(body):
		return body, nil
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		fault.Message = "a web page came instead of data; is this the address of the Gymflow bridge?"
	case brokenOff(body):
		fault.Kind, fault.Message = ErrIncomplete, "the answer broke off"
		return nil, &failure{Error: fault, temporary: true}
	default:
		fault.Message = "the answer is not JSON"
	}
	return nil, &failure{Error: fault}
}

// brokenOff tells JSON that ends too early from what was never JSON.
func brokenOff(body []byte) bool {
	var value json.RawMessage
	err := json.NewDecoder(bytes.NewReader(body)).Decode(&value)
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// transportCause takes the address out of net/http's error: it is long, and known.
func transportCause(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	return err
}

// refusal explains an answer that is not 200.
func (h *HTTP) refusal(request request, answer *http.Response, body []byte) *failure {
	words, isContract := readRefusal(body)
	refused := &Error{
		Doing:   request.doing,
		Status:  answer.StatusCode,
		Code:    h.withoutToken(words.Code),
		Message: h.withoutToken(words.Message),
	}
	switch status := answer.StatusCode; {
	case status == http.StatusUnauthorized:
		refused.Kind = ErrUnauthorized
	case status == http.StatusForbidden:
		refused.Kind = ErrForbidden
	case status == http.StatusNotFound && request.path == accountPath:
		refused.Kind, refused.Message = ErrNotFound, "no Gymflow bridge answers at "+h.address.String()
	case status == http.StatusNotFound && isContract:
		refused.Kind = ErrNotFound
	case status == http.StatusNotFound:
		// Only the contract's own words say that something is gone; a web server that lost its
		// way says 404 too, and nobody may lose access for that.
		refused.Kind, refused.Message = ErrNotGymflow, "nothing that speaks Gymflow's API answers at this address"
	case status == http.StatusTooManyRequests:
		refused.Kind = ErrThrottled
		return &failure{Error: refused, temporary: true, retryAfter: readRetryAfter(answer.Header.Get("Retry-After"), time.Now())}
	case status >= 500:
		refused.Kind = ErrUnavailable
		return &failure{Error: refused, temporary: true, retryAfter: readRetryAfter(answer.Header.Get("Retry-After"), time.Now())}
	case status >= 300 && status < 400:
		refused.Kind, refused.Message = ErrNotGymflow, "it points to another address; give that one instead if it is right"
	default:
		refused.Kind = ErrNotGymflow
	}
	return &failure{Error: refused}
}

// withoutToken makes words from outside safe to show, also when they repeat the token.
func (h *HTTP) withoutToken(words string) string {
	return cut(clean(strings.ReplaceAll(words, h.token, "(token)")), longestWords)
}

// refusalWords is the contract's error body.
type refusalWords struct{ Code, Message string }

func readRefusal(body []byte) (words refusalWords, isContract bool) {
	var answer struct {
		Error *refusalWords `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error == nil {
		return refusalWords{}, false
	}
	return *answer.Error, true
}

// readRetryAfter is how long the service asks to wait, 0 when it does not say. The contract has
// seconds; proxies on the way may write a date.
func readRetryAfter(header string, now time.Time) time.Duration {
	const longest = 24 * time.Hour
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, longest)
	}
	until, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), longest)
}
