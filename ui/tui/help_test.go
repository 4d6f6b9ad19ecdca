package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"kisiflow/ui/tui/look"
	"kisiflow/ui/tui/look/looktest"
)

// TestHelp holds the help over the live view to its words at three sizes, and to its inks in dark, light and without colour.
func TestHelp(t *testing.T) {
	inks := map[bool]string{}
	for _, size := range []tea.WindowSizeMsg{{Width: 80, Height: 24}, {Width: 120, Height: 40}, {Width: 40, Height: 10}} {
		t.Run(fmt.Sprintf("%dx%d", size.Width, size.Height), func(t *testing.T) {
			r, _ := setUp(t)
			drain(t, r, r.live.Update(nil))
			r.Update(size)
			r.Update(char('?'))
			r.theme = look.NewTheme(true, false)
			plain := r.content()
			golden.RequireEqual(t, []byte(ansi.Strip(plain)+"\n"))
			if lines := strings.Split(plain, "\n"); len(lines) != size.Height {
				t.Errorf("%d lines", len(lines))
			}
			for _, dark := range []bool{true, false} {
				r.theme = look.NewTheme(dark, true)
				view := r.content()
				inks[dark] += fmt.Sprintf("%d×%d\n%s", size.Width, size.Height, looktest.Inks(view, r.theme))
				if ansi.Strip(view) != ansi.Strip(plain) || looktest.Attributes(view) != looktest.Attributes(plain) {
					t.Errorf("dark %v differs in more than colour from\n%s", dark, plain)
				}
			}
		})
	}
	t.Run("inks", func(t *testing.T) {
		golden.RequireEqual(t, []byte(inks[true]))
		if inks[true] != inks[false] {
			t.Errorf("light is inked as\n%s", inks[false])
		}
	})
}

func TestHelpScrollsWhereItIsTallerThanTheScreen(t *testing.T) {
	r, _ := setUp(t)
	r.Update(tea.WindowSizeMsg{Width: 40, Height: 10})
	r.Update(char('?'))
	seen := text(r)
	for range 40 {
		before := text(r)
		r.Update(char('j'))
		if !r.help {
			t.Fatal("scrolling closed the help")
		}
		if text(r) == before {
			break
		}
		seen += text(r)
	}
	for _, all := range []string{"quit", "ctrl+c", "search", "sync now", "any other key closes"} {
		if !strings.Contains(seen, all) {
			t.Errorf("%q can't be reached:\n%s", all, seen)
		}
	}
	for range 40 {
		r.Update(char('k'))
	}
	if !strings.Contains(text(r), "Keys") {
		t.Errorf("it does not scroll back up:\n%s", text(r))
	}
	r.Update(char('x'))
	if r.help {
		t.Error("another key did not close it")
	}
}
