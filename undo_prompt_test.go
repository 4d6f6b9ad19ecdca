package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// At a terminal an undo shows what it would do and asks; only a yes undoes.
func TestUndoAsksAtATerminal(t *testing.T) {
	w, err := startWorld(simulation{members: 30, seed: 7}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	folder := t.TempDir()
	for name, secret := range map[string]string{"key": w.kisi.Key, "token": w.gymflow.Token} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	t.Cleanup(func() { _ = master.Close(); _ = slave.Close() })
	call := func(in *os.File, arguments ...string) (int, string) {
		var out, errOut bytes.Buffer
		arguments = append(arguments, "--state", filepath.Join(folder, "state.db"), "--kisi-url", w.kisi.URL, "--rate", "2000")
		code := run(arguments, in, &out, &errOut)
		return code, out.String() + errOut.String()
	}
	nowhere, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	code, said := call(nowhere, "setup", "--no-input", "--kisi-key-file", filepath.Join(folder, "key"), "--gymflow-url", w.gymflow.URL,
		"--gymflow-token-file", filepath.Join(folder, "token"), "--place", fmt.Sprint(w.place.ID), "--associate", "ms_1=All hours")
	if code != 0 {
		t.Fatal(said)
	}
	if code, said = call(nowhere, "sync"); code != 0 {
		t.Fatal(said)
	}
	rights := len(w.kisi.Rights())
	for _, answer := range []string{"", "n", "maybe"} {
		_, _ = master.WriteString(answer + "\n")
		code, said = call(slave, "undo", "r1")
		if code != 0 || !strings.Contains(said, "Undo run r1? [y/N]") || !strings.Contains(said, " loses All hours") || !strings.Contains(said, "Nothing was undone") {
			t.Errorf("%q: exit %d, %s", answer, code, said)
		}
	}
	if len(w.kisi.Rights()) != rights {
		t.Error("it undid without a yes")
	}
	_, _ = master.WriteString("y\n")
	code, said = call(slave, "undo", "r1", "--json")
	if code != 0 || !strings.Contains(said, `"undoes": "r1"`) || len(w.kisi.Rights()) >= rights {
		t.Errorf("exit %d, %s", code, said)
	}
	code, said = call(slave, "undo", "r1")
	if code != 0 || strings.Contains(said, "[y/N]") || !strings.Contains(said, "gives back 0 and takes back 0") {
		t.Errorf("nothing is left to undo: exit %d, %s", code, said)
	}
}
