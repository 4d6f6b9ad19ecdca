package gymflow

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for given, want := range map[string]string{
		"Ann Lee":               "Ann Lee",
		" Ann\tLee\r\n":         "Ann Lee",
		"Róisín O'Brien-Łuczak": "Róisín O'Brien-Łuczak",
		"श्रुति क्षत्रिय":                "श्रुति क्षत्रिय",
		"نرگس\u200cخانم":                 "نرگس\u200cخانم", // the joiner belongs to the name
		"\x1b[31mAnn\x1b[0m":             "Ann",
		"\u009b2JAnn":                    "Ann",
		"\x1b]0;title\aAnn":              "Ann",
		"\x1b]8;;https://x\x1b\\Ann":     "Ann",
		"Ann\x1b]never ended":            "Ann]never ended",
		"Ann\x1b":                        "Ann",
		"\x00A\x08n\x7fn":                "Ann",
		"Ann \u202eeeL\u202c":            "Ann eeL",
		"\u2066Ann\u2069\ufeff":          "Ann",
		"one\u2028two":                   "one two",
		"\x1b[31":                        "[31",
		"\x1bPpayload\x1b\\after\u009cx": "afterx",
	} {
		if got := clean(given); got != want {
			t.Errorf("clean(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestCleanLeavesNothingThatControlsATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"\x1b[", "\x1b]", "\a", "\x1b\\", "\u009b", "\u009c", "\n", "m", "\u202e",
		}))).Draw(t, "parts")
		text := strings.Join(parts, "")
		cleaned := clean(text)
		if strings.ContainsFunc(cleaned, unwelcome) {
			t.Fatalf("clean(%q) = %q", text, cleaned)
		}
		if again := clean(cleaned); again != cleaned {
			t.Fatalf("cleaning twice differs: %q, then %q", cleaned, again)
		}
	})
}

func TestCleanIsQuickOnHostileText(t *testing.T) {
	started := time.Now()
	clean(strings.Repeat("\x1b]", 200_000))
	if took := time.Since(started); took > 30*time.Second { // squared, it would take minutes
		t.Errorf("cleaning 400 kB took %v", took)
	}
}
