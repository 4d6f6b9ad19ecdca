package kisi

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzEventSet(f *testing.F) {
	for _, seed := range []string{
		`{"id":9,"status":"in_progress","cursor":null}`, `{"id":9,"status":"failed"}`, `{"id":9,"status":"finished","events":null}`,
		`{"id":9,"status":"finished","cursor":"c","events":[{"uuid":"u","type":"lock.unlock","actor_type":"User","actor_id":1,"object_type":"Lock",` +
			`"object_id":2,"object_name":"Door\u001b[2J sesame","created_at":"2026-01-01T00:00:00Z","success":false,"error_code":"FCD8FF","error_message":"no"}]}`,
		`{"id":9,"status":"finished","events":[{"type":"lock.unlock","created_at":"2026-01-01T00:00:00Z","actor_id":null,"success":null}]}`, `[]`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		set, err := parseEventSet(body, cleanerWithout("sesame"))
		if err != nil {
			if set.id != 0 || set.unlocks != nil || strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("%q: %+v, %v", body, set, err)
			}
			return
		}
		if set.id <= 0 || set.status != setFinished && (len(set.unlocks) > 0 || set.cursor != "") || len(set.unlocks) > eventsInAnswer {
			t.Errorf("%q: %+v", body, set)
		}
		for _, one := range set.unlocks {
			for _, text := range []string{one.unlock.UUID, one.unlock.Lock, one.unlock.Code, one.unlock.Message, one.unlock.With} {
				if strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) || utf8.RuneCountInString(text) > eventText || strings.Contains(text, "sesame") {
					t.Errorf("%q gives %q", body, text)
				}
			}
			if one.unlock.At.IsZero() && !strings.Contains(string(body), "0001-01-01") {
				t.Errorf("%q: no time", body)
			}
		}
	})
}
