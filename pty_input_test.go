package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kisiflow/store"
)

// gym is a world of the test's own with a kisiflow that knows its Kisi.
type gym struct {
	*world
	state string
	now   string        // KISIFLOW_NOW, which is honoured only when both addresses are known
	held  chan struct{} // closed to let Kisi answer
}

func newGym(t *testing.T, now string) *gym {
	t.Helper()
	clock := time.Now
	if at, err := time.Parse(time.RFC3339, now); err == nil {
		clock = func() time.Time { return at }
	}
	w, err := startWorld(simulation{members: 240, seed: 7}, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return &gym{world: w, now: now, state: filepath.Join(t.TempDir(), "state.db")}
}

func (g *gym) start(t *testing.T, in terminal, arguments ...string) *screen {
	t.Helper()
	in.environment = append([]string{"KISIFLOW_KISI_URL=" + g.kisi.URL, "KISIFLOW_RATE=2000", "KISIFLOW_NOW=" + g.now, "KISIFLOW_STATE=" + g.state},
		in.environment...)
	return start(t, in, arguments...)
}

// hold makes Kisi's answers wait until release.
func (g *gym) hold(t *testing.T) {
	g.held = make(chan struct{})
	held := g.held
	g.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-held:
			case <-r.Context().Done():
			}
			next.ServeHTTP(w, r)
		})
	})
	t.Cleanup(g.release)
}

func (g *gym) release() {
	if g.held != nil {
		close(g.held)
		g.held = nil
	}
}

// toTheKey answers what comes before the Kisi key.
func (g *gym) toTheKey(s *screen) *screen {
	s.t.Helper()
	s.Expect("Where is your Gymflow?").send(g.gymflow.URL).Press("enter")
	return s.Expect("Sign in to Gymflow").Paste(g.gymflow.Token).Expect("•••").Press("enter").Expect("Make the key in Kisi")
}

func TestPastedKeyIsNeverShown(t *testing.T) {
	t.Parallel()
	g := newGym(t, "")
	s := g.toTheKey(g.start(t, terminal{columns: 100, rows: 30}, "setup"))
	s.Paste("  "+g.kisi.Key+"\r\n").Expect("Make the key in Kisi", strings.Repeat("•", len(g.kisi.Key)))
	s.Press("x").Expect("Make the key in Kisi", strings.Repeat("•", len(g.kisi.Key)+1)) // the pasted newline did not submit
	s.Press("backspace", "enter").Expect("Which place?").Press("q").Exit(0).Expect("Your answers are kept. To go on where you were: kisiflow setup")
	for name, secret := range map[string]string{"the Kisi key": g.kisi.Key, "the Gymflow token": g.gymflow.Token} {
		if strings.Contains(s.Wire(), secret) {
			t.Errorf("%s went to the terminal", name)
		}
	}
}

// Where the flags lead stays when they are gone: the service and the next command use the Kisi that the key was given for.
func TestTheAddressOfTheFlagsIsStored(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][]string{"kisiflow": nil, "kisiflow setup": {"setup"}} {
		g := newGym(t, "")
		s := g.toTheKey(g.start(t, terminal{columns: 100, rows: 30}, arguments...))
		s.Paste(g.kisi.Key).Expect("•••").Press("enter").Expect("Which place?").Press("q").Exit(0)
		inStore(t, g.state, func(tx *store.Tx) error {
			kept, _, err := tx.Draft()
			if kept.KisiURL != g.kisi.URL {
				t.Errorf("%s keeps the address %q", name, kept.KisiURL)
			}
			return err
		})
	}
}

func TestLettersInATextFieldAreText(t *testing.T) {
	t.Parallel()
	start(t, terminal{columns: 80, rows: 24}, "setup").Expect("Where is your Gymflow?").
		Press("q", "?", "b").Expect("› q?b").Press("ctrl+c").Exit(0)
}

// Enter that was typed while a check went on does not answer the question after it.
func TestTypedAheadEnterAnswersNothing(t *testing.T) {
	t.Parallel()
	g := newGym(t, "")
	s := g.toTheKey(g.start(t, terminal{columns: 100, rows: 30}, "setup"))
	g.hold(t)
	s.Paste(g.kisi.Key).Expect("•••").send("\r\r\r\r").Expect("Checking the key")
	s.Press("enter", "enter", "?").Expect("any key closes this").Press("x").Expect("Checking the key") // all were read
	g.release()
	s.Expect("Which place?").Resize(80, 24).Expect("Which place?").Press("ctrl+c").Exit(0)
}

// A check that gets no answer holds nobody up.
func TestLeavingDuringACheck(t *testing.T) {
	t.Parallel()
	g := newGym(t, "")
	s := g.toTheKey(g.start(t, terminal{columns: 80, rows: 24}, "setup"))
	g.hold(t)
	s.Paste(g.kisi.Key).Expect("•••").Press("enter").Expect("Checking the key").Press("ctrl+c").Exit(0)
	g.release()
	g.start(t, terminal{columns: 80, rows: 24}, "setup").Expect("Which place?").Press("ctrl+c").Exit(0)
}

func TestDumbTerminalGetsPlainQuestions(t *testing.T) {
	t.Parallel()
	s := start(t, terminal{columns: 240, rows: 50, environment: []string{"TERM=dumb"}}, quick()...)
	for _, prompt := range []string{"Address, or path of a file, Enter for", "Token, not shown", "API key, not shown", "Place, a number", "l for the list, Enter to go on:", "enter again to take the 6 suggestions",
		"Members unlock with, a number", "o for the others, Enter to go on:", "Start the sync now?", "What to do, a number"} {
		s.Expect(prompt).Press("enter")
	}
	s.send("8\r").Exit(0)
	if strings.Contains(s.Wire(), "\x1b") {
		t.Errorf("escape sequences on a dumb terminal: %q", s.Wire())
	}
}

func TestWithoutATerminalSentences(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		arguments []string
		code      int
		want      string
	}{
		{nil, 10, "kisiflow is not set up yet; run: kisiflow setup"},
		{quick(), 1, "the input ended at the question"},
	} {
		path, err := exec.LookPath("kisiflow")
		if err != nil {
			t.Fatal(err)
		}
		command := exec.Command(path, test.arguments...)
		command.Env = []string{"TERM=xterm-256color", "COLORTERM=truecolor", "HOME=" + t.TempDir()}
		output, _ := command.CombinedOutput()
		if got := command.ProcessState.ExitCode(); got != test.code {
			t.Errorf("kisiflow %v: exit %d, want %d", test.arguments, got, test.code)
		}
		if !strings.Contains(string(output), test.want) || strings.Contains(string(output), "\x1b") {
			t.Errorf("kisiflow %v says %q", test.arguments, output)
		}
	}
}
