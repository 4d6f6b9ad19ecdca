package gymflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Error is one failed call to Gymflow.
type Error struct {
	Doing   string // what was being done: "reading the members"
	Kind    error  // one of the Err… of this package, or the context's own error when it ended
	Status  int    // HTTP status; 0 when no answer came
	Code    string // the service's code, "" when it sent none
	Message string // what exactly was wrong, or the service's own words; cleaned, at most 300 characters
	Cause   error  // of a transport failure; never holds the token
}

// Error is a sentence: what was being done, what came back.
func (e *Error) Error() string {
	var sentence strings.Builder
	sentence.WriteString(e.Doing)
	switch {
	case errors.Is(e.Kind, context.DeadlineExceeded):
		sentence.WriteString(": Gymflow did not answer in time")
	case e.Kind != nil:
		sentence.WriteString(": " + strings.Replace(e.Kind.Error(), "gymflow", "Gymflow", 1))
	}
	if e.Message != "" {
		sentence.WriteString(": " + strings.TrimRight(e.Message, "."))
	}
	if e.Status != 0 && e.Status != 200 {
		fmt.Fprintf(&sentence, " (status %d", e.Status)
		if e.Code != "" {
			fmt.Fprintf(&sentence, ", %s", e.Code)
		}
		sentence.WriteString(")")
	}
	if e.Cause != nil {
		fmt.Fprintf(&sentence, ": %v", e.Cause)
	}
	return sentence.String()
}

// Unwrap gives Kind and Cause to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	wrapped := make([]error, 0, 2)
	for _, err := range []error{e.Kind, e.Cause} {
		if err != nil {
			wrapped = append(wrapped, err)
		}
	}
	return wrapped
}
