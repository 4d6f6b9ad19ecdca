package live

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

// keysTo leads to each screen from the start.
var keysTo = map[string][]string{
	"members":      nil,
	"searching":    {"/", "o", "s", "t"},
	"member":       {"down", "enter"},
	"override":     {"enter", "o"},
	"sync":         {"tab"},
	"approving":    {"tab", "p"},
	"associations": {"tab", "tab"},
	"others":       {"tab", "tab", "t"},
	"activity":     {"tab", "tab", "tab", "down"},
	"settings":     {"shift+tab"},
	"checked":      {"down", "down", "down", "enter", "c"},
	"undoing":      {"tab", "tab", "tab", "down", "u"},
	"grace":        {"shift+tab", "down", "down", "down", "enter"},
	"key":          {"shift+tab", "enter"},
	"off":          {"shift+tab", "G", "enter", "t"},
	"exporting":    {"x"},
	"copying":      {"enter", "y"},
	"filtered":     {"f", "f", "f"},
}

func TestScreens(t *testing.T) {
	for name, keys := range keysTo {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 10}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				s := newStage(t).size(size[0], size[1]).press(keys...)
				checkRegion(t, s.live.View(), size[0], size[1]-1)
				view := strings.ReplaceAll(s.view(), s.file.Path(), "STATE")
				golden.RequireEqual(t, []byte(trimmed(view)))
			})
		}
	}
}

// trimmed is the view without blanks at the ends of lines, so that the files can be read and edited.
func trimmed(view string) string {
	lines := strings.Split(view, "\n")
	for index, line := range lines {
		lines[index] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func checkRegion(t *testing.T, view string, width, height int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != height {
		t.Errorf("%d lines, want %d", len(lines), height)
	}
	for _, line := range lines {
		if got := ansi.StringWidth(line); got > width {
			t.Errorf("a line takes %d cells of %d: %q", got, width, line)
		}
	}
	if strings.Contains(ansi.Strip(view), "\x1b") || strings.ContainsAny(view, "\t\a\r") {
		t.Errorf("control characters are on screen: %q", view)
	}
}

func TestColours(t *testing.T) {
	for _, screen := range []string{"members", "checked", "undoing", "approving", "key", "off", "settings", "copying"} {
		for name, dark := range map[string]bool{"dark": true, "light": false} {
			t.Run(screen+"/"+name, func(t *testing.T) {
				s := newStage(t)
				s.live.SetTheme(look.NewTheme(dark, true))
				s.press(keysTo[screen]...)
				golden.RequireEqual(t, []byte(strings.ReplaceAll(s.live.View(), s.file.Path(), "STATE")+"\n"))
			})
		}
	}
}

func TestUntrustedRoster(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 10}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newStage(t).size(size[0], size[1]).distrust().press("tab", "p")
			checkRegion(t, s.live.View(), size[0], size[1]-1)
			golden.RequireEqual(t, []byte(trimmed(s.view())))
		})
	}
}

func TestRunningSync(t *testing.T) {
	s := newStage(t)
	lease, err := s.file.Acquire("watch")
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	s.update(func(tx *store.Tx) error {
		return tx.PutProgress(store.Progress{
			Run: "r5", Running: true, Phase: "writing", Done: 145, Total: 374, Granted: 130, Revoked: 14, Failed: 1, Rate: 3.9, Left: 62 * time.Second,
			Started: s.now,
		})
	})
	s.poll().press("tab")
	s.expect("syncing 145 of 374", "3.9 a second · about a minute left · 130 granted, 14 revoked, 1 failed", "━━━")
	golden.RequireEqual(t, []byte(trimmed(s.view())))
}

func TestEmptyStatesSayWhatToDo(t *testing.T) {
	s := openStage(t, nil)
	s.expect("Nothing is set up yet.", "not synced yet")
	s.press("tab").expect("s begins one")
	s.press("tab").expect("Press e to choose")
	s.press("e")
	if len(s.asks) != 1 || s.asks[0] != (look.OpenWizard{}) {
		t.Errorf("e asked the root for %v, want the wizard from its beginning", s.asks)
	}
	s.press("tab").expect("Nothing has happened yet.")
	s.press("tab").expect("Nothing is set up yet.")

	s.update(func(tx *store.Tx) error { return tx.PutSettings(seedSettings()) }).poll()
	s.press("tab").expect("Press s to sync now")
}
