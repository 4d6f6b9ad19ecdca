package gymflow

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script answers requests one after the other; the last answer stays.
type script struct {
	answers []func(*http.Request) (*http.Response, error)
	at      []time.Time
	asked   []*http.Request
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	next := s.answers[min(len(s.asked), len(s.answers)-1)]
	s.asked, s.at = append(s.asked, r), append(s.at, time.Now())
	return next(r)
}

func says(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		answer := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
		for i := 0; i < len(headers); i += 2 {
			answer.Header.Set(headers[i], headers[i+1])
		}
		return answer, nil
	}
}

func breaks(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

const soundAccount = `{"id":"gym_1","name":"Riverside Gym","time_zone":"Europe/Dublin","clubs":[{"id":"c","name":"Dublin"}]}`

func source(t *testing.T, transport http.RoundTripper) *HTTP {
	t.Helper()
	h, err := NewHTTP(HTTPOptions{BaseURL: "https://gym.example.com/bridge/v1", Token: "hush-hush", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAccountCall(t *testing.T) {
	s := &script{answers: []func(*http.Request) (*http.Response, error){says(200, soundAccount)}}
	account, err := source(t, s).Account(t.Context())
	if err != nil || account.Name != "Riverside Gym" || account.TimeZone != "Europe/Dublin" || len(account.Clubs) != 1 {
		t.Fatalf("%+v, %v", account, err)
	}
	asked := s.asked[0]
	if asked.URL.String() != "https://gym.example.com/bridge/v1/account" || asked.Header.Get("Authorization") != "Bearer hush-hush" {
		t.Errorf("asked %s with %v", asked.URL, asked.Header)
	}
}

func TestFailuresSayWhatAndWhy(t *testing.T) {
	contract := `{"error":{"code":"nope","message":"hush-hush is \u001b[31mwrong"}}`
	broken := errors.New("connection refused")
	for name, test := range map[string]struct {
		answer   func(*http.Request) (*http.Response, error)
		kind     error
		sentence string
		tries    int
	}{
		"401":          {says(401, contract), ErrUnauthorized, "reading the Gymflow account: Gymflow refused the token: (token) is wrong (status 401, nope)", 1},
		"401 page":     {says(401, "<html>"), ErrUnauthorized, "(status 401)", 1},
		"403":          {says(403, contract), ErrForbidden, "may not do this", 1},
		"404":          {says(404, "404 page not found"), ErrNotFound, "no Gymflow bridge answers at https://gym.example.com/bridge", 1},
		"400":          {says(400, contract), ErrNotGymflow, "(status 400, nope)", 1},
		"422":          {says(422, contract), ErrNotGymflow, "(status 422, nope)", 1},
		"429":          {says(429, contract), ErrThrottled, "slow down", 5},
		"500":          {says(500, ""), ErrUnavailable, "(status 500)", 5},
		"502 page":     {says(502, "<html>"), ErrUnavailable, "(status 502)", 5},
		"network":      {breaks(broken), ErrUnavailable, "connection refused", 5},
		"redirect":     {says(302, "", "Location", "https://elsewhere.example.com/"), ErrNotGymflow, "points to another address", 1},
		"204":          {says(204, ""), ErrNotGymflow, "(status 204)", 1},
		"web page":     {says(200, "<!doctype html><html>"), ErrNotGymflow, "a web page came", 1},
		"words":        {says(200, "hello"), ErrNotGymflow, "not JSON", 1},
		"two values":   {says(200, soundAccount+soundAccount), ErrNotGymflow, "not JSON", 1},
		"broken off":   {says(200, soundAccount[:40]), ErrIncomplete, "broke off", 5},
		"nothing":      {says(200, ""), ErrIncomplete, "broke off", 5},
		"list":         {says(200, "[]"), ErrNotGymflow, "has to be an object", 1},
		"without id":   {says(200, `{"name":"x"}`), ErrNotGymflow, "id of the account is missing", 1},
		"clubs broken": {says(200, `{"id":"x","clubs":[7]}`), ErrNotGymflow, "a club has to be an object", 1},
		"too large":    {says(200, `"`+strings.Repeat("x", largestBody)+`"`), ErrNotGymflow, "larger than 32 MiB", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []func(*http.Request) (*http.Response, error){test.answer}}
				h := source(t, s)
				_, err := h.Account(t.Context())
				if !errors.Is(err, test.kind) {
					t.Fatalf("%v is not %q", err, test.kind)
				}
				if _, ok := errors.AsType[*Error](err); !ok {
					t.Errorf("%T is not an *Error", err)
				}
				if !strings.Contains(err.Error(), test.sentence) {
					t.Errorf("%q does not say %q", err, test.sentence)
				}
				if strings.Contains(err.Error(), "hush") {
					t.Errorf("the token is told: %v", err)
				}
				if len(s.asked) != test.tries || h.Stats().Requests != test.tries {
					t.Errorf("%d requests, %d counted, want %d", len(s.asked), h.Stats().Requests, test.tries)
				}
			})
		})
	}
}

func TestTemporaryFailuresAreMended(t *testing.T) {
	for name, first := range map[string]func(*http.Request) (*http.Response, error){
		"429": says(429, ""), "503": says(503, ""), "network": breaks(io.ErrUnexpectedEOF), "broken off": says(200, `{"id":`),
		"hangs": hangs,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []func(*http.Request) (*http.Response, error){first, first, says(200, soundAccount)}}
				if account, err := source(t, s).Account(t.Context()); err != nil || account.ID != "gym_1" {
					t.Fatalf("%+v, %v", account, err)
				}
			})
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){says(429, "", "Retry-After", "17"), says(200, soundAccount)}}
		if _, err := source(t, s).Account(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := s.at[1].Sub(s.at[0]); waited < 17*time.Second || waited > 18*time.Second {
			t.Errorf("waited %v, asked were 17 s", waited)
		}
	})
	synctest.Test(t, func(t *testing.T) { // longer than the retries may take: fail now, not in an hour
		s := &script{answers: []func(*http.Request) (*http.Response, error){says(429, "", "Retry-After", "3600")}}
		started := time.Now()
		if _, err := source(t, s).Account(t.Context()); !errors.Is(err, ErrThrottled) {
			t.Fatal(err)
		}
		if waited := time.Since(started); waited > time.Second {
			t.Errorf("waited %v for nothing", waited)
		}
	})
}

func TestAServiceThatHangsCostsAtMostAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){hangs}}
		started := time.Now()
		_, err := source(t, s).Account(t.Context())
		if !errors.Is(err, ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if took := time.Since(started); took > 61*time.Second || took < 45*time.Second {
			t.Errorf("took %v", took)
		}
		if first := s.at[1].Sub(s.at[0]); first < 15*time.Second || first > 17*time.Second {
			t.Errorf("the second try came after %v", first)
		}
	})
}

// A flickering service may not stretch one roster over minutes: all its calls share one minute.
func TestRetriesOfOneReadingShareAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		throttled := says(429, "", "Retry-After", "25")
		s.answers = []func(*http.Request) (*http.Response, error){
			throttled, says(200, soundAccount), throttled, says(200, emptyPage), throttled, says(200, emptyPage),
		}
		started := time.Now()
		_, err := source(t, s).Roster(t.Context(), nil)
		if !errors.Is(err, ErrThrottled) {
			t.Fatal(err)
		}
		if took := time.Since(started); took > 61*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

const emptyPage = `{"data":[],"next_cursor":null,"total":0,"as_of":"2026-01-01T00:00:00Z"}`

func TestTheCallersContextEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		started := time.Now()
		_, err := source(t, &script{answers: []func(*http.Request) (*http.Response, error){hangs}}).Account(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(started) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(started))
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		if _, err := source(t, &script{answers: []func(*http.Request) (*http.Response, error){says(200, soundAccount)}}).Account(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){says(200, soundAccount)}}
		h := source(t, s)
		for range 41 {
			if _, err := h.Account(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := s.at[40].Sub(s.at[0]); took < 4900*time.Millisecond || took > 5100*time.Millisecond {
			t.Errorf("41 requests took %v, 8 a second make 5 s", took)
		}
	})
}

func TestClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ahead := time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)
		s := &script{answers: []func(*http.Request) (*http.Response, error){says(200, soundAccount), says(200, soundAccount, "Date", ahead)}}
		h := source(t, s)
		_, _ = h.Account(t.Context())
		if h.Stats().ClockSeen {
			t.Error("a clock was seen that was not shown")
		}
		_, _ = h.Account(t.Context())
		stats := h.Stats()
		if off := stats.ClockSkew - 10*time.Minute; !stats.ClockSeen || off > time.Second || off < -time.Second {
			t.Errorf("%+v", stats)
		}
	})
}

func TestMemberCall(t *testing.T) {
	one := func(answer func(*http.Request) (*http.Response, error), id string) (*script, Member, error) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){answer}}
		member, err := source(t, s).Member(t.Context(), id)
		return s, member, err
	}
	s, member, err := one(says(200, `{"id":"a/../b?c","holdings":[]}`), "a/../b?c")
	if err != nil || member.ID != "a/../b?c" || s.asked[0].URL.EscapedPath() != "/bridge/v1/members/a%2F..%2Fb%3Fc" {
		t.Errorf("%s: %+v, %v", s.asked[0].URL.EscapedPath(), member, err)
	}
	if _, _, err := one(says(404, `{"error":{"code":"not_found","message":"gone"}}`), "m_1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a member that is gone: %v", err)
	}
	if _, _, err := one(says(404, "404 page not found"), "m_1"); !errors.Is(err, ErrNotGymflow) || errors.Is(err, ErrNotFound) {
		t.Errorf("a web server that lost its way says that a member is gone: %v", err)
	}
	if _, _, err := one(says(200, `{"id":"m_2","holdings":[]}`), "m_1"); !errors.Is(err, ErrNotGymflow) {
		t.Errorf("another member: %v", err)
	}
	if _, _, err := one(says(200, emptyPage), "m_1"); !errors.Is(err, ErrNotGymflow) {
		t.Errorf("a page: %v", err)
	}
	if s, _, err := one(says(200, emptyPage), ""); err == nil || len(s.asked) != 0 {
		t.Errorf("no id: %v, %d requests", err, len(s.asked))
	}
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "-1": 0, "1.5": 0, "soon": 0,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second, "Sun, 01 Mar 2026 11:00:00 GMT": 0,
		"4294967295": 24 * time.Hour, "99999999999999999999": 0,
	} {
		if got := readRetryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "1e9", "Sun, 01 Mar 2026 12:00:30 GMT", "9223372036854775807"} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		if wait := readRetryAfter(header, now); wait < 0 || wait > 24*time.Hour {
			t.Fatalf("%q: %v", header, wait)
		}
	})
}
