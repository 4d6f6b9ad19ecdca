//go:build race

package reconcile

// The race detector makes everything about eight times slower.
const (
	schedulesInShort = 40
	deathsLeftOut    = 5 // of the points at which a process may die, each fifth is tried
)
