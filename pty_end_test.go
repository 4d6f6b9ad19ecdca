package main

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"kisiflow/store"
)

func TestSignalsRestoreTheTerminal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		number syscall.Signal
		at     int
		want   int
	}{
		"TERM at a question":   {syscall.SIGTERM, atPlace, 143},
		"HUP at a text field":  {syscall.SIGHUP, 0, 129},
		"INT in the live view": {syscall.SIGINT, atLive, 130},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start(t, terminal{columns: 80, rows: 24}, quick()...).walk(0, test.at).Signal(test.number).Exit(test.want)
		})
	}
	t.Run("TERM in a sync", func(t *testing.T) {
		t.Parallel()
		start(t, terminal{columns: 80, rows: 24}, "demo", "--still", "--rate", "40").walk(0, atReview).
			Press("enter").Expect("granted 1").Signal(syscall.SIGTERM).Exit(143)
	})
	t.Run("the terminal is closed", func(t *testing.T) {
		t.Parallel()
		if code := start(t, terminal{columns: 80, rows: 24}, quick()...).walk(0, atLive).HangUp().ExitCode(); code != 129 {
			t.Errorf("exit %d, want 129", code)
		}
	})
}

// A terminal that stops reading holds up neither the syncs nor the end (tui.md 2.4).
func TestStalledTerminal(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.db")
	s := start(t, terminal{columns: 120, rows: 40}, "demo", "--rate", "120", "--state", state)
	s.walk(0, atReview).Press("enter").Expect("granted 1").Press("v").Expect("Members 240", "▸ Adam Fitzgerald")
	s.Stall().freeze()
	frozen := newestRun(t, state).Started
	s.whileStalled(func() bool {
		newest := newestRun(t, state)
		return newest.Started.After(frozen) && newest.Outcome == store.OutcomeDone
	}, "the end of a run that began after the terminal had stalled")
	signalled := time.Now()
	s.Signal(syscall.SIGTERM)
	if code := s.ExitCode(); code != 143 {
		t.Errorf("exit %d, want 143", code)
	}
	t.Logf("%v after SIGTERM", time.Since(signalled))
}

func newestRun(t *testing.T, path string) (newest store.Run) {
	t.Helper()
	inStore(t, path, func(tx *store.Tx) error {
		runs, err := tx.Runs(1)
		if len(runs) > 0 {
			newest = runs[0]
		}
		return err
	})
	return newest
}

// freeze presses keys until the process reads them no more: its screen is stuck in a write.
func (s *screen) freeze() *screen {
	s.t.Helper()
	page := 0
	return s.whileStalled(func() bool {
		s.Press([]string{"pgdown", "pgup"}[page%2])
		page++
		return s.unread() > 400
	}, "the moment at which nothing is read any more")
}

// unread is how much of what was typed the process has not read yet.
func (s *screen) unread() (count int) {
	s.t.Helper()
	s.control(func(master int) error {
		number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
		if err != nil {
			return err
		}
		slave, err := unix.Open(fmt.Sprintf("/dev/pts/%d", number), unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer func() { _ = unix.Close(slave) }()
		count, err = unix.IoctlGetInt(slave, unix.TIOCINQ)
		return err
	})
	return count
}

// whileStalled waits for something that no screen shows.
func (s *screen) whileStalled(condition func() bool, what string) *screen {
	s.t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); !condition(); <-ticker.C {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s never came", what)
		}
	}
	return s
}
