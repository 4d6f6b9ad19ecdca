package gymflow

import "strings"

// Known reports whether the word is one whose meaning is fixed.
func (s Status) Known() bool {
	switch s {
	case Active, Pending, Paused, Cancelling, Overdue, Cancelled, Expired:
		return true
	}
	return false
}

// readStatus fixes the spelling of the words that are known; any other word is kept as it came
// (gymflow-api.md: "an unknown status word is kept as it came, never guessed").
func readStatus(word string) Status {
	word = clean(word)
	folded := strings.ToLower(word)
	// Gymflow's articles say "Past Due", its staff app "overdue": the same thing (gymflow-facts.md 2.3).
	if strings.Join(strings.Fields(strings.ReplaceAll(folded, "_", " ")), " ") == "past due" {
		return Overdue
	}
	if status := Status(folded); status.Known() {
		return status
	}
	return Status(word)
}
