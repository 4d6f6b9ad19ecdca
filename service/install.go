package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adrg/xdg"
)

// Manager installs units into a folder and asks systemd to run them.
type Manager struct {
	Systemd Systemd
	Folder  string // where units lie
}

// For is the machine's manager, or the user's.
func For(system bool) Manager {
	if system {
		return Manager{Systemd{System: true}, "/etc/systemd/system"}
	}
	xdg.Reload() // it read the environment once, when the program started
	return Manager{Systemd{}, filepath.Join(xdg.ConfigHome, "systemd", "user")}
}

// Path is where the unit lies.
func (m Manager) Path(name string) string { return filepath.Join(m.Folder, name+".service") }

// Install writes the unit, and has systemd read, enable and start it. A unit that runs already is started anew. It gives the
// steps that were done, as sentences; on an error those done before it.
func (m Manager) Install(ctx context.Context, unit Unit) (done []string, err error) {
	if err := unit.Check(); err != nil {
		return nil, err
	}
	if err := m.Systemd.Runs(ctx); err != nil {
		return nil, err
	}
	path := m.Path(unit.Name)
	if state, err := stateOf(path); err != nil && !errors.Is(err, ErrNotInstalled) {
		return nil, err
	} else if err == nil && state != unit.State {
		return nil, fmt.Errorf("%w: %s keeps another state file in step, %s. Give this service another name with --name", ErrBadUnit, path, state)
	}
	if err := write(path, unit.Text()); err != nil {
		return nil, err
	}
	done = append(done, "Wrote "+path+".")
	if _, err := m.Systemd.run(ctx, askTime, "daemon-reload"); err != nil {
		return done, err
	}
	if _, err := m.Systemd.run(ctx, askTime, "enable", unit.File()); err != nil {
		return done, err
	}
	done = append(done, "Enabled it, so that it starts "+m.begins()+".")
	if _, err := m.Systemd.run(ctx, startTime, "restart", unit.File()); err != nil {
		return done, fmt.Errorf("%w. What it said: %s", err, m.Journal(unit.Name))
	}
	return append(done, "Started it."), nil
}

func (m Manager) begins() string {
	if m.Systemd.System {
		return "with the machine"
	}
	return "with your session"
}

// Journal is the command that shows what the service said.
func (m Manager) Journal(name string) string {
	if m.Systemd.System {
		return "journalctl --unit " + name
	}
	return "journalctl --user --unit " + name
}

// Remove stops, disables and deletes the unit. Nothing else is touched: the state file stays.
func (m Manager) Remove(ctx context.Context, name string) (done []string, err error) {
	path := m.Path(name)
	if _, err := stateOf(path); err != nil {
		return nil, err
	}
	if err := m.Systemd.Runs(ctx); err != nil {
		return nil, err
	}
	if _, err := m.Systemd.run(ctx, startTime, "disable", "--now", name+".service"); err != nil {
		return nil, err
	}
	done = append(done, "Stopped and disabled "+name+".")
	if err := os.Remove(path); err != nil {
		return done, fmt.Errorf("removing the unit: %w", err)
	}
	done = append(done, "Removed "+path+".")
	if _, err := m.Systemd.run(ctx, askTime, "daemon-reload"); err != nil {
		return done, err
	}
	// A service that failed would be listed for ever; that it was none is no fault.
	_, _ = m.Systemd.run(ctx, askTime, "reset-failed", name+".service")
	return done, ctx.Err()
}

// Status asks how the service does.
func (m Manager) Status(ctx context.Context, name string) (State, error) {
	state := State{Name: name, File: m.Path(name), Active: "inactive"}
	if _, err := stateOf(state.File); err != nil && !errors.Is(err, ErrForeign) {
		if errors.Is(err, ErrNotInstalled) {
			err = nil
		}
		return state, err
	}
	state.Installed = true
	if err := m.Systemd.Runs(ctx); err != nil {
		return state, err
	}
	said, err := m.Systemd.run(ctx, askTime, "show", name+".service", "--property=ActiveState,SubState,UnitFileState,MainPID,StatusText,NRestarts,ExecMainStatus,ActiveEnterTimestamp")
	if err != nil {
		return state, err
	}
	for line := range strings.Lines(said) {
		property, value, _ := strings.Cut(printable(strings.TrimSpace(line)), "=")
		state.read(property, value)
	}
	return state, nil
}

func (s *State) read(property, value string) {
	number, _ := strconv.Atoi(value)
	switch property {
	case "ActiveState":
		s.Active = value
	case "SubState":
		s.Detail = value
	case "UnitFileState":
		s.Enabled = strings.HasPrefix(value, "enabled")
	case "MainPID":
		s.PID = number
	case "StatusText":
		s.Says = value
	case "NRestarts":
		s.Restarts = number
	case "ExecMainStatus":
		s.Exit = number
	case "ActiveEnterTimestamp":
		s.Since = value
	}
}

// stateOf is the state file of a unit that kisiflow wrote.
func stateOf(path string) (string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%w: there is no %s", ErrNotInstalled, path)
	}
	if err != nil {
		return "", fmt.Errorf("reading the unit: %w", err)
	}
	if !strings.HasPrefix(string(content), marker) {
		return "", fmt.Errorf("%w: %s stays as it is", ErrForeign, path)
	}
	for line := range strings.Lines(string(content)) {
		if state, is := strings.CutPrefix(line, stateLine); is {
			return strings.TrimSuffix(state, "\n"), nil
		}
	}
	return "", nil
}

// write puts the file there whole or not at all. systemd reads units as root or as their user, so all may read it: no secret is in it.
func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the folder of the unit: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-*")
	if err != nil {
		return fmt.Errorf("writing the unit: %w", err)
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.WriteString(text)
	if err = errors.Join(err, draft.Chmod(0o644), draft.Close()); err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the unit: %w", err)
	}
	return nil
}
