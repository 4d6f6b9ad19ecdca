package wizard

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"kisiflow/ui/tui/look"
	"kisiflow/ui/tui/look/looktest"
)

// terminal is all that the person sees: the wizard's region, and the root's line of keys below it.
func (s scene) terminal(theme *look.Theme, size [2]int) string {
	width, height := size[0], size[1]
	w := s.wizard
	w.SetTheme(theme)
	w.SetSize(width, height-1)
	view := w.View()
	short, _ := w.Bindings()
	ends := []key.Binding{w.keys.Quit, w.keys.Help}
	if w.Typing() {
		ends = []key.Binding{w.keys.Leave}
	}
	help := w.theme.HelpLine(append(short[:len(short):len(short)], ends...), width-2*look.Margin)
	lines := strings.Split(view+"\n"+strings.Repeat(" ", look.Margin)+help, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// said is what stands on the screen, without inks and without blanks at the ends of lines.
func said(view string) string {
	lines := strings.Split(ansi.Strip(view), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// TestScenes holds every screen of the wizard at three sizes to its words, and in dark, in light and without colour to its
// inks and to where the cursor stands. Dark and light are held to one file, as colours are told by their names in the theme;
// look/theme_test.go holds the colours themselves.
func TestScenes(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 10}} {
		for _, each := range scenes(t) {
			t.Run(fmt.Sprintf("%dx%d/%s", size[0], size[1], each.name), func(t *testing.T) {
				theme := look.NewTheme(true, false)
				view := each.terminal(theme, size)
				plainly := said(view)
				if strings.Contains(plainly, "\x1b") {
					t.Errorf("a control character from outside: %q", plainly)
				}
				golden.RequireEqual(t, plainly)
				plain := looktest.Inks(view, theme)
				for _, dark := range []bool{true, false} {
					theme := look.NewTheme(dark, true)
					view := each.terminal(theme, size)
					keepPicture(t, view, dark)
					inks := looktest.Inks(view, theme)
					t.Run(map[bool]string{true: "dark", false: "light"}[dark], func(t *testing.T) { golden.RequireEqual(t, inks+cursorPlace(each.wizard)) })
					if said(view) != plainly {
						t.Errorf("dark %v says other words than no colour:\n%s", dark, ansi.Strip(view))
					}
					if got := looktest.Inks(foreground.ReplaceAllString(view, ""), theme); got != plain {
						t.Errorf("dark %v has other attributes than no colour:\n%s\nwant\n%s", dark, got, plain)
					}
				}
			})
		}
	}
}

// foreground is a colour as the styles write it.
var foreground = regexp.MustCompile(`;?38;2;\d+;\d+;\d+`)

func cursorPlace(w *Wizard) string {
	if cursor := w.Cursor(); cursor != nil {
		return fmt.Sprintf("cursor: line %d, column %d\n", cursor.Y+1, cursor.X+1)
	}
	return "no cursor\n"
}

// keepPicture leaves the screen as a terminal would get it in the folder that KISIFLOW_PICTURES names, to be looked at.
func keepPicture(t *testing.T, view string, dark bool) {
	t.Helper()
	folder := os.Getenv("KISIFLOW_PICTURES")
	if folder == "" {
		return
	}
	name := strings.NewReplacer("TestScenes/", "", "/", "-").Replace(t.Name())
	file := filepath.Join(folder, fmt.Sprintf("%s-%s.ansi", name, map[bool]string{true: "dark", false: "light"}[dark]))
	if err := os.WriteFile(file, []byte(view), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNoGoldenFileIsLeftOver: a file that no screen is held to would lie here for ever.
func TestNoGoldenFileIsLeftOver(t *testing.T) {
	known := map[string]bool{}
	for _, each := range scenes(t) {
		known[strings.ReplaceAll(each.name, " ", "_")] = true
	}
	for _, size := range []string{"80x24", "120x40", "40x10"} {
		entries, err := os.ReadDir(filepath.Join("testdata", "TestScenes", size))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if name, _, _ := strings.Cut(entry.Name(), "."); !known[name] {
				t.Errorf("%s/%s belongs to no screen", size, entry.Name())
			}
		}
	}
}

func TestScenesFit(t *testing.T) {
	for _, each := range scenes(t) {
		for width := 40; width <= 130; width += 15 {
			for height := 10; height <= 44; height += 5 {
				each.wizard.SetSize(width, height-1)
				drawn, _ := each.wizard.draw()
				if len(drawn) > height-1 {
					t.Errorf("%s at %d×%d draws %d lines: the last ones are cut off", each.name, width, height, len(drawn))
				}
			}
		}
	}
}
