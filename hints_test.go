package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestHintsNameTheStateFile(t *testing.T) {
	for _, test := range []struct {
		app        application
		said, want string
	}{
		{application{}, "To go on: kisiflow setup", "To go on: kisiflow setup"},
		{application{}, "To go on: kisiflow setup.\n", "To go on: kisiflow setup\n"},
		{application{}, "kisiflow plan shows them. It does nothing.", "kisiflow plan shows them. It does nothing."},
		{application{state: "my gym.db"}, "To go on: kisiflow setup.\nNext", "To go on: kisiflow --state 'my gym.db' setup\nNext"},
		{application{state: "/srv/o'gym.db"}, "kisiflow sync --approve ab12", `kisiflow --state '/srv/o'\''gym.db' sync --approve ab12`},
		{application{profile: "north"}, "kisiflow doctor, then kisiflow plan\n", "kisiflow --profile north doctor, then kisiflow --profile north plan\n"},
		{application{profile: "north"}, "kisiflow planned this, and kisiflow's too", "kisiflow planned this, and kisiflow's too"},
		{application{inDemo: true}, "To go on: kisiflow setup", "To go on: kisiflow demo"},
		{application{inDemo: true, state: "kept.db"}, "To go on: kisiflow setup.", "To go on: kisiflow --state kept.db demo"},
	} {
		test.app.given = test.app.givenFlags()
		if got := test.app.hint(test.said); got != test.want {
			t.Errorf("%q became %q, want %q", test.said, got, test.want)
		}
	}
}

// What a failure tells to call is called, by a shell, with the words that it tells.
func TestAHintCanBePasted(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "the gym's $HOME", "state.db")
	var out, errOut bytes.Buffer
	if code := run([]string{"status", "--state", path}, strings.NewReader(""), &out, &errOut); code != 10 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	_, hint, found := strings.Cut(errOut.String(), "run: ")
	if !found {
		t.Fatal(errOut.String())
	}
	said, err := exec.CommandContext(t.Context(), shell, "-c", `kisiflow() { printf '%s\n' "$@"; }; `+hint).Output()
	if want := "--state\n" + path + "\nsetup\n"; err != nil || string(said) != want {
		t.Errorf("%q gives %q, want %q (%v)", hint, said, want, err)
	}
}

// Nobody is sent to the real wizard from the demo.
func TestWhoLeavesTheDemoIsToldToCallTheDemo(t *testing.T) {
	t.Setenv("ACCESSIBLE", "1")
	path := filepath.Join(t.TempDir(), "demo.db")
	for _, test := range []struct{ flags, want string }{
		{"", ": kisiflow demo\n"},
		{path, ": kisiflow --state " + path + " demo\n"},
	} {
		arguments := []string{"demo", "--still"}
		if test.flags != "" {
			arguments = append(arguments, "--state", test.flags)
		}
		var out, errOut bytes.Buffer
		if code := run(arguments, strings.NewReader("quit\n"), &out, &errOut); code != 0 {
			t.Fatalf("exit %d: %s", code, errOut.String())
		}
		if temporary := test.flags == ""; strings.Contains(out.String(), "Nothing of this demo is kept.") != temporary || strings.Contains(out.String(), "answers are kept") == temporary {
			t.Errorf("%q says what is not so: %s", test.flags, out.String())
		}
		if !strings.HasSuffix(out.String(), test.want) {
			t.Errorf("it ends with %q, want %q", out.String()[max(0, out.Len()-200):], test.want)
		}
	}
}
