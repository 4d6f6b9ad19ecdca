package gymflow

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The encodings as they are shown.
const (
	encodingUTF8    = "UTF-8"
	encodingWindows = "Windows-1252"
)

// decodeText makes UTF-8 of a text file in UTF-8 or Windows-1252. What is neither is refused: a name or an address in the wrong
// letters would be another one.
func decodeText(content []byte) (text []byte, encoding string, err error) {
	if bytes.HasPrefix(content, []byte{0xff, 0xfe}) || bytes.HasPrefix(content, []byte{0xfe, 0xff}) {
		return nil, "", errors.New("the text is UTF-16; save it as CSV UTF-8")
	}
	if at := bytes.IndexByte(content, 0); at >= 0 {
		return nil, "", fmt.Errorf("there is a zero byte in line %d, so it is no text; save it as CSV UTF-8", lineAt(content, at))
	}
	text, marked := bytes.CutPrefix(content, []byte("\ufeff"))
	wide, wrong := scanUTF8(text)
	switch {
	case wrong < 0:
		return text, encodingUTF8, nil
	case marked || wide:
		return nil, "", fmt.Errorf("the text is UTF-8, but line %d holds bytes that are not; it may be cut off. Export it again", lineAt(text, wrong))
	}
	for at, one := range text {
		if charmap.Windows1252.DecodeByte(one) == utf8.RuneError {
			return nil, "", fmt.Errorf("the text is neither UTF-8 nor Windows-1252 (line %d); save it as CSV UTF-8", lineAt(text, at))
		}
	}
	decoded, err := charmap.Windows1252.NewDecoder().Bytes(text)
	if err != nil {
		return nil, "", fmt.Errorf("reading the text as Windows-1252: %w", err)
	}
	return decoded, encodingWindows, nil
}

// scanUTF8 looks for letters of several bytes, and for the first byte that is no UTF-8 (-1: none). In a text in Windows-1252 the
// former hardly ever come about, so that both together mean a damaged file.
func scanUTF8(text []byte) (wide bool, wrong int) {
	wrong = -1
	for at := 0; at < len(text); {
		letter, size := utf8.DecodeRune(text[at:])
		if letter == utf8.RuneError && size == 1 {
			if wrong < 0 {
				wrong = at
			}
		} else if size > 1 {
			wide = true
		}
		at += size
	}
	return wide, wrong
}

func lineAt(text []byte, at int) int { return bytes.Count(text[:at], []byte("\n")) + 1 }
