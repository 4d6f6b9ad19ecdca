package line_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"kisiflow/ui/line"
	"kisiflow/ui/setup"
)

// manager is a service manager that does as it is told.
type manager struct {
	found setup.Service
	fails error
	asked int
}

func (m *manager) Look(context.Context) (setup.Service, error) { return m.found, nil }

func (m *manager) Install(context.Context) (setup.Service, []string, error) {
	m.asked++
	installed := m.found
	installed.Active = m.fails == nil
	return installed, []string{"Wrote " + m.found.File + "."}, m.fails
}

// TestTheEndOffersAService in lines: asked once, no is what Enter and the end of the input take.
func TestTheEndOffersAService(t *testing.T) {
	t.Parallel()
	own := setup.Service{Name: "kisiflow", File: "/home/ann/.config/systemd/user/kisiflow.service", User: "ann", Journal: "journalctl --user --unit kisiflow"}
	for name, each := range map[string]struct {
		found  setup.Service
		fails  error
		answer []string
		asked  int
		says   []string
	}{
		"yes": {own, nil, []string{"sure", "yes"}, 1, []string{"Service: kisiflow, your own (systemd)", "File: " + own.File, "Runs as: ann", "Stop it: kisiflow service remove",
			"Type exactly yes", "The service kisiflow runs as ann.", "start with the machine: loginctl enable-linger ann", "kisiflow hooks"}},
		"enter":   {own, nil, []string{""}, 0, []string{"No service was made. To make it later: kisiflow service install", "kisiflow hooks"}},
		"quit":    {own, nil, []string{"q"}, 0, []string{"No service was made."}},
		"the end": {own, nil, nil, 0, []string{"No service was made."}},
		"failure": {own, errors.New("systemctl restart: Job failed"), []string{"yes"}, 1, []string{"Problem: The service could not be started: systemctl restart: Job failed",
			"Done before that: Wrote " + own.File, "To take that back: kisiflow service remove"}},
		"no systemd": {setup.Service{Missing: "systemd does not run here"}, nil, []string{"yes"}, 0, []string{"systemd does not run here.", "in tmux or screen: kisiflow watch"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := fixedWorld(t, 12)
			kept := &manager{found: each.found, fails: each.fails}
			said := w.transcript(t, func(ctx context.Context, terminal line.Terminal) error {
				terminal.Keeping = kept
				return line.Wizard(ctx, terminal, w.engine, w.state, "ann@desk", nil)
			}, append(w.fixedAnswers(), each.answer...)...)
			for _, want := range each.says {
				if !strings.Contains(said, want) {
					t.Errorf("%q is missing:\n%s", want, said)
				}
			}
			if kept.asked != each.asked {
				t.Errorf("installed %d times", kept.asked)
			}
		})
	}
}
