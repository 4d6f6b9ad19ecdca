//go:build !race

package reconcile

import "time"

// The gym whose day is lived through, and how often the state file and Gymflow are asked meanwhile.
const (
	membersOfTheDay = 2000
	eventsOfTheDay  = 180
	glanceOfTheDay  = 15 * time.Second
	pollOfTheDay    = time.Minute
)
