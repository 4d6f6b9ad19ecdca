//go:build race

package reconcile

// The race detector makes everything about eight times slower.
const (
	schedulesInShort = 15
	deathsApart      = 41
	callsApart       = 13
	placesApart      = 13 // of the places where the state file may fail
	answersApart     = 3  // of Kisi's answers to what follows on a crash or a missing person
)
