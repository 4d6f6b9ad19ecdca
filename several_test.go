package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
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
	said    *bytes.Buffer // what the service writes; to be read when it has ended
}

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
	for name, secret := range map[string]string{"key": o.sim.KisiKey, "token": o.sim.GymflowToken} {
		if err := os.WriteFile(filepath.Join(o.folder, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setup := []string{"setup", "--no-input", "--kisi-url", o.sim.KisiURL, "--kisi-key-file", "key", "--gymflow-url", o.sim.GymflowURL,
		"--gymflow-token-file", "token", "--place", strconv.FormatInt(o.sim.PlaceID, 10)}
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

func (o *office) startService() {
	o.t.Helper()
	o.service, o.said = o.command("watch", "--poll", "1s"), &bytes.Buffer{}
	o.service.Stderr = o.said
	if err := o.service.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		if o.service.ProcessState == nil {
			o.kill(o.service, "")
		}
	})
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
			o.t.Fatalf("%s never came", what)
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

var shownProgress = regexp.MustCompile(`syncing ([0-9]+) of`)

// shows tells how far a screen says that the run is; -1: nothing of it.
func (s *screen) shows() int {
	found := shownProgress.FindStringSubmatch(s.Text())
	if found == nil {
		return -1
	}
	done, _ := strconv.Atoi(found[1])
	return done
}

// statusRead is what a script reads.
type statusRead struct {
	Running bool
	InStep  bool `json:"in_step"`
	Holder  string
	Members int
}

func (o *office) status() (status statusRead) {
	o.t.Helper()
	code, said := o.script("status", "--json")
	if err := json.Unmarshal(said, &status); err != nil || code != 0 {
		o.t.Fatalf("status: exit %d: %s: %v", code, said, err)
	}
	return status
}

// TestSeveralProcessesOnOneStateFile: a service, two admins and a script. Whoever holds the lease is killed in the middle of its
// writes, one after the other, and another one takes the work up.
func TestSeveralProcessesOnOneStateFile(t *testing.T) {
	t.Parallel()
	o := openOffice(t, 240, "40")
	o.startService()
	o.inTheMiddle(o.service)
	ann, bob := o.openScreen(), o.openScreen()
	o.allSeeTheSame(ann, bob)
	if code, said := o.script("sync", "--json"); code != 11 {
		t.Errorf("a script beside a run: exit %d, want 11: %s", code, said)
	}

	o.kill(o.service, "service, holding the lease")
	holder := o.inTheMiddle(ann.command, bob.command)
	first, second := ann, bob
	if holder == bob.command {
		first, second = bob, ann
	}
	o.kill(first.command, "screen, holding the lease")
	o.inTheMiddle(second.command)
	o.kill(second.command, "screen, holding the lease")
	if status := o.status(); status.Running || status.InStep {
		t.Errorf("with nobody alive: %+v", status)
	}

	lone := o.command("sync", "--json")
	if err := lone.Start(); err != nil {
		t.Fatal(err)
	}
	o.inTheMiddle(lone)
	o.startService() // it waits for the lease
	o.kill(lone, "script, holding the lease")
	ann, bob = o.openScreen().Expect("Members 240", "in step"), o.openScreen().Expect("Members 240", "in step")
	o.converged()

	o.editsShow(ann, bob)
	o.kill(bob.command, "screen, idle")
	o.kill(o.service, "service, idle")
	o.converged()
	ann.Press("enter").Expect("q quit").Press("q").Exit(0)
	t.Logf("killed: %s", strings.Join(o.killed, "; "))
	if strings.Contains(o.said.String(), "panic") {
		t.Errorf("the service said: %s", o.said)
	}
}

// allSeeTheSame: what the run has done shows everywhere within a second. On a busy machine one sample may come late; all of
// them never do.
func (o *office) allSeeTheSame(screens ...*screen) {
	o.t.Helper()
	var late []time.Duration
	for range 5 {
		_, progress := o.work()
		waited := o.until(fmt.Sprintf("%d on every screen", progress.Done), func() bool {
			return !slices.ContainsFunc(screens, func(s *screen) bool { return s.shows() < progress.Done })
		})
		if late = append(late, waited); waited > time.Second {
			continue
		}
		status := o.status()
		if pid, _ := o.work(); !status.Running || !strings.Contains(status.Holder, strconv.Itoa(pid)) {
			o.t.Errorf("process %d is at work, and a script reads %+v", pid, status)
		}
		o.t.Logf("what the service did was on both screens after %v", late)
		return
	}
	o.t.Errorf("what the service did was on the screens only after %v", late)
}

// converged: nothing is left to do, everybody has each right once, and none was ever made twice.
func (o *office) converged() {
	o.t.Helper()
	o.until("the end of the work", func() bool { status := o.status(); return status.InStep && !status.Running })
	if code, said := o.script("plan", "--json", "--exit-code"); code != 0 {
		o.t.Errorf("plan: exit %d: %s", code, said)
	}
	once := map[string]bool{}
	var rights struct {
		Rights []struct {
			User  int64 `json:"user_id"`
			Group string
		}
	}
	o.ask("/sim/rights", &rights)
	for _, right := range rights.Rights {
		key := fmt.Sprintf("%d in %s", right.User, right.Group)
		if once[key] {
			o.t.Errorf("twice: %s", key)
		}
		once[key] = true
	}
	var sent struct {
		Writes []struct{ Method, Path, Outcome string }
	}
	o.ask("/sim/writes", &sent)
	made := 0
	for _, one := range sent.Writes {
		if one.Method == http.MethodPost && one.Path == "/role_assignments" && strings.HasPrefix(one.Outcome, "2") {
			made++
		}
	}
	given := journaled(o.t, o.state, store.Granted) + journaled(o.t, o.state, store.Settled)
	if len(once) < 150 || made < 150 || made > given {
		o.t.Errorf("%d rights in force, %d made, %d journaled", len(once), made, given)
	}
}

func (o *office) ask(path string, into any) {
	o.t.Helper()
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(newRequest(o.t, o.sim.KisiURL+path))
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		o.t.Fatal(err)
	}
}

// sync runs once as a script, again and again while the service is just at work: it acts on what an admin changes at once.
func (o *office) sync() {
	o.t.Helper()
	var code int
	var said []byte
	o.until("a sync of a script's own", func() bool { code, said = o.script("sync", "--json"); return code != 11 })
	if code != 0 {
		o.t.Errorf("sync: exit %d: %s", code, said)
	}
}

// editsShow: what one admin changes, the others see, and the service acts on it.
func (o *office) editsShow(ann, bob *screen) {
	o.t.Helper()
	ann.Press("5").Expect("Grace", "Removals")
	bob.Press("5").Expect("Grace", "Removals")
	before := bob.Text()
	for range 5 {
		ann.Press("down")
	}
	ann.Press("enter").Expect("For how many days after an invoice").Press("backspace").send("3\r")
	edited := time.Now()
	bob.until(func() bool { return strings.Contains(bob.text(), "3 days") && bob.text() != before }, "the days of grace that the other admin set")
	o.t.Logf("a setting of one admin was on the other's screen after %v", time.Since(edited))
	o.sync()
	var members []struct{ ID, Name, Standing string }
	_, said := o.script("members", "--json")
	if err := json.Unmarshal(said, &members); err != nil {
		o.t.Fatal(err)
	}
	at := slices.IndexFunc(members, func(one struct{ ID, Name, Standing string }) bool { return one.Standing == "access" })
	if code, said := o.script("override", members[at].ID, "--block"); code != 0 {
		o.t.Fatalf("override: exit %d: %s", code, said)
	}
	o.sync()
	ann.Press("1").Press("/").send(members[at].Name).Expect("override")
}
