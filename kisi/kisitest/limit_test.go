package kisitest

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Five requests pass in any second, which begins anew with each of them (kisi-api.md section 12).
func TestTheLimitCountsOverASlidingSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &Server{options: Options{Limit: 5}, recent: map[int64][]time.Time{}}
		var passed []bool
		ask := func(times int) {
			for range times {
				passed = append(passed, server.withinLimit(1))
			}
		}
		ask(3)
		time.Sleep(600 * time.Millisecond)
		ask(3)
		time.Sleep(400 * time.Millisecond) // the first three are over, the two after them are not
		ask(4)
		want := []bool{true, true, true, true, true, false, true, true, true, false}
		if !slices.Equal(passed, want) {
			t.Errorf("passed: %v, want %v", passed, want)
		}
	})
}
