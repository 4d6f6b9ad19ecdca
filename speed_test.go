//go:build !race

package main

const (
	largestOracleGym = 500
	roundsOfAnything = 6
)
