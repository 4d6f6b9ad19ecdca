package kisi

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// reasonLength is how much of somebody else's text goes into a sentence of ours.
const reasonLength = 300

// FoldEmail is the form in which e-mails are compared: trimmed, NFC, case-folded. No tricks with dots and
// plus signs: those are different addresses to Kisi.
func FoldEmail(email string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(strings.TrimSpace(email))))
}

// SameEmail tells whether two addresses are one person's by FoldEmail. An empty address equals none.
func SameEmail(a, b string) bool {
	folded := FoldEmail(a)
	return folded != "" && folded == FoldEmail(b)
}

// CleanText makes text from outside safe for a terminal and a log: escape sequences, control characters
// (C0, C1) and characters that turn the writing direction are taken out, line breaks become blanks.
func CleanText(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == 0x1b || r == 0x9b || startsString(r):
			text = afterSequence(text)
			continue
		case r == '\n' || r == '\r' || r == '\t' || r == 0x2028 || r == 0x2029:
			b.WriteByte(' ')
		case unicode.IsControl(r) || turnsDirection(r):
		default:
			b.WriteRune(r)
		}
		text = text[size:]
	}
	return strings.TrimSpace(b.String())
}

// startsString are the C1 forms of the sequences that run to a terminator: DCS, SOS, OSC, PM, APC.
func startsString(r rune) bool { return r == 0x90 || r == 0x98 || r >= 0x9d && r <= 0x9f }

func turnsDirection(r rune) bool {
	return r == 0x200e || r == 0x200f || r == 0x61c || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// afterSequence gives what follows the escape sequence that text begins with (ECMA-48).
func afterSequence(text string) string {
	introducer, size := utf8.DecodeRuneInString(text)
	rest := text[size:]
	if introducer == 0x1b {
		if rest == "" {
			return ""
		}
		switch rest[0] {
		case '[':
			return afterControl(rest[1:])
		case ']', 'P', 'X', '^', '_':
			return afterTerminator(rest[1:])
		}
		if rest[0] >= 0x20 && rest[0] <= 0x2f && len(rest) > 1 { // "ESC ( B": an intermediate and a final byte
			_, width := utf8.DecodeRuneInString(rest[1:])
			return rest[1+width:]
		}
		if rest[0] >= 0x30 && rest[0] <= 0x7e {
			return rest[1:]
		}
		return rest
	}
	if introducer == 0x9b {
		return afterControl(rest)
	}
	return afterTerminator(rest)
}

// afterControl skips parameters and the final byte of a CSI sequence.
func afterControl(text string) string {
	for i := range len(text) {
		switch at := text[i]; {
		case at >= 0x40 && at <= 0x7e:
			return text[i+1:]
		case at < 0x20 || at > 0x3f: // not part of a sequence: it was cut short
			return text[i:]
		}
	}
	return ""
}

// afterTerminator skips to BEL or ST. A sequence without an end takes only its introducer with it, or one
// stray byte would swallow the rest of a sentence.
func afterTerminator(text string) string {
	for i, r := range text {
		switch {
		case r == 0x07, r == 0x9c:
			return text[i+utf8.RuneLen(r):]
		case r == 0x1b && strings.HasPrefix(text[i:], "\x1b\\"):
			return text[i+2:]
		case r == '\n':
			return text
		}
	}
	return text
}

// shorten cuts text to so many characters.
func shorten(text string, length int) string {
	if utf8.RuneCountInString(text) <= length {
		return text
	}
	return string([]rune(text)[:length])
}
