package kisi_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

func webhookWorld(t *testing.T) (*kisitest.Server, func(key string) *kisi.Client) {
	t.Helper()
	server, err := kisitest.Start(kisitest.Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, func(key string) *kisi.Client {
		client, err := kisi.New(kisi.Options{BaseURL: server.URL, Key: key, Rate: 10_000, RetryPause: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		return client
	}
}

func TestWebhooksAreMadeListedAndRemoved(t *testing.T) {
	server, as := webhookWorld(t)
	client := as(server.Key)
	for range 12 { // more than one page of the default length
		if _, err := client.CreateWebhook(t.Context(), kisi.NewWebhook{Name: "kisiflow", URL: "https://a.example/hooks/kisi", Key: "k3y"}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := client.Webhooks(t.Context())
	if err != nil || len(all) != 12 || !all[0].Enabled || all[0].Disabled || all[0].URL != "https://a.example/hooks/kisi" {
		t.Fatalf("%+v, %v", all, err)
	}
	for range 2 { // gone already counts as done
		if err := client.DeleteWebhook(t.Context(), all[0].ID); err != nil {
			t.Error(err)
		}
	}
	if left := server.Webhooks(); len(left) != 11 {
		t.Errorf("%d are left", len(left))
	}
	if err := client.DeleteWebhook(t.Context(), 0); !errors.Is(err, kisi.ErrInvalid) {
		t.Errorf("%v", err)
	}
	for _, wrong := range []kisi.NewWebhook{{URL: "https://a.example"}, {Name: "n", URL: "nonsense"}, {Name: "n", URL: "ftp://a.example"}} {
		if _, err := client.CreateWebhook(t.Context(), wrong); !errors.Is(err, kisi.ErrInvalid) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", kisi.NewWebhook{Key: "k3y"}, kisi.NewWebhook{Key: "k3y"}, kisi.NewWebhook{Key: "k3y"}); strings.Contains(text, "k3y") {
		t.Errorf("it prints its key: %s", text)
	}
	observer := as(server.AddKey(kisi.User{Name: "Otto", Email: "otto@gym.example"}, "observer", "api"))
	if _, err := observer.Webhooks(t.Context()); !errors.Is(err, kisi.ErrForbidden) {
		t.Errorf("an observer lists them: %v", err)
	}
	if _, err := observer.CreateWebhook(t.Context(), kisi.NewWebhook{Name: "n", URL: "https://a.example"}); !errors.Is(err, kisi.ErrForbidden) {
		t.Errorf("an observer makes one: %v", err)
	}
}

// What changes by hand arrives, signed, and some of it twice; a receiver that only fails is switched off.
func TestTheSimulatedKisiSendsSignedEvents(t *testing.T) {
	server, as := webhookWorld(t)
	type sent struct {
		event  kisi.Event
		signed bool
	}
	came := make(chan sent, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if in.URL.Path == "/broken" {
			out.WriteHeader(http.StatusInternalServerError)
			return
		}
		body, _ := io.ReadAll(in.Body)
		event, err := kisi.ParseEvent(body)
		came <- sent{event, err == nil && kisi.VerifyEvent("k3y", body, in.Header.Get("X-Signature"))}
	}))
	defer receiver.Close()
	client := as(server.Key)
	for _, path := range []string{"/hooks/kisi", "/broken"} {
		if _, err := client.CreateWebhook(t.Context(), kisi.NewWebhook{Name: "kisiflow", URL: receiver.URL + path, Key: "k3y"}); err != nil {
			t.Fatal(err)
		}
	}
	group := server.AddGroup(kisi.Group{Name: "A"})
	user := server.AddUser(kisi.User{Name: "Ann", Email: "ann@x.example", AccessEnabled: true})
	right := server.AddRight("Group", group.ID, kisi.RoleBasic, "User", user.ID, server.Owner.ID)
	server.SetSuspended(user.ID, true)
	if _, err := client.DeleteRight(t.Context(), right.ID); err != nil {
		t.Fatal(err)
	}
	server.RemoveGroup(group.ID)
	server.RemoveUser(user.ID)
	seen, again := map[string]bool{}, 0
	wanted := []string{fmt.Sprint("user.create ", user.ID), fmt.Sprint("role_assignment.create ", right.ID), fmt.Sprint("user.update ", user.ID),
		fmt.Sprint("role_assignment.destroy ", right.ID), fmt.Sprint("group.destroy ", group.ID), fmt.Sprint("user.destroy ", user.ID)}
	uuids := map[string]bool{}
	for len(seen) < len(wanted) {
		select {
		case one := <-came:
			if !one.signed {
				t.Errorf("not signed, or not sound: %+v", one.event)
			}
			if uuids[one.event.UUID] {
				again++
			}
			uuids[one.event.UUID] = true
			seen[fmt.Sprint(one.event.Type, " ", one.event.ObjectID)] = true
		case <-time.After(10 * time.Second):
			t.Fatalf("came: %v, want %v", seen, wanted)
		}
	}
	for _, each := range wanted {
		if !seen[each] {
			t.Errorf("%s is missing in %v", each, seen)
		}
	}
	if again == 0 {
		t.Error("nothing came twice")
	}
	all, err := client.Webhooks(t.Context())
	for deadline := time.Now().Add(10 * time.Second); err == nil && time.Now().Before(deadline) &&
		!slices.ContainsFunc(all, func(webhook kisi.Webhook) bool { return webhook.Disabled }); { // Kisi gives up in its own time
		all, err = client.Webhooks(t.Context())
	}
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, webhook := range all {
		if broken := strings.HasSuffix(webhook.URL, "/broken"); webhook.Disabled != broken || broken && webhook.DisabledAt == nil {
			t.Errorf("%+v", webhook)
		}
	}
}
