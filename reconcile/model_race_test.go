//go:build race

package reconcile

// The race detector makes everything about eight times slower.
const (
	schedulesInShort = 40
	deathsApart      = 17
	callsApart       = 6
)
