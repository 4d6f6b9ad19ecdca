//go:build !race

package main

const largestOracleGym = 500
