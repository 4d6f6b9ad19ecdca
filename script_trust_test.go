package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kisiflow/kisi/kisitest"
)

// pickMember keeps the id of the first member on standard output with a standing and nothing to remark: member NAME access.
func pickMember(ts *testscript.TestScript, _ bool, arguments []string) {
	var rows []struct {
		ID       string
		Standing string
		Reason   *string
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &rows))
	for _, row := range rows {
		if row.Standing == arguments[1] && row.Reason == nil {
			ts.Setenv(arguments[0], row.ID)
			return
		}
	}
	ts.Fatalf("nobody's standing is %s", arguments[1])
}

// ageGymflow lets Gymflow say that its data is so old: oldgym 30h.
func ageGymflow(ts *testscript.TestScript, _ bool, arguments []string) {
	age, err := time.ParseDuration(arguments[0])
	ts.Check(err)
	now, err := time.Parse(time.RFC3339, scriptNow)
	ts.Check(err)
	if time.Now().Before(now) {
		now = time.Now() // the younger of two ages counts
	}
	said := regexp.MustCompile(`"as_of":"[^"]*"`)
	gym := worldOf(ts).gymflow
	gym.Wrap(nil)
	if age == 0 {
		return
	}
	gym.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			record := httptest.NewRecorder()
			next.ServeHTTP(record, in)
			for name, values := range record.Header() {
				if name != "Content-Length" {
					out.Header()[name] = values
				}
			}
			out.WriteHeader(record.Code)
			_, _ = out.Write([]byte(said.ReplaceAllString(record.Body.String(), `"as_of":"`+now.Add(-age).UTC().Format(time.RFC3339)+`"`)))
		})
	})
}

// otherOrganization starts another Kisi organization, and keeps its address and key: otherkisi VARIABLE FILE.
func otherOrganization(ts *testscript.TestScript, _ bool, arguments []string) {
	first, err := kisitest.Start(kisitest.Options{Seed: 99})
	ts.Check(err)
	dump, err := first.Dump()
	first.Close()
	ts.Check(err)
	other, err := kisitest.Restore([]byte(strings.ReplaceAll(string(dump), "4711", "815")), kisitest.Options{Seed: 99})
	ts.Check(err)
	ts.Defer(other.Close)
	ts.Setenv(arguments[0], other.URL)
	ts.Check(os.WriteFile(ts.MkAbs(arguments[1]), []byte(first.Key), 0o600))
}
