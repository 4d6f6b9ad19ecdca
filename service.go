package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"kisiflow/kisi"
	"kisiflow/reconcile/listen"
	"kisiflow/service"
)

// serviceFlags say which unit is meant, and what it runs.
type serviceFlags struct {
	user             bool
	system           bool
	name             string
	listen           string
	kisiKeyFile      string
	gymflowTokenFile string
}

func (a *application) serviceCommand() *cobra.Command {
	var given serviceFlags
	command := &cobra.Command{
		Use:   "service",
		Short: "Keep kisiflow running as a systemd service: install, remove, status, print",
		Long: "Runs kisiflow watch as a systemd service, so that the doors follow Gymflow when nobody is logged in. Without --system it is\n" +
			"your own service, for root the machine's. Each --state or --profile has a service of its own.",
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			return usage("service: say what to do: install, remove, status or print; see kisiflow service --help")
		},
	}
	flags := command.PersistentFlags()
	flags.BoolVar(&given.user, "user", false, "a service of your own (the default unless you are root)")
	flags.BoolVar(&given.system, "system", false, "a service of the machine (the default for root)")
	flags.StringVar(&given.name, "name", "", "the service's name (default kisiflow, or kisiflow-PROFILE)")
	install := a.serviceStep("install", "Write the unit, enable it and start it", &given, a.serviceInstall)
	remove := a.serviceStep("remove", "Stop the service and remove its unit; the state file stays", &given, a.serviceRemove)
	status := a.serviceStep("status", "Say whether the service runs; exit 1 when it does not", &given, a.serviceStatus)
	show := a.serviceStep("print", "Print the unit and install nothing, also where there is no systemd", &given, a.servicePrint)
	for _, writes := range []*cobra.Command{install, show} {
		writes.Flags().StringVar(&given.listen, "listen", "", "where the service takes pushes, like 127.0.0.1:8040")
		writes.Flags().StringVar(&given.kisiKeyFile, "kisi-key-file", "", "hand the Kisi key to the service from this file, as a systemd credential")
		writes.Flags().StringVar(&given.gymflowTokenFile, "gymflow-token-file", "", "the same for the Gymflow token")
	}
	command.AddCommand(install, remove, status, show)
	return command
}

func (a *application) serviceStep(name, short string, given *serviceFlags, do func(context.Context, serviceFlags) error) *cobra.Command {
	return &cobra.Command{Use: name, Short: short, Args: noArguments, RunE: func(command *cobra.Command, _ []string) error {
		if given.user && given.system {
			return usage("--user and --system exclude each other; give one of them")
		}
		chosen := *given
		chosen.system = given.system || !given.user && os.Geteuid() == 0
		return do(command.Context(), chosen)
	}}
}

// unit is the service of the state file that the flags name.
func (a *application) unit(given serviceFlags) (service.Unit, error) {
	unit := service.Unit{System: given.system}
	var err error
	if given.listen != "" {
		if unit.Listen, _, err = listen.Address(given.listen); err != nil {
			return unit, usage("--listen: %w", err)
		}
	}
	if unit.Name, err = a.serviceName(given); err != nil {
		return unit, err
	}
	path, err := a.statePath()
	if err != nil {
		return unit, err
	}
	if unit.State, err = filepath.Abs(path); err != nil {
		return unit, fmt.Errorf("finding the state file: %w", err)
	}
	if unit.Binary, err = os.Executable(); err != nil {
		return unit, fmt.Errorf("finding kisiflow's own file: %w", err)
	}
	// The whole path also for a profile: another user's service would look for it elsewhere.
	unit.Arguments = []string{"--state", unit.State}
	if a.kisiURL != "" {
		unit.Arguments = append(unit.Arguments, "--kisi-url", a.kisiURL)
	}
	if a.rate != 0 {
		unit.Arguments = append(unit.Arguments, "--rate", strconv.FormatFloat(a.rate, 'f', -1, 64))
	}
	if a.audit {
		unit.Arguments = append(unit.Arguments, "--audit")
	}
	for _, secret := range []service.Credential{
		{Name: "kisi-key", Flag: "--kisi-key-file", Path: given.kisiKeyFile}, {Name: "gymflow-token", Flag: "--gymflow-token-file", Path: given.gymflowTokenFile},
	} {
		if secret.Path == "" {
			continue
		}
		if _, err := readSecretFile(strings.TrimPrefix(secret.Flag, "--"), secret.Path); err != nil {
			return unit, err
		}
		if secret.Path, err = filepath.Abs(secret.Path); err != nil {
			return unit, fmt.Errorf("finding the file of a secret: %w", err)
		}
		unit.Credentials = append(unit.Credentials, secret)
	}
	if given.system {
		unit.User = ownerOf(unit.State)
	}
	if err := unit.Check(); err != nil {
		return unit, usage("%w", err)
	}
	return unit, nil
}

// serviceName is kisiflow for the usual state file, else kisiflow and the profile's or the file's name.
func (a *application) serviceName(given serviceFlags) (string, error) {
	name := "kisiflow"
	switch {
	case given.name != "":
		name = given.name
	case a.profile != "" && a.profile != "default":
		name += "-" + a.profile
	case a.state != "":
		base := strings.TrimSuffix(filepath.Base(a.state), filepath.Ext(a.state))
		name += "-" + strings.Map(func(char rune) rune {
			if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", char) {
				return char
			}
			return '-'
		}, base)
	}
	if err := (service.Unit{Name: name, Binary: "/kisiflow", State: "/kisiflow"}).Check(); err != nil {
		return "", usage("--name: %w", err)
	}
	return name, nil
}

// ownerOf is the user whose file it is, "" for root: the machine's service runs as them, so that they can go on using the file.
func ownerOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	facts, known := info.Sys().(*syscall.Stat_t)
	if !known || facts.Uid == 0 {
		return ""
	}
	number := strconv.FormatUint(uint64(facts.Uid), 10)
	if owner, err := user.LookupId(number); err == nil {
		return owner.Username
	}
	return number
}

// serviceJSON is what `service install` and `service remove` print with --json.
type serviceJSON struct {
	service.State
	Done []string `json:"done"`
}

func (a *application) serviceInstall(ctx context.Context, given serviceFlags) error {
	if _, err := a.openSetUp(); err != nil {
		return err
	}
	unit, err := a.unit(given)
	if err != nil {
		return err
	}
	done, err := a.installService(ctx, unit)
	if a.json && err == nil {
		state, failure := service.For(unit.System).Status(ctx, unit.Name)
		if failure != nil {
			return failure
		}
		return a.printJSON(serviceJSON{state, done})
	}
	for _, said := range done {
		_, _ = fmt.Fprintln(a.plain(), said)
	}
	return err
}

// installService does it, and says what was done and how to see it.
func (a *application) installService(ctx context.Context, unit service.Unit) ([]string, error) {
	manager := service.For(unit.System)
	done, err := manager.Install(ctx, unit)
	if errors.Is(err, service.ErrNoSystemd) {
		return nil, fmt.Errorf("%w. To run it in another way: kisiflow service print shows the unit, and kisiflow watch is what it runs", err)
	}
	if errors.Is(err, service.ErrBadUnit) {
		return nil, usage("%w", err)
	}
	if err != nil {
		return done, err
	}
	scope := ""
	switch {
	case unit.System && os.Geteuid() != 0:
		scope = " --system"
	case !unit.System && os.Geteuid() == 0:
		scope = " --user"
	}
	done = append(done, "To see how it does: kisiflow service status"+scope, "To read what it says: "+manager.Journal(unit.Name))
	if !unit.System {
		done = append(done, lingerHint(ctx)...)
	}
	return done, nil
}

// lingerHint: a user's services end with their last session, unless they linger.
func lingerHint(ctx context.Context) []string {
	current, err := user.Current()
	if err != nil {
		return nil
	}
	if lingers, known := service.Lingers(ctx, current.Username); known && lingers {
		return []string{"It goes on when you log out."}
	}
	return []string{"So that it goes on when you log out, and starts with the machine: loginctl enable-linger " + shellWord(current.Username)}
}

func (a *application) serviceRemove(ctx context.Context, given serviceFlags) error {
	name, err := a.serviceName(given)
	if err != nil {
		return err
	}
	manager := service.For(given.system)
	done, err := manager.Remove(ctx, name)
	if errors.Is(err, service.ErrNotInstalled) {
		done, err = []string{"There is no service " + name + " to remove."}, nil
	}
	if a.json && err == nil {
		state, failure := manager.Status(ctx, name)
		if failure != nil {
			return failure
		}
		return a.printJSON(serviceJSON{state, done})
	}
	for _, said := range done {
		_, _ = fmt.Fprintln(a.plain(), said)
	}
	return err
}

// serviceStatus says how it does; exit 1 when it does not run.
func (a *application) serviceStatus(ctx context.Context, given serviceFlags) error {
	name, err := a.serviceName(given)
	if err != nil {
		return err
	}
	manager := service.For(given.system)
	state, err := manager.Status(ctx, name)
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(state)
	} else {
		for _, said := range serviceWords(state, manager.Journal(name)) {
			_, _ = fmt.Fprintln(a.plain(), said)
		}
	}
	if err == nil && !state.Running() {
		return &exitError{code: exitFailed}
	}
	return err
}

// serviceWords says it in sentences.
func serviceWords(state service.State, journal string) []string {
	if !state.Installed {
		return []string{"The service " + state.Name + " is not installed. To install it: kisiflow service install"}
	}
	said := "The service " + state.Name + " is " + kisi.CleanText(state.Active)
	if state.Detail != "" && state.Detail != state.Active {
		said += " (" + kisi.CleanText(state.Detail) + ")"
	}
	if state.Running() {
		said += fmt.Sprintf(", process %d, since %s", state.PID, kisi.CleanText(state.Since))
	} else if state.Exit != 0 {
		said += fmt.Sprintf("; its last process ended with %d", state.Exit)
	}
	lines := []string{said + "."}
	if state.Says != "" {
		lines = append(lines, "It says: "+kisi.CleanText(state.Says))
	}
	if state.Restarts > 0 {
		lines = append(lines, fmt.Sprintf("It was started again %d times.", state.Restarts))
	}
	if !state.Enabled {
		lines = append(lines, "It does not start by itself. To change that: kisiflow service install")
	}
	return append(lines, "To read what it says: "+journal)
}

// printedUnitJSON is what `service print --json` prints.
type printedUnitJSON struct {
	Name string `json:"name"`
	File string `json:"file"`
	Unit string `json:"unit"`
}

func (a *application) servicePrint(_ context.Context, given serviceFlags) error {
	unit, err := a.unit(given)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(printedUnitJSON{unit.Name, service.For(unit.System).Path(unit.Name), unit.Text()})
	}
	_, err = fmt.Fprint(a.out, unit.Text())
	return err
}
