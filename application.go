package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/user"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"kisiflow/reconcile"
	"kisiflow/store"
)

// mostRequests is what Kisi allows a second (kisi-api.md section 12); more is only for simulators on this machine.
const mostRequests = 5

// application is one call of kisiflow: its streams and global flags.
type application struct {
	in      io.Reader
	out     io.Writer
	errOut  io.Writer
	signals *stopSignals

	profile    string
	state      string
	kisiURL    string
	rate       float64
	json       bool
	noColour   bool
	theme      string
	accessible bool
	audit      bool

	given  string // the flags that name the state file, for command lines that are told
	inDemo bool
}

func (a *application) addGlobalFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.profile, "profile", "", "which integration: one state file a profile")
	flags.StringVar(&a.state, "state", "", "the state file (default: below XDG_STATE_HOME/kisiflow)")
	flags.StringVar(&a.kisiURL, "kisi-url", "", "Kisi's address (default https://api.kisi.io)")
	flags.Float64Var(&a.rate, "rate", 0, "requests a second to Kisi (default 4; above 5 only against loopback)")
	flags.BoolVar(&a.audit, "audit", false, "read both sides and show, but change nothing in Kisi (stored by setup)")
	flags.BoolVar(&a.json, "json", false, "print one JSON document")
	flags.BoolVar(&a.noColour, "no-color", false, "no colours (also with NO_COLOR set to anything)")
	flags.StringVar(&a.theme, "theme", "auto", "auto asks the terminal for its background; dark or light says it")
	flags.BoolVar(&a.accessible, "accessible", false, "plain lines, for screen readers (also with ACCESSIBLE=1)")
}

// environmentFlags may stand in the environment as KISIFLOW_NAME: the global ones and the files that hold secrets. What a
// single call must decide for itself (--approve, --associate) may not.
func environmentFlags() []string {
	return []string{"profile", "state", "kisi-url", "rate", "json", "no-color", "theme", "accessible", "audit", "no-input",
		"kisi-key-file", "gymflow-url", "gymflow-token-file", "push-secret-file"}
}

// readEnvironment fills flags that were not given from KISIFLOW_NAME. An empty value counts as not set.
func (a *application) readEnvironment(command *cobra.Command) error {
	a.given = a.givenFlags()
	for _, name := range environmentFlags() {
		variable := "KISIFLOW_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		value := os.Getenv(variable)
		flag := command.Flags().Lookup(name)
		if value == "" || flag == nil || flag.Changed {
			continue
		}
		if err := setFlag(command.Flags(), name, value); err != nil {
			return usage("%s=%q is not a value for --%s: %w", variable, value, name, err)
		}
	}
	if a.theme != "auto" && a.theme != "dark" && a.theme != "light" {
		return usage("--theme %q: give auto, dark or light", a.theme)
	}
	if a.rate < 0 {
		return usage("--rate %v: give a number of requests a second above 0", a.rate)
	}
	if a.rate == 0 && command.Flags().Changed("rate") {
		return usage("--rate 0: give a number of requests a second above 0")
	}
	return nil
}

func setFlag(flags *pflag.FlagSet, name, value string) error { return flags.Set(name, value) }

// statePath is the state file that the flags name.
func (a *application) statePath() (string, error) {
	if a.state != "" && a.profile != "" {
		return "", usage("--state and --profile both name a state file; give one of them")
	}
	if a.state != "" {
		return a.state, nil
	}
	path, err := store.DefaultPath(a.profile)
	if err != nil {
		return "", usage("--profile %q: %w", a.profile, err)
	}
	return path, nil
}

// openStore opens that file, and makes it where it is missing.
func (a *application) openStore() (*store.Store, error) {
	path, err := a.statePath()
	if err != nil {
		return nil, err
	}
	return store.Open(path)
}

// opened is a state file that is set up.
type opened struct {
	store    *store.Store
	settings store.Settings
}

// openSetUp opens the state file and refuses (exit 10) when setup never ended.
func (a *application) openSetUp() (opened, error) {
	state, err := a.openStore()
	if err != nil {
		return opened{}, err
	}
	settings, set, err := settingsOf(state)
	if err != nil {
		return opened{}, err
	}
	if !set {
		return opened{}, reconcile.ErrNotSetUp
	}
	return opened{state, settings}, nil
}

// openToShow is openSetUp with the time at which it is shown, by the process's clock.
func (a *application) openToShow() (opened, time.Time, error) {
	open, err := a.openSetUp()
	if err != nil {
		return opened{}, time.Time{}, err
	}
	now, err := a.clock(open.settings.GymflowURL, open.settings.KisiURL)
	if err != nil {
		return opened{}, time.Time{}, err
	}
	return open, now(), nil
}

func settingsOf(state *store.Store) (settings store.Settings, set bool, err error) {
	err = state.View(func(tx *store.Tx) error {
		var failure error
		settings, set, failure = tx.Settings()
		return failure
	})
	return settings, set, err
}

// engine makes the engine for a state file; addresses are those of both services, for KISIFLOW_NOW.
func (a *application) engine(state *store.Store, gymflowURL, kisiURL string, change ...func(*reconcile.Options)) (*reconcile.Engine, error) {
	if a.kisiURL != "" {
		kisiURL = a.kisiURL
	}
	if a.rate > mostRequests && !isLoopback(kisiURL) {
		return nil, usage("--rate %v: Kisi allows 5 requests a second; above that is only for a simulator on this machine", a.rate)
	}
	now, err := a.clock(gymflowURL, kisiURL)
	if err != nil {
		return nil, err
	}
	options := reconcile.Options{Now: now, KisiURL: a.kisiURL, Rate: a.rate, By: whoActs(), Audit: a.audit}
	for _, each := range change {
		each(&options)
	}
	return reconcile.New(state, options), nil
}

// engineFor is engine with the stored addresses.
func (a *application) engineFor(open opened) (*reconcile.Engine, error) {
	if err := a.storedKeyStays(open.settings); err != nil {
		return nil, err
	}
	return a.engine(open.store, open.settings.GymflowURL, open.settings.KisiURL)
}

// clock is the process's clock. KISIFLOW_NOW moves it, only while both services are on loopback: nobody may shift the
// dates of a real building by an environment variable.
func (a *application) clock(gymflowURL, kisiURL string) (func() time.Time, error) {
	text := os.Getenv("KISIFLOW_NOW")
	if text == "" {
		return time.Now, nil
	}
	start, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, usage("KISIFLOW_NOW=%q is not an instant like 2026-03-31T09:00:00Z", text)
	}
	if gymflowURL != "" && !isLoopback(gymflowURL) || !isLoopback(kisiURL) { // a roster file is on this machine
		_, _ = fmt.Fprintln(a.errOut, "kisiflow: KISIFLOW_NOW is ignored: it is honoured only while both services are on this machine")
		return time.Now, nil
	}
	begun := time.Now()
	return func() time.Time { return start.Add(time.Since(begun)) }, nil
}

// isLoopback reports whether an address is on this machine.
func isLoopback(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" {
		return false
	}
	if parsed.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(parsed.Hostname())
	return ip != nil && ip.IsLoopback()
}

// whoActs names the person for the journal: user@host, and where the SSH session came from.
func whoActs() string {
	name := "unknown"
	if current, err := user.Current(); err == nil {
		name = current.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	who := name + "@" + host
	if origin, _, found := strings.Cut(os.Getenv("SSH_CONNECTION"), " "); found {
		who += " from " + origin
	}
	return who
}

// version is the module's version, commit and the commit's date, as the build recorded them.
func version() string {
	info, known := debug.ReadBuildInfo()
	if !known {
		return "unknown"
	}
	var commit, date, changed string
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.time":
			date = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = ", changed since"
		}
	}
	if commit == "" {
		return info.Main.Version
	}
	return fmt.Sprintf("%s (commit %s of %s%s)", info.Main.Version, commit, date, changed)
}

// printJSON prints one document.
func (a *application) printJSON(document any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	if _, err := io.WriteString(a.out, escapeSteering(text.String())); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

// escapeSteering writes as \u.... what encoding/json leaves raw in a text and a terminal may obey: DEL, the C1 controls and the
// marks that turn the direction of writing. The document means the same; names from Kisi can hold any of them.
func escapeSteering(text string) string {
	steers := func(char rune) bool {
		return char >= 0x7f && char <= 0x9f || char == '\u061c' || char == '\u200e' || char == '\u200f' ||
			char >= '\u202a' && char <= '\u202e' || char >= '\u2066' && char <= '\u2069' || char == '\ufeff'
	}
	if !strings.ContainsFunc(text, steers) {
		return text
	}
	var escaped strings.Builder
	for _, char := range text {
		if steers(char) {
			fmt.Fprintf(&escaped, "\\u%04x", char)
		} else {
			escaped.WriteRune(char)
		}
	}
	return escaped.String()
}

// fullScreen reports whether a full-screen program may be shown: both ends are terminals that can move a cursor, and
// nobody asked for plain lines (tui.md section 5).
func (a *application) fullScreen() bool {
	if a.json || a.wantsLines() || os.Getenv("TERM") == "dumb" {
		return false
	}
	return isTerminal(a.in) && isTerminal(a.out)
}

// wantsLines reports --accessible, or ACCESSIBLE set to anything but 0 and false.
func (a *application) wantsLines() bool {
	value := os.Getenv("ACCESSIBLE")
	return a.accessible || (value != "" && value != "0" && value != "false")
}

// withoutColour reports --no-color, or NO_COLOR set to anything (bubbletea itself takes only 1 and true).
func (a *application) withoutColour() bool { return a.noColour || os.Getenv("NO_COLOR") != "" }

func isTerminal(stream any) bool {
	file, isFile := stream.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// readSecretFile reads a secret; stray blanks and the newline at the end are not part of it.
func readSecretFile(flag, path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return "", usage("--%s %q: there is no such file", flag, path)
		}
		return "", usage("--%s %q can't be read: %w", flag, path, err)
	}
	secret := strings.TrimSpace(string(content))
	if secret == "" {
		return "", usage("--%s %q: the file is empty", flag, path)
	}
	return secret, nil
}
