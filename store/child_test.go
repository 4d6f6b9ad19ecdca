package store

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The tests start this binary again as a second process, with the part it plays and the file in its environment.
const (
	childPart = "KISIFLOW_STORE_CHILD"
	childPath = "KISIFLOW_STORE_PATH"
)

func TestMain(m *testing.M) {
	part, path := os.Getenv(childPart), os.Getenv(childPath)
	if part == "" {
		os.Exit(m.Run())
	}
	if err := play(part, path); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// play is what a child process does. It says "ready" when its test may go on, and lasts until its standard input ends.
func play(part, path string) error {
	switch part {
	case "open without rights":
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	case "full disk":
		signal.Ignore(syscall.SIGXFSZ)
		limit := unix.Rlimit{Cur: 48 << 10, Max: 48 << 10}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
	}
	store, err := Open(path)
	if err != nil {
		return err
	}
	switch part {
	case "count for ever":
		fmt.Println("ready")
		for {
			if err := countOnce(store); err != nil {
				return err
			}
		}
	case "full disk":
		return store.Update(func(tx *Tx) error { return tx.PutStandings(manyRows(1000), time.Now()) })
	case "hold the lease":
		if _, err := store.Acquire("watch"); err != nil {
			return err
		}
	case "hold the lock":
		return store.Update(func(*Tx) error {
			fmt.Println("ready")
			_, err := io.Copy(io.Discard, os.Stdin)
			return err
		})
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// child is a second process.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner
}

func startChild(t testing.TB, part, path string) child {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childPart+"="+part, childPath+"="+path)
	if _, err := command.StdinPipe(); err != nil { // held open until Wait
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	return child{command, bufio.NewScanner(output)}
}

// says waits for the child's next line.
func (c child) says(t testing.TB) string {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("the child said nothing: %v", c.lines.Err())
	}
	return c.lines.Text()
}

func (c child) ready(t testing.TB) {
	t.Helper()
	if line := c.says(t); line != "ready" {
		t.Fatalf("the child said %q", line)
	}
}
