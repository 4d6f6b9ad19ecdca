package gymflow

import (
	"strings"
	"unicode"
)

// longestSequence bounds the search for the end of an escape sequence; without it a text full of
// beginnings would be searched to its end for each of them.
const longestSequence = 256

// clean takes control characters and terminal escape sequences out of a text from outside, before
// it can reach a terminal, a log or a file. Line breaks and tabs become blanks, so that words stay
// apart; joiners that some scripts need inside a name stay.
func clean(text string) string {
	if !strings.ContainsFunc(text, unwelcome) {
		return strings.TrimSpace(text)
	}
	runes := []rune(text)
	var kept strings.Builder
	for at := 0; at < len(runes); {
		if length := sequenceLength(runes[at:]); length > 0 {
			at += length
			continue
		}
		switch r := runes[at]; {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			kept.WriteByte(' ')
		case !unwelcome(r):
			kept.WriteRune(r)
		}
		at++
	}
	return strings.TrimSpace(kept.String())
}

// unwelcome tells the runes that never pass: controls, line separators, and the marks that turn
// the direction of the text around them.
func unwelcome(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\ufeff':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

// sequenceLength is the number of runes of the escape sequence that the text begins with; 0 when
// it begins with none, or with one that never ends.
func sequenceLength(text []rune) int {
	introducer, begin := text[0], 1
	if introducer == '\x1b' {
		if len(text) < 2 {
			return 1
		}
		introducer, begin = text[1]+0x40, 2 // ESC [ is the 7-bit form of U+009B, and so on
	}
	switch introducer {
	case '\u009b': // CSI: parameters, then one final letter
		for at := begin; at < len(text) && at < longestSequence; at++ {
			if text[at] >= 0x40 && text[at] <= 0x7e {
				return at + 1
			}
		}
	case '\u009d', '\u0090', '\u0098', '\u009e', '\u009f': // OSC, DCS, SOS, PM, APC: up to BEL or ST
		for at := begin; at < len(text) && at < longestSequence; at++ {
			switch {
			case text[at] == '\a', text[at] == '\u009c':
				return at + 1
			case text[at] == '\x1b' && at+1 < len(text) && text[at+1] == '\\':
				return at + 2
			}
		}
	}
	return 0
}

// cut shortens a text to so many characters.
func cut(text string, characters int) string {
	runes := []rune(text)
	if len(runes) <= characters {
		return text
	}
	return string(runes[:characters]) + "…"
}
