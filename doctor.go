package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kisiflow/reconcile"
	"kisiflow/store"
)

// exitNotSetUp, exitRefused and exitUnavailable are reconcile's, by the names that doctor orders them by.
const (
	exitNotSetUp    = 10
	exitRefused     = 12
	exitUnavailable = 75
)

// doctorJSON is what `doctor --json` prints.
type doctorJSON struct {
	OK     bool              `json:"ok"`
	SetUp  bool              `json:"set_up"`
	Checks []reconcile.Check `json:"checks"`
}

func (a *application) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look whether everything is well: one line each, ok or what to do",
		Long: "Looks at the terminal, the state file, the time zone, both services, the key and its rights, every associated group, the\n" +
			"clocks, the last sync, held removals and the service. Writes nothing to either service. Exit 0 when all is well, 12 when a key or token was refused, 75\n" +
			"when a service is down, 10 when not set up (what can be seen then is printed), else 1.",
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return a.doctor(command.Context()) },
	}
}

func (a *application) doctor(ctx context.Context) error {
	document := doctorJSON{SetUp: true, Checks: []reconcile.Check{a.checkTerminal()}}
	path, err := a.statePath()
	if err != nil {
		return err
	}
	sound, check := checkState(path)
	document.Checks = append(document.Checks, check)
	if sound {
		more, err := a.checkIntegration(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		document.SetUp = !errors.Is(err, reconcile.ErrNotSetUp)
		if err != nil {
			more = append(more, reconcile.Check{Name: "integration", Text: err.Error() + ".", Exit: reconcile.ExitCode(err)})
		}
		document.Checks = append(document.Checks, more...)
	} else {
		document.SetUp = check.Exit != exitNotSetUp
	}
	code := worst(document.Checks)
	document.OK = code == exitOK
	if a.json {
		err = a.printJSON(document)
	} else {
		a.sayChecks(document.Checks)
	}
	if err == nil && code != exitOK {
		return &exitError{code: code}
	}
	return err
}

func (a *application) sayChecks(checks []reconcile.Check) {
	widest := 0
	for _, check := range checks {
		widest = max(widest, len([]rune(check.Name)))
	}
	for _, check := range checks {
		word := "ok     "
		if !check.OK {
			word = "to mend"
		}
		_, _ = fmt.Fprintf(a.plain(), "%s  %-*s  %s\n", word, widest, check.Name, check.Text)
	}
}

// worst is the exit code of all checks: not set up, then a refusal, then a service that is down, then anything else.
func worst(checks []reconcile.Check) int {
	seen := map[int]bool{}
	for _, check := range checks {
		if !check.OK {
			seen[check.Exit] = true
		}
	}
	for _, code := range []int{exitNotSetUp, exitRefused, exitUnavailable} {
		if seen[code] {
			return code
		}
	}
	if len(seen) > 0 {
		return exitFailed
	}
	return exitOK
}

// checkTerminal: no terminal is no fault, since everything works in plain lines.
func (a *application) checkTerminal() reconcile.Check {
	check := reconcile.Check{Name: "terminal", OK: true}
	kind := os.Getenv("TERM")
	file, isFile := a.out.(*os.File)
	switch {
	case !isTerminal(a.in) || !isTerminal(a.out) || !isFile:
		check.Text = "None here: kisiflow speaks plain lines."
	case kind == "" || kind == "dumb":
		check.Text = fmt.Sprintf("TERM is %q: kisiflow speaks plain lines. For the full screen set TERM, for example to xterm-256color.", kind)
	default:
		width, height, err := term.GetSize(int(file.Fd()))
		check.Text = fmt.Sprintf("%s, %d columns by %d lines.", kind, width, height)
		if err != nil || width < 40 || height < 10 {
			check.OK, check.Exit = false, exitFailed
			check.Text = fmt.Sprintf("%s, %d columns by %d lines: make the window larger, at least 80 by 24, or use --accessible.", kind, width, height)
		}
	}
	return check
}

// checkState looks at the file without making or changing it.
func checkState(path string) (sound bool, check reconcile.Check) {
	check = reconcile.Check{Name: "state file", Exit: exitFailed}
	facts, err := store.Inspect(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		check.Exit = exitNotSetUp
		check.Text = "There is none at " + path + ": kisiflow setup makes it, kisiflow restore brings a backup back."
		return false, check
	case err != nil:
		check.Text = err.Error() + "."
		return false, check
	case facts.Mode&0o077 != 0:
		check.Text = fmt.Sprintf("Others can read %s (mode %04o): chmod 600 %s", path, facts.Mode, path)
	case facts.Needed && !facts.Present:
		check.Text = fmt.Sprintf("The identity file %s is missing, and without it the stored keys can't be read: put it back, or enter the keys again with kisiflow setup.", facts.Identity)
	default:
		check.OK, check.Exit = true, exitOK
		check.Text = fmt.Sprintf("%s, %d KB, mode %04o, layout %d of %d.", path, (facts.Size+1023)/1024, facts.Mode, facts.Schema, facts.Known)
		if facts.Present {
			check.Text += " The identity file is there."
		}
	}
	return true, check
}

// checkIntegration asks the engine; the calls to the services end after a minute each at most.
func (a *application) checkIntegration(ctx context.Context) ([]reconcile.Check, error) {
	open, err := a.openSetUp()
	if err != nil {
		return nil, err
	}
	engine, err := a.engineFor(open)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	checks, err := engine.Doctor(ctx)
	if err != nil {
		return nil, err
	}
	running, err := a.checkService(ctx)
	if err != nil {
		return nil, err
	}
	return append(checks, running), nil
}
