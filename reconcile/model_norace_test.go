//go:build !race

package reconcile

const schedulesInShort = 300
