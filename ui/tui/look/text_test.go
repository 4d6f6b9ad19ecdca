package look

import (
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Ann Lee", "Ann Lee"},
		{"Ann\x1b[31m Lee\x1b[0m", "Ann Lee"},
		{"Ann\x1b]0;owned\x07 Lee", "Ann Lee"},
		{"Ann\tLee\nJr", "Ann Lee Jr"},
		{"Ann\u202eeeL", "AnneeL"},
		{"李小龍", "李小龍"},
		{"José", "José"},
		{"Ann\u009b31mLee", "Ann31mLee"}, // the eight-bit introducer alone does nothing any more
		{"\u0301Ann", "Ann"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestFitNeverExceedsAndPadsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("aB z\t\n\x1b[31m\x07é\u0301李龍😀\u200d👩🇮🇪م\u202e\u009b")), 0, 40, -1).Draw(t, "text")
		width := rapid.IntRange(0, 60).Draw(t, "width")
		fit := Fit(text, width)
		if Width(fit) > width {
			t.Fatalf("Fit(%q, %d) = %q takes %d", text, width, fit, Width(fit))
		}
		if strings.ContainsAny(fit, "\x1b\n\t\r") {
			t.Fatalf("Fit(%q) left a control character: %q", text, fit)
		}
		for _, padded := range []string{PadRight(Clean(text), width), PadLeft(Clean(text), width)} {
			if Width(padded) != width {
				t.Fatalf("padding %q to %d takes %d", text, width, Width(padded))
			}
		}
	})
}

func TestWindowKeepsTheCursorInSight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 300).Draw(t, "count")
		cursor := rapid.IntRange(0, count-1).Draw(t, "cursor")
		size := rapid.IntRange(1, 50).Draw(t, "size")
		first := Window(rapid.IntRange(0, 400).Draw(t, "before"), cursor, count, size)
		if first < 0 || cursor < first || cursor >= first+size || count >= size && first+size > count {
			t.Fatalf("cursor %d of %d in %d rows: first is %d", cursor, count, size, first)
		}
	})
}

func TestHelpLineKeepsTheLastEntry(t *testing.T) {
	keys, theme := NewKeys(), NewTheme(true, false)
	short := []string{theme.HelpLine([]key.Binding{keys.Move(), keys.Enter, keys.Search, keys.Filter, keys.Sync, keys.Help}, 30)}
	if got := short[0]; Width(got) > 30 || !strings.HasSuffix(got, "? help") || !strings.HasPrefix(got, "↑↓ move") {
		t.Errorf("help line at 30 is %q", got)
	}
}

func TestFillIsExact(t *testing.T) {
	for _, lines := range [][]string{nil, {"a"}, {"a", "b", "c", strings.Repeat("x", 99)}} {
		region := strings.Split(Fill(lines, 10, 3), "\n")
		if len(region) != 3 {
			t.Fatalf("%d lines, want 3", len(region))
		}
	}
	if got := Fill([]string{strings.Repeat("x", 99)}, 10, 1); Width(got) != 10 {
		t.Errorf("%q takes %d cells", got, Width(got))
	}
}
