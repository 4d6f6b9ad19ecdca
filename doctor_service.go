package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/service"
	"kisiflow/store"
)

// lifeSign is what the state file tells of who watches.
type lifeSign struct {
	holder store.Holder
	alive  bool
	found  bool
}

// ago says when the last sign was given, by the clock that gave it.
func (l lifeSign) ago() string {
	return fmt.Sprintf("%s ago", max(0, time.Since(l.holder.Heartbeat)).Round(time.Second))
}

func (l lifeSign) who() string {
	return fmt.Sprintf("process %d on %s", l.holder.PID, kisi.CleanText(l.holder.Host))
}

// checkService says who keeps both sides in step when nobody is logged in. That nobody does is a hint and no fault: an admin may
// sync by hand, or by cron.
func (a *application) checkService(ctx context.Context) (reconcile.Check, error) {
	open, err := a.openSetUp()
	if err != nil {
		return reconcile.Check{}, err
	}
	var sign lifeSign
	err = open.store.View(func(tx *store.Tx) (err error) { sign.holder, sign.alive, sign.found, err = tx.Watched(); return err })
	if err != nil {
		return reconcile.Check{}, err
	}
	name, err := a.serviceName(serviceFlags{})
	if err != nil {
		return reconcile.Check{}, err
	}
	root := os.Geteuid() == 0
	for _, system := range []bool{root, !root} {
		manager := service.For(system)
		state, err := manager.Status(ctx, name)
		if ctx.Err() != nil {
			return reconcile.Check{}, ctx.Err()
		}
		if state.Installed {
			again := "kisiflow service install"
			switch {
			case system && !root:
				again += " --system"
			case !system && root:
				again += " --user"
			}
			return installedCheck(state, err, sign, again, manager.Journal(name)), nil
		}
	}
	return uninstalledCheck(sign), nil
}

// serviceLine is the name of that check.
const serviceLine = "service"

// installedCheck: it is to run, and to give signs of life in this state file.
func installedCheck(state service.State, unanswered error, sign lifeSign, again, journal string) reconcile.Check {
	check := reconcile.Check{Name: serviceLine, Exit: exitFailed}
	switch {
	case unanswered != nil && sign.alive:
		check.OK, check.Exit = true, exitOK
		check.Text = fmt.Sprintf("%s can't be asked (%v), but kisiflow watch runs: %s, last sign of life %s.", state.Name, unanswered, sign.who(), sign.ago())
	case unanswered != nil:
		check.Text = fmt.Sprintf("%s is installed, and can't be asked: %v. Nobody keeps both sides in step: start kisiflow watch by what you have.", state.Name, unanswered)
	case !state.Running():
		check.Text = fmt.Sprintf("%s is installed and does not run (%s). To start it: %s. What it said: %s", state.Name, kisi.CleanText(state.Active), again, journal)
	case !sign.alive:
		check.Text = fmt.Sprintf("%s runs as process %d, but gave no sign of life in this state file within the last %s. To start it anew: %s. What it said: %s",
			state.Name, state.PID, store.WatcherTimeout, again, journal)
	default:
		check.OK, check.Exit = true, exitOK
		check.Text = fmt.Sprintf("%s runs: %s, last sign of life %s.", state.Name, sign.who(), sign.ago())
		if !state.Enabled {
			check.Text += " It does not start by itself; to change that: " + again
		}
	}
	return check
}

func uninstalledCheck(sign lifeSign) reconcile.Check {
	check := reconcile.Check{Name: serviceLine, OK: true}
	switch {
	case sign.alive:
		check.Text = fmt.Sprintf("None is installed, but kisiflow watch runs: %s, last sign of life %s.", sign.who(), sign.ago())
	case sign.found:
		check.Text = fmt.Sprintf("None is installed, and kisiflow watch (%s) ended without a word; its last sign of life was %s. So that it goes on by itself: kisiflow service install",
			sign.who(), sign.ago())
	default:
		check.Text = "None is installed, and no kisiflow watch runs, so the doors follow Gymflow only when somebody syncs. To change that: kisiflow service install"
	}
	return check
}
