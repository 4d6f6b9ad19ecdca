package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"kisiflow/reconcile"
	"kisiflow/reconcile/listen"
	"kisiflow/store"
)

// watchFlags are those of `kisiflow watch`.
type watchFlags struct {
	every                         time.Duration
	poll                          time.Duration
	listen                        string
	secretFile                    string
	kisiKeyFile, gymflowTokenFile string
}

// What an admin may not set by mistake: a pace that would keep both services busy for nothing.
const (
	usualEvery  = 15 * time.Minute
	usualPoll   = 30 * time.Second
	shortestGap = time.Second
)

func (a *application) watchCommand() *cobra.Command {
	var given watchFlags
	command := &cobra.Command{
		Use:   "watch",
		Short: "Keep running and keep both sides in step",
		Long: "Keeps both sides in step until it is stopped: it asks Gymflow what changed, does what dates bring, takes pushes, and syncs\n" +
			"completely now and then. Screens and scripts work beside it on the same state file. One line an event on standard error; --json\n" +
			"makes each a JSON document. Stopped by a signal, it finishes the call in hand.",
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return a.watch(command.Context(), given) },
	}
	flags := command.Flags()
	flags.DurationVar(&given.every, "every", usualEvery, "between two complete syncs, a tenth more or less")
	flags.DurationVar(&given.poll, "poll", usualPoll, "between two questions to Gymflow what changed; 0: never")
	flags.StringVar(&given.listen, "listen", "", "take pushes at this address; a bare port is on this machine only")
	flags.StringVar(&given.kisiKeyFile, "kisi-key-file", "", "file that holds the Kisi key, in place of the stored one")
	flags.StringVar(&given.gymflowTokenFile, "gymflow-token-file", "", "file that holds the Gymflow token, in place of the stored one")
	flags.StringVar(&given.secretFile, "push-secret-file", "", "file that holds the secret of pushes, in place of the stored one")
	return command
}

func (a *application) watch(ctx context.Context, given watchFlags) error {
	if given.every < shortestGap || given.poll < 0 || given.poll > 0 && given.poll < shortestGap {
		return usage("--every and --poll take times like 15m and 30s, a second at least; --poll 0 never asks")
	}
	open, err := a.openSetUp()
	if err != nil {
		return err
	}
	if err := a.storedKeyStays(open.settings); err != nil {
		return err
	}
	credentials, err := given.credentials()
	if err != nil {
		return err
	}
	log, metrics := a.log(), listen.NewMetrics()
	now, err := a.clock(open.settings.GymflowURL, open.settings.KisiURL)
	if err != nil {
		return err
	}
	metrics.SetClock(now)
	engine, err := a.engine(open.store, open.settings.GymflowURL, open.settings.KisiURL, func(options *reconcile.Options) {
		options.Log, options.Witness, options.Now = log, metrics, now
		options.KisiKey, options.GymflowToken = credentials.KisiKey, credentials.GymflowToken
	})
	if err != nil {
		return err
	}
	var listening net.Listener
	var server *listen.Server
	if given.listen != "" {
		if listening, server, err = a.listenAt(ctx, given, listen.Options{Engine: engine, Store: open.store, Metrics: metrics, Now: now, Every: given.every, Log: log}); err != nil {
			return err
		}
	}
	return a.keepWatch(ctx, watching{store: open.store, engine: engine, server: server, listening: listening, log: log,
		pace: reconcile.Pace{Every: given.every, Poll: given.poll}})
}

// credentials are read once: systemd hands them over when the service starts.
func (w watchFlags) credentials() (given reconcile.Access, err error) {
	if w.kisiKeyFile != "" {
		if given.KisiKey, err = readSecretFile("kisi-key-file", w.kisiKeyFile); err != nil {
			return given, err
		}
	}
	if w.gymflowTokenFile != "" {
		given.GymflowToken, err = readSecretFile("gymflow-token-file", w.gymflowTokenFile)
	}
	return given, err
}

// log writes one line an event, as text or as JSON. No secret ever comes into an event: addresses and bodies of pushes, which
// hold some, are not logged at all.
func (a *application) log() *slog.Logger {
	if a.json {
		return slog.New(slog.NewJSONHandler(hintWriter{a.errOut, escapeSteering}, nil))
	}
	return slog.New(slog.NewTextHandler(hintWriter{a.errOut, escapeSteering}, nil))
}

// listenAt opens the port before anything else begins, so that a port in use is told at once.
func (a *application) listenAt(ctx context.Context, given watchFlags, options listen.Options) (net.Listener, *listen.Server, error) {
	address, others, err := listen.Address(given.listen)
	if err != nil {
		return nil, nil, usage("--listen: %w", err)
	}
	if given.secretFile != "" {
		if options.Secret, err = readSecretFile("push-secret-file", given.secretFile); err != nil {
			return nil, nil, err
		}
	}
	listening, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, nil, fmt.Errorf("can't listen at %s: %w", address, err)
	}
	server := listen.New(options)
	options.Log.Info("listening for pushes", "address", listening.Addr().String())
	if others {
		options.Log.Warn("others than this machine can reach this address, and what they send crosses the network in the clear: put a web server that speaks TLS in front, and listen on loopback")
	}
	if !server.SecretStored() {
		options.Log.Warn(a.hint("no push secret is stored, so every push is refused. To make one: kisiflow hooks --new-secret"))
	}
	return listening, server, nil
}

// watching is everything that runs while `kisiflow watch` does.
type watching struct {
	store     *store.Store
	engine    *reconcile.Engine
	server    *listen.Server
	listening net.Listener // nil: nobody pushes
	log       *slog.Logger
	pace      reconcile.Pace
}

// keepWatch runs the engine and the listener until a signal, or until one of them fails.
func (a *application) keepWatch(ctx context.Context, w watching) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	parts := []func(context.Context) error{
		func(ctx context.Context) error { return w.engine.Loop(ctx, w.pace) },
		func(ctx context.Context) error { return w.tellSystemd(ctx) },
		func(ctx context.Context) error { return w.giveSigns(ctx) },
	}
	if w.listening != nil {
		parts = append(parts, func(ctx context.Context) error { return w.server.Serve(ctx, w.listening) })
	}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	w.log.Info("watching", "every", w.pace.Every.String(), "poll", w.pace.Poll.String(), "state", w.store.Path(), "version", version())
	var failures []error
	for range parts {
		failures = append(failures, <-ended)
		stop() // whatever ended first takes the others with it; the call in hand is finished
	}
	err := errors.Join(failures...)
	if name := a.signals.name(); name != "" {
		w.log.Info("stopped", "signal", name)
	} else {
		w.log.Info("stopped")
	}
	return err
}

// tellSystemd says that the service is up, that it is alive, and that it ends, where systemd asked for it. Alive means that the
// state file can be read: a long run at Kisi's own pace is no fault.
func (w watching) tellSystemd(ctx context.Context) error {
	w.notify(daemon.SdNotifyReady + "\nSTATUS=Keeping both sides in step")
	defer w.notify(daemon.SdNotifyStopping)
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval <= 0 {
		<-ctx.Done()
		return nil //nolint:nilerr // a watchdog that is not set up in a way that we know is none
	}
	ticker := time.NewTicker(interval / 3)
	defer ticker.Stop()
	for {
		if err := w.store.View(func(*store.Tx) error { return nil }); err == nil {
			w.notify(daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// giveSigns tells, in the state file, that somebody keeps both sides in step: doctor and status read it. That a sign can't be
// written ends nothing; the work itself meets the same file and says so.
func (w watching) giveSigns(ctx context.Context) error {
	watcher, err := w.store.Watch()
	if err != nil {
		w.log.Warn("giving a sign of life", "error", err)
	}
	ticker := time.NewTicker(store.WatcherBeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			if watcher != nil {
				if err := watcher.End(); err != nil {
					w.log.Warn("taking the sign of life away", "error", err)
				}
			}
			return nil
		case <-ticker.C:
		}
		if watcher == nil {
			watcher, err = w.store.Watch()
		} else {
			err = watcher.Beat()
		}
		if err != nil {
			w.log.Warn("giving a sign of life", "error", err)
		}
	}
}

func (w watching) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		w.log.Warn("telling systemd", "state", strings.SplitN(state, "\n", 2)[0], "error", err)
	}
}
