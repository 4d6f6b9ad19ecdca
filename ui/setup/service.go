package setup

import (
	"context"
	"strings"

	"kisiflow/ui/words"
)

// Keeping keeps kisiflow running when nobody is logged in. Fronts call it outside of their event loop, when the set-up has ended.
type Keeping interface {
	// Look finds out what can be offered, and what runs already.
	Look(ctx context.Context) (Service, error)
	// Install writes the unit, enables it and starts it. done are the steps that were taken, also where a later one failed.
	Install(ctx context.Context) (installed Service, done []string, err error)
}

// Service is the service that keeps this integration in step, or that could.
type Service struct {
	Name    string // of the unit
	Machine bool   // of the machine, else the person's own
	File    string // where its unit lies, or would lie
	User    string // as whom it runs
	Lingers bool   // the person's own services go on when they log out
	Active  bool   // it runs
	State   string // systemd's word for one that is there and does not run: "failed"; "" where there is none
	Missing string // why there can be none here; "" where there can
	Instead string // where there can be none of the person's own: the command that makes one of the machine
	Flags   string // what a service command needs to mean this one, with a blank before it; mostly ""
	Journal string // the command that shows what it says
}

// Offered tells that the service can be installed. One that is there and stands still is not written anew: it may take pushes, or
// its secrets from files, and would lose that.
func (s Service) Offered() bool { return s.Missing == "" && !s.Active && s.State == "" }

// goesOn tells that logging out does not end it.
func (s Service) goesOn() bool { return s.Machine || s.Lingers }

func (s Service) called() string { return "The service " + words.Clean(s.Name) }

// Summary is what the last page says of it: what keeps both sides in step after that page.
func (s Service) Summary() []string {
	switch {
	case s.Missing != "":
		lines := []string{"kisiflow keeps both sides in step while it is open here. It can't become a service: " + words.Clean(s.Missing) + "."}
		if s.Instead != "" {
			return append(lines, command("Somebody who may use sudo makes it a service of the machine:", s.Instead))
		}
		return append(lines, command("To keep it running when you log out, start this in tmux or screen:", "kisiflow watch"),
			command("For another kind of service manager, this shows what it has to run:", "kisiflow service print"))
	case s.Active && s.goesOn():
		return []string{s.called() + " keeps both sides in step, also when nobody is logged in.",
			command("To see how it does:", "kisiflow service status"+s.Flags)}
	case s.Active:
		return []string{s.called() + " keeps both sides in step until you log out.", s.lingering()}
	case s.State != "":
		start := "systemctl --user start "
		if s.Machine {
			start = "systemctl start "
		}
		return []string{s.called() + " is installed, but it does not run (" + words.Clean(s.State) + "). Until it does, both sides are kept in step only while kisiflow is open here.",
			command("To read why:", s.Journal), command("To start it:", start+s.Name)}
	}
	return []string{"kisiflow keeps both sides in step while it is open here. As a service it goes on when you log out."}
}

// lingering is the one step that kisiflow leaves to the person, as it changes more than kisiflow.
func (s Service) lingering() string {
	return command("Your own services end when you log out. So that they go on, and start with the machine:", "loginctl enable-linger "+s.User)
}

// command is a sentence with the line to paste below it. Where all is read out, it is one line.
func command(sentence, line string) string { return sentence + "\n" + words.Clean(line) }

// Fact is one thing to know of the service, by its name.
type Fact struct{ Name, Text string }

// Facts say what Install does.
func (s Service) Facts() []Fact {
	whose, begins := "your own", "now, and with your session"
	if s.Machine {
		whose, begins = "of this machine", "now, and with the machine"
	}
	if !s.Machine && s.Lingers {
		begins = "now, and with the machine" // systemd starts the services of who lingers at boot
	}
	return []Fact{
		{"Service", words.Clean(s.Name) + ", " + whose + " (systemd)"},
		{"File", words.Clean(s.File)},
		{"Runs as", words.Clean(s.User)},
		{"Starts", begins},
		{"Stop it", "kisiflow service remove" + s.Flags},
	}
}

// Offer is what is said with the facts before anything is done.
func (s Service) Offer() (above, below string) {
	above = "This writes a systemd unit and starts it. It does what kisiflow does here now, without a screen."
	if !s.goesOn() {
		below = s.lingering()
	}
	return above, below
}

// Installed is what is said after Install did it.
func (s Service) Installed() []string {
	var lines []string
	switch {
	case !s.Active:
		lines = append(lines, s.called()+" is installed, and systemd starts it ("+words.Clean(s.State)+").")
	case s.goesOn():
		lines = append(lines, s.called()+" runs as "+words.Clean(s.User)+". You may log out; it also starts with the machine.")
	default:
		lines = append(lines, s.called()+" runs as "+words.Clean(s.User)+".", s.lingering())
	}
	return append(lines, command("To see how it does:", "kisiflow service status"+s.Flags), command("To read what it says:", s.Journal),
		command("To stop it:", "kisiflow service remove"+s.Flags))
}

// InstallFailed says why it did not work, what was done of it, and what to do.
func InstallFailed(done []string, err error) (problem string, below []string) {
	problem = "The service could not be started: " + words.Fit(words.Clean(err.Error()), 400) // no full stop: it may end in a command
	if len(done) > 0 {
		below = append(below, "Done before that: "+words.Clean(strings.Join(done, " ")), command("To take that back:", "kisiflow service remove"))
	}
	return problem, append(below, command("kisiflow goes on here without it. To try again later:", "kisiflow service install"))
}

// LookFailed is said where it could not be found out whether a service runs.
func LookFailed(err error) []string {
	return []string{"kisiflow keeps both sides in step while it is open here. Whether a service does it already could not be found out: " +
		sentence(err.Error()), command("To look again:", "kisiflow service status")}
}

// WithoutService is said where none is offered: in a demo, and after a change of what was set up before.
const WithoutService = "kisiflow keeps both sides in step while it is open here."

// Pushes says how changes count sooner.
const Pushes = "So that changes count within seconds, kisiflow can listen for pushes (watch --listen): kisiflow hooks shows what to paste into Zapier, " +
	"and can make Kisi's event webhook."
