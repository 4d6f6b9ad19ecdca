package kisi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestCollectionTotal(t *testing.T) {
	for header, want := range map[string]int{
		"10-19/15": 15, "0-249/0": 0, "*/0": 0, "*/12": 12, " 0-9/3 ": 3,
		"": -1, "0-9": -1, "0-9/*": -1, "items 0-9/3": -1, "0-9/-3": -1, "*/": -1, "0-9/99999999999999999999": -1,
	} {
		total, known := collectionTotal(header)
		if known != (want >= 0) || known && total != want {
			t.Errorf("%q: %d, %v", header, total, known)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "1": time.Second, " 30 ": 30 * time.Second, "-5": 0, "soon": 0, "1.5": 0,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
		"9223372036854775807":                             24 * time.Hour,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func FuzzCollectionRange(f *testing.F) {
	for _, seed := range []string{"0-9/15", "*/0", "*/N", "0-9/", "٣-٤/٥"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if total, known := collectionTotal(header); total < 0 || !known && total != 0 {
			t.Errorf("%q: %d, %v", header, total, known)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"1", "-1", "Sun, 01 Mar 2026 12:00:30 GMT", "99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if wait := retryAfter(value, time.Unix(0, 0)); wait < 0 || wait > 24*time.Hour {
			t.Errorf("%q: %v", value, wait)
		}
	})
}

func FuzzRefusal(f *testing.F) {
	for _, seed := range []string{
		`{"error":"Access denied.","code":"afc496"}`, `{"errors":{"email":["can't be blank"],"x":"y","z":{"a":1}}}`,
		"", "<html>", `{"error":{"a":1},"code":7}`, "[]", "null", `{"error":"\u001b[2J sesame"}`,
	} {
		f.Add([]byte(seed), 422)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		failed := refusal("testing", status, http.Header{}, body, cleanerWithout("sesame"))
		sentence := failed.Error()
		if failed.Kind == nil || failed.Code == "" || !utf8.ValidString(sentence) {
			t.Errorf("%q: %#v", body, failed)
		}
		if strings.Contains(sentence, "sesame") || strings.ContainsFunc(sentence, unicode.IsControl) {
			t.Errorf("%q: %q", body, sentence)
		}
		if utf8.RuneCountInString(failed.Reason) > reasonLength {
			t.Errorf("a reason of %d characters", utf8.RuneCountInString(failed.Reason))
		}
	})
}

func FuzzRight(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"role_id":"group_basic","applies_to_type":"Group","applies_to_id":7,"assignee_type":"User","assignee_id":5}`,
		`{"id":1,"user_id":5,"group_id":7}`, `{"id":1,"user":{"id":5},"group":{"id":7}}`,
		`{"id":1,"assignee_type":"Team","assignee_id":5,"user_id":null,"assignee":{"id":5,"resource_type":"Team","name":"x"}}`,
		`{"id":1,"organization_id":3,"assignee":{"resource_type":"User","id":4}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var sent sentRight
		if json.Unmarshal(data, &sent) != nil {
			return
		}
		right := sent.right()
		if sent.AssigneeType != "" && right.AssigneeType != sent.AssigneeType ||
			sent.AssigneeID != 0 && right.AssigneeID != sent.AssigneeID ||
			sent.AppliesToType != "" && right.AppliesToType != sent.AppliesToType ||
			sent.AppliesToID != 0 && right.AppliesToID != sent.AppliesToID {
			t.Errorf("a deprecated name won over a current one: %s became %+v", data, right)
		}
	})
}

func FuzzCleanText(f *testing.F) {
	for _, seed := range []string{"\x1b[31mred", "\x1b]0;t\x07", "a\u202eb", "\x1b\x1b[\x1b", "\u009b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cleaned := CleanText(text)
		if strings.ContainsFunc(cleaned, unicode.IsControl) || !utf8.ValidString(cleaned) || CleanText(cleaned) != cleaned {
			t.Errorf("%q became %q", text, cleaned)
		}
	})
}
