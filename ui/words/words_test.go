package words_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"kisiflow/ui/words"
)

func TestCleanTakesOutWhatATerminalWouldObey(t *testing.T) {
	for _, test := range []struct{ name, given, want string }{
		{"plain", "Ann Lee", "Ann Lee"},
		{"colour", "\x1b[31mAnn\x1b[0m", "Ann"},
		{"title", "\x1b]0;owned\aAnn", "Ann"},
		{"unended title does not hide the name", "\x1b]0;Ann", "]0;Ann"},
		{"newline and tab", "Ann\n\tLee\r\n", "Ann Lee"},
		{"many blanks", "Ann    Lee ", "Ann Lee"},
		{"direction", "Ann\u202eeeL", "AnneeL"},
		{"accents and wide", "Zoë 山田", "Zoë 山田"},
		{"joined emoji stays", "👩‍👧", "👩‍👧"},
		{"not UTF-8", "Ann\xff", "Ann"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := words.Clean(test.given); got != test.want {
				t.Errorf("Clean(%q) = %q, want %q", test.given, got, test.want)
			}
		})
	}
}

func TestCleanNeverLeavesAControlCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		cleaned := words.Clean(text)
		if strings.ContainsFunc(cleaned, unicode.IsControl) {
			t.Fatalf("Clean(%q) = %q holds a control character", text, cleaned)
		}
		if again := words.Clean(cleaned); again != cleaned {
			t.Fatalf("Clean is not done after once: %q, %q", cleaned, again)
		}
	})
}

func TestFitAndPadMeasureCells(t *testing.T) {
	if got := words.Fit("山田太郎", 5); got != "山田…" {
		t.Errorf("Fit cuts wide characters to %q", got)
	}
	if got := words.Pad("山", 4); got != "山  " {
		t.Errorf("Pad gives %q", got)
	}
	if got := words.PadLeft("12", 4); got != "  12" {
		t.Errorf("PadLeft gives %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := "x" + strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"a", "é", "e\u0301", "山", "👩‍👧", "ح", "…"})).Draw(t, "text"), "")
		width := rapid.IntRange(0, 30).Draw(t, "width")
		if got := words.Width(words.Pad(text, width)); got != width {
			t.Fatalf("Pad(%q, %d) is %d wide", text, width, got)
		}
	})
}

func TestTimesAreSaidAsTheGymSeesThem(t *testing.T) {
	dublin, err := time.LoadLocation("Europe/Dublin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, dublin)
	}
	for _, test := range []struct{ got, want string }{
		{words.When(at(11, 23, 4, 12), now, dublin), "today 04:12"},
		{words.When(at(11, 22, 18, 30), now, dublin), "yesterday 18:30"},
		{words.When(at(11, 24, 0, 0), now, dublin), "tomorrow"},
		{words.When(at(11, 3, 9, 0), now, dublin), "3 Nov"},
		{words.When(at(11, 3, 9, 0).AddDate(-1, 0, 0), now, dublin), "3 Nov 2025"},
		{words.When(time.Time{}, now, dublin), ""},
		{words.When(now, now, time.FixedZone("east", 3600)), "today 00:30"},
		{words.Day(at(11, 25, 9, 0), now, dublin), "in 2 days"},
		{words.Day(at(11, 29, 9, 0), now, dublin), "in 6 days"},
		{words.Day(at(11, 30, 9, 0), now, dublin), "30 Nov"},
		{words.Day(at(11, 23, 9, 0), now, dublin), "today"},
		{words.Stamp(at(11, 3, 4, 12), dublin), "2026-11-03 04:12"},
		{words.Ago(now.Add(-12*time.Second), now), "12 s ago"},
		{words.Ago(now.Add(-3*time.Hour), now), "3 h ago"},
		{words.Ago(time.Time{}, now), "never"},
		{words.Duration(0), "a moment"},
		{words.Duration(12 * time.Second), "about 10 seconds"},
		{words.Duration(70 * time.Second), "about a minute"},
		{words.Duration(115 * time.Second), "about 2 minutes"},
		{words.Duration(3 * time.Hour), "about 3 hours"},
		{words.Count(1, "member"), "1 member"},
		{words.Count(12, "member"), "12 members"},
		{words.Count(0, "person"), "0 people"},
		{words.Count(12345, "entry"), "12,345 entries"},
		{words.Count(2, "day"), "2 days"},
		{words.Number(-1234567), "-1,234,567"},
		{words.List([]string{"a", "b", "c"}), "a, b and c"},
		{words.List(nil), ""},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestAHyphenIsNoPlaceToBreak(t *testing.T) {
	for text, want := range map[string]string{
		"from 2026-04-03, to 2026-12-31": "from 2026-04-03,\nto 2026-12-31",
		"press watch --listen now":       "press watch\n--listen now",
		"aaaaaaaaaaaaaaaaaaa-b":          "aaaaaaaaaaaaaaaa\naaa-b", // longer than a line
	} {
		if got := strings.Join(words.Wrap(text, 16), "\n"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
