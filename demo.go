package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
)

// How the demo runs. Its Kisi has no limit of 5 a second, or the first sync would take minutes; slow enough to be seen.
const (
	demoRate       = 60.0
	demoScriptRate = 2000.0
	demoSyncs      = 5 * time.Second
	demoLife       = 4 * time.Second
)

// demoFlags are the demo's own flags.
type demoFlags struct {
	simulation
	still   bool
	noInput bool
}

func (a *application) demoCommand() *cobra.Command {
	var wanted demoFlags
	command := &cobra.Command{
		Use:   "demo",
		Short: "The same on an embedded, living Gymflow and Kisi; nothing to install",
		Long: "Runs kisiflow on a simulated Gymflow and a simulated Kisi inside this process. Enter at every question leads\n" +
			"through. With --state FILE the demo is kept and can be taken up again.",
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return a.demo(command.Context(), wanted) },
	}
	wanted.addFlags(command)
	command.Flags().BoolVar(&wanted.still, "still", false, "nothing changes by itself")
	command.Flags().BoolVar(&wanted.noInput, "no-input", false, "ask nothing: set up, sync once, print the run, end")
	return command
}

func (a *application) demo(ctx context.Context, wanted demoFlags) error {
	if err := wanted.check(); err != nil {
		return err
	}
	a.inDemo = true
	a.kisiURL = "" // the demo brings its own Kisi
	passing := a.state == "" && a.profile == ""
	if passing {
		folder, err := os.MkdirTemp("", "kisiflow-demo-")
		if err != nil {
			return fmt.Errorf("making a place for the demo's state: %w", err)
		}
		defer func() { _ = os.RemoveAll(folder) }()
		a.state = filepath.Join(folder, "demo.db")
	} else if a.state == "" {
		path, err := store.DefaultPath(a.profile)
		if err != nil {
			return usage("--profile %q: %w", a.profile, err)
		}
		a.state, a.profile = path, ""
	}
	if !isDemoState(a.state) {
		return usage("--state %q is not a demo's: the demo does not touch the state of a real integration", a.state)
	}
	now, err := a.clock("http://127.0.0.1", "http://127.0.0.1")
	if err != nil {
		return err
	}
	// The services' file comes first: a state file without it would be taken for a real integration's.
	if err := os.MkdirAll(filepath.Dir(a.state), 0o700); err != nil {
		return fmt.Errorf("making a place for the demo's state: %w", err)
	}
	file := &worldFile{path: worldPath(a.state)}
	world, err := openWorld(file, wanted.simulation, now)
	if err != nil {
		return err
	}
	defer world.close()
	state, err := a.openStore()
	if err != nil {
		return err
	}
	defer func() { _ = file.save(world, true) }()
	return a.runDemo(ctx, wanted, demonstration{world: world, file: file, state: state, now: now, passing: passing})
}

// demonstration is a demo that has its services and its state.
type demonstration struct {
	world *world
	file  *worldFile
	state *store.Store
	now   func() time.Time

	passing bool // in a folder that goes with it
}

func (a *application) runDemo(ctx context.Context, wanted demoFlags, demo demonstration) error {
	set, err := demo.readdress()
	if err != nil {
		return err
	}
	rate := a.rate
	if rate == 0 {
		rate = demoRate
		if wanted.noInput {
			rate = demoScriptRate
		}
	}
	engine := reconcile.New(demo.state, reconcile.Options{Now: demo.now, Rate: rate, By: whoActs(), Audit: a.audit})
	if wanted.noInput || a.json {
		if !set {
			if err := demo.setUp(ctx, engine); err != nil {
				return err
			}
		}
		run, err := engine.Sync(ctx, store.Request{Kind: "sync", Trigger: "command", By: whoActs()})
		return a.sayRun(run, err)
	}
	living, stop := context.WithCancel(ctx)
	defer stop()
	if !wanted.still {
		go demo.live(living)
	}
	return a.converse(ctx, conversation{
		state: demo.state, engine: engine, wizard: !set, demo: true, passing: demo.passing, now: demo.now, every: demoSyncs, prefill: demo.prefill()})
}

// prefill are the answers that the demo brings along, so that Enter at every question leads through.
func (d demonstration) prefill() *setup.Prefill {
	prefill := &setup.Prefill{GymflowURL: d.world.gymflow.URL, Token: setup.SecretText(d.world.gymflow.Token),
		KisiURL: d.world.kisi.URL, Key: setup.SecretText(d.world.kisi.Key), PlaceID: d.world.place.ID, Groups: map[string]int64{}}
	for membership, group := range d.world.associations() {
		prefill.Groups[membership] = d.world.group(group).ID
	}
	return prefill
}

// readdress tells a kept state file where the services are now: their ports differ from run to run.
func (d demonstration) readdress() (set bool, err error) {
	err = d.state.Update(func(tx *store.Tx) error {
		settings, isSet, err := tx.Settings()
		if err != nil {
			return err
		}
		if set = isSet; set {
			settings.GymflowURL, settings.KisiURL = d.world.gymflow.URL, d.world.kisi.URL
			if err := tx.PutSettings(settings); err != nil {
				return err
			}
		}
		draft, drafted, err := tx.Draft()
		if err != nil || !drafted {
			return err
		}
		if draft.GymflowURL != "" {
			draft.GymflowURL = d.world.gymflow.URL
		}
		draft.KisiURL = d.world.kisi.URL
		return tx.PutDraft(draft)
	})
	return set, err
}

// setUp does what the wizard does, with the demo's own answers.
func (d demonstration) setUp(ctx context.Context, engine *reconcile.Engine) error {
	given := setupFlags{place: fmt.Sprint(d.world.place.ID)}
	for membership, group := range d.world.associations() {
		given.associate = append(given.associate, membership+"="+group)
	}
	to := reconcile.Access{GymflowURL: d.world.gymflow.URL, GymflowToken: d.world.gymflow.Token,
		KisiURL: d.world.kisi.URL, KisiKey: d.world.kisi.Key}
	checked, err := checkAnswers(ctx, engine, to, given, store.Settings{})
	if err != nil {
		return err
	}
	preview, err := engine.Preview(ctx, checked.settings, to, nil)
	if err != nil {
		return err
	}
	return engine.Confirm(reconcile.Confirmation{Settings: checked.settings, Access: to, Preview: preview, By: whoActs()})
}

// live changes a standing every few seconds, once the integration is set up.
func (d demonstration) live(ctx context.Context) {
	ticker := time.NewTicker(demoLife)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, set, err := settingsOf(d.state); err == nil && set {
				d.world.gymflow.Gym.Live()
			}
		}
	}
}
