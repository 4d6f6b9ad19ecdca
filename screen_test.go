package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"golang.org/x/sys/unix"
)

// patience is how long a screen may take to show what is expected. It only ends a test that has failed already.
// A machine may be busy with much else, under the race detector too.
const patience = 2 * time.Minute

// terminal is what a kisiflow in a pseudo-terminal is started with.
type terminal struct {
	columns, rows int
	environment   []string // beside TERM, HOME and the like; the last of two with one name counts
}

// screen is a terminal with a kisiflow in it, and what an emulator shows of it.
type screen struct {
	t       *testing.T
	command *exec.Cmd
	pty     *os.File
	ended   chan struct{} // closed when the process is gone and all it wrote was read

	mutex    sync.Mutex
	changed  *sync.Cond
	terminal vt10x.Terminal
	raw      bytes.Buffer // all that came over the wire
	kept     []byte       // the beginning of a rune or sequence whose rest has not come yet
	stalled  bool         // nobody reads the terminal
	over     bool
}

// start runs `kisiflow arguments...` in a terminal. The binary is this one: TestMain makes it a kisiflow when it is called so.
func start(t *testing.T, in terminal, arguments ...string) *screen {
	t.Helper()
	path, err := exec.LookPath("kisiflow")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	s := &screen{t: t, command: exec.Command(path, arguments...), ended: make(chan struct{}),
		terminal: vt10x.New(vt10x.WithSize(in.columns, in.rows))}
	s.changed = sync.NewCond(&s.mutex)
	s.command.Dir = home
	s.command.Env = append([]string{"TERM=xterm-256color", "COLORTERM=truecolor", "HOME=" + home, "TMPDIR=" + home,
		"XDG_STATE_HOME=" + filepath.Join(home, "state"), "PATH=" + os.Getenv("PATH"), "KISIFLOW_NOW=" + scriptNow,
		"GORACE=atexit_sleep_ms=0"}, in.environment...)
	master, err := pty.StartWithSize(s.command, &pty.Winsize{Cols: uint16(in.columns), Rows: uint16(in.rows)})
	if err != nil {
		t.Fatal(err)
	}
	s.pty = interruptible(t, master)
	go s.read()
	t.Cleanup(s.close)
	return s
}

// interruptible is the same terminal with reads that end when it is closed; those of package pty's file block for ever.
func interruptible(t *testing.T, master *os.File) *os.File {
	t.Helper()
	defer func() { _ = master.Close() }()
	number, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(number, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(number), "terminal")
}

// control does something with the terminal's file descriptor.
func (s *screen) control(do func(number int) error) {
	s.t.Helper()
	connection, err := s.pty.SyscallConn()
	if err == nil {
		err = errors.Join(connection.Control(func(number uintptr) { err = do(int(number)) }), err)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// read feeds the emulator until the process is gone.
func (s *screen) read() {
	defer close(s.ended)
	chunk := make([]byte, 4096)
	for {
		s.mutex.Lock()
		for s.stalled {
			s.changed.Wait()
		}
		s.mutex.Unlock()
		count, err := s.pty.Read(chunk)
		s.mutex.Lock()
		s.raw.Write(chunk[:count])
		s.show(chunk[:count])
		s.over = err != nil // EIO: no process has the terminal open any more
		s.changed.Broadcast()
		s.mutex.Unlock()
		if err != nil {
			return
		}
	}
}

// The emulator takes the kitty protocol's CSI > 1 u for "restore the cursor", so what it does not know is kept from it.
var (
	unknownToEmulator = regexp.MustCompile(`\x1b\[[<>=][0-9;]*[a-zA-Z]`)
	unfinished        = regexp.MustCompile(`\x1b(\[[<>=?]?[0-9;]*)?$`)
)

func (s *screen) show(chunk []byte) {
	text := unknownToEmulator.ReplaceAll(append(s.kept, chunk...), nil)
	whole := len(text)
	if at := unfinished.FindIndex(text); at != nil {
		whole = at[0]
	} else if last := bytes.LastIndexFunc(text, func(r rune) bool { return r != utf8.RuneError }); last >= 0 {
		_, size := utf8.DecodeRune(text[last:])
		whole = last + size
	}
	_, _ = s.terminal.Write(text[:whole])
	s.kept = append([]byte(nil), text[whole:]...)
}

// text is the screen, line by line, without the blanks at the end.
func (s *screen) text() string {
	lines := strings.Split(s.terminal.String(), "\n")
	for index := range lines {
		lines[index] = strings.TrimRight(lines[index], " ")
	}
	return strings.Join(lines, "\n")
}

// until waits for a condition, which is called with the lock held whenever something changes.
func (s *screen) until(condition func() bool, what string) *screen {
	s.t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		late = true
		s.changed.Broadcast()
	})
	defer timer.Stop()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for !condition() {
		if late || s.over {
			s.t.Fatalf("%s never came (the process has ended: %v). The screen:\n%s", what, s.over, s.text())
		}
		s.changed.Wait()
	}
	return s
}

// Expect waits until all the texts are on the screen at once.
func (s *screen) Expect(texts ...string) *screen {
	s.t.Helper()
	return s.until(func() bool {
		now := s.text()
		for _, text := range texts {
			if !strings.Contains(now, text) {
				return false
			}
		}
		return true
	}, strings.Join(texts, " and "))
}

// Gone waits until the text is on the screen no more.
func (s *screen) Gone(text string) *screen {
	s.t.Helper()
	return s.until(func() bool { return !strings.Contains(s.text(), text) }, "a screen without "+text)
}

// Text is the screen as it stands.
func (s *screen) Text() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text()
}

// Wire is all that the process wrote so far.
func (s *screen) Wire() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.raw.String()
}

// keys are what a terminal sends.
func (s *screen) bytesOf(key string) string {
	named := map[string]string{"enter": "\r", "down": "\x1b[B", "up": "\x1b[A", "pgdown": "\x1b[6~", "pgup": "\x1b[5~", "esc": "\x1b",
		"tab": "\t", "backspace": "\x7f", "ctrl+c": "\x03", "space": " "}
	if sent, known := named[key]; known {
		return sent
	}
	if utf8.RuneCountInString(key) != 1 {
		s.t.Fatalf("no such key: %q", key)
	}
	return key
}

// Press sends keys one by one.
func (s *screen) Press(keys ...string) *screen {
	s.t.Helper()
	for _, key := range keys {
		s.send(s.bytesOf(key))
	}
	return s
}

// Paste sends text as a terminal with bracketed paste does.
func (s *screen) Paste(text string) *screen {
	s.t.Helper()
	return s.send("\x1b[200~" + text + "\x1b[201~")
}

func (s *screen) send(text string) *screen {
	s.t.Helper()
	if _, err := io.WriteString(s.pty, text); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// Resize changes the window's size, which sends SIGWINCH.
func (s *screen) Resize(columns, rows int) *screen {
	s.t.Helper()
	s.mutex.Lock()
	s.terminal.Resize(columns, rows)
	s.mutex.Unlock()
	s.control(func(number int) error {
		return unix.IoctlSetWinsize(number, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
	})
	return s
}

// Stall stops reading the terminal, as a frozen SSH link does; Resume goes on.
func (s *screen) Stall() *screen  { return s.stall(true) }
func (s *screen) Resume() *screen { return s.stall(false) }

func (s *screen) stall(now bool) *screen {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stalled = now
	s.changed.Broadcast()
	return s
}

// Signal sends the process a signal.
func (s *screen) Signal(number syscall.Signal) *screen {
	s.t.Helper()
	if err := s.command.Process.Signal(number); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// HangUp closes the terminal, as a dropped SSH session does.
func (s *screen) HangUp() *screen {
	s.t.Helper()
	if err := s.pty.Close(); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// ExitCode waits for the end, whatever became of the terminal.
func (s *screen) ExitCode() int {
	s.t.Helper()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = s.command.Wait()
	}()
	select {
	case <-gone:
	case <-time.After(patience):
		_ = s.command.Process.Kill()
		<-gone
		s.t.Fatalf("it did not end. The screen:\n%s", s.Text())
	}
	return s.command.ProcessState.ExitCode()
}

// Exit waits for the end and checks the exit code, and that the terminal was left as it was found.
func (s *screen) Exit(want int) *screen {
	s.t.Helper()
	s.until(func() bool { return s.over }, "the end")
	s.ExitCode()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if got := s.command.ProcessState.ExitCode(); got != want {
		s.t.Errorf("exit %d, want %d. The screen:\n%s", got, want, s.text())
	}
	if s.terminal.Mode()&vt10x.ModeAltScreen != 0 {
		s.t.Errorf("the alternate screen was not left:\n%s", s.text())
	}
	if !s.terminal.CursorVisible() {
		s.t.Error("the cursor stayed hidden")
	}
	return s
}

func (s *screen) close() {
	s.Resume()
	if s.command.ProcessState == nil {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
	}
	_ = s.pty.Close()
	<-s.ended
}
