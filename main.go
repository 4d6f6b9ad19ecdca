// Command kisiflow links Gymflow (who holds which membership, and in what standing) with Kisi (who may open which
// doors). This package is the command line: flags, wiring, signals, exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // a bare machine has no time zones of its own, and every date here is a day in one

	"github.com/spf13/cobra"

	"kisiflow/reconcile"
)

// Exit codes by cause (design.md section 8). Those of a run come from reconcile.ExitCode and store.Run.Exit.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitChanges = 5
	exitSignal  = 128 // plus the signal's number
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// exitError carries an exit code through cobra. A nil cause prints nothing: the command has said all already.
type exitError struct {
	code  int
	cause error
}

func (e *exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.cause.Error()
}

func (e *exitError) Unwrap() error { return e.cause }

// usage is a mistake in how kisiflow was called: exit 2.
func usage(format string, arguments ...any) error {
	return &exitError{code: exitUsage, cause: fmt.Errorf(format, arguments...)}
}

// run is main without os.Exit, so that deferred clean-up runs.
func run(arguments []string, in io.Reader, out, errOut io.Writer) int {
	signals := newSignals()
	defer signals.stop()
	app := &application{in: in, out: out, errOut: errOut, signals: signals}
	root := app.rootCommand()
	root.SetArgs(arguments)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(signals.context)
	return app.exitCode(err)
}

// exitCode says the error, once, and turns it into the documented code.
func (a *application) exitCode(err error) int {
	if code := a.signals.code(); code != 0 {
		if err != nil && !errors.Is(err, context.Canceled) && !isSilent(err) {
			_, _ = fmt.Fprintln(a.errOut, "kisiflow:", a.hint(err.Error()))
		}
		return code
	}
	if err == nil {
		return exitOK
	}
	var coded *exitError
	a.sayFaults(err)
	if errors.As(err, &coded) {
		if coded.cause != nil {
			_, _ = fmt.Fprintln(a.errOut, "kisiflow:", a.hint(coded.cause.Error()))
		}
		return coded.code
	}
	_, _ = fmt.Fprintln(a.errOut, "kisiflow:", a.hint(err.Error()))
	return reconcile.ExitCode(err)
}

func isSilent(err error) bool {
	var coded *exitError
	return errors.As(err, &coded) && coded.cause == nil
}

// stopSignals ends its context at the first of SIGINT, SIGTERM and SIGHUP; the call in hand is finished then. A second
// one leaves at once.
type stopSignals struct {
	context context.Context
	cancel  context.CancelCauseFunc
	channel chan os.Signal
}

// signalCause is why the context ended.
type signalCause struct{ number syscall.Signal }

func (s signalCause) Error() string { return "stopped by " + s.number.String() }

func newSignals() *stopSignals {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := &stopSignals{context: ctx, cancel: cancel, channel: make(chan os.Signal, 2)}
	signal.Notify(signals.channel, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go signals.watch()
	return signals
}

func (s *stopSignals) watch() {
	for received := range s.channel {
		number, known := received.(syscall.Signal)
		if !known {
			continue
		}
		if s.context.Err() != nil {
			os.Exit(exitSignal + int(number))
		}
		s.cancel(signalCause{number})
	}
}

func (s *stopSignals) stop() {
	signal.Stop(s.channel)
	close(s.channel)
	s.cancel(context.Canceled)
}

// code is 128 plus the signal's number when a signal ended us, else 0.
func (s *stopSignals) code() int {
	var cause signalCause
	if errors.As(context.Cause(s.context), &cause) {
		return exitSignal + int(cause.number)
	}
	return 0
}

// name is the signal that ended us, as systemd and kill say it; "" when none did.
func (s *stopSignals) name() string {
	var cause signalCause
	if !errors.As(context.Cause(s.context), &cause) {
		return ""
	}
	switch cause.number {
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGHUP:
		return "SIGHUP"
	}
	return cause.number.String()
}

// rootCommand is the whole command line.
func (a *application) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "kisiflow",
		Short: "Links Gymflow memberships with Kisi doors",
		Long: "kisiflow links Gymflow (who holds which membership, and in what standing) with Kisi (who may open which\n" +
			"doors). Without a command it opens the setup wizard, or the live view when it is set up.",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          a.runDefault,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%w; see kisiflow --help", err) })
	a.addGlobalFlags(root)
	root.PersistentPreRunE = func(command *cobra.Command, _ []string) error { return a.readEnvironment(command) }
	root.AddCommand(a.demoCommand(), a.simCommand(), a.setupCommand(), a.planCommand(), a.syncCommand(), a.watchCommand(), a.hooksCommand(),
		a.statusCommand(), a.membersCommand(), a.explainCommand(), a.activityCommand(),
		a.undoCommand(), a.overrideCommand(), a.doctorCommand(), a.backupCommand(), a.restoreCommand(),
		a.doorsCommand(), a.unlocksCommand(), a.serviceCommand(), a.manCommand())
	addCompletion(root)
	return root
}

// addCompletion adds cobra's own command now, and not as late as it would itself, so that it refuses wrong calls as all others do.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		if command.Name() != "completion" {
			continue
		}
		command.Args = noArguments
		command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
		for _, shell := range command.Commands() {
			shell.Args = noArguments
		}
	}
}

// noArguments refuses words that no command takes, by name.
func noArguments(command *cobra.Command, arguments []string) error {
	if len(arguments) > 0 {
		return usage("%s does not know %q; see %s --help", command.CommandPath(), arguments[0], command.CommandPath())
	}
	return nil
}

// leaveStalledScreen ends the process when a full-screen program does not return soon after its context ended: a terminal
// that nobody reads blocks its renderer for ever (tui.md 2.4). Everything is stored by then.
func (a *application) leaveStalledScreen(done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(2500 * time.Millisecond): // a little more than the screen's own patience, whose way out cleans up
		code := a.signals.code()
		if code == 0 {
			code = exitSignal + int(syscall.SIGHUP)
		}
		os.Exit(code)
	}
}
