//go:build !race

package reconcile

const (
	schedulesInShort = 300
	deathsApart      = 3 // of the points at which a process may die, each third is tried; all of them in the nightly mode
	callsApart       = 3
	placesApart      = 1
	answersApart     = 1
)
