package service

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func someUnit() Unit {
	return Unit{Name: "kisiflow", Binary: "/usr/bin/kisiflow", Arguments: []string{"--state", "/var/lib/kisiflow/state.db"}, State: "/var/lib/kisiflow/state.db"}
}

// lineOf is the value of one setting; the test fails where it is missing or there twice.
func lineOf(t *testing.T, text, name string) string {
	t.Helper()
	var values []string
	for line := range strings.Lines(text) {
		if value, is := strings.CutPrefix(line, name+"="); is {
			values = append(values, strings.TrimSuffix(value, "\n"))
		}
	}
	if len(values) != 1 {
		t.Fatalf("%s is there %d times in:\n%s", name, len(values), text)
	}
	return values[0]
}

func TestTheUnitIsHardened(t *testing.T) {
	machine := someUnit()
	machine.System, machine.User, machine.Listen = true, "gym", "127.0.0.1:8040"
	text := machine.Text()
	for name, want := range map[string]string{
		"Type": "notify", "WatchdogSec": "2min", "Restart": "on-failure", "RestartPreventExitStatus": "10", "SuccessExitStatus": "129 130 143",
		"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ReadWritePaths": "/var/lib/kisiflow", "PrivateTmp": "yes", "ProtectHome": "yes",
		"RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "", "User": "gym",
		"WantedBy": "multi-user.target", "UMask": "0077",
		"ExecStart": "/usr/bin/kisiflow --state /var/lib/kisiflow/state.db watch --listen 127.0.0.1:8040",
	} {
		if got := lineOf(t, text, name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
	user := someUnit()
	user.State = "/home/ann/.local/state/kisiflow/default.db"
	text = user.Text()
	for name, want := range map[string]string{"ProtectHome": "read-only", "ReadWritePaths": "/home/ann/.local/state/kisiflow", "WantedBy": "default.target", "PrivateUsers": "yes"} {
		if got := lineOf(t, text, name); got != want {
			t.Errorf("a user's: %s=%s, want %s", name, got, want)
		}
	}
	// Either would end a user's service before it begins.
	for _, name := range []string{"CapabilityBoundingSet", "PrivateDevices", "User=", "network-online"} {
		if strings.Contains(text, name) {
			t.Errorf("a user's unit has %s", name)
		}
	}
	// The lease looks whether the process that holds it lives: it must be seen.
	for _, hides := range []string{"ProtectProc", "ProcSubset", "PrivatePIDs"} {
		if strings.Contains(machine.Text()+text, "\n"+hides+"=") {
			t.Errorf("%s hides other processes from the lease", hides)
		}
	}
}

func TestWhatLiesUnderTmpOrHomeStaysVisible(t *testing.T) {
	unit := someUnit()
	unit.System, unit.State = true, "/tmp/kisiflow/state.db"
	if got := lineOf(t, unit.Text(), "PrivateTmp"); got != "no" {
		t.Errorf("PrivateTmp=%s would hide the state file", got)
	}
	unit.State, unit.Binary = "/var/lib/kisiflow/state.db", "/root/bin/kisiflow"
	if got := lineOf(t, unit.Text(), "ProtectHome"); got != "read-only" {
		t.Errorf("ProtectHome=%s would hide the binary", got)
	}
	unit.Listen = ":443"
	if got := lineOf(t, unit.Text(), "CapabilityBoundingSet"); got != "CAP_NET_BIND_SERVICE" {
		t.Errorf("a low port needs its capability, got %q", got)
	}
}

func TestSecretsComeAsCredentials(t *testing.T) {
	unit := someUnit()
	unit.Credentials = []Credential{{"kisi-key", "--kisi-key-file", "/etc/kisi 100%/key"}, {"gymflow-token", "--gymflow-token-file", "/etc/token"}}
	text := unit.Text()
	if !strings.Contains(text, "\nLoadCredential=kisi-key:/etc/kisi 100%%/key\nLoadCredential=gymflow-token:/etc/token\n") {
		t.Errorf("no credentials in:\n%s", text)
	}
	if got := lineOf(t, text, "ExecStart"); !strings.HasSuffix(got, " watch --kisi-key-file %d/kisi-key --gymflow-token-file %d/gymflow-token") {
		t.Errorf("ExecStart=%s", got)
	}
}

func TestWhatCannotStandInAUnitIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Unit){
		"a line break in the state file": func(u *Unit) { u.State = "/var/lib/a\nExecStartPre=/bin/evil" },
		"a line break in the address":    func(u *Unit) { u.Listen = "127.0.0.1:1\nUser=root" },
		"a line break in the user":       func(u *Unit) { u.User = "a\nb" },
		"a line break in a credential":   func(u *Unit) { u.Credentials = []Credential{{"a", "--a", "/a\nb"}} },
		"a path in the name":             func(u *Unit) { u.Name = "../evil" },
		"no name":                        func(u *Unit) { u.Name = "" },
		"a quote in the binary's path":   func(u *Unit) { u.Binary = `/opt/the gym's/kisiflow` },
		"half a path":                    func(u *Unit) { u.Binary = "kisiflow" },
	} {
		unit := someUnit()
		change(&unit)
		if err := unit.Check(); !errors.Is(err, ErrBadUnit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unit := someUnit()
	if err := unit.Check(); err != nil {
		t.Error(err)
	}
}

// TestEveryArgumentArrivesAsItIs reads the line back as systemd.syntax(7) and systemd.service(5) say that systemd does.
func TestEveryArgumentArrivesAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.SampledFrom([]rune(`ab %$"'\;{}é#-@`)))
		unit := someUnit()
		unit.Binary = "/opt/" + rapid.StringOf(rapid.SampledFrom([]rune("ab %$é;-"))).Draw(t, "binary")
		unit.State = "/srv/" + name.Draw(t, "folder") + "/state.db"
		unit.Arguments = []string{"--state", unit.State, "--kisi-url", name.Draw(t, "other")}
		for line := range strings.Lines(unit.Text()) {
			if command, is := strings.CutPrefix(line, "ExecStart="); is {
				want := append(append([]string{unit.Binary}, unit.Arguments...), "watch")
				if got := readCommand(t, strings.TrimSuffix(command, "\n")); !slices.Equal(got, want) {
					t.Fatalf("%q reads as %q, want %q", command, got, want)
				}
			}
		}
	})
}

// readCommand splits at blanks outside quotes, undoes escapes and quotes, then %% and, but for the first word, $$.
func readCommand(t *rapid.T, line string) (words []string) {
	var word strings.Builder
	begun, quote := false, rune(0)
	letters := []rune(line)
	for i := 0; i < len(letters); i++ {
		switch letter := letters[i]; {
		case letter == '\\':
			i++
			word.WriteRune(letters[i])
		case quote != 0 && letter == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(letter)
		case !begun && (letter == '"' || letter == '\''):
			begun, quote = true, letter
		case letter == ' ':
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		case letter == ';' && !begun && (i+1 == len(letters) || letters[i+1] == ' '):
			t.Fatalf("a lone ; begins another command: %s", line)
		default:
			begun = true
			word.WriteRune(letter)
		}
	}
	if begun {
		words = append(words, word.String())
	}
	for i := range words {
		words[i] = undouble(t, words[i], '%')
		if i > 0 {
			words[i] = undouble(t, words[i], '$')
		}
	}
	return words
}

func undouble(t *rapid.T, word string, mark rune) string {
	double := strings.Repeat(string(mark), 2)
	if left := strings.ReplaceAll(word, double, ""); strings.ContainsRune(left, mark) {
		t.Fatalf("a single %c would be read as something else: %q", mark, word)
	}
	return strings.ReplaceAll(word, double, string(mark))
}

// TestSystemdReadsTheUnit has the real systemd look at units whose paths hold blanks and signs.
func TestSystemdReadsTheUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skipf("NOT CHECKED: systemd itself did not read the unit, since systemd-analyze is not on this machine: %v", err)
	}
	for name, change := range map[string]func(*Unit){
		"machine": func(u *Unit) { u.System, u.User, u.Listen = true, "daemon", "127.0.0.1:8040" },
		"user":    func(*Unit) {},
		"odd": func(u *Unit) {
			u.System = true
			u.Binary = filepath.Join(filepath.Dir(u.Binary), `the gym is 100% $HOME kisiflow`)
			u.State = filepath.Join(filepath.Dir(u.Binary), `the gym's 50% "off" \ $5`, "state.db")
			u.Arguments = []string{"--state", u.State}
			u.Credentials = []Credential{{"kisi-key", "--kisi-key-file", filepath.Join(filepath.Dir(u.Binary), "the 1% key")}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			unit := someUnit()
			unit.Binary, unit.State = filepath.Join(folder, "kisiflow"), filepath.Join(folder, "state", "state.db")
			change(&unit)
			if err := os.WriteFile(unit.Binary, []byte("#!/bin/sh\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			if said := verify(t, analyze, folder, unit.Text()); said != "" {
				t.Errorf("systemd complains:\n%s", said)
			}
			if said := verify(t, analyze, folder, strings.Replace(unit.Text(), "ExecStart=", "Nonsense=1\nExecStart=/nowhere/at/all ", 1)); !strings.Contains(said, "/nowhere/at/all") || !strings.Contains(said, "Nonsense") {
				t.Errorf("systemd sees nothing wrong where something is: %q", said)
			}
		})
	}
}

// verify gives what systemd-analyze says about this unit; what it says about others of the machine is left out.
func verify(t *testing.T, analyze, folder, text string) string {
	t.Helper()
	path := filepath.Join(folder, "kisiflow.service")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	said, _ := exec.CommandContext(ctx, analyze, "verify", "--man=no", "--recursive-errors=no", path).CombinedOutput()
	if ctx.Err() != nil {
		t.Fatal("systemd-analyze gave no answer")
	}
	var ours []string
	for line := range strings.Lines(string(said)) {
		if strings.Contains(line, "kisiflow") {
			ours = append(ours, line)
		}
	}
	return strings.Join(ours, "")
}
