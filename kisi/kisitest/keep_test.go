package kisitest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

func TestRestoreGivesTheSameOrganization(t *testing.T) {
	first, err := kisitest.Start(kisitest.Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	place := first.AddPlace(kisi.Place{Name: "HQ", TimeZone: "Europe/Dublin"})
	group := first.AddGroup(kisi.Group{Name: "All hours", PlaceID: place.ID, LocksCount: 2})
	user := first.AddUser(kisi.User{Name: "Ann", Email: "ann@example.com", AccessEnabled: true})
	first.AddRight("Group", group.ID, kisi.RoleBasic, "User", user.ID, first.Owner.ID)
	dump, err := first.Dump()
	if err != nil {
		t.Fatal(err)
	}
	first.Close()

	again, err := kisitest.Restore(dump, kisitest.Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if diff := cmp.Diff(first.Rights(), again.Rights()); diff != "" {
		t.Error("rights differ:", diff)
	}
	if diff := cmp.Diff(first.Users(), again.Users()); diff != "" {
		t.Error("users differ:", diff)
	}
	client, err := kisi.New(kisi.Options{BaseURL: again.URL, Key: first.Key, Rate: 1000})
	if err != nil {
		t.Fatal(err)
	}
	rights, err := client.GroupRights(t.Context(), group.ID)
	if err != nil || len(rights) != 1 || rights[0].AssigneeEmail != "ann@example.com" {
		t.Errorf("rights through the old key: %v, %v", rights, err)
	}
	if other := again.AddUser(kisi.User{Email: "bo@example.com"}); other.ID <= user.ID {
		t.Errorf("a new id %d is not above the old %d", other.ID, user.ID)
	}
}
