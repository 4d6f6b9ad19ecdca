package kisi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kisiflow/kisi"
)

// scripted answers each request by the script, the last one for ever, and notes when it was sent. In a
// synctest bubble the clock is the bubble's.
type scripted struct {
	mutex  sync.Mutex
	script []func(*http.Request) (*http.Response, error)
	sent   []time.Time
	begun  time.Time
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mutex.Lock()
	at := min(len(s.sent), len(s.script)-1)
	s.sent = append(s.sent, time.Now())
	s.mutex.Unlock()
	return s.script[at](r)
}

func (s *scripted) seconds() []float64 {
	var all []float64
	for _, at := range s.sent {
		all = append(all, at.Sub(s.begun).Seconds())
	}
	return all
}

func reply(status int, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
		for i := 0; i+1 < len(header); i += 2 {
			response.Header.Set(header[i], header[i+1])
		}
		return response, nil
	}
}

func broken(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func hanging(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

const me = `{"id":5,"name":"O","email":"o@x.example","organization_id":1}`

func scriptedClient(t *testing.T, script ...func(*http.Request) (*http.Response, error)) (*kisi.Client, *scripted) {
	t.Helper()
	transport := &scripted{script: script, begun: time.Now()}
	client, err := kisi.New(kisi.Options{Key: "0123456789abcdef", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return client, transport
}

func TestFourRequestsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, transport := scriptedClient(t, reply(200, me))
		var waiting sync.WaitGroup
		for range 9 {
			waiting.Go(func() { _, _ = client.CurrentUser(t.Context()) })
		}
		waiting.Wait()
		if last := transport.seconds()[8]; last != 2 {
			t.Errorf("the ninth request left after %v s, want 2: no burst, four a second", last)
		}
	})
}

func TestOneRequestAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mutex sync.Mutex
		flying, most := 0, 0
		client, _ := scriptedClient(t, func(r *http.Request) (*http.Response, error) {
			mutex.Lock()
			flying++
			most = max(most, flying)
			mutex.Unlock()
			time.Sleep(3 * time.Second)
			mutex.Lock()
			flying--
			mutex.Unlock()
			return reply(200, me)(r)
		})
		var waiting sync.WaitGroup
		for range 5 {
			waiting.Go(func() { _, _ = client.CurrentUser(t.Context()) })
		}
		waiting.Wait()
		if most != 1 {
			t.Errorf("%d requests at once", most)
		}
	})
}

func TestThrottlingHalvesTheRateAndSuccessRaisesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := reply(429, "", "Retry-After", "7")
		client, transport := scriptedClient(t, slow, reply(429, ""), reply(200, me))
		if _, err := client.CurrentUser(t.Context()); err != nil {
			t.Fatal(err)
		}
		at := transport.seconds()
		if at[1] < 7 || at[1] > 7.1 || len(at) != 3 {
			t.Errorf("Retry-After of 7 s was not honoured: %v", at)
		}
		if stats := client.Stats(); stats.Throttled != 2 || stats.Rate != 1.25 || stats.Reads != 3 {
			t.Errorf("after two 429 and one success: %+v", stats)
		}
		for range 20 {
			if _, err := client.CurrentUser(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if rate := client.Stats().Rate; rate != 4 {
			t.Errorf("the rate came back to %v only", rate)
		}
	})
}

func TestTheRateHasAFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := scriptedClient(t, reply(429, ""))
		for range 3 {
			if _, err := client.CurrentUser(t.Context()); !errors.Is(err, kisi.ErrThrottled) {
				t.Fatalf("got %v", err)
			}
		}
		if rate := client.Stats().Rate; rate != 0.25 {
			t.Errorf("the rate fell to %v", rate)
		}
	})
}

func TestWhatIsTriedAgain(t *testing.T) {
	for _, test := range []struct {
		name  string
		first func(*http.Request) (*http.Response, error)
		tries int
		kind  error
	}{
		{"429", reply(429, ""), 5, kisi.ErrThrottled},
		{"500", reply(500, ""), 5, kisi.ErrUnavailable},
		{"503", reply(503, `{"error":"busy"}`), 5, kisi.ErrUnavailable},
		{"network", broken(io.ErrUnexpectedEOF), 5, kisi.ErrUnavailable},
		{"no answer", hanging, 4, kisi.ErrUnavailable}, // 15 s each, 60 in all
		{"429 for longer than anybody waits", reply(429, "", "Retry-After", "3600"), 1, kisi.ErrThrottled},
		{"400", reply(400, ""), 1, kisi.ErrInvalid},
		{"401", reply(401, "<html>"), 1, kisi.ErrUnauthorized},
		{"403", reply(403, `{"error":`), 1, kisi.ErrForbidden},
		{"404", reply(404, ""), 1, kisi.ErrNotFound},
		{"404 of a web server", reply(404, "<html>no such page</html>"), 1, kisi.ErrNotKisi},
		{"409", reply(409, ""), 1, kisi.ErrConflict},
		{"422", reply(422, ""), 1, kisi.ErrInvalid},
		{"408", reply(408, ""), 1, kisi.ErrInvalid},
		{"302", reply(302, "", "Location", "https://elsewhere.example/"), 1, kisi.ErrNotKisi},
		{"a portal's page", reply(200, "<html>sign in</html>"), 1, kisi.ErrNotKisi},
		{"null", reply(200, "null"), 1, kisi.ErrNotKisi},
		{"cut", reply(200, `{"id":5,"na`), 5, kisi.ErrNotKisi},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, transport := scriptedClient(t, test.first)
				_, err := client.CurrentUser(t.Context())
				if !errors.Is(err, test.kind) || len(transport.sent) != test.tries {
					t.Errorf("%d tries, %v; want %d and %v", len(transport.sent), err, test.tries, test.kind)
				}
				if took := time.Since(transport.begun); took > 61*time.Second {
					t.Errorf("took %v", took)
				}
				var failed *kisi.Error
				if !errors.As(err, &failed) || failed.Code == "" {
					t.Errorf("not a *kisi.Error with a code: %#v", err)
				}
				if test.tries == 1 {
					return
				}
				client, _ = scriptedClient(t, test.first, reply(200, me))
				if user, err := client.CurrentUser(t.Context()); err != nil || user.ID != 5 {
					t.Errorf("the next try succeeds, and yet: %+v, %v", user, err)
				}
			})
		})
	}
}

func TestTheCallerCanStopAtAnyTime(t *testing.T) {
	for name, first := range map[string]func(*http.Request) (*http.Response, error){
		"in flight": hanging, "between tries": reply(500, ""), "told to wait": reply(429, "", "Retry-After", "50"),
	} {
		synctest.Test(t, func(t *testing.T) {
			client, transport := scriptedClient(t, first)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			_, err := client.CurrentUser(ctx)
			if !errors.Is(err, context.Canceled) || errors.Is(err, kisi.ErrUnavailable) || time.Since(transport.begun) != 100*time.Millisecond {
				t.Errorf("%s: %v after %v", name, err, time.Since(transport.begun))
			}
			ctx, cancel = context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := client.CurrentUser(ctx); err == nil || errors.Is(err, context.Canceled) || time.Since(transport.begun) > 1200*time.Millisecond {
				t.Errorf("%s, deadline: %v after %v", name, err, time.Since(transport.begun))
			}
		})
	}
}

func TestClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ahead := time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)
		client, _ := scriptedClient(t, reply(401, "", "Date", ahead))
		if client.Stats().ClockSeen {
			t.Error("a clock was seen before any answer")
		}
		_, _ = client.CurrentUser(t.Context())
		if stats := client.Stats(); !stats.ClockSeen || stats.ClockSkew != 10*time.Minute {
			t.Errorf("got %+v", stats)
		}
	})
}

// The key must not come out of anything that is printed, wherever somebody echoes it.
func TestTheKeyStaysSecret(t *testing.T) {
	const key = `s3cr"et\k%y`
	said := func(text string) string { return strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), `"`, `\"`) }
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"error":     reply(403, `{"error":"no `+said(key)+`","code":"`+said(key)+`"}`),
		"field":     reply(422, `{"errors":{"`+said(key)+`":["`+said(key)+`"]}}`),
		"broken up": reply(403, `{"error":"no `+said(key[:5])+`\u001b[0m`+said(key[5:])+`"}`),
		"transport": broken(fmt.Errorf("proxy said %q and %s", key, key)),
		"redirect":  reply(302, "", "Location", "https://x.example/?key="+key),
		"list":      reply(200, `{"data":"`+said(key)+`"}`, "X-Collection-Range", key),
	} {
		synctest.Test(t, func(t *testing.T) {
			options := kisi.Options{Key: " " + key + "\r\n", Transport: &scripted{script: []func(*http.Request) (*http.Response, error){answer}}}
			client, err := kisi.New(options)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Groups(t.Context())
			if err == nil {
				t.Fatal("no error")
			}
			printed := fmt.Sprintf("%v %+v %#v %v %+v %#v %+v", err, err, err, client, client, options, options)
			for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
				printed += cause.Error()
			}
			if strings.Contains(printed, key) || strings.Contains(printed, said(key)) {
				t.Errorf("%s shows the key: %s", name, printed)
			}
		})
	}
}
