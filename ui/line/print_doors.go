package line

import (
	"fmt"
	"io"
	"time"

	"kisiflow/reconcile"
	"kisiflow/ui/words"
)

// PrintDoors prints the doors of the place, one line each, with the groups that open it and what keeps it shut.
func PrintDoors(w io.Writer, found reconcile.PlaceDoors) {
	put(w, fmt.Sprintf("Doors of %s: %s. kisiflow looks at them and opens none.", named(found.Place), words.Count(len(found.Doors), "door")))
	if found.LockedDown {
		put(w, "The place is locked down: no door opens until that is ended in Kisi.")
	}
	for _, door := range found.Doors {
		text := words.Clean(door.Name)
		if names := door.GroupNames(); len(names) > 0 {
			text += ": " + words.Clean(words.List(names))
		}
		text += "."
		for _, note := range door.Notes() {
			text += " " + note
		}
		put(w, text)
	}
}

// PrintUnlocks prints a member's last attempts at the doors, the newest first, in the time zone of now.
func PrintUnlocks(w io.Writer, found reconcile.Unlocks, now time.Time) {
	put(w, found.Heading())
	for _, event := range found.Events {
		put(w, words.When(event.At, now, now.Location())+", "+words.Clean(event.Sentence()))
	}
}
