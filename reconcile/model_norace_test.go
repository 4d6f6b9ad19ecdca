//go:build !race

package reconcile

const (
	schedulesInShort = 300
	deathsLeftOut    = 1
)
