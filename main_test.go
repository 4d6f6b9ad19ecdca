package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kisiflow/gymflow"
	"kisiflow/internal/memoryfolder"
	"kisiflow/store"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "kisiflow" { // else this is one of the programs that the tests start
		memoryfolder.Use()
		// Most of these tests wait: for a process, a terminal, a pause between two tries. A flag of the command line has the last word.
		if err := flag.Set("test.parallel", "6"); err != nil {
			panic(err)
		}
	}
	testscript.Main(m, map[string]func(){"kisiflow": main})
}

// scriptNow is the instant at which the scripts' gyms live; their processes get it as KISIFLOW_NOW.
const scriptNow = "2026-11-23T09:00:00Z"

// worldKey finds the script's simulators among its values.
type worldKey struct{}

// TestScripts runs every command as a person's script would: real processes, real HTTP, documented exit codes.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup:               setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":           exitsWith,
			"control":        controlWorld,
			"secret":         staysSecret,
			"fault":          switchFault,
			"grow":           growFile,
			"replace":        replaceFile,
			"gym":            changeGym,
			"kisi":           changeKisi,
			"jsonfield":      hasJSONField,
			"schema":         matchesSchema,
			"lease":          takeLease,
			"noleak":         leaksNothing,
			"writes":         countWrites,
			"daemon":         startDaemon,
			"watcher":        runWatcher,
			"push":           sendPush,
			"webhooks":       countWebhooks,
			"remove-webhook": removeWebhook,
			"byhand":         removeByHand,
			"rights":         awaitRights,
			"systemd":        systemdHears,
			"member":         pickMember,
			"oldgym":         ageGymflow,
			"otherkisi":      otherOrganization,
		},
	})
}

// setUpScript gives every script a small gym on both sides and files with their secrets.
func setUpScript(env *testscript.Env) error {
	now, err := time.Parse(time.RFC3339, scriptNow)
	if err != nil {
		return err
	}
	w, err := startWorld(simulation{members: 60, seed: 7}, func() time.Time { return now })
	if err != nil {
		return err
	}
	env.Defer(w.close)
	env.Values[worldKey{}] = w
	env.Values[watchKey{}] = &watchValues{}
	env.Values[growingKey{}] = new(*growing)
	for name, secret := range map[string]string{"kisi.key": w.kisi.Key + "\n", "gymflow.token": " " + w.gymflow.Token + "\n", "wrong": "wrong-secret-0123456789"} {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(secret), 0o600); err != nil {
			return err
		}
	}
	if err := settleFiles(env.WorkDir); err != nil {
		return err
	}
	env.Vars = append(env.Vars, "KISIFLOW_NOW="+scriptNow, "HOME="+env.WorkDir, "XDG_STATE_HOME="+filepath.Join(env.WorkDir, "state"),
		"KISIFLOW_KISI_URL="+w.kisi.URL, "KISIFLOW_RATE=2000", "GYMFLOW_URL="+w.gymflow.URL, "PLACE="+strconv.FormatInt(w.place.ID, 10),
		"ALL_HOURS="+strconv.FormatInt(w.group(groupAllHours).ID, 10), "DOWN=http://127.0.0.1:1", "TERM=dumb") // a port that the kernel never gives to a simulator beside this one
	return nil
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// exitsWith runs a command and checks its exit code: code 5 kisiflow plan --exit-code.
func exitsWith(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) < 2 {
		ts.Fatalf("usage: code N command [argument ...]")
	}
	want, err := strconv.Atoi(arguments[0])
	ts.Check(err)
	err = ts.Exec(arguments[1], arguments[2:]...)
	got := 0
	if err != nil {
		var exit interface{ ExitCode() int }
		if !asExit(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

func asExit(err error, exit *interface{ ExitCode() int }) bool {
	found, is := err.(interface{ ExitCode() int })
	*exit = found
	return is
}

// switchFault switches faults of the simulators: fault kisi:down, fault none.
func switchFault(ts *testscript.TestScript, _ bool, arguments []string) {
	w := worldOf(ts)
	ts.Check(w.kisi.SetFault(""))
	ts.Check(w.gymflow.SetFault(""))
	if len(arguments) == 1 && arguments[0] != "none" {
		ts.Check(w.setFaults(arguments[0]))
	}
}

// changeGym changes Gymflow's members: gym owes N, gym pay, gym vanish N.
func changeGym(ts *testscript.TestScript, _ bool, arguments []string) {
	w := worldOf(ts)
	count := 0
	if len(arguments) > 1 {
		var err error
		count, err = strconv.Atoi(arguments[1])
		ts.Check(err)
	}
	_, _, members := w.gymflow.Gym.Snapshot()
	for _, member := range members {
		open := len(member.Holdings) == 1 && member.Holdings[0].Status == gymflow.Active && member.Holdings[0].PrimaryMemberID == "" &&
			member.Email != "" && !member.Blocked
		switch {
		case arguments[0] == "owes" && open && member.OverdueSince.IsZero() && count > 0:
			member.OverdueSince = gymflow.Date{Year: 2026, Month: 11, Day: 22}
			member.Holdings[0].Status, member.Holdings[0].OverdueSince = gymflow.Overdue, member.OverdueSince
			w.gymflow.Gym.Put(member)
			count--
		case arguments[0] == "pay" && !member.OverdueSince.IsZero():
			member.OverdueSince = gymflow.Date{}
			for i := range member.Holdings {
				member.Holdings[i].OverdueSince = gymflow.Date{}
				if member.Holdings[i].Status == gymflow.Overdue {
					member.Holdings[i].Status = gymflow.Active
				}
			}
			w.gymflow.Gym.Put(member)
		case arguments[0] == "vanish" && open && count > 0:
			w.gymflow.Gym.Remove(member.ID)
			count--
		}
	}
}

// changeKisi acts by hand in Kisi: kisi revoke-key, kisi key ROLE FILE (a new key for an administrator or observer),
// kisi remove-group NAME.
func changeKisi(ts *testscript.TestScript, _ bool, arguments []string) {
	w := worldOf(ts)
	switch arguments[0] {
	case "revoke-key":
		w.kisi.RevokeKey(w.kisi.Key)
	case "key":
		for _, user := range w.kisi.Users() {
			if user.Email == "moira@gym.example" {
				key := w.kisi.AddKey(user, arguments[1], "api")
				ts.Check(os.WriteFile(ts.MkAbs(arguments[2]), []byte(key), 0o600))
			}
		}
	case "remove-group":
		w.kisi.RemoveGroup(w.group(arguments[1]).ID)
	default:
		ts.Fatalf("unknown: kisi %s", arguments[0])
	}
}

// hasJSONField checks one field of the JSON on standard output: jsonfield granted 12, jsonfield held '>0'.
func hasJSONField(ts *testscript.TestScript, neg bool, arguments []string) {
	var document map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &document))
	value, found := document[arguments[0]]
	if !found {
		ts.Fatalf("no field %q in %v", arguments[0], document)
	}
	if len(arguments) == 1 {
		return
	}
	text := fmt.Sprint(value)
	same := text == arguments[1]
	if arguments[1] == ">0" {
		number, isNumber := value.(float64)
		same = isNumber && number > 0
	}
	if same == neg {
		ts.Fatalf("%s is %s, want %s (negated: %v)", arguments[0], text, arguments[1], neg)
	}
}

// takeLease makes this living process the holder of the lease of a state file.
func takeLease(ts *testscript.TestScript, _ bool, arguments []string) {
	state, err := store.Open(ts.MkAbs(arguments[0]))
	ts.Check(err)
	lease, err := state.Acquire("test")
	ts.Check(err)
	ts.Defer(func() { _ = lease.Release() })
}

// leaksNothing checks that no file below the work directory but the secrets' own, and no output, holds a secret.
func leaksNothing(ts *testscript.TestScript, _ bool, _ []string) {
	w := worldOf(ts)
	secrets := []string{w.kisi.Key, w.gymflow.Token}
	for _, stream := range []string{"stdout", "stderr"} {
		for _, secret := range secrets {
			if strings.Contains(ts.ReadFile(stream), secret) {
				ts.Fatalf("%s shows a secret", stream)
			}
		}
	}
	root := ts.MkAbs(".")
	ts.Check(filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || path == filepath.Join(root, "kisi.key") || path == filepath.Join(root, "gymflow.token") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range secrets {
			if strings.Contains(string(content), secret) {
				ts.Fatalf("%s holds a secret", path)
			}
		}
		return err
	}))
}

// countWrites checks how many requests that change something Kisi got so far: writes 0.
func countWrites(ts *testscript.TestScript, _ bool, arguments []string) {
	writes := 0
	for _, line := range worldOf(ts).kisi.Log() {
		if !strings.HasPrefix(line, "GET ") {
			writes++
		}
	}
	if fmt.Sprint(writes) != arguments[0] {
		ts.Fatalf("%d writes, want %s", writes, arguments[0])
	}
}

// matchesSchema checks the last output, or a file, against docs/schema: schema service, schema sim daemon.out.
func matchesSchema(ts *testscript.TestScript, _ bool, arguments []string) {
	file := "stdout"
	if len(arguments) > 1 {
		file = arguments[1]
	}
	ts.Check(documentFits(arguments[0], []byte(ts.ReadFile(file))))
}

// startDaemon starts a command, sends it a signal once it has printed a line, and checks its exit code:
// daemon TERM 143 kisiflow sim. The line is in daemon.out.
func startDaemon(ts *testscript.TestScript, _ bool, arguments []string) {
	ts.Check(signalAfterOutput(ts, arguments[0], arguments[1], arguments[2:]))
}
