package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// coloured is a sequence that sets a colour: 30 to 38, 40 to 48, 90 and above; not 39 and 49, which take it back.
var coloured = regexp.MustCompile(`\x1b\[(\d+;)*(3[0-8]|4[0-8]|9\d|10\d)[;m]`)

func TestNoColour(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment []string
		arguments   []string
		coloured    bool
	}{
		"in colour":    {nil, nil, true}, // so that this test can fail
		"NO_COLOR=yes": {[]string{"NO_COLOR=yes"}, nil, false},
		"--no-color":   {nil, []string{"--no-color"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, terminal{columns: 80, rows: 24, environment: test.environment}, quick(test.arguments...)...).walk(0, atLive)
			s.Press("tab").Expect("Past runs").Press("q").Exit(0)
			if found := coloured.FindString(s.Wire()); (found != "") != test.coloured {
				t.Errorf("a colour: %q", found)
			}
		})
	}
}

// A terminal that answers no query must not cost five seconds, as it does with version 1 of the libraries (tui.md 2.2).
func TestVersionAndHelpAskTheTerminalNothing(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--version", "--help"} {
		quickest := patience
		for range 3 {
			began := time.Now()
			s := start(t, terminal{columns: 80, rows: 24}, flag).Exit(0)
			quickest = min(quickest, time.Since(began))
			if strings.Contains(s.Wire(), "\x1b") || !strings.Contains(s.Wire(), "kisiflow") {
				t.Errorf("kisiflow %s wrote %q", flag, s.Wire())
			}
		}
		t.Logf("%s: %v", flag, quickest)
		if quickest > 3*time.Second {
			t.Errorf("kisiflow %s took %v at best", flag, quickest)
		}
	}
}

// setUp links the gym and syncs it once, as a script would.
func (g *gym) setUp(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	for name, secret := range map[string]string{"key": g.kisi.Key, "token": g.gymflow.Token} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setup := []string{"setup", "--no-input", "--kisi-key-file", "key", "--gymflow-url", g.gymflow.URL, "--gymflow-token-file", "token", "--place", "Dublin HQ"}
	for membership, group := range g.associations() {
		setup = append(setup, "--associate", membership+"="+group)
	}
	path, err := exec.LookPath("kisiflow")
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{setup, {"sync"}} {
		command := exec.Command(path, append(arguments, "--state", g.state, "--kisi-url", g.kisi.URL, "--rate", "2000")...)
		command.Dir, command.Env = folder, append(os.Environ(), "KISIFLOW_NOW="+g.now)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", arguments[0], err, output)
		}
	}
}

// What a person pays for over SSH. Bytes are counted, not seconds: more time for the same screens gives the same bytes.
func TestBytesOnTheWire(t *testing.T) {
	t.Parallel()
	overSSH := terminal{columns: 120, rows: 40, environment: []string{"SSH_TTY=/dev/pts/9", "COLORTERM="}}
	g := newGym(t, scriptNow)
	g.setUp(t)
	idle := g.start(t, overSSH).Expect("Members 240", "● in step at", "▸ Adam Fitzgerald")
	syncing := func() *screen { // for longer than the window, and faster than Kisi itself allows
		return start(t, overSSH, "demo", "--still", "--rate", "20", "--members", "480").walk(0, atReview).Press("enter").Expect("granted 1")
	}
	first, later := syncing(), syncing().Press("v").Expect("Members 480", "▸", "○ syncing")

	const window = 12 * time.Second
	written := during(window, idle, first, later)
	for again := 0; len(written[0]) > 0 && again < 2; again++ { // something may happen once; a screen that moves by itself moves again
		t.Logf("an idle live view wrote %q", written[0])
		written[0] = during(window, idle)[0]
	}
	if len(written[0]) > 0 {
		t.Errorf("an idle live view wrote %q", written[0])
	}
	for index, name := range []string{"10 s of a sync in the wizard", "10 s of a sync behind the live view"} {
		bytes := len(written[index+1]) * int(10*time.Second) / int(window)
		t.Logf("%s: %d bytes", name, bytes)
		if bytes > 8000 {
			t.Errorf("%s: %d bytes, want at most 8000: %q", name, bytes, written[index+1])
		}
	}
	idle.measureKeys(3 << 10)
}

// during is what each screen writes in a while.
func during(window time.Duration, screens ...*screen) (written []string) {
	begun := make([]int, len(screens))
	for index, one := range screens {
		begun[index] = len(one.Wire())
	}
	time.Sleep(window) // the subject is what happens while nothing is done
	for index, one := range screens {
		written = append(written, one.Wire()[begun[index]:])
	}
	return written
}

// measureKeys counts what moves and pages cost, over several of them: rows differ in how much they say.
func (s *screen) measureKeys(mostOfPage int) {
	s.t.Helper()
	s.until(s.terminal.CursorVisible, "the end of the frame")
	for _, test := range []struct {
		key         string
		times, most int
	}{{"down", 10, 300}, {"pgdown", 6, mostOfPage}} {
		begun := len(s.Wire())
		for range test.times {
			s.step(test.key)
		}
		bytes := (len(s.Wire()) - begun) / test.times
		s.t.Logf("%s: %d bytes", test.key, bytes)
		if bytes > test.most {
			s.t.Errorf("%s costs %d bytes, want at most %d", test.key, bytes, test.most)
		}
	}
}

var selectedRow = regexp.MustCompile(`▸ (.*)`)

// step presses a key and waits until another row is selected and drawn.
func (s *screen) step(key string) {
	s.t.Helper()
	settled := func() bool { return s.terminal.CursorVisible() && selectedRow.MatchString(s.text()) } // hidden while a frame is written
	s.until(settled, "the end of the frame before")
	before := selectedRow.FindString(s.Text())
	s.Press(key).until(func() bool { return settled() && selectedRow.FindString(s.text()) != before }, "another row")
}
