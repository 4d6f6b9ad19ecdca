package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/store"
)

var shownProgress = regexp.MustCompile(`syncing ([0-9]+) of`)

// shows tells how far a screen says that the run is; -1: nothing of it.
func (s *screen) shows() int {
	found := shownProgress.FindStringSubmatch(s.Text())
	if found == nil {
		return -1
	}
	return number(found[1])
}

func number(digits string) int {
	value, _ := strconv.Atoi(digits) // a pattern has made sure
	return value
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

// TestSeveralProcessesOnOneStateFile: a service, two admins and a script. Each of them is killed in the middle of its writes, and
// another one takes the work up; each is killed while it does nothing, which nobody notices.
func TestSeveralProcessesOnOneStateFile(t *testing.T) {
	t.Parallel()
	o := openOffice(t, 240, "15") // so that the service is still at it when slow screens have opened
	o.startService()
	o.inTheMiddle(o.service)
	o.rate = "40"
	beside := o.command("sync", "--json") // it waits a moment before it gives up
	if err := beside.Start(); err != nil {
		t.Fatal(err)
	}
	ann, bob := o.openScreen(), o.openScreen()
	o.allSeeTheSame(ann, bob)
	if _ = beside.Wait(); beside.ProcessState.ExitCode() != 11 {
		t.Errorf("a script beside a run: %v, want exit 11", beside.ProcessState)
	}

	o.kill(o.service, "service, holding the lease")
	holder := o.inTheMiddle(ann.command, bob.command)
	first, second := ann, bob
	if holder == bob.command {
		first, second = bob, ann
	}
	o.kill(first.command, "screen, holding the lease")
	o.inTheMiddle(second.command)
	o.kill(second.command, "the other screen, holding the lease")
	if status := o.status(); status.Running || status.InStep {
		t.Errorf("with nobody alive: %+v", status)
	}

	lone := o.command("sync", "--json")
	if err := lone.Start(); err != nil {
		t.Fatal(err)
	}
	o.inTheMiddle(lone)
	o.rate = "150" // what is left need not last
	o.startService()
	o.overtakes(lone)
	o.kill(lone, "script, holding the lease")
	o.inTheMiddle(o.service)
	ann, bob = o.openScreen().Expect("Members 240", "in step"), o.openScreen().Expect("Members 240", "in step")
	o.converged()

	o.editsShow(ann, bob)
	o.killsTheIdle(ann, bob)
	t.Logf("killed: %s", strings.Join(o.killed, "; "))
}

var shownByStatus = regexp.MustCompile(`in Kisi: ([0-9]+) of`)

// allSeeTheSame: what the run has done shows everywhere within a second, time and again. On a busy machine a sample may come late.
func (o *office) allSeeTheSame(screens ...*screen) {
	o.t.Helper()
	for _, s := range screens {
		s.until(func() bool { return shownProgress.MatchString(s.text()) }, "a run")
	}
	var took []time.Duration
	for inTime := 0; inTime < 2; {
		var progress store.Progress
		o.until("a step that no screen shows yet", func() bool {
			_, progress = o.work()
			return !slices.ContainsFunc(screens, func(s *screen) bool { return s.shows() >= progress.Done })
		})
		waited := o.until(fmt.Sprintf("%d on every screen", progress.Done), func() bool {
			return !slices.ContainsFunc(screens, func(s *screen) bool { return s.shows() < progress.Done })
		})
		if took = append(took, waited); waited <= time.Second {
			inTime++
		}
		if len(took) > inTime+3 {
			o.t.Fatalf("what the service did was on the screens only after %v", took)
		}
		_, said := o.script("status")
		if found := shownByStatus.FindSubmatch(said); found == nil || number(string(found[1])) < progress.Done {
			o.t.Errorf("%d done, and a script reads: %s", progress.Done, said)
		}
	}
	status := o.status()
	if pid, _ := o.work(); !status.Running || !strings.Contains(status.Holder, "process "+strconv.Itoa(pid)+" ") {
		o.t.Errorf("process %d is at work, and a script reads %+v", pid, status)
	}
	o.t.Logf("what the service did was on both screens after %v", took)
}

// overtakes: a member stops paying, and one process is told so while another gives access to hundreds. That one takes theirs away
// between two of its grants.
func (o *office) overtakes(bulk *exec.Cmd) {
	o.t.Helper()
	who, _ := o.withAccess()
	removed := o.writes(http.MethodDelete)
	o.send(o.post(o.sim.GymflowURL+"/sim/members/"+who, `{"invoice":"unpaid"}`), http.StatusOK)
	body := fmt.Sprintf(`{"id":"evt_several","type":"member.updated","member_id":%q}`, who)
	o.send(o.post(o.hooks, body, "X-Gymflow-Signature", gymflow.SignPush(pushSecret, []byte(body))), http.StatusAccepted)
	waited := o.until("the removal", func() bool { return o.writes(http.MethodDelete) > removed })
	if pid, progress := o.work(); pid != bulk.Process.Pid || progress.Phase != "writing" || progress.Done >= progress.Total {
		o.t.Errorf("the removal came when the bulk was over: process %d, %+v", pid, progress)
	}
	o.t.Logf("pushed to one process, taken away by the run of another after %v", waited)
}

// withAccess is a member who has access.
func (o *office) withAccess() (id, name string) {
	o.t.Helper()
	var members []struct{ ID, Name, Standing string }
	_, said := o.script("members", "--json")
	if err := json.Unmarshal(said, &members); err != nil {
		o.t.Fatal(err)
	}
	at := slices.IndexFunc(members, func(one struct{ ID, Name, Standing string }) bool { return one.Standing == "access" })
	if at < 0 {
		o.t.Fatal("nobody has access")
	}
	return members[at].ID, members[at].Name
}

// writes counts the access rights that Kisi gave (POST) or took away (DELETE).
func (o *office) writes(method string) (count int) {
	o.t.Helper()
	var sent struct {
		Writes []struct{ Method, Path, Outcome string }
	}
	o.ask("/sim/writes", &sent)
	for _, one := range sent.Writes {
		if one.Method == method && strings.HasPrefix(one.Path, "/role_assignments") && strings.HasPrefix(one.Outcome, "2") {
			count++
		}
	}
	return count
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
	made := o.writes(http.MethodPost)
	given := journaled(o.t, o.state, store.Granted) + journaled(o.t, o.state, store.Settled)
	if len(once) < 150 || made < 150 || made > given {
		o.t.Errorf("%d rights in force, %d made, %d journaled", len(once), made, given)
	}
}

// editsShow: what one admin changes is on the other's screen within a second. On a busy machine one may come late; all of them
// never do.
func (o *office) editsShow(ann, bob *screen) {
	o.t.Helper()
	ann.Press("5").Expect("Grace", "Removals")
	bob.Press("5").Expect("Grace", "Removals")
	for range 5 {
		ann.Press("down")
	}
	var late []time.Duration
	for days := 3; days < 8; days++ {
		shown := regexp.MustCompile(fmt.Sprintf(`Grace +Access stays for %d days`, days))
		ann.Press("enter").Expect("For how many days after an invoice").Press("backspace").send(fmt.Sprintf("%d\r", days))
		edited := time.Now()
		bob.until(func() bool { return shown.MatchString(bob.text()) }, "the days of grace that the other admin set")
		ann.until(func() bool { return shown.MatchString(ann.text()) }, "the days of grace that she set")
		if late = append(late, time.Since(edited)); late[len(late)-1] <= time.Second {
			o.t.Logf("a setting of one admin was on the other's screen after %v", late)
			return
		}
	}
	o.t.Errorf("a setting of one admin was on the other's screen only after %v", late)
}

// killsTheIdle: whoever does nothing is killed, and the others go on as before.
func (o *office) killsTheIdle(ann, bob *screen) {
	o.t.Helper()
	o.kill(bob.command, "screen, idle")
	o.kill(o.service, "service, idle")
	if said := o.serviceSaid(); strings.Contains(said, "panic") || strings.Contains(said, "DATA RACE") {
		o.t.Errorf("the service said: %s", said)
	}
	script := o.command("members", "--json") // nobody reads all of its output: it stands still in the middle of that
	output, err := script.StdoutPipe()
	if err == nil {
		err = script.Start()
	}
	if err == nil {
		_, err = output.Read(make([]byte, 1))
	}
	if err != nil {
		o.t.Fatal(err)
	}
	who, name := o.withAccess()
	removed := o.writes(http.MethodDelete)
	if code, said := o.script("override", who, "--block"); code != 0 {
		o.t.Fatalf("override: exit %d: %s", code, said)
	}
	o.kill(script, "script, idle")
	if script.ProcessState.Success() || script.ProcessState.Exited() {
		o.t.Errorf("it was over before it was killed: %v", script.ProcessState)
	}
	o.sync()
	if o.writes(http.MethodDelete) == removed {
		o.t.Error("who was blocked still has access")
	}
	ann.Press("1").Press("/").send(name).Expect("override")
	o.kill(ann.command, "the other screen, idle")
	o.converged()
}
