package kisi_test

import (
	"testing"
	"time"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

// connect starts a simulated Kisi and a quick client for it.
func connect(t *testing.T, options kisitest.Options) (*kisitest.Server, *kisi.Client) {
	t.Helper()
	server, err := kisitest.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, clientFor(t, server, server.Key)
}

func clientFor(t *testing.T, server *kisitest.Server, key string) *kisi.Client {
	t.Helper()
	client, err := kisi.New(kisi.Options{BaseURL: server.URL, Key: key, Rate: 10_000, RetryPause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestHappyPath(t *testing.T) {
	server, client := connect(t, kisitest.Options{})
	ctx := t.Context()
	place := server.AddPlace(kisi.Place{Name: "Dublin HQ", Address: "1 Quay", TimeZone: "Europe/Dublin", LocksCount: 3})
	group := server.AddGroup(kisi.Group{Name: "All hours", PlaceID: place.ID, LocksCount: 2, LoginEnabled: true})
	everywhere := server.AddGroup(kisi.Group{Name: "Everywhere", LocksCount: 1})

	health, err := client.Health(ctx)
	if err != nil || !health.Owner || !health.CanRead || !health.CanWrite || health.RoleName != "Organization owner" ||
		health.Login.Type != "api" || health.Organization.Name == "" {
		t.Fatalf("health of the owner's key: %+v, %v", health, err)
	}
	if places, err := client.Places(ctx); err != nil || len(places) != 1 || places[0] != place {
		t.Fatalf("places: %+v, %v", places, err)
	}
	if groups, err := client.Groups(ctx); err != nil || len(groups) != 2 || groups[0] != group || groups[1] != everywhere {
		t.Fatalf("groups: %+v, %v", groups, err)
	}
	ann, existed, err := client.CreateUser(ctx, kisi.NewUser{
		Email: "ann+gym@x.example", Name: "Ann Lee", Metadata: map[string]any{"gymflow_id": "12"},
	})
	if err != nil || existed || ann.ID == 0 || ann.Suspended() {
		t.Fatalf("creating a user: %+v, %v, %v", ann, existed, err)
	}
	if found, err := client.UserByEmail(ctx, " ANN+GYM@x.example"); err != nil || found.ID != ann.ID {
		t.Fatalf("by e-mail: %+v, %v", found, err)
	}
	right, existed, err := client.CreateRight(ctx, group.ID, ann.ID)
	if err != nil || existed || right.RoleID != kisi.RoleBasic || right.AssigneeEmail != ann.Email || right.CreatedByID != server.Owner.ID {
		t.Fatalf("creating a right: %+v, %v, %v", right, existed, err)
	}
	if again, existed, err := client.CreateRight(ctx, group.ID, ann.ID); err != nil || !existed || again.ID != right.ID {
		t.Fatalf("creating it again: %+v, %v, %v", again, existed, err)
	}
	if rights, err := client.GroupRights(ctx, group.ID); err != nil || len(rights) != 1 || rights[0].ID != right.ID {
		t.Fatalf("rights: %+v, %v", rights, err)
	}
	if one, err := client.Right(ctx, right.ID); err != nil || one.AssigneeID != ann.ID || one.AppliesToID != group.ID {
		t.Fatalf("one right: %+v, %v", one, err)
	}
	if gone, err := client.DeleteRight(ctx, right.ID); err != nil || gone {
		t.Fatalf("deleting: %v, %v", gone, err)
	}
	if gone, err := client.DeleteRight(ctx, right.ID); err != nil || !gone {
		t.Fatalf("deleting twice: %v, %v", gone, err)
	}
	if mails := server.Mails(); len(mails) != 0 {
		t.Fatalf("Kisi would have written to %v", mails)
	}
}
