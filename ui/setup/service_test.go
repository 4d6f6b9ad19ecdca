package setup_test

import (
	"errors"
	"strings"
	"testing"

	"kisiflow/ui/setup"
)

func TestWhatIsSaidOfAServiceFollowsWhatSystemdSays(t *testing.T) {
	machine := setup.Service{Name: "kisiflow", Machine: true, File: "/etc/systemd/system/kisiflow.service", User: "gym", Journal: "journalctl --unit kisiflow"}
	own := setup.Service{Name: "kisiflow", File: "/home/ann/.config/systemd/user/kisiflow.service", User: "ann", Journal: "journalctl --user --unit kisiflow"}
	with := func(s setup.Service, change func(*setup.Service)) setup.Service {
		change(&s)
		return s
	}
	active := func(s *setup.Service) { s.Active = true }
	for name, each := range map[string]struct {
		service       setup.Service
		offered       bool
		summary, done string // what must be said, "!" before what must not
		never         string
	}{
		"a machine's can be made": {machine, true, "As a service it goes on when you log out.", "", "enable-linger"},
		"one's own can be made":   {own, true, "As a service it goes on when you log out.", "", "enable-linger"},
		"a machine's runs":        {with(machine, active), false, "keeps both sides in step, also when nobody is logged in", "runs as gym. You may log out", "enable-linger"},
		"one's own runs": {with(own, active), false, "until you log out.\nYour own services end when you log out. So that they go on, and start with the machine:\nloginctl enable-linger ann",
			"enable-linger ann", "You may log out"},
		"one's own runs and lingers": {with(own, func(s *setup.Service) { s.Active, s.Lingers = true, true }), false, "also when nobody is logged in", "You may log out", "enable-linger"},
		"one is being started":       {with(machine, func(s *setup.Service) { s.State = "activating" }), false, "(activating)", "is installed, and systemd starts it (activating)", "You may"},
		"one stands still": {with(own, func(s *setup.Service) { s.State = "failed" }), false,
			"does not run (failed). Until it does, both sides are kept in step only while kisiflow is open here.\nTo read why:\njournalctl --user --unit kisiflow\nTo start it:\nsystemctl --user start kisiflow", "", "As a service"},
		"the machine's stands still": {with(machine, func(s *setup.Service) { s.State = "inactive" }), false, "\nsystemctl start kisiflow", "", "--user"},
		"no systemd":                 {setup.Service{Missing: "systemd does not run here"}, false, "in tmux or screen:\nkisiflow watch\n", "", "enable-linger"},
		"none of one's own": {setup.Service{Missing: "no service manager of your own answers", Instead: "sudo kisiflow --state /a service install --system"}, false,
			"sudo kisiflow --state /a service install --system", "", "tmux"},
	} {
		if each.service.Offered() != each.offered {
			t.Errorf("%s: offered %v", name, !each.offered)
		}
		summary := strings.Join(each.service.Summary(), "\n")
		if !strings.Contains(summary, each.summary) || strings.Contains(summary, each.never) {
			t.Errorf("%s: %s", name, summary)
		}
		if each.done == "" {
			continue
		}
		if done := strings.Join(each.service.Installed(), "\n"); !strings.Contains(done, each.done) || strings.Contains(done, each.never) {
			t.Errorf("%s, installed: %s", name, done)
		}
	}
}

func TestAFailedInstallSaysWhatWasDoneAndWhatToDo(t *testing.T) {
	problem, below := setup.InstallFailed([]string{"Wrote /a.", "Enabled it."}, errors.New("systemctl restart: job \x1b[31mfailed"))
	text := problem + "\n" + strings.Join(below, "\n")
	for _, want := range []string{"The service could not be started: systemctl restart: job", "Done before that: Wrote /a. Enabled it.", "kisiflow service install"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing: %s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
}
