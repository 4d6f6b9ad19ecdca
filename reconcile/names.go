package reconcile

import "kisiflow/kisi"

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
