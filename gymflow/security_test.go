package gymflow

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// hostileServer answers like a bridge that is broken or not what it says: account and memberships are sound, members is the body.
func hostileServer(t *testing.T, members func(http.ResponseWriter)) *HTTP {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		switch in.URL.Path {
		case "/v1/account":
			_, _ = out.Write([]byte(`{"id":"a","name":"A","time_zone":"UTC","clubs":[]}`))
		case "/v1/memberships":
			_, _ = out.Write([]byte(`{"data":[],"next_cursor":null,"total":0,"as_of":"2026-01-01T00:00:00Z"}`))
		default:
			members(out)
		}
	}))
	t.Cleanup(server.Close)
	source, err := NewHTTP(HTTPOptions{BaseURL: server.URL, Token: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	source.pace = pace{firstWait: time.Millisecond, longestWait: time.Millisecond}
	t.Cleanup(source.Close)
	return source
}

func onePage(row string) func(http.ResponseWriter) {
	return func(out http.ResponseWriter) {
		_, _ = fmt.Fprintf(out, `{"data":[%s],"next_cursor":null,"total":1,"as_of":"2026-01-01T00:00:00Z"}`, row)
	}
}

func TestWhatAHostileServerSendsIsAnErrorSoon(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000)
	for name, members := range map[string]func(http.ResponseWriter){
		"deep JSON":  onePage(deep),
		"deep value": onePage(`{"id":"m","holdings":` + deep + `}`),
		"huge total": func(out http.ResponseWriter) {
			_, _ = out.Write([]byte(`{"data":[],"next_cursor":"x","total":1e300,"as_of":"2026-01-01T00:00:00Z"}`))
		},
		"negative total": func(out http.ResponseWriter) {
			_, _ = out.Write([]byte(`{"data":[],"next_cursor":null,"total":-1,"as_of":"2026-01-01T00:00:00Z"}`))
		},
		"endless cursors": func(out http.ResponseWriter) {
			_, _ = fmt.Fprintf(out, `{"data":[],"next_cursor":"%d","total":5,"as_of":"2026-01-01T00:00:00Z"}`, time.Now().UnixNano())
		},
		"a cursor of 1 MB": func(out http.ResponseWriter) {
			_, _ = fmt.Fprintf(out, `{"data":[],"next_cursor":%q,"total":5,"as_of":"2026-01-01T00:00:00Z"}`, strings.Repeat("c", 1<<20))
		},
		"no id":             onePage(`{"id":"","email":"x@x.example","holdings":[]}`),
		"an id that steers": onePage(`{"id":"m\u001b[2J","email":"x@x.example","holdings":[]}`),
		"not JSON":          func(out http.ResponseWriter) { _, _ = out.Write([]byte("<html>")) },
		"an endless answer": func(out http.ResponseWriter) {
			for range 40 {
				_, _ = out.Write(make([]byte, 1<<20))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			roster, err := hostileServer(t, members).Roster(t.Context(), nil)
			if !errors.Is(err, ErrNotGymflow) && !errors.Is(err, ErrIncomplete) && !errors.Is(err, ErrUnavailable) || len(roster.Members) > 0 {
				t.Errorf("%d members, %v", len(roster.Members), err)
			}
			if err != nil && (len(err.Error()) > 2000 || strings.ContainsAny(err.Error(), "\x1b\n")) {
				t.Errorf("the error is not fit to be shown: %.200q", err.Error())
			}
			if took := time.Since(began); took > 20*time.Second { // a machine may be busy; without an end there would be none
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestAForgedCertificateGetsNoToken: whoever stands in between with a certificate of their own gets no request at all.
func TestAForgedCertificateGetsNoToken(t *testing.T) {
	requests := 0
	forger := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	forger.Config.ErrorLog = log.New(io.Discard, "", 0)
	forger.StartTLS()
	defer forger.Close()
	source, err := NewHTTP(HTTPOptions{BaseURL: forger.URL, Token: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	source.pace = pace{firstWait: time.Millisecond, longestWait: time.Millisecond}
	_, err = source.Account(t.Context())
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "certificate") || requests > 0 {
		t.Errorf("%d requests; %v", requests, err)
	}
}

func TestGiantAndMalformedFieldsStayOneMembers(t *testing.T) {
	t.Parallel()
	holding := `{"id":"h","membership_id":"ms","status":"active","starts_on":"2026-01-01"}`
	row := func(field string) Member {
		t.Helper()
		roster, err := hostileServer(t, onePage(`{"id":"m",`+field+`}`)).Roster(t.Context(), nil)
		if err != nil || len(roster.Members) != 1 {
			t.Fatalf("%.80s: %v", field, err)
		}
		return roster.Members[0]
	}
	giant := strings.Repeat("ä", 1<<20)
	if member := row(`"first_name":"` + giant + `","holdings":[` + holding + `]`); utf8.RuneCountInString(member.FirstName) != longestText+1 || member.Unreadable != "" {
		t.Errorf("a giant name: %d characters, %q", utf8.RuneCountInString(member.FirstName), member.Unreadable)
	}
	// An address that is cut would be another one, perhaps somebody else's.
	if member := row(`"email":"` + giant + `@x.example","holdings":[` + holding + `]`); member.Email != "" || member.Unreadable == "" || len(member.Unreadable) > 500 {
		t.Errorf("a giant address: %.80q, %.200q", member.Email, member.Unreadable)
	}
	word := strings.Repeat("w", 1_000_000)
	if member := row(`"holdings":[` + strings.Replace(holding, "active", word, 1) + `]`); member.Holdings[0].Status.Known() || len(member.Holdings[0].Status) > 2*longestText {
		t.Errorf("a giant status word: %d bytes", len(member.Holdings[0].Status))
	}
	if member := row(`"holdings":[` + strings.Repeat(holding+",", 9_999) + holding + `]`); len(member.Holdings) != 10_000 || member.Unreadable != "" {
		t.Errorf("%d holdings, %q", len(member.Holdings), member.Unreadable)
	}
	if member := row("\"first_name\":\"a\xff\xfeb\xed\xa0\x80\",\"holdings\":[" + holding + "]"); !utf8.ValidString(member.FirstName) || !strings.HasPrefix(member.FirstName, "a") {
		t.Errorf("malformed UTF-8: %q", member.FirstName)
	}
	if member := row(`"first_name":"\ud800","holdings":[` + holding + `]`); !utf8.ValidString(member.FirstName) {
		t.Errorf("half a surrogate: %q", member.FirstName)
	}
}
