//go:build race

package main

// The race detector makes everything about eight times slower: one small gym of the third kind is enough for it.
const largestOracleGym = 90
