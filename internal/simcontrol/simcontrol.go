// Package simcontrol serves the changes by hand to the world behind a simulator: under /sim, a path that neither Gymflow's
// contract nor Kisi has. Both simulators share the manner in which they are asked and refuse; what can be changed is theirs.
package simcontrol

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
)

// Path is what all control endpoints lie under.
const Path = "/sim"

// bodyLimit is far above any change, and far below what would hurt.
const bodyLimit = 1 << 20

// Endpoint is one thing that can be shown (GET) or changed (POST).
type Endpoint struct {
	Method   string
	Path     string                           // below Path, in net/http's pattern syntax: "/members/{who}"
	Does     string                           // one line for whoever asks what there is
	Examples []string                         // "PATH" or "PATH BODY", below Path: calls that work on the gym which `kisiflow sim` makes
	Answer   func(*http.Request) (any, error) // an error is what the caller got wrong
}

// curl is an example as a command line; address is where the simulator is.
func curl(method, address, example string) string {
	path, body, hasBody := strings.Cut(example, " ")
	call := "curl -s "
	if method == http.MethodPost && !hasBody {
		call += "-X POST "
	}
	if url := address + Path + path; strings.Contains(url, "?") {
		call += `"` + url + `"` // zsh takes a bare question mark for a file's name
	} else {
		call += url
	}
	if hasBody {
		call += " -d '" + body + "'"
	}
	return call
}

// Claims reports whether a request is for the control endpoints.
func Claims(r *http.Request) bool {
	return r.URL.Path == Path || strings.HasPrefix(r.URL.Path, Path+"/")
}

// Handler serves the endpoints, and GET /sim as their list. changed, when not nil, is called after each change, before its
// answer leaves.
func Handler(endpoints []Endpoint, changed func()) http.Handler {
	calls := http.NewServeMux()
	for _, endpoint := range endpoints {
		calls.HandleFunc(endpoint.Method+" "+Path+endpoint.Path, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
			value, err := endpoint.Answer(r)
			if err != nil {
				say(w, http.StatusBadRequest, refusal{err.Error()})
				return
			}
			if endpoint.Method != http.MethodGet && changed != nil {
				changed()
			}
			say(w, http.StatusOK, value)
		})
	}
	calls.HandleFunc("GET "+Path, func(w http.ResponseWriter, r *http.Request) {
		say(w, http.StatusOK, map[string]any{"endpoints": list(endpoints, "http://"+r.Host)})
	})
	calls.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		say(w, http.StatusNotFound, refusal{fmt.Sprintf("There is no %s %q here. GET %s lists what there is.", r.Method, r.URL.Path, Path)})
	})
	return onlyThisMachine(http.NewCrossOriginProtection().Handler(calls))
}

// onlyThisMachine refuses what reached loopback under another name: a web page that was made to resolve to this machine
// could otherwise read a key here.
func onlyThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if address := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (address == nil || !address.IsLoopback()) {
			say(w, http.StatusForbidden, refusal{fmt.Sprintf("The host %q is not this machine; ask 127.0.0.1.", host)})
			return
		}
		next.ServeHTTP(w, r)
	})
}

type refusal struct {
	Error string `json:"error"`
}

type listed struct {
	Method string   `json:"method"`
	Path   string   `json:"path"`
	Does   string   `json:"does"`
	Curl   []string `json:"curl"`
}

func list(endpoints []Endpoint, address string) []listed {
	all := make([]listed, 0, len(endpoints))
	for _, endpoint := range endpoints {
		one := listed{Method: endpoint.Method, Path: Path + endpoint.Path, Does: endpoint.Does, Curl: []string{}}
		for _, example := range endpoint.Examples {
			one.Curl = append(one.Curl, curl(endpoint.Method, address, example))
		}
		all = append(all, one)
	}
	return all
}

func say(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // an answer may hold a key
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // a sentence or an example is read by a person
	_ = encoder.Encode(value)
}

// Body reads what was sent; nothing at all reads as the zero value. The error names the field that is wrong.
func Body[T any](r *http.Request) (T, error) {
	var sent T
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&sent)
	if errors.Is(err, io.EOF) {
		return sent, nil
	}
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			return sent, Refuse("There is more in the body than one JSON object.")
		}
		return sent, nil
	}
	fields := strings.Join(fieldsOf[T](), ", ")
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) && mistyped.Field != "" {
		return sent, Refuse("%q can't be a %s; it takes %s.", mistyped.Field, mistyped.Value, kindOf(mistyped.Type))
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return sent, Refuse("There is no field %s; there are: %s.", name, fields)
	}
	return sent, Refuse("The body is not a JSON object with any of the fields %s: %v.", fields, err)
}

// Refuse is what a caller got wrong, as a sentence.
func Refuse(format string, arguments ...any) error { return fmt.Errorf(format, arguments...) }

func fieldsOf[T any]() []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if !field.Anonymous {
			names = append(names, field.Tag.Get("json"))
		}
	}
	return names
}

func kindOf(wanted reflect.Type) string {
	switch wanted.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	}
	return "a " + wanted.Kind().String()
}
