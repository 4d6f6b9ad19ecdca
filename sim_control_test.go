package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// controlWorld changes the script's world by the simulators' control endpoints, and keeps one field of the answer in a
// file: control METHOD URL [BODY] [FIELD FILE].
func controlWorld(ts *testscript.TestScript, neg bool, arguments []string) {
	method, url, rest := arguments[0], arguments[1], arguments[2:]
	body := ""
	if len(rest)%2 == 1 {
		body, rest = rest[0], rest[1:]
	}
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	ts.Check(err)
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if (answer.StatusCode == http.StatusOK) == neg {
		ts.Fatalf("%s %s: %s %s", method, url, answer.Status, said)
	}
	if len(rest) == 2 {
		var document map[string]any
		ts.Check(json.Unmarshal(said, &document))
		ts.Check(os.WriteFile(ts.MkAbs(rest[1]), []byte(document[rest[0]].(string)), 0o600))
	}
}

// staysSecret checks that the last command's output does not show what a file holds: secret new.key.
func staysSecret(ts *testscript.TestScript, _ bool, arguments []string) {
	secret := strings.TrimSpace(ts.ReadFile(arguments[0]))
	for _, stream := range []string{"stdout", "stderr"} {
		if secret == "" || strings.Contains(ts.ReadFile(stream), secret) {
			ts.Fatalf("%s shows what %s holds", stream, arguments[0])
		}
	}
}

// TestDocumentedControlCallsWork pastes every call of the README's section into a shell, in its order, and looks that the
// section has exactly the calls that the simulators list themselves.
func TestDocumentedControlCallsWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := regexp.MustCompile(`(?m)^curl -s .*$`).FindAllString(string(readme), -1)
	w, err := startWorld(simulation{members: 240, seed: 7}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	known := map[string]bool{}
	for variable, address := range map[string]string{"$GYMFLOW": w.gymflow.URL, "$KISI": w.kisi.URL} {
		for _, example := range listedExamples(t, address) {
			known[strings.Replace(example, address, variable, 1)] = true
		}
	}
	for _, call := range documented {
		if strings.HasSuffix(call, "/sim") {
			continue
		}
		if !known[call] {
			t.Errorf("the README documents what no simulator lists: %s", call)
		}
		delete(known, call)
		command := exec.CommandContext(t.Context(), "sh", "-c", call+" --fail-with-body")
		command.Env = append(os.Environ(), "GYMFLOW="+w.gymflow.URL, "KISI="+w.kisi.URL)
		if said, err := command.CombinedOutput(); err != nil || !json.Valid(said) {
			t.Errorf("%s: %v, %s", call, err, said)
		}
	}
	for call := range known {
		t.Errorf("the README does not document %s", call)
	}
}

func listedExamples(t *testing.T, address string) (examples []string) {
	t.Helper()
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(newRequest(t, address+"/sim"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var listed struct{ Endpoints []struct{ Curl []string } }
	if err := json.NewDecoder(answer.Body).Decode(&listed); err != nil {
		t.Fatal(err)
	}
	for _, endpoint := range listed.Endpoints {
		examples = append(examples, endpoint.Curl...)
	}
	return examples
}

func newRequest(t *testing.T, url string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// TestDemoKeepsWhatControlChanged: a demo that is killed right after a new key is taken up again with that key.
func TestDemoKeepsWhatControlChanged(t *testing.T) {
	file := &worldFile{path: worldPath(t.TempDir() + "/demo.db")}
	w, err := openWorld(file, simulation{members: 10, seed: 7}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	for _, path := range []string{w.kisi.URL + "/sim/keys/revoke", w.kisi.URL + "/sim/keys", w.gymflow.URL + "/sim/members/m_1/vanish"} {
		request := newRequest(t, path)
		request.Method = http.MethodPost
		answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, answer.Status)
		}
	}
	again, err := openWorld(file, simulation{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.close)
	if _, _, members := again.gymflow.Gym.Snapshot(); len(members) != 9 {
		t.Errorf("%d members, want 9", len(members))
	}
	request := newRequest(t, again.kisi.URL+"/organization")
	request.Header.Set("Authorization", "KISI-LOGIN "+again.kisi.Key)
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if again.kisi.Key == w.kisi.Key || answer.StatusCode != http.StatusOK {
		t.Errorf("the kept key answers %s", answer.Status)
	}
}
