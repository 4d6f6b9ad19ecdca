package main

import (
	"context"
	"errors"
	"os"
	"os/user"
	"strings"

	"kisiflow/kisi"
	"kisiflow/service"
	"kisiflow/ui/setup"
)

// keeping is what the wizard offers at its end: the service of this state file. Nobody else in ui/ knows of systemd.
type keeping struct{ application *application }

var _ setup.Keeping = keeping{}

// Look prefers a service that runs already, of either kind, to the one that could be made.
func (k keeping) Look(ctx context.Context) (setup.Service, error) {
	unit, err := k.application.unit(serviceFlags{system: os.Geteuid() == 0})
	if err != nil {
		return setup.Service{Missing: strings.TrimSuffix(err.Error(), ".")}, nil //nolint:nilerr // it is what the person is told
	}
	offered := k.described(ctx, unit.System, unit.Name, unit.User)
	for _, system := range []bool{unit.System, !unit.System} {
		state, found, err := service.For(system).Keeps(ctx, unit.State)
		if ctx.Err() != nil {
			return offered, ctx.Err()
		}
		switch {
		case !found, err != nil && system != unit.System: // who asks may not be able to ask the other manager
		case errors.Is(err, service.ErrNoSystemd):
		case err != nil:
			return offered, err
		case state.Running() || system == unit.System:
			as := unit.User
			if system {
				as = ownerOf(unit.State)
			}
			there := k.described(ctx, system, state.Name, as)
			there.Active, there.State = state.Running(), stateWord(state)
			return there, nil
		}
	}
	err = service.Systemd{System: unit.System}.Runs(ctx)
	if ctx.Err() != nil {
		return offered, ctx.Err()
	}
	if err != nil {
		offered.Missing = strings.TrimSuffix(kisi.CleanText(err.Error()), ".")
		if !unit.System && (service.Systemd{System: true}).Runs(ctx) == nil {
			// sudo has a home of its own, so the whole path is given.
			offered.Missing = "no service manager of your own answers for this login"
			offered.Instead = "sudo kisiflow --state " + shellWord(unit.State) + " service install --system"
		}
	}
	return offered, nil
}

func stateWord(state service.State) string {
	if state.Running() {
		return ""
	}
	word := kisi.CleanText(state.Active)
	if detail := kisi.CleanText(state.Detail); detail != "" && detail != word {
		word += ", " + detail
	}
	return word
}

// described is the service with what does not depend on whether it runs.
func (k keeping) described(ctx context.Context, system bool, name, as string) setup.Service {
	manager := service.For(system)
	said := setup.Service{Name: name, Machine: system, File: manager.Path(name), User: as, Journal: manager.Journal(name)}
	if own, err := k.application.serviceName(serviceFlags{}); err == nil && own != name {
		said.Flags = " --name " + name
	}
	switch isRoot := os.Geteuid() == 0; {
	case system && !isRoot:
		said.Flags += " --system"
	case !system && isRoot:
		said.Flags += " --user"
	}
	switch {
	case system && as == "":
		said.User = "root"
	case !system:
		if current, err := user.Current(); err == nil {
			said.User = current.Username
			said.Lingers, _ = service.Lingers(ctx, current.Username)
		}
	}
	return said
}

// Install is `kisiflow service install`.
func (k keeping) Install(ctx context.Context) (setup.Service, []string, error) {
	unit, err := k.application.unit(serviceFlags{system: os.Geteuid() == 0})
	if err != nil {
		return setup.Service{}, nil, err
	}
	manager := service.For(unit.System)
	done, err := manager.Install(ctx, unit)
	installed := k.described(ctx, unit.System, unit.Name, unit.User)
	if err != nil {
		return installed, done, err
	}
	state, err := manager.Status(ctx, unit.Name)
	installed.Active, installed.State = state.Running(), stateWord(state)
	return installed, done, err
}
