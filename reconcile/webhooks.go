package reconcile

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"kisiflow/kisi"
)

// HookPath is where the listener takes Kisi's events.
const HookPath = "/hooks/kisi"

const webhookName = "kisiflow"

// Webhooks are the event webhooks in Kisi that lead to a kisiflow: those that it made, or that an admin made by hand for it.
func (e *Engine) Webhooks(ctx context.Context) (webhooks []kisi.Webhook, err error) {
	err = e.withKisi(func(client *kisi.Client) error {
		webhooks, err = ourWebhooks(ctx, client)
		return err
	})
	return webhooks, err
}

func ourWebhooks(ctx context.Context, client *kisi.Client) ([]kisi.Webhook, error) {
	all, err := client.Webhooks(ctx)
	if err != nil {
		return nil, explainKisi(err)
	}
	return slices.DeleteFunc(all, func(webhook kisi.Webhook) bool { return !strings.HasSuffix(webhook.URL, HookPath) }), nil
}

// CreateWebhook makes Kisi's event webhook for the listener behind a public address, signed with this key. One that is there
// for the same address is replaced: its key is not told, so nobody could know whether it is the right one.
func (e *Engine) CreateWebhook(ctx context.Context, public, key string) (made kisi.Webhook, err error) {
	target, err := HookAddress(public)
	if err != nil {
		return kisi.Webhook{}, err
	}
	err = e.withKisi(func(client *kisi.Client) error {
		before, err := ourWebhooks(ctx, client)
		if err != nil {
			return err
		}
		if made, err = client.CreateWebhook(ctx, kisi.NewWebhook{Name: webhookName, URL: target, Key: key}); err != nil {
			return explainKisi(err)
		}
		for _, old := range before {
			if old.URL == target && old.ID != made.ID {
				if err := client.DeleteWebhook(ctx, old.ID); err != nil {
					return explainKisi(err)
				}
			}
		}
		return nil
	})
	return made, err
}

// RemoveWebhook removes one event webhook, when it is one that leads to a kisiflow.
func (e *Engine) RemoveWebhook(ctx context.Context, id int64) (found bool, err error) {
	err = e.withKisi(func(client *kisi.Client) error {
		webhooks, err := ourWebhooks(ctx, client)
		if err != nil {
			return err
		}
		if found = slices.ContainsFunc(webhooks, func(webhook kisi.Webhook) bool { return webhook.ID == id }); !found {
			return nil
		}
		return client.DeleteWebhook(ctx, id)
	})
	return found, err
}

// HookAddress is the address that Kisi is given. Kisi is on the internet, so it must be https.
func HookAddress(public string) (string, error) {
	parsed, err := url.Parse(strings.TrimRight(strings.TrimSpace(public), "/"))
	if err != nil || parsed.Host == "" || parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return "", errors.New("the public address must look like https://kisiflow.gym.example")
	}
	local := parsed.Hostname() == "localhost" || strings.HasPrefix(parsed.Hostname(), "127.") || parsed.Hostname() == "::1"
	if parsed.Scheme != "https" && (parsed.Scheme != "http" || !local) {
		return "", errors.New("the public address must begin with https: what is pushed would cross the internet in the clear")
	}
	if strings.HasSuffix(parsed.Path, HookPath) {
		return parsed.String(), nil
	}
	return parsed.String() + HookPath, nil
}

// withKisi lends a client with the stored key.
func (e *Engine) withKisi(work func(*kisi.Client) error) error {
	known, set, err := e.recallConnection()
	if err != nil {
		return err
	}
	if !set {
		return ErrNotSetUp
	}
	services, err := e.connectKisi(known.to, known.settings.Rate)
	if err != nil {
		return fmt.Errorf("reaching Kisi: %w", err)
	}
	defer services.close()
	return work(services.kisi)
}
