//go:build race

package reconcile

import "time"

// The gym whose day is lived through, and how often the state file and Gymflow are asked meanwhile.
const (
	membersOfTheDay = 200
	eventsOfTheDay  = 60
	glanceOfTheDay  = 30 * time.Second
	pollOfTheDay    = 2 * time.Minute
)
