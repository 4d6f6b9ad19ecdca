package reconcile

import (
	"fmt"

	"kisiflow/kisi"
)

// longestName is how much of a name Kisi is sent.
const longestName = 200

// cleanName takes out of a name from outside what could move a cursor or break a line.
func cleanName(name string) string {
	name = kisi.CleanText(name)
	if runes := []rune(name); len(runes) > longestName {
		name = string(runes[:longestName])
	}
	return name
}

// cleanLine is the same for text of any length.
func cleanLine(text string) string { return kisi.CleanText(text) }

// counted is a number with its word.
func counted(count int, word string) string {
	if count == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", count, word)
}

// countRights says how many in words.
func countRights(count int) string {
	switch count {
	case 0:
		return "no access right"
	case 1:
		return "1 access right"
	}
	return fmt.Sprintf("%d access rights", count)
}
