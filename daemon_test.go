package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// signalAfterOutput starts a command, waits for its first line, signals it, and compares its exit code.
func signalAfterOutput(ts *testscript.TestScript, name, want string, command []string) error {
	signals := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	process := exec.Command(path, command[1:]...)
	process.Dir = ts.MkAbs(".")
	process.Env = append(os.Environ(), "KISIFLOW_NOW="+ts.Getenv("KISIFLOW_NOW"))
	out, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = process.Process.Kill()
		_ = process.Wait()
		return fmt.Errorf("%s said nothing: %w", command[0], err)
	}
	if err := os.WriteFile(ts.MkAbs("daemon.out"), []byte(line), 0o600); err != nil {
		return err
	}
	if err := process.Process.Signal(signals[name]); err != nil {
		return err
	}
	_ = process.Wait()
	if got := strconv.Itoa(process.ProcessState.ExitCode()); got != want {
		return fmt.Errorf("SIG%s: exit %s, want %s (it printed %q)", name, got, want, line)
	}
	return nil
}
