package gymflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// longestShown is how much of a value that can't be read an error repeats.
const longestShown = 60

// errNoID marks a row that can't be told from others; a list with such a row proves nothing.
var errNoID = errors.New("it has no id that is a text")

// fields is a JSON object whose values are read one by one. Names match exactly. The first value
// that can't be read is remembered as a sentence; reading goes on, to save what is sound.
type fields struct {
	of     string // " of holding h_9", or nothing
	values map[string]json.RawMessage
	fault  string
}

// readFields opens an object.
func readFields(raw json.RawMessage, of string) (*fields, bool) {
	object := &fields{of: of}
	if json.Unmarshal(raw, &object.values) != nil || object.values == nil {
		return nil, false
	}
	return object, true
}

// wrong remembers a value that is not what it should be.
func (f *fields) wrong(name, should string) {
	if f.fault != "" {
		return
	}
	raw, given := f.values[name]
	if !given {
		f.fault = fmt.Sprintf("%s%s is missing", name, f.of)
		return
	}
	f.fault = fmt.Sprintf("%s%s is %s, not %s", name, f.of, shownValue(raw), should)
}

// absent tells a value that is null or was left out.
func (f *fields) absent(name string) bool {
	raw, given := f.values[name]
	return !given || isNull(raw)
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// id is an identifier, exactly as it came: cleaning it would make it another one. One with
// control characters is none.
func (f *fields) id(name string) (string, bool) {
	var id string
	if f.absent(name) || json.Unmarshal(f.values[name], &id) != nil || id == "" || strings.ContainsFunc(id, unwelcome) {
		return "", false
	}
	return id, true
}

// requiredID is an identifier that has to be there.
func (f *fields) requiredID(name string) string {
	id, ok := f.id(name)
	if !ok {
		f.wrong(name, "an id")
	}
	return id
}

// optionalID is an identifier or "".
func (f *fields) optionalID(name string) string {
	if f.absent(name) {
		return ""
	}
	return f.requiredID(name)
}

// longestText is how much of a text is kept. No name needs more, and one of megabytes would be carried into the state file,
// onto every screen and into each run.
const longestText = 1000

// text is a cleaned text, "" when absent, and cut where it is absurdly long.
func (f *fields) text(name string) string { return cut(f.wholeText(name), longestText) }

// email is a text that tells people apart: cutting it could make two of them one.
func (f *fields) email(name string) string {
	email := f.wholeText(name)
	if utf8.RuneCountInString(email) > longestText {
		f.wrong(name, "an e-mail address")
		return ""
	}
	return email
}

func (f *fields) wholeText(name string) string {
	if f.absent(name) {
		return ""
	}
	var text string
	if json.Unmarshal(f.values[name], &text) != nil {
		f.wrong(name, "a text")
	}
	return clean(text)
}

// flag is true or false, false when absent.
func (f *fields) flag(name string) bool {
	flag := f.optionalFlag(name)
	return flag != nil && *flag
}

// optionalFlag is true, false, or nil when absent.
func (f *fields) optionalFlag(name string) *bool {
	if f.absent(name) {
		return nil
	}
	var flag bool
	if json.Unmarshal(f.values[name], &flag) != nil {
		f.wrong(name, "true or false")
		return nil
	}
	return &flag
}

// requiredDate is a day that has to be there.
func (f *fields) requiredDate(name string) Date {
	var text string
	if f.absent(name) || json.Unmarshal(f.values[name], &text) != nil {
		f.wrong(name, "a date like 2026-03-31")
		return Date{}
	}
	day, err := ParseDate(text)
	if err != nil {
		f.wrong(name, "a date like 2026-03-31")
	}
	return day
}

// date is a day or none.
func (f *fields) date(name string) Date {
	if f.absent(name) {
		return Date{}
	}
	return f.requiredDate(name)
}

// instant is a moment, the zero time when absent.
func (f *fields) instant(name string) time.Time {
	if f.absent(name) {
		return time.Time{}
	}
	var text string
	if json.Unmarshal(f.values[name], &text) != nil {
		f.wrong(name, "an instant like 2026-03-31T12:00:00Z")
		return time.Time{}
	}
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		f.wrong(name, "an instant like 2026-03-31T12:00:00Z")
		return time.Time{}
	}
	return instant.UTC()
}

// list is an array that has to be there.
func (f *fields) list(name string) []json.RawMessage {
	var list []json.RawMessage
	if f.absent(name) || json.Unmarshal(f.values[name], &list) != nil {
		f.wrong(name, "a list")
	}
	return list
}

// shownValue is a JSON value for an error's sentence.
func shownValue(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil && !isNull(raw) {
		return shownText(text)
	}
	return cut(clean(string(raw)), longestShown)
}

// shownText is a text from outside for an error's sentence.
func shownText(text string) string { return strconv.Quote(cut(clean(text), longestShown)) }
