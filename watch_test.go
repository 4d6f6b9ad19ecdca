package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kisiflow/gymflow"
)

// watcher is a `kisiflow watch` that a script started.
type watcher struct {
	process *exec.Cmd
	ended   chan struct{}

	mutex sync.Mutex
	said  strings.Builder
	heard chan struct{} // something was said since
}

// watchKey finds what a script's watching needs among its values.
type watchKey struct{}

type watchValues struct {
	watcher  *watcher
	counted  int
	notified chan string
}

func watchOf(ts *testscript.TestScript) *watchValues { return ts.Value(watchKey{}).(*watchValues) }

// runWatcher is the script's service:
//
//	watcher start kisiflow watch ...   starts it and waits until it watches; $LISTEN is where it listens
//	watcher says PATTERN               waits for a line
//	watcher stop TERM 143              ends it by a signal, and checks its exit code; its lines are in watch.log
func runWatcher(ts *testscript.TestScript, _ bool, arguments []string) {
	switch arguments[0] {
	case "start":
		w := startWatcher(ts, arguments[1:])
		watchOf(ts).watcher = w
		ts.Check(w.waitFor(regexp.MustCompile(`msg"?[=:]"?watching`)))
		if found := regexp.MustCompile(`address"?[=:]"?([0-9.:]+)`).FindStringSubmatch(w.text()); found != nil {
			ts.Setenv("LISTEN", "http://"+found[1])
		}
	case "says":
		ts.Check(watchOf(ts).watcher.waitFor(regexp.MustCompile(arguments[1])))
	case "stop":
		signals := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
		w := watchOf(ts).watcher
		ts.Check(w.process.Process.Signal(signals[arguments[1]]))
		select {
		case <-w.ended:
		case <-time.After(patience):
			ts.Fatalf("it did not end; it said:\n%s", w.text())
		}
		if got := strconv.Itoa(w.process.ProcessState.ExitCode()); got != arguments[2] {
			ts.Fatalf("exit %s, want %s; it said:\n%s", got, arguments[2], w.text())
		}
		ts.Check(os.WriteFile(ts.MkAbs("watch.log"), []byte(w.text()), 0o600))
	default:
		ts.Fatalf("unknown: watcher %s", arguments[0])
	}
}

func startWatcher(ts *testscript.TestScript, command []string) *watcher {
	path, err := exec.LookPath(command[0])
	ts.Check(err)
	w := &watcher{process: exec.Command(path, command[1:]...), ended: make(chan struct{}), heard: make(chan struct{}, 1)}
	w.process.Dir = ts.MkAbs(".")
	w.process.Env = append(os.Environ(), "KISIFLOW_NOW="+ts.Getenv("KISIFLOW_NOW"), "KISIFLOW_STATE="+ts.Getenv("KISIFLOW_STATE"),
		"KISIFLOW_RATE="+ts.Getenv("KISIFLOW_RATE"), "KISIFLOW_KISI_URL="+ts.Getenv("KISIFLOW_KISI_URL"), "NOTIFY_SOCKET="+ts.Getenv("NOTIFY_SOCKET"),
		"WATCHDOG_USEC="+ts.Getenv("WATCHDOG_USEC"))
	out, err := w.process.StderrPipe()
	ts.Check(err)
	ts.Check(w.process.Start())
	go func() {
		defer close(w.ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			w.mutex.Lock()
			w.said.WriteString(lines.Text() + "\n")
			w.mutex.Unlock()
			select {
			case w.heard <- struct{}{}:
			default:
			}
		}
		_ = w.process.Wait()
	}()
	ts.Defer(func() {
		_ = w.process.Process.Kill()
		<-w.ended
	})
	return w
}

func (w *watcher) text() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.said.String()
}

func (w *watcher) waitFor(pattern *regexp.Regexp) error {
	late := time.After(patience)
	for !pattern.MatchString(w.text()) {
		select {
		case <-w.heard:
		case <-w.ended:
			if !pattern.MatchString(w.text()) {
				return fmt.Errorf("it ended without saying %s:\n%s", pattern, w.text())
			}
		case <-late:
			return fmt.Errorf("it never said %s:\n%s", pattern, w.text())
		}
	}
	return nil
}

// sendPush sends a push signed with a file's secret about a member: push push.secret m_1 [STATUS].
func sendPush(ts *testscript.TestScript, _ bool, arguments []string) {
	secret, want := strings.TrimSpace(ts.ReadFile(arguments[0])), "202"
	if len(arguments) > 2 {
		want = arguments[2]
	}
	body := fmt.Sprintf(`{"id":"evt_%d","type":"member.updated","member_id":%q}`, time.Now().UnixNano(), arguments[1])
	request, err := http.NewRequest(http.MethodPost, ts.Getenv("LISTEN")+"/hooks/gymflow", strings.NewReader(body))
	ts.Check(err)
	request.Header.Set("X-Gymflow-Signature", gymflow.SignPush(secret, []byte(body)))
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	ts.Check(err)
	_ = answer.Body.Close()
	if strconv.Itoa(answer.StatusCode) != want {
		ts.Fatalf("status %d, want %s", answer.StatusCode, want)
	}
}

// awaitRights waits until so many rights are in a group: rights 'All hours' 12. With a sign it is a difference to the last count.
func awaitRights(ts *testscript.TestScript, _ bool, arguments []string) {
	w, watched := worldOf(ts), watchOf(ts)
	group := w.group(arguments[0]).ID
	count := func() int {
		found := 0
		for _, right := range w.kisi.Rights() {
			if right.AppliesToType == "Group" && right.AppliesToID == group {
				found++
			}
		}
		return found
	}
	if arguments[1] == "count" {
		watched.counted = count()
		return
	}
	change, err := strconv.Atoi(arguments[1])
	ts.Check(err)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	late := time.After(patience)
	for count() != watched.counted+change {
		select {
		case <-ticker.C:
		case <-late:
			ts.Fatalf("%d rights in %s, want %d", count(), arguments[0], watched.counted+change)
		}
	}
	watched.counted += change
}

// systemdHears is a socket like systemd's: systemd listen, systemd heard READY=1.
func systemdHears(ts *testscript.TestScript, _ bool, arguments []string) {
	watched := watchOf(ts)
	if arguments[0] == "listen" {
		dir, err := os.MkdirTemp("", "notify") // a socket's path is short
		ts.Check(err)
		path := filepath.Join(dir, "s")
		socket, err := (&net.ListenConfig{}).ListenPacket(context.Background(), "unixgram", path)
		ts.Check(err)
		watched.notified = make(chan string, 1000)
		go func() {
			buffer := make([]byte, 4096)
			for {
				length, _, err := socket.ReadFrom(buffer)
				if err != nil {
					return
				}
				select {
				case watched.notified <- string(buffer[:length]):
				default:
				}
			}
		}()
		ts.Defer(func() { _ = socket.Close(); _ = os.RemoveAll(dir) })
		ts.Setenv("NOTIFY_SOCKET", path)
		return
	}
	late := time.After(patience)
	for {
		select {
		case said := <-watched.notified:
			if strings.Contains(said, arguments[1]) {
				return
			}
		case <-late:
			ts.Fatalf("systemd never heard %s", arguments[1])
		}
	}
}

// countWebhooks checks how many event webhooks Kisi has: webhooks 1.
func countWebhooks(ts *testscript.TestScript, _ bool, arguments []string) {
	if got := strconv.Itoa(len(worldOf(ts).kisi.Webhooks())); got != arguments[0] {
		ts.Fatalf("%s webhooks, want %s", got, arguments[0])
	}
}

// removeWebhook removes Kisi's one webhook through kisiflow.
func removeWebhook(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(ts.Exec("kisiflow", "hooks", "--remove-kisi", strconv.FormatInt(worldOf(ts).kisi.Webhooks()[0].ID, 10)))
}

// removeByHand takes a member's right away by hand in Kisi: byhand remove m_1.
func removeByHand(ts *testscript.TestScript, _ bool, arguments []string) {
	w := worldOf(ts)
	_, _, members := w.gymflow.Gym.Snapshot()
	for _, member := range members {
		for _, right := range w.kisi.Rights() {
			if member.ID == arguments[1] && right.AppliesToType == "Group" && strings.EqualFold(right.AssigneeEmail, member.Email) {
				w.kisi.RemoveRight(right.ID)
				return
			}
		}
	}
	ts.Fatalf("%s has no right", arguments[1])
}
