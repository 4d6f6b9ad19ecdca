//go:build race

package reconcile

// The race detector makes everything about eight times slower.
const (
	schedulesInShort = 15
	deathsApart      = 41
	callsApart       = 13
	placesApart      = 9 // of the places where the state file may fail
)
