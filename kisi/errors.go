package kisi

import "errors"

// The kinds of failure; use errors.Is. Every failure is an *Error that wraps one of them.
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
}

// Error is a sentence: what was being done, what came back.
func (e *Error) Error() string { panic("unwritten") }

// Unwrap gives Kind and Cause to errors.Is and errors.As.
func (e *Error) Unwrap() []error { panic("unwritten") }
