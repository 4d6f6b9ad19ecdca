package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kisiflow/store"
)

// office is one state file with a simulated gym behind it, and several processes that use both.
type office struct {
	t       *testing.T
	sim     simJSON
	folder  string
	state   string
	rate    string
	killed  []string
	service *exec.Cmd
	hooks   string // where the service takes pushes
}

const pushSecret = "a-push-secret-of-the-office-0123456789"

func openOffice(t *testing.T, members int, rate string) *office {
	t.Helper()
	o := &office{t: t, folder: t.TempDir(), rate: rate}
	o.state = filepath.Join(o.folder, "state.db")
	sim := o.command("sim", "--members", strconv.Itoa(members))
	out, err := sim.StdoutPipe()
	if err == nil {
		err = sim.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = sim.Process.Kill()
		_ = sim.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &o.sim)
	}
	if err != nil {
		t.Fatalf("the simulators said %q: %v", line, err)
	}
	for name, secret := range map[string]string{"key": o.sim.KisiKey, "token": o.sim.GymflowToken, "push": pushSecret} {
		if err := os.WriteFile(filepath.Join(o.folder, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setup := []string{"setup", "--no-input", "--kisi-url", o.sim.KisiURL, "--kisi-key-file", "key", "--gymflow-url", o.sim.GymflowURL,
		"--gymflow-token-file", "token", "--push-secret-file", "push", "--place", strconv.FormatInt(o.sim.PlaceID, 10)}
	for membership, group := range (&world{}).associations() {
		setup = append(setup, "--associate", membership+"="+group)
	}
	if code, said := o.script(setup...); code != 0 {
		t.Fatalf("setup: exit %d: %s", code, said)
	}
	return o
}

// command is a kisiflow on this state file. The clock is the real one: several processes of different clocks would not be one
// machine's.
func (o *office) command(arguments ...string) *exec.Cmd {
	o.t.Helper()
	path, err := exec.LookPath("kisiflow")
	if err != nil {
		o.t.Fatal(err)
	}
	command := exec.CommandContext(o.t.Context(), path, arguments...)
	command.Dir = o.folder
	command.Env = append(slices.DeleteFunc(os.Environ(), func(one string) bool { return strings.HasPrefix(one, "KISIFLOW_") }), o.environment()...)
	return command
}

func (o *office) environment() []string {
	return []string{"HOME=" + o.folder, "KISIFLOW_NOW=", "KISIFLOW_STATE=" + o.state, "KISIFLOW_RATE=" + o.rate, "GORACE=atexit_sleep_ms=0"}
}

// script runs a command to its end.
func (o *office) script(arguments ...string) (code int, said []byte) {
	o.t.Helper()
	command := o.command(arguments...)
	said, err := command.Output()
	if command.ProcessState == nil {
		o.t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), said
}

// sync runs once as a script, again and again while another process is just at work: screens act on what an admin changes at once.
func (o *office) sync() {
	o.t.Helper()
	var code int
	var said []byte
	o.until("a sync of a script's own", func() bool { code, said = o.script("sync", "--json"); return code != 11 })
	if code != 0 {
		o.t.Errorf("sync: exit %d: %s", code, said)
	}
}

var listensAt = regexp.MustCompile(`address=([0-9.:]+)`)

func (o *office) startService() {
	o.t.Helper()
	log, err := os.Create(o.log())
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	o.service = o.command("watch", "--poll", "1s", "--listen", "127.0.0.1:0")
	o.service.Stderr = log
	if err := o.service.Start(); err != nil {
		o.t.Fatal(err)
	}
	service := o.service
	o.t.Cleanup(func() {
		if service.ProcessState == nil {
			o.kill(service, "")
		}
	})
	o.until("a service that listens", func() bool {
		found := listensAt.FindStringSubmatch(o.serviceSaid())
		if found != nil {
			o.hooks = "http://" + found[1] + "/hooks/gymflow"
		}
		return found != nil
	})
}

func (o *office) log() string { return filepath.Join(o.folder, "service.log") }

func (o *office) serviceSaid() string {
	o.t.Helper()
	said, err := os.ReadFile(o.log())
	if err != nil {
		o.t.Fatal(err)
	}
	return string(said)
}

func (o *office) openScreen() *screen {
	o.t.Helper()
	return start(o.t, terminal{columns: 120, rows: 40, environment: o.environment()})
}

// kill ends a process as the kernel does.
func (o *office) kill(process *exec.Cmd, what string) {
	o.t.Helper()
	if err := process.Process.Kill(); err != nil {
		o.t.Fatal(err)
	}
	_ = process.Wait()
	if what != "" {
		o.killed = append(o.killed, what)
	}
}

// until waits for something that no screen shows.
func (o *office) until(what string, condition func() bool) (waited time.Duration) {
	o.t.Helper()
	begun := time.Now()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for ; !condition(); <-ticker.C {
		if time.Since(begun) > patience {
			pid, progress := o.work()
			o.t.Fatalf("%s never came; process %d has the lease, %+v; the service said:\n%s", what, pid, progress, o.serviceSaid())
		}
	}
	return time.Since(begun)
}

// work is who runs, and how far that is.
func (o *office) work() (pid int, progress store.Progress) {
	o.t.Helper()
	inStore(o.t, o.state, func(tx *store.Tx) error {
		holder, alive, err := tx.Leased()
		if err != nil {
			return err
		}
		if alive {
			pid = holder.PID
		}
		progress, err = tx.Progress()
		return err
	})
	return pid, progress
}

// inTheMiddle waits until one of these writes, and has written some.
func (o *office) inTheMiddle(of ...*exec.Cmd) (holder *exec.Cmd) {
	o.t.Helper()
	var run string
	first := 0
	o.until("a run of another process that is under way", func() bool {
		pid, progress := o.work()
		at := slices.IndexFunc(of, func(process *exec.Cmd) bool { return process.Process.Pid == pid })
		if at < 0 || !progress.Running || progress.Phase != "writing" {
			return false
		}
		if progress.Run != run {
			run, first = progress.Run, progress.Done
		}
		holder = of[at]
		return progress.Done >= first+8
	})
	return holder
}

// ask reads something from a simulator's control endpoints.
func (o *office) ask(path string, into any) {
	o.t.Helper()
	answer := o.send(newRequest(o.t, o.sim.KisiURL+path), http.StatusOK)
	if err := json.Unmarshal(answer, into); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) post(url, body string, header ...string) *http.Request {
	o.t.Helper()
	request, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return request
}

func (o *office) send(request *http.Request, want int) []byte {
	o.t.Helper()
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		o.t.Fatalf("%s: status %d: %s: %v", request.URL, answer.StatusCode, body, err)
	}
	return body
}
