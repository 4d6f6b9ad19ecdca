package line

import (
	"io"
	"strings"
	"time"

	"kisiflow/store"
	"kisiflow/ui/words"
)

// PrintActivity prints journal entries, newest first, in this machine's time zone.
func PrintActivity(w io.Writer, entries []store.Entry) {
	if len(entries) == 0 {
		put(w, "Nothing has happened yet.")
		return
	}
	printEntries(w, entries, time.Local, true)
}

// printEntries prints a line an entry: what happened, the evidence and by whom, each a sentence of its own. names is false on a
// member's own page.
func printEntries(w io.Writer, entries []store.Entry, zone *time.Location, names bool) {
	for i := range entries {
		entry := &entries[i]
		told := []string{words.Stamp(entry.At, zone), string(entry.Kind)}
		if names {
			told = append(told, words.Clean(entry.Name))
		}
		told = append(told, words.Clean(entry.Group), changeWords(entry))
		sentences := nonEmpty(sentence(strings.Join(nonEmpty(told...), ", ")), sentence(entry.Evidence), whoWords(entry))
		put(w, strings.Join(sentences, " "))
	}
}

// changeWords says what was before and after, where the kind of the entry does not say it already.
func changeWords(entry *store.Entry) string {
	before, after := words.Clean(entry.Before), words.Clean(entry.After)
	switch {
	case entry.Kind == store.Granted, entry.Kind == store.Revoked, entry.Kind == store.UserCreated, entry.Kind == store.LostRight:
		return ""
	case entry.Kind == store.RunEnded && before == "":
		return outcomeWords(after)
	case before == "" && after == "":
		return ""
	case before == "":
		return "now " + after
	case after == "":
		return "before " + before
	}
	return before + ", then " + after
}

func whoWords(entry *store.Entry) string {
	run, by := words.Clean(entry.Run), words.Clean(entry.By)
	switch {
	case run != "" && by != "":
		return "Run " + run + ", by " + by + "."
	case run != "":
		return "Run " + run + "."
	case by != "":
		return "By " + by + "."
	}
	return ""
}

// sentence is a text from elsewhere with a capital at its beginning and one full stop at its end.
func sentence(text string) string {
	text = strings.TrimRight(words.Clean(text), ". ")
	if text == "" || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return sentenceCase(text)
	}
	return sentenceCase(text) + "."
}
