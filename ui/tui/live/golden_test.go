package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"kisiflow/ui/tui/look"
	"kisiflow/ui/tui/look/looktest"
)

// TestScreens holds every screen at three sizes to its words, and in dark, in light and without colour to its inks. Dark and
// light are held to one file, as colours are told by their names in the theme; look/theme_test.go holds the colours themselves.
func TestScreens(t *testing.T) {
	for _, scene := range sceneries() {
		t.Run(scene.name, func(t *testing.T) {
			t.Parallel()
			inks := map[bool]string{}
			for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 10}} {
				t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
					s := scene.stage(t, size)
					plain := s.inTheme(look.NewTheme(true, false))
					checkRegion(t, plain, size[0], size[1]-1)
					words := trimmed(ansi.Strip(plain))
					golden.RequireEqual(t, []byte(words))
					attributes := looktest.Attributes(plain)
					if got := looktest.Inks(plain, s.live.scene.theme); got != attributes {
						t.Errorf("without colour there are colours:\n%s", got)
					}
					for _, dark := range []bool{true, false} {
						theme := look.NewTheme(dark, true)
						view := s.inTheme(theme)
						keepPicture(t, view+"\n"+s.lastLine(size[0]), dark)
						inks[dark] += fmt.Sprintf("%d×%d\n%s", size[0], size[1], looktest.Inks(view, theme))
						if got := trimmed(ansi.Strip(view)); got != words {
							t.Errorf("dark %v says other words than no colour:\n%s", dark, got)
						}
						if got := looktest.Attributes(view); got != attributes {
							t.Errorf("dark %v has other attributes than no colour:\n%s\nwant\n%s", dark, got, attributes)
						}
					}
				})
			}
			t.Run("inks", func(t *testing.T) {
				golden.RequireEqual(t, []byte(inks[true]))
				if inks[false] != inks[true] {
					t.Errorf("light is inked as\n%s\nand dark as\n%s", inks[false], inks[true])
				}
			})
		})
	}
}

// stage is a stage on which the scene has been played.
func (one scenery) stage(t *testing.T, size [2]int) *stage {
	t.Helper()
	content := seeded(t)
	if one.empty {
		content = nil
	}
	s := openStage(t, content).size(size[0], size[1])
	s.live.scene.path = "/home/nora/.local/state/kisiflow/gym.db" // the same on every machine
	one.play(s)
	return s
}

func (s *stage) inTheme(theme *look.Theme) string {
	s.live.SetTheme(theme)
	return s.live.View()
}

// lastLine is the keys as the root writes them below the view, for the pictures; ui/tui holds it to its words.
func (s *stage) lastLine(width int) string {
	k := s.live.scene.keys
	short, _ := s.live.Bindings()
	if s.live.Typing() {
		short = append(short[:len(short):len(short)], k.Leave)
	} else {
		short = append(short[:len(short):len(short)], k.Quit, k.Help)
	}
	return " " + s.live.scene.theme.HelpLine(short, width-2*look.Margin)
}

// keepPicture leaves the screen as a terminal would get it in the folder that KISIFLOW_PICTURES names, to be looked at.
func keepPicture(t *testing.T, view string, dark bool) {
	t.Helper()
	folder := os.Getenv("KISIFLOW_PICTURES")
	if folder == "" {
		return
	}
	name := strings.NewReplacer("TestScreens/", "", "/", "-").Replace(t.Name())
	file := filepath.Join(folder, fmt.Sprintf("%s-%s.ansi", name, map[bool]string{true: "dark", false: "light"}[dark]))
	if err := os.WriteFile(file, []byte(view), 0o600); err != nil {
		t.Fatal(err)
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

// TestNoGoldenFileIsLeftOver: a file that no screen is held to would be shown in docs/screens.md for ever.
func TestNoGoldenFileIsLeftOver(t *testing.T) {
	known := map[string]bool{}
	for _, scene := range sceneries() {
		known[strings.ReplaceAll(scene.name, " ", "_")] = true
	}
	entries, err := os.ReadDir(filepath.Join("testdata", "TestScreens"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !known[entry.Name()] {
			t.Errorf("%s belongs to no screen", entry.Name())
		}
	}
}

func TestRunningSync(t *testing.T) {
	newStage(t).running().press("tab").
		expect("syncing 145 of 374", "3.9 a second · about a minute left · 130 granted, 14 revoked, 1 failed", "━━━")
}
