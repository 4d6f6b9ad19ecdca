package reconcile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi/kisitest"
)

// wire carries requests to a simulator in this process. Nothing leaves it, so that everything can run in a bubble of
// testing/synctest: there the pauses, Retry-After and the rate limit of production cost no time.
type wire struct {
	handler http.Handler
	before  func(*http.Request) error                         // an error: the request never left
	after   func(*http.Request, *http.Response, []byte) error // an error: the answer never came; the response is nil when cut
}

var errCut = errors.New("connection reset by peer")

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	if w.before != nil {
		if err := w.before(request); err != nil {
			return nil, err
		}
	}
	served := request.Clone(request.Context())
	served.RequestURI = request.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	answer := &answerHeld{header: http.Header{}}
	cut := serve(w.handler, answer, served)
	response := answer.response(request)
	var failed error
	if cut {
		response, failed = nil, errCut
	}
	if w.after != nil {
		if err := w.after(request, response, answer.body.Bytes()); err != nil {
			return nil, err
		}
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	return response, failed
}

// serve reports whether the handler cut the connection.
func serve(handler http.Handler, out http.ResponseWriter, in *http.Request) (cut bool) {
	defer func() {
		problem := recover()
		if problem == nil {
			return
		}
		if err, isError := problem.(error); !isError || !errors.Is(err, http.ErrAbortHandler) {
			panic(problem)
		}
		cut = true
	}()
	handler.ServeHTTP(out, in)
	return false
}

// answerHeld is an answer on its way.
type answerHeld struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answerHeld) Header() http.Header { return a.header }

func (a *answerHeld) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answerHeld) Write(part []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(part)
}

func (a *answerHeld) response(request *http.Request) *http.Response {
	a.WriteHeader(http.StatusOK)
	if a.header.Get("Date") == "" {
		a.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	var body io.Reader = bytes.NewReader(a.body.Bytes())
	if promised, err := strconv.Atoi(a.header.Get("Content-Length")); err == nil && promised > a.body.Len() {
		body = io.MultiReader(body, brokenOff{})
	}
	return &http.Response{
		StatusCode: a.status, Status: strconv.Itoa(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(body), ContentLength: -1, Request: request,
	}
}

// brokenOff is the end of a body of which more was promised.
type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// simulators starts both and takes their handlers. It must be called outside of a bubble: what listens on a port would keep
// a bubble's clock from moving.
func simulators(t testing.TB, seed uint64) (gym *gymflowtest.Server, gymHandler http.Handler, doors *kisitest.Server, doorsHandler http.Handler) {
	t.Helper()
	now := func() time.Time { return time.Now() } // the bubble's, when called there
	gym, err := gymflowtest.Start(gymflowtest.Options{Seed: seed, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	gym.Wrap(func(next http.Handler) http.Handler { gymHandler = next; return next })
	doors, err = kisitest.Start(kisitest.Options{Seed: seed, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	doors.Wrap(func(next http.Handler) http.Handler { doorsHandler = next; return next })
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, doors.URL+"/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request) // kisitest calls the middleware once a request
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	doors.Wrap(nil)
	return gym, gymHandler, doors, doorsHandler
}
