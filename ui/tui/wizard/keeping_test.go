package wizard

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// kept is a service manager that does as it is told.
type kept struct {
	found    setup.Service
	looks    error
	installs func(context.Context) error
	asked    int
}

func (k *kept) Look(context.Context) (setup.Service, error) { return k.found, k.looks }

func (k *kept) Install(ctx context.Context) (setup.Service, []string, error) {
	k.asked++
	if k.installs != nil {
		if err := k.installs(ctx); err != nil {
			return k.found, []string{"Wrote " + k.found.File + "."}, err
		}
	}
	installed := k.found
	installed.Active = true
	return installed, []string{"Wrote it.", "Started it."}, nil
}

func machines() setup.Service {
	return setup.Service{Name: "kisiflow", Machine: true, File: "/etc/systemd/system/kisiflow.service", User: "gym", Journal: "journalctl --unit kisiflow"}
}

func ones() setup.Service {
	return setup.Service{Name: "kisiflow-dublin", File: "/home/ann/.config/systemd/user/kisiflow-dublin.service", User: "ann", Flags: " --user",
		Journal: "journalctl --user --unit kisiflow-dublin"}
}

// installedAs is the screen after the service was, or was not, installed.
func installedAs(t *testing.T, found setup.Service, failure error) *Wizard {
	t.Helper()
	offered := found
	offered.Active = false
	w := pressed(endedWith(t, store.Run{Granted: 166, Kept: 3}, offered, nil), "s", "enter")
	w.Update(serviceInstalled{w.page.(*runPage).service.asked, found, []string{"Wrote " + found.File + ".", "Enabled it, so that it starts with the machine."}, failure})
	return w
}

// offering is a stage on the last page of a first set-up.
func offering(t *testing.T, manager *kept) *stage {
	t.Helper()
	w := endedAlone(t, store.Run{Granted: 166, Kept: 3}, manager)
	w.generation = new(stamp)
	w.SetSize(80, 23)
	s := &stage{t: t, wizard: w, results: make(chan tea.Msg)}
	s.run(w.lookAtService())
	return s
}

// told is shows wherever the lines break.
func told(s *stage, text string) {
	s.t.Helper()
	if !strings.Contains(inOneLine(s.text()), text) {
		s.t.Errorf("the screen lacks %q:\n%s", text, s.text())
	}
}

func TestTheLastPageOffersAService(t *testing.T) {
	manager := &kept{found: machines()}
	s := offering(t, manager)
	s.press("s")
	if s.wizard.page.(*runPage).service.open {
		t.Fatal("something is offered before it is known what can be")
	}
	s.until("the offer", func() bool { return strings.Contains(inOneLine(s.text()), "As a service it goes on when you log out.") })
	told(s, "kisiflow hooks")
	s.press("s")
	for _, said := range []string{"kisiflow, of this machine", "/etc/systemd/system/kisiflow.service", "Runs as gym", "kisiflow service remove"} {
		told(s, said)
	}
	s.press("esc")
	told(s, "In step")
	if manager.asked != 0 {
		t.Fatal("it was installed though nobody said so")
	}
	s.press("s", "enter", "enter") // the second is typed ahead
	told(s, "Installing the service")
	s.until("the service", func() bool { return strings.Contains(inOneLine(s.text()), "runs as gym. You may log out") })
	if manager.asked != 1 {
		t.Errorf("installed %d times", manager.asked)
	}
	s.press("esc")
	told(s, "also when nobody is logged in")
	s.press("s")
	if s.wizard.page.(*runPage).service.open {
		t.Error("what runs is offered again")
	}
	s.press("enter")
	s.until("the live view", func() bool { return len(s.asked) > 0 })
	if _, ok := s.asked[0].(look.OpenLive); !ok {
		t.Errorf("enter leads to %T", s.asked[0])
	}
}

func TestAServiceThatFailsIsSaidAndTriedAgain(t *testing.T) {
	failure := errors.New("systemctl restart: \x1b[31mJob failed")
	manager := &kept{found: machines(), installs: func(context.Context) error { return failure }}
	s := offering(t, manager)
	s.until("the offer", func() bool { return s.wizard.page.(*runPage).service.offers() })
	s.press("s", "enter")
	s.until("the failure", func() bool {
		return strings.Contains(inOneLine(s.text()), "The service could not be started: systemctl restart: ")
	})
	told(s, "Done before that: Wrote /etc/systemd/system/kisiflow.service.")
	failure = nil
	s.press("enter")
	s.until("the service", func() bool { return strings.Contains(inOneLine(s.text()), "You may log out") })
}

func TestEscapeStopsTheWaitingForAService(t *testing.T) {
	manager := &kept{found: machines(), installs: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	s := offering(t, manager)
	s.until("the offer", func() bool { return s.wizard.page.(*runPage).service.offers() })
	s.press("s", "enter", "esc")
	s.until("its end", func() bool { return strings.Contains(inOneLine(s.text()), "it was stopped") })
	s.press("esc")
	told(s, "In step")
	told(s, "As a service it goes on")
}

func TestWhereNothingCanBeOfferedItIsSaid(t *testing.T) {
	s := offering(t, &kept{looks: errors.New("systemctl show gave no answer")})
	s.until("why", func() bool {
		return strings.Contains(inOneLine(s.text()), "could not be found out: Systemctl show gave no answer.")
	})
	s.press("s")
	told(s, "In step")
	s = offering(t, &kept{found: setup.Service{Missing: "systemd does not run here"}})
	s.until("what to do", func() bool { return strings.Contains(inOneLine(s.text()), "kisiflow watch For another") })
	s.press("s")
	told(s, "It can't become a service: systemd does not run here.")
	for what, w := range map[string]*Wizard{"a demo": endedAlone(t, store.Run{}, nil)} {
		w.SetSize(80, 23)
		if w.lookAtService() != nil || !strings.Contains(w.View(), setup.WithoutService) {
			t.Errorf("%s: %s", what, w.View())
		}
	}
	w := New(t.Context(), Options{Keeping: &kept{found: machines()}, Update: true})
	w.facts, w.question = setup.Facts{State: setup.Finished, Run: &store.Run{}}, setup.Question{Kind: setup.End}
	w.page = w.newPage()
	if w.lookAtService() != nil {
		t.Error("an update of what runs already offers a service")
	}
}
