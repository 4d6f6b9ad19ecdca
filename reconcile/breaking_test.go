package reconcile

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
)

// breakWrites answers with a status in place of Kisi.
func (w *world) breakWrites(method, path string, status int) {
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if in.Method == method && strings.HasPrefix(in.URL.Path, path) {
				out.Header().Set("Content-Type", "application/json")
				out.WriteHeader(status)
				_, _ = out.Write([]byte(`{"error":"no","code":"000000"}`))
				return
			}
			next.ServeHTTP(out, in)
		})
	})
}

// onRequest does something just before the nth matching request is answered.
func (w *world) onRequest(method, path string, nth int, do func()) {
	var mutex sync.Mutex
	seen := 0
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if in.Method == method && strings.HasPrefix(in.URL.Path, path) {
				mutex.Lock()
				seen++
				hit := seen == nth
				mutex.Unlock()
				if hit {
					do()
				}
			}
			next.ServeHTTP(out, in)
		})
	})
}

// readAndRestore reads a request's body and puts it back.
func readAndRestore(in *http.Request) string {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return ""
	}
	in.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

// onGymflow does something just before a path is answered.
func (w *world) onGymflow(path string, do func()) {
	w.gymflow.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if in.URL.Path == path {
				do()
			}
			next.ServeHTTP(out, in)
		})
	})
}

// refuseGymflow answers 400 on a path.
func (w *world) refuseGymflow(path string) {
	w.gymflow.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if in.URL.Path == path {
				out.WriteHeader(http.StatusBadRequest)
				return
			}
			next.ServeHTTP(out, in)
		})
	})
}
