package look

import (
	"image/color"
	"math"
	"reflect"
	"testing"

	"charm.land/lipgloss/v2"
)

// luminance is WCAG 2's relative luminance.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

func TestContrastFormula(t *testing.T) {
	if got := contrast(color.Black, color.White); math.Abs(got-21) > 0.01 {
		t.Fatalf("black on white is %.2f:1, want 21:1", got)
	}
}

func TestEveryForegroundCanBeRead(t *testing.T) {
	backgrounds := map[bool][]string{
		true:  {"#000000", "#11111b", "#1e1e2e", "#282c34"},
		false: {"#ffffff", "#fafafa", "#eff1f5", "#fdf6e3"},
	}
	for isDark, names := range backgrounds {
		theme := reflect.ValueOf(*NewTheme(isDark, true))
		coloured := 0
		for i := range theme.NumField() {
			style, ok := theme.Field(i).Interface().(lipgloss.Style)
			if !ok {
				continue
			}
			foreground := style.GetForeground()
			if _, none := foreground.(lipgloss.NoColor); none {
				continue // the terminal's own, which its owner chose
			}
			coloured++
			for _, name := range names {
				if got := contrast(foreground, lipgloss.Color(name)); got < 4.5 {
					t.Errorf("%s on %s is %.2f:1, want 4.5:1", theme.Type().Field(i).Name, name, got)
				}
			}
		}
		if coloured < 8 {
			t.Errorf("only %d styles have a colour", coloured)
		}
	}
}

func TestWithoutColourNothingIsTinted(t *testing.T) {
	theme := reflect.ValueOf(*NewTheme(true, false))
	for i := range theme.NumField() {
		if style, ok := theme.Field(i).Interface().(lipgloss.Style); ok {
			if _, none := style.GetForeground().(lipgloss.NoColor); !none {
				t.Errorf("%s has a colour", theme.Type().Field(i).Name)
			}
		}
	}
}

func TestAccentIsOnlyForWhereYouAre(t *testing.T) {
	for _, isDark := range []bool{true, false} {
		value := reflect.ValueOf(*NewTheme(isDark, true))
		accent := NewTheme(isDark, true).Accent.GetForeground()
		for i := range value.NumField() {
			name := value.Type().Field(i).Name
			style, ok := value.Field(i).Interface().(lipgloss.Style)
			if ok && name != "Accent" && reflect.DeepEqual(style.GetForeground(), accent) {
				t.Errorf("%s has the accent's colour", name)
			}
		}
	}
}

// TestColoursAreThoseThatWereLookedAt: golden files tell colours by their names, so the colours themselves are held here.
func TestColoursAreThoseThatWereLookedAt(t *testing.T) {
	for isDark, want := range map[bool]palette{
		true:  {faint: "#9ba2bd", accent: "#8fb8fb", good: "#a6e3a1", waiting: "#f0d58c", held: "#fab387", problem: "#f38ba8"},
		false: {faint: "#5a5d73", accent: "#1d56c9", good: "#236b1b", waiting: "#715400", held: "#944400", problem: "#b0122f"},
	} {
		theme := NewTheme(isDark, true)
		for hex, styles := range map[string][]lipgloss.Style{
			want.faint: {theme.Faint, theme.Hint, theme.Rule}, want.accent: {theme.Accent}, want.good: {theme.Good},
			want.waiting: {theme.Waiting, theme.Warning}, want.held: {theme.Held}, want.problem: {theme.Problem, theme.Error},
		} {
			for _, style := range styles {
				if got := style.GetForeground(); got != lipgloss.Color(hex) {
					t.Errorf("dark %v: %v, want %s", isDark, got, hex)
				}
			}
		}
	}
}
