package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// How long systemd may take: an answer comes at once, a start waits until the service says that it is ready.
const (
	askTime   = 15 * time.Second
	startTime = 2 * time.Minute
	killDelay = 2 * time.Second // after which a systemctl that ignores its end is left behind
)

// Systemd is the service manager of the machine, or of a user.
type Systemd struct {
	System bool
}

// run asks systemctl, by the name that PATH has for it.
func (s Systemd) run(ctx context.Context, patience time.Duration, arguments ...string) (string, error) {
	scope := "--user"
	if s.System {
		scope = "--system"
	}
	return call(ctx, patience, "systemctl", append([]string{scope, "--no-pager", "--no-ask-password"}, arguments...)...)
}

// call runs one program. Its own words on what went wrong are part of the error.
func call(ctx context.Context, patience time.Duration, program string, arguments ...string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("%w: there is no %s on this machine", ErrNoSystemd, program)
	}
	var out, complaint bytes.Buffer
	command := exec.CommandContext(limited, path, arguments...)
	command.Stdout, command.Stderr, command.WaitDelay = &out, &complaint, killDelay
	err = command.Run()
	if ctx.Err() != nil {
		return out.String(), ctx.Err()
	}
	if limited.Err() != nil {
		return out.String(), fmt.Errorf("%s %s gave no answer within %s", program, strings.Join(arguments, " "), patience)
	}
	if err != nil {
		said := strings.TrimRight(strings.Join(strings.Fields(printable(complaint.String())), " "), ".") // it stands within a sentence
		if said == "" {
			said = err.Error()
		}
		return out.String(), fmt.Errorf("%s %s: %s", program, strings.Join(arguments, " "), said)
	}
	return out.String(), nil
}

// printable drops what would steer a terminal.
func printable(text string) string {
	return strings.Map(func(char rune) rune {
		if char < ' ' && char != '\n' && char != '\t' || char >= 0x7f && char <= 0x9f {
			return -1
		}
		return char
	}, text)
}

// Runs looks whether there is a systemd that can be asked. The error says why not, and wraps ErrNoSystemd.
func (s Systemd) Runs(ctx context.Context) error {
	// It ends with 1 in any other state than "running", so its word counts and not its end.
	said, err := s.run(ctx, askTime, "is-system-running")
	switch state := strings.TrimSpace(said); {
	case errors.Is(err, ErrNoSystemd), ctx.Err() != nil:
		return err
	case state == "running", state == "degraded", state == "starting", state == "initializing", state == "maintenance", state == "stopping":
		return nil
	case !s.System:
		return fmt.Errorf("%w for this user: no service manager of your own answers. Log in directly (not with su or sudo), or install it for the machine with --system", ErrNoSystemd)
	}
	return fmt.Errorf("%w as this machine's service manager", ErrNoSystemd)
}

// Lingers reports whether a user's services go on when nobody is logged in; known is false where loginctl tells nothing.
func Lingers(ctx context.Context, user string) (lingers, known bool) {
	said, err := call(ctx, askTime, "loginctl", "show-user", user, "--property=Linger", "--value")
	if err != nil {
		return false, false
	}
	said = strings.TrimSpace(said)
	return said == "yes", said == "yes" || said == "no"
}

// State is how the service does, as systemd tells.
type State struct {
	Name      string `json:"name"`
	File      string `json:"file"` // the unit's file
	Installed bool   `json:"installed"`
	Enabled   bool   `json:"enabled"` // it starts with the machine, or with the user's session
	Active    string `json:"active"`  // active, activating, inactive, failed
	Detail    string `json:"detail"`  // running, auto-restart, dead
	Says      string `json:"says"`    // its own words on what it does
	Since     string `json:"since"`
	PID       int    `json:"pid"`
	Restarts  int    `json:"restarts"`
	Exit      int    `json:"exit"` // of the last process that ended
}

// Running reports that it works now.
func (s State) Running() bool { return s.Active == "active" }
