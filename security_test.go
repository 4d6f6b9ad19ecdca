package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/store"
)

// hostileTexts are names that try to steer a terminal, to forge a line, a formula or a format, or to be too much.
func hostileTexts() []string {
	return []string{
		"\x1b]0;owned\a\x1b[2J\x1b[31mEve", "\u009b31mEve \u009d0;owned\u009c", "Ann\nMem forged  All hours  access\r\nx", "\u202egpj.exe\u2066x",
		"Tab\tbed\vand\ffed\x00\b\b\b", `=HYPERLINK("http://x.example","click")`, "%s%d%!(EXTRA)", `","a":"b`, "<script>alert(1)</script>",
		"e" + strings.Repeat("\u0301", 300), "\x1b]52;c;cm0gLXJm\x1b\\", "\u2028\u2029\ufeff", "bad \xff\xfe bytes", "\x1bP+q544e\x1b\\", "\u05d0\u05d1\u05d2",
	}
}

// hostileDesk is a gym in which everything that has a name has a hostile one, on both sides.
func hostileDesk(t *testing.T) (d *desk, rows int) {
	d = newDesk(t)
	texts := hostileTexts()
	for i, text := range texts {
		id := fmt.Sprintf("h%02d", i)
		membership := "evil_" + strconv.Itoa(i)
		d.world.gymflow.Gym.PutMembership(gymflow.Membership{ID: membership, Name: text + " membership", Kind: gymflow.Recurring, ClubID: "club_1"})
		d.member(id, gymflowtest.UnlimitedMonthly, func(m *gymflow.Member) { m.FirstName, m.LastName = text, text })
		d.member(id+"_status", gymflowtest.UnlimitedMonthly, func(m *gymflow.Member) { m.FirstName, m.Holdings[0].Status = text, gymflow.Status(text) })
		d.member(id+"_mail", gymflowtest.UnlimitedMonthly, func(m *gymflow.Member) { m.Email = text + "@x.example" })
		d.member(id+"_type", membership, func(m *gymflow.Member) { m.LastName = text })
		user := d.world.kisi.AddUser(kisi.User{Name: text, Email: text + "@kisi.example", AccessEnabled: true, ScimEnabled: true})
		d.world.kisi.AddRight("Group", d.world.group(groupAllHours).ID, kisi.RoleBasic, "User", user.ID, d.world.kisi.Owner.ID)
	}
	for _, text := range texts[:4] {
		d.world.kisi.AddGroup(kisi.Group{Name: text, PlaceID: d.world.place.ID, LocksCount: 1})
	}
	place := d.world.place
	place.Name, place.Address = place.Name+texts[0], texts[2]
	d.world.place = d.world.kisi.AddPlace(place)
	group := d.world.group(groupSauna)
	group.Name = texts[0] + texts[2] + texts[3]
	d.world.kisi.AddGroup(group)
	admin := d.world.kisi.AddUser(kisi.User{Name: texts[0] + texts[2], Email: texts[0] + "@admin.example", AccessEnabled: true, ScimEnabled: true})
	d.world.kisi.Key = d.world.kisi.AddKey(admin, "administrator", "api")
	return d, 4 * len(texts)
}

// checkTerminalSafe fails when an output could do more to a terminal than show text, line by line.
func checkTerminalSafe(t *testing.T, what, text string) {
	t.Helper()
	for at, char := range text {
		steers := unicode.IsControl(char) && char != '\n' || char >= '\u202a' && char <= '\u202e' || char >= '\u2066' && char <= '\u2069' ||
			char == '\u2028' || char == '\u2029' || char == '\ufeff'
		if steers {
			t.Errorf("%s writes %U: %q", what, char, text[max(0, at-40):min(len(text), at+40)])
			return
		}
	}
	if !json.Valid([]byte(text)) && strings.Contains(text, "]0;owned") { // in JSON the sequence is written out, and harmless
		t.Errorf("%s writes the rest of a sequence: %q", what, text)
	}
}

// TestHostileNamesSteerNoTerminal runs every command over hostile names of members, addresses, memberships, status words, groups,
// places, Kisi users and the key's owner.
func TestHostileNamesSteerNoTerminal(t *testing.T) {
	d, members := hostileDesk(t)
	d.setUp("ms_1=All hours", "evil_0="+strconv.FormatInt(d.world.group(groupOffPeak).ID, 10), "evil_2="+strconv.FormatInt(d.sauna(), 10))
	commands := [][]string{{"plan"}, {"sync"}, {"members"}, {"status"}, {"activity", "--limit", "500"}, {"plan"}}
	for i := range hostileTexts() {
		for _, kind := range []string{"", "_status", "_mail", "_type"} {
			commands = append(commands, []string{"explain", fmt.Sprintf("h%02d%s", i, kind)})
		}
	}
	for _, command := range commands {
		for _, more := range [][]string{nil, {"--json"}} {
			var stdout, stderr bytes.Buffer
			arguments := append(append([]string{"--state", d.state, "--kisi-url", d.world.kisi.URL, "--rate", "5000"}, command...), more...)
			if code := run(arguments, strings.NewReader(""), &stdout, &stderr); code != exitOK && code != 3 {
				t.Fatalf("kisiflow %v ended with %d: %s", command, code, stderr.String())
			}
			what := "kisiflow " + strings.Join(append(command, more...), " ")
			checkTerminalSafe(t, what, stdout.String())
			checkTerminalSafe(t, what+" (errors)", stderr.String())
			if more != nil && !json.Valid(stdout.Bytes()) {
				t.Errorf("%s prints no JSON", what)
			}
			if lines := strings.Count(stdout.String(), "\n"); command[0] == "members" && more == nil && lines != members+2 {
				t.Errorf("%d lines for %d members: a name forged one", lines, members)
			}
		}
	}
	for _, user := range d.world.kisi.Users() {
		if user.Metadata["kisiflow"] != nil {
			checkTerminalSafe(t, "the name sent to Kisi", user.Name)
		}
	}
}

// sauna is the group whose name is hostile.
func (d *desk) sauna() int64 {
	for _, group := range d.world.kisi.Groups() {
		if strings.Contains(group.Name, "owned") && group.LocksCount == 0 {
			return group.ID
		}
	}
	return 0
}

// TestGiantFieldsHarmOneMember: a name of 1 MB, 10,000 holdings and a status word of a million characters are one member's
// trouble. Everybody else is done, and no screen is flooded by a single field.
func TestGiantFieldsHarmOneMember(t *testing.T) {
	const unlimited = gymflowtest.UnlimitedMonthly
	d := newDesk(t)
	d.member("plain", unlimited, nil)
	d.setUp(unlimited + "=All hours")
	d.member("name", unlimited, func(m *gymflow.Member) { m.FirstName = strings.Repeat("Eve ", 1<<18) })
	d.member("mail", unlimited, func(m *gymflow.Member) { m.Email = strings.Repeat("e", 1<<20) + "@x.example" })
	d.member("word", unlimited, func(m *gymflow.Member) { m.Holdings[0].Status = gymflow.Status(strings.Repeat("w", 1_000_000)) })
	d.member("many", unlimited, func(m *gymflow.Member) {
		for i := range 10_000 {
			holding := m.Holdings[0]
			holding.ID, holding.Status = "h_"+strconv.Itoa(i), gymflow.Cancelled
			m.Holdings = append(m.Holdings, holding)
		}
	})
	began := time.Now()
	var stdout, stderr bytes.Buffer
	if code := run([]string{"--state", d.state, "--kisi-url", d.world.kisi.URL, "--rate", "5000", "sync"}, strings.NewReader(""), &stdout, &stderr); code != exitOK && code != 3 {
		t.Fatalf("sync ended with %d: %s", code, stderr.String())
	}
	for _, email := range []string{"plain@x.example", "name@x.example", "many@x.example"} {
		if !slices.ContainsFunc(d.world.kisi.Rights(), func(right kisi.Right) bool { return right.AssigneeEmail == email }) {
			t.Errorf("%s has no right", email)
		}
	}
	outputs := map[string]string{"sync": stdout.String() + stderr.String()}
	for _, command := range [][]string{{"members"}, {"status"}, {"activity"}, {"explain", "plain"}, {"explain", "name"}, {"explain", "word"}, {"explain", "mail"}} {
		out, errOut := d.call(exitOK, command...)
		outputs[strings.Join(command, " ")] = out + errOut
	}
	for command, text := range outputs {
		if len(text) > 20_000 {
			t.Errorf("%s prints %d bytes", command, len(text))
		}
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// TestSecretsStayWhereTheyBelong: neither output, nor error, nor journal, nor any file but the two that were given shows the key or
// the token; the state file alone does not either.
func TestSecretsStayWhereTheyBelong(t *testing.T) {
	d := newDesk(t)
	d.member("plain", gymflowtest.UnlimitedMonthly, nil)
	d.setUp(gymflowtest.UnlimitedMonthly + "=All hours")
	var shown strings.Builder
	say := func(exit int, arguments ...string) {
		out, errOut := d.call(exit, arguments...)
		shown.WriteString(out + errOut)
	}
	for _, command := range []string{"plan", "sync", "members", "status", "activity"} {
		say(exitOK, command)
		say(exitOK, command, "--json")
	}
	say(exitOK, "explain", "plain", "--json")
	d.world.kisi.Wrap(echoSecrets) // a service that repeats what it was sent, in errors
	say(12, "sync")
	say(12, "plan")
	d.world.kisi.Wrap(nil)
	d.world.gymflow.Wrap(echoSecrets)
	say(12, "sync")
	d.world.gymflow.Wrap(nil)
	say(exitOK, "activity", "--limit", "500", "--json")
	secrets := []string{d.world.kisi.Key, d.world.gymflow.Token}
	for _, secret := range secrets {
		if strings.Contains(shown.String(), secret) {
			t.Errorf("an output shows %q…", secret[:4])
		}
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(d.state), "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the state's folder: %v %v", files, err)
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds a secret in the clear", path)
			}
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %o, %v", path, info.Mode().Perm(), err)
		}
	}
	if info, err := os.Stat(filepath.Dir(d.state)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the state's folder: %v %v", info.Mode(), err)
	}
}

// echoSecrets refuses everything and repeats the Authorization header in all places of a refusal.
func echoSecrets(http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		_, secret, _ := strings.Cut(in.Header.Get("Authorization"), " ")
		out.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(out).Encode(map[string]any{"error": "no, " + secret, "code": secret, "message": secret})
	})
}

// TestACopyOfTheStateFileAloneIsUseless: without the identity beside it, a stolen state file or backup can't call either service.
func TestACopyOfTheStateFileAloneIsUseless(t *testing.T) {
	d := newDesk(t)
	d.member("plain", gymflowtest.UnlimitedMonthly, nil)
	d.setUp(gymflowtest.UnlimitedMonthly + "=All hours")
	content, err := os.ReadFile(d.state)
	if err != nil {
		t.Fatal(err)
	}
	thief := &desk{t: t, world: d.world, state: filepath.Join(t.TempDir(), "stolen.db")}
	if err := os.WriteFile(thief.state, content, 0o600); err != nil {
		t.Fatal(err)
	}
	calls := len(d.world.kisi.Log())
	_, errOut := thief.call(exitFailed, "sync")
	if !strings.Contains(errOut, "identity") || len(d.world.kisi.Log()) != calls {
		t.Errorf("%s; %d calls", errOut, len(d.world.kisi.Log())-calls)
	}
}

// TestNoFlagTakesASecret: a command line and an environment can be read by others on the machine, so secrets come from files alone.
func TestNoFlagTakesASecret(t *testing.T) {
	secret := func(name string) bool {
		return strings.Contains(name, "key") || strings.Contains(name, "token") || strings.Contains(name, "secret") || strings.Contains(name, "password")
	}
	seen := 0
	var walk func(command *cobra.Command)
	walk = func(command *cobra.Command) {
		check := func(flag *pflag.Flag) {
			if secret(flag.Name) {
				seen++
				if !strings.HasSuffix(flag.Name, "-file") && flag.Value.Type() != "bool" {
					t.Errorf("%s --%s takes a secret as its value", command.CommandPath(), flag.Name)
				}
			}
		}
		command.Flags().VisitAll(check)
		command.PersistentFlags().VisitAll(check)
		for _, child := range command.Commands() {
			walk(child)
		}
	}
	walk((&application{}).rootCommand())
	for _, name := range environmentFlags() {
		if secret(name) && !strings.HasSuffix(name, "-file") {
			t.Errorf("KISIFLOW_%s takes a secret", strings.ToUpper(name))
		}
	}
	if seen < 3 {
		t.Errorf("only %d flags about secrets were found", seen)
	}
}

// TestTheEnvironmentMovesNoRealClock: KISIFLOW_NOW is honoured only while both services are on this machine.
func TestTheEnvironmentMovesNoRealClock(t *testing.T) {
	t.Setenv("KISIFLOW_NOW", "2031-01-01T00:00:00Z")
	const here, there = "http://127.0.0.1:9", "https://api.kisi.io"
	for _, pair := range [][2]string{{here, there}, {there, here}, {there, there}, {here, "https://localhost.example"}, {here, "http://127.0.0.1.example"}, {"", ""}} {
		var errOut bytes.Buffer
		app := &application{errOut: &errOut}
		now, err := app.clock(pair[0], pair[1])
		if err != nil || time.Since(now()).Abs() > time.Hour || !strings.Contains(errOut.String(), "ignored") {
			t.Errorf("%v: the clock shows %v, %v; %s", pair, now(), err, errOut.String())
		}
	}
	now, err := (&application{errOut: &bytes.Buffer{}}).clock(here, here)
	if err != nil || now().Year() != 2031 {
		t.Errorf("against simulators: %v %v", now(), err)
	}
}

// TestTheEnvironmentSendsNoKeyInTheClear: KISIFLOW_KISI_URL can't move the key onto plain http, nor into an address with a name in it.
func TestTheEnvironmentSendsNoKeyInTheClear(t *testing.T) {
	d := newDesk(t)
	d.member("plain", gymflowtest.UnlimitedMonthly, nil)
	d.setUp(gymflowtest.UnlimitedMonthly + "=All hours")
	for _, address := range []string{"http://kisi.example", "http://127.0.0.1.example", "ftp://127.0.0.1", "https://user:word@kisi.example", "http://[::ffff:8.8.8.8]"} {
		t.Setenv("KISIFLOW_KISI_URL", address)
		var stdout, stderr bytes.Buffer
		if code := run([]string{"--state", d.state, "sync"}, strings.NewReader(""), &stdout, &stderr); code == exitOK {
			t.Errorf("%s was taken: %s", address, stdout.String())
		}
		if strings.Contains(stderr.String(), "word@") || strings.Contains(stderr.String(), d.world.kisi.Key) {
			t.Errorf("%s: %s", address, stderr.String())
		}
	}
}

// TestARedirectTakesNoSecretAlong: a service, or somebody in between, that sends kisiflow elsewhere gets nothing sent there.
func TestARedirectTakesNoSecretAlong(t *testing.T) {
	stolen := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, in *http.Request) { stolen++ }))
	defer elsewhere.Close()
	away := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			http.Redirect(out, in, elsewhere.URL+in.URL.RequestURI(), http.StatusTemporaryRedirect)
		})
	}
	for _, side := range []string{"kisi", "gymflow"} {
		d := newDesk(t)
		d.member("plain", gymflowtest.UnlimitedMonthly, nil)
		d.setUp(gymflowtest.UnlimitedMonthly + "=All hours")
		if side == "kisi" {
			d.world.kisi.Wrap(away)
		} else {
			d.world.gymflow.Wrap(away)
		}
		d.call(75, "sync")
	}
	if stolen > 0 {
		t.Errorf("%d requests followed a redirect", stolen)
	}
}

// TestANewcomersStateIsNobodyElses: state files that are made, also by way of backup copies of looser rights, are closed to others.
func TestANewcomersStateIsNobodyElses(t *testing.T) {
	d := newDesk(t)
	d.member("plain", gymflowtest.UnlimitedMonthly, nil)
	d.setUp(gymflowtest.UnlimitedMonthly + "=All hours")
	for _, path := range []string{d.state, d.state + ".identity"} {
		if err := os.Chmod(path, 0o664); err != nil {
			t.Fatal(err)
		}
	}
	d.call(exitOK, "sync")
	for _, path := range []string{d.state, d.state + ".identity"} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %o, %v", path, info.Mode().Perm(), err)
		}
	}
	if _, err := store.Open(d.state); err != nil {
		t.Error(err)
	}
}
