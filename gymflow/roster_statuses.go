package gymflow

import (
	"strings"
)

// knownStatuses are Gymflow's words, for sentences.
func knownStatuses() string {
	words := make([]string, 0, len(Statuses()))
	for _, status := range Statuses() {
		words = append(words, string(status))
	}
	return strings.Join(words, ", ")
}

// Statuses are all whose meaning is fixed.
func Statuses() []Status {
	return []Status{Active, Pending, Paused, Cancelling, Overdue, Cancelled, Expired}
}

// foldStatus: case, spaces and underscores do not tell words apart.
func foldStatus(word string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(clean(word)), "_", " ")), " ")
}

// statusWords are the admin's words for Gymflow's statuses.
type statusWords map[string]Status

func newStatusWords(told map[string]string) statusWords {
	words := statusWords{}
	for word, status := range told {
		words[foldStatus(word)] = readStatus(status)
	}
	return words
}

// read is the status that a word of the file means. One that nobody has explained is kept as it came: its member is held.
func (w statusWords) read(word string) Status {
	if status, told := w[foldStatus(word)]; told {
		return status
	}
	return readStatus(word)
}
