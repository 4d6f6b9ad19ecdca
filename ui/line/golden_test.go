package line_test

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/line"
)

// fixed is the clock of all transcripts.
func fixed() time.Time { return time.Date(2026, 11, 3, 14, 30, 0, 0, time.UTC) }

// script is somebody who types a line whenever one is read, so that the transcript shows it where it was typed.
type script struct {
	lines []string
	out   io.Writer
	world *world
}

func (s *script) Read(buffer []byte) (int, error) {
	if len(s.lines) == 0 {
		_, _ = io.WriteString(s.out, "(the input ends)")
		return 0, io.EOF
	}
	text := s.lines[0]
	s.lines = s.lines[1:]
	shown := "(Enter)"
	switch text {
	case "":
	case s.world.gymflow.Token, s.world.kisi.Key:
		shown = "(the secret, not shown)"
	default:
		shown = "<" + text + ">"
	}
	_, _ = io.WriteString(s.out, shown+"\n")
	return copy(buffer, text+"\n"), nil
}

// fixedWorld is a world in which nothing depends on the day or the machine.
func fixedWorld(t *testing.T, members int) *world {
	t.Helper()
	gym, err := gymflowtest.Start(gymflowtest.Options{Members: members, Seed: 7, Now: fixed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gym.Close)
	simulated, err := kisitest.Start(kisitest.Options{Seed: 7, Now: fixed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(simulated.Close)
	state, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{gymflow: gym, kisi: simulated, state: state}
	w.engine = reconcile.New(state, reconcile.Options{Now: fixed, KisiURL: simulated.URL, Rate: 1000, By: "ann@desk"})
	w.furnish()
	w.settle(t)
	return w
}

// transcript is what somebody reads, and types, from the first line to the last.
func (w *world) transcript(t *testing.T, front func(context.Context, line.Terminal) error, lines ...string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	working := make(chan error, 1)
	go func() { working <- w.engine.Loop(ctx, reconcile.Pace{}) }()
	out := &safe{}
	err := front(ctx, line.Terminal{In: &script{lines, out, w}, Out: out, SecretFD: -1, By: "ann@desk", Now: fixed})
	stop()
	<-working
	text := out.String()
	if err != nil {
		text += "It ends with: " + err.Error() + "\n"
	}
	if strings.ContainsAny(text, "\x1b\r│─•·") {
		t.Errorf("the output moves a cursor, draws or has marks that are for the eye: %q", text)
	}
	for _, secret := range []string{w.gymflow.Token, w.kisi.Key} {
		if strings.Contains(text, secret) {
			t.Error("a secret was printed")
		}
	}
	return w.steady(text)
}

// steady takes out what the machine decides: ports, how long it took, and how often progress was looked at.
func (w *world) steady(text string) string {
	text = strings.NewReplacer(w.gymflow.URL, "http://gymflow", w.kisi.URL, "http://kisi").Replace(text)
	text = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(text, "gymflow")
	text = regexp.MustCompile(`(?m)^(Reading members and memberships|Reading people and access|Comparing the two|Giving and taking away)[^\n]*\n`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`took [^.]*\.`).ReplaceAllString(text, "took a moment.")
	return regexp.MustCompile(`Checked [^.]*\.`).ReplaceAllString(text, "Checked today.")
}

func (w *world) liveFront(ctx context.Context, terminal line.Terminal) error {
	return line.Live(ctx, terminal, w.engine, w.state)
}

func (w *world) wizardFront(ctx context.Context, terminal line.Terminal) error {
	return line.Wizard(ctx, terminal, w.engine, w.state, "ann@desk", nil)
}

// linked is a fixed world in step.
func linked(t *testing.T, members int) *world {
	t.Helper()
	w := fixedWorld(t, members)
	w.transcript(t, w.wizardFront, w.fixedAnswers()...)
	return w
}

func (w *world) fixedAnswers() []string {
	return []string{w.gymflow.URL, w.gymflow.Token, w.kisi.Key, "", "1", "1", "2", "2", "", "", "", "names", ""}
}

// TestTranscripts are whole conversations, to be read as somebody hears them.
func TestTranscripts(t *testing.T) {
	for name, talk := range map[string]func(*testing.T) string{
		"first_set-up": func(t *testing.T) string {
			w := fixedWorld(t, 24)
			return w.transcript(t, w.wizardFront, w.fixedAnswers()...)
		},
		"update_integration": func(t *testing.T) string {
			w := linked(t, 24)
			return w.transcript(t, w.liveFront, "4", "1",
				"3", "1", // add
				"2", "1", // change
				"1", "0", // remove
				"", "", "names", "", "", "8")
		},
		"members_and_held": func(t *testing.T) string {
			w := linked(t, 40)
			w.cancelMost()
			return w.transcript(t, w.liveFront, "2", "paused", "1", "", "", "3", "a", "1", "check", "", "5", "1", "6", "approve", "1", "7", "8", "b", "8")
		},
		"approve_where_invited": func(t *testing.T) string {
			w := linked(t, 40)
			w.cancelMost()
			return w.transcript(t, w.liveFront, "4", "5", "2", "yes", "", "5", "6", "", "6", "approve", "8")
		},
		"settings": func(t *testing.T) string {
			w := linked(t, 24)
			return w.transcript(t, w.liveFront, "4",
				"2", "", "3", "", "4", "", // key, Gymflow and place stay
				"5", "2", "no", "5", "2", "yes", "5", "1",
				"6", "2.5", "6", "", "7", "5", "8", "48", "9", "30", "20", "10", "5", "", "11", "3", "l", "b", "8")
		},
		"wrong_settings": func(t *testing.T) string {
			w := linked(t, 24)
			return w.transcript(t, w.liveFront, "4", "0", "99", "guard",
				"2", "two words", "wrong", "",
				"3", "maybe", "", "5", "7", "", "5", "2", "sure", "",
				"6", "fast", "9", "b", "7", "-1", "61", "b", "8", "0", "a week", "b",
				"9", "many", "30", "200 %", "b", "10", "b", "11", "none", "b",
				"12", "9", "b", "13", "4", "1", "Cork", "", "b", "9", "8")
		},
		"switch_off_and_on": func(t *testing.T) string {
			w := linked(t, 24)
			return w.transcript(t, w.liveFront, "4", "13", "2", "dublin hq", "l", "14", "Dublin HQ", "", "1", "5", "4", "13", "maybe", "yes", "", "8")
		},
		"set-up_again": func(t *testing.T) string {
			w := linked(t, 24)
			w.kisi.AddPlace(kisi.Place{Name: "Cork", TimeZone: "Europe/Dublin", LocksCount: 1})
			return w.transcript(t, w.liveFront, "4", "12", "3", "quit", "4", "yes", "b", "quit", "12", "", "", "", "", "", "", "", "", "", "", "", "8")
		},
		"wrong_answers": func(t *testing.T) string {
			w := fixedWorld(t, 24)
			return w.transcript(t, w.wizardFront, "back", "not an address", "", w.gymflow.URL, "", "two words", "wrong", "b", w.gymflow.Token,
				"", "wrong", "b", w.kisi.Key, "7", "nowhere", "", "99", "nothing", "1", "9", "basement", "1", "2", "2", "", "3", "", "9", "nobody",
				"", "yess", "")
		},
		"end_of_input": func(t *testing.T) string {
			w := fixedWorld(t, 24)
			text := w.transcript(t, w.wizardFront, w.fixedAnswers()[:5]...)
			text += "\n(again)\n" + w.transcript(t, w.wizardFront, w.fixedAnswers()[4:]...)
			text += "\n(in the live view)\n" + w.transcript(t, w.liveFront, "4", "7")
			return text + "\n(in the update)\n" + w.transcript(t, w.liveFront, "4", "1", "3", "1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden.RequireEqual(t, bytes.TrimLeft([]byte(talk(t)), "\n"))
		})
	}
}

// cancelMost makes a list of removals that the guard holds, and leaves some to be given.
func (w *world) cancelMost() {
	_, _, members := w.gymflow.Gym.Snapshot()
	for i, member := range members {
		for at := range member.Holdings {
			member.Holdings[at].Status = gymflow.Cancelled
			if i%6 == 0 {
				member.Holdings[at].Status = gymflow.Active
				member.OverdueSince = gymflow.Date{}
			}
		}
		w.gymflow.Gym.Put(member)
	}
}
