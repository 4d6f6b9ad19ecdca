package reconcile

import "fmt"

// Heading says in a sentence what was found.
func (u Unlocks) Heading() string {
	name := u.Name
	if name == "" {
		name = "this member"
	}
	switch {
	case !u.InKisi:
		return fmt.Sprintf("Kisi knows nobody who is %s, so there is no attempt to open a door.", name)
	case len(u.Events) == 0:
		return fmt.Sprintf("%s has not tried to open a door in the last 30 days.", name)
	case u.Partial:
		return fmt.Sprintf("Last unlocks of %s, newest first. Kisi has more events than were read, so a newer one may be missing.", name)
	}
	return fmt.Sprintf("Last unlocks of %s, newest first.", name)
}

// Sentence says what happened at the door, why it stayed shut, and what mends that.
func (e UnlockEvent) Sentence() string {
	with := ""
	if e.With != "" {
		with = " (" + e.With + ")"
	}
	if e.Opened {
		return e.Door + with + ": opened."
	}
	text := e.Door + with + ": refused. " + sentence(e.Why)
	if e.Mends != "" {
		text += " " + e.Mends
	}
	return text
}
