package kisi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// The kinds of failure; use errors.Is. Every failure is an *Error that wraps one of them, or
// context.Canceled when the caller stopped waiting.
var (
	ErrUnauthorized = errors.New("kisi refused the key")                    // 401
	ErrForbidden    = errors.New("the kisi key may not do this")            // 403
	ErrNotFound     = errors.New("kisi does not know it")                   // 404
	ErrConflict     = errors.New("kisi says that it exists already")        // 409
	ErrInvalid      = errors.New("kisi found the request invalid")          // 400, 422
	ErrThrottled    = errors.New("kisi asks to slow down")                  // 429 after all retries
	ErrUnavailable  = errors.New("kisi can't be reached")                   // network, 5xx, time-out after all retries
	ErrIncomplete   = errors.New("kisi's list was not complete")            // see kisi-api.md trap 2
	ErrNotKisi      = errors.New("the answer is not what kisi's API sends") // HTML, wrong JSON, redirect
)

// Error is one failed call.
type Error struct {
	Doing  string              // what was being done: "reading the access groups"
	Kind   error               // one of the Err… above
	Status int                 // HTTP status; 0 when no answer came
	Code   string              // Kisi's code, "000000" when it sent none
	Reason string              // Kisi's own words, cleaned for a terminal, at most 300 characters
	Fields map[string][]string // of a 422
	Cause  error               // of a transport failure; never holds the key

	// MayHaveWorked: an earlier try of the same write got no answer, so that this failure proves nothing about it.
	MayHaveWorked bool
}

// MayHaveWorked tells whether a write that failed may have taken effect all the same: an answer was lost on the way, and what
// came afterwards (a refused key, say) was about a later request.
func MayHaveWorked(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.MayHaveWorked
}

// afterLost marks a failure that came after a lost answer.
func afterLost(lost bool, err error) error {
	var failed *Error
	if !lost || !errors.As(err, &failed) {
		return err
	}
	marked := *failed
	marked.MayHaveWorked = true
	return &marked
}

// Error is a sentence: what was being done, what came back.
func (e *Error) Error() string {
	sentence := e.Doing + ": " + e.phrase()
	if e.Status != 0 && e.Kind != ErrIncomplete { //nolint:errorlint // Kind is always one of the kinds itself
		sentence += fmt.Sprintf(" (%d)", e.Status)
	}
	if detail := e.detail(); detail != "" {
		sentence += ": " + detail
	}
	return sentence
}

func (e *Error) phrase() string {
	switch {
	case errors.Is(e.Kind, context.Canceled):
		return "stopped before Kisi answered"
	case e.Status >= 500:
		return "Kisi has a problem of its own"
	case e.Kind == nil:
		return "it failed"
	}
	return strings.Replace(e.Kind.Error(), "kisi", "Kisi", 1)
}

func (e *Error) detail() string {
	var said []string
	if e.Reason != "" {
		said = append(said, strings.TrimRight(e.Reason, ".")) // the sentence goes on
	}
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		said = append(said, field+" "+strings.Join(e.Fields[field], ", "))
	}
	if len(said) == 0 && e.Cause != nil && !errors.Is(e.Cause, context.Canceled) {
		said = append(said, e.Cause.Error())
	}
	return shorten(CleanText(strings.Join(said, "; ")), reasonLength)
}

// Unwrap gives Kind and Cause to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	var wrapped []error
	if e.Kind != nil {
		wrapped = append(wrapped, e.Kind)
	}
	if e.Cause != nil {
		wrapped = append(wrapped, e.Cause)
	}
	return wrapped
}

// kindOf says what a status means. Only 401 and 403 are about the key; any 5xx may pass.
func kindOf(status int) error {
	switch {
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return ErrNotFound
	case status == http.StatusConflict:
		return ErrConflict
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status >= 500:
		return ErrUnavailable
	case status >= 400:
		return ErrInvalid
	}
	return ErrNotKisi
}

const noCode = "000000" // what Kisi's own client falls back to (kisi-api.md section 12)

// refusal reads an answer that is not a success. The body may be missing, cut or a proxy's page.
func refusal(doing string, status int, header http.Header, body []byte, clean func(string) string) *Error {
	failed := &Error{Doing: doing, Kind: kindOf(status), Status: status, Code: noCode}
	if status >= 300 && status < 400 {
		failed.Reason = "it sends us elsewhere, and the key goes nowhere else"
		return failed
	}
	page := strings.Contains(header.Get("Content-Type"), "html") || strings.HasPrefix(strings.TrimSpace(string(body)), "<")
	if page && status == http.StatusNotFound {
		// A proxy or a wrong address answers so; it must not be taken for "this right is gone".
		failed.Kind, failed.Reason = ErrNotKisi, "a web page came in place of an answer"
		return failed
	}
	failed.Code, failed.Reason, failed.Fields = readRefusal(body, clean)
	return failed
}

// readRefusal takes what it can from the two shapes of kisi-api.md section 12, Error and Errors.
func readRefusal(body []byte, clean func(string) string) (code, reason string, fields map[string][]string) {
	code = noCode
	var sent map[string]json.RawMessage
	if json.Unmarshal(body, &sent) != nil {
		return code, "", nil
	}
	var text string
	if json.Unmarshal(sent["code"], &text) == nil && clean(text) != "" {
		code = shorten(clean(text), 20)
	}
	text = ""
	if json.Unmarshal(sent["error"], &text) == nil {
		reason = shorten(clean(text), reasonLength)
	}
	var named map[string]json.RawMessage
	if json.Unmarshal(sent["errors"], &named) != nil {
		return code, reason, nil
	}
	for field, raw := range named {
		var several []string
		var one string
		switch {
		case json.Unmarshal(raw, &several) == nil:
		case json.Unmarshal(raw, &one) == nil:
			several = []string{one}
		default:
			continue
		}
		for i := range several {
			several[i] = shorten(clean(several[i]), reasonLength)
		}
		if fields == nil {
			fields = map[string][]string{}
		}
		fields[shorten(clean(field), 50)] = several
	}
	return code, reason, fields
}
