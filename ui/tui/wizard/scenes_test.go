package wizard

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"kisiflow/ui/tui/look"
)

// terminal is all that the person sees: the wizard's region, and the root's line of keys below it.
func (s scene) terminal(width, height int) string {
	w := s.wizard
	w.SetSize(width, height-1)
	short, _ := w.Bindings()
	ends := []key.Binding{w.keys.Quit, w.keys.Help}
	if w.Typing() {
		ends = []key.Binding{w.keys.Leave}
	}
	help := w.theme.HelpLine(append(short[:len(short):len(short)], ends...), width-2*look.Margin)
	lines := strings.Split(w.View()+"\n"+strings.Repeat(" ", look.Margin)+help, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestScenes holds every screen of the wizard as it stands on a terminal: without colour at three sizes.
func TestScenes(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 10}} {
		for _, each := range scenes(t) {
			t.Run(fmt.Sprintf("%dx%d/%s", size[0], size[1], each.name), func(t *testing.T) {
				each.wizard.SetTheme(look.NewTheme(true, false))
				text := each.terminal(size[0], size[1])
				if strings.Contains(ansi.Strip(text), "\x1b") || strings.Contains(text, "\x1b[3") {
					t.Errorf("control characters or colours: %q", text)
				}
				golden.RequireEqual(t, ansi.Strip(text))
			})
		}
	}
}

// TestScenesInColour holds what is tinted how, on both backgrounds.
func TestScenesInColour(t *testing.T) {
	for name, isDark := range map[string]bool{"dark": true, "light": false} {
		for _, each := range scenes(t) {
			t.Run(name+"/"+each.name, func(t *testing.T) {
				each.wizard.SetTheme(look.NewTheme(isDark, true))
				golden.RequireEqual(t, each.terminal(80, 24))
			})
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
