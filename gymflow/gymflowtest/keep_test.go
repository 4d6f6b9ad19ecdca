package gymflowtest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kisiflow/gymflow/gymflowtest"
)

func TestRestoreGivesTheSameGymAndLifeGoesOn(t *testing.T) {
	first, err := gymflowtest.Start(gymflowtest.Options{Members: 80, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		first.Gym.Live()
	}
	dump, err := first.Dump()
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	again, err := gymflowtest.Restore(dump, gymflowtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	_, _, before := first.Gym.Snapshot()
	_, _, after := again.Gym.Snapshot()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error("members differ:", diff)
	}
	if first.Token != again.Token {
		t.Error("the token changed")
	}
	for range 30 {
		again.Gym.Live()
	}
}
