package kisi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// webhookType is the only kind of integration that kisiflow touches (kisi-api.md section 10).
const webhookType = "event_webhook"

// Webhook is one event webhook of the organization. Its signature key is never told.
type Webhook struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	URL        string     `json:"url"`
	Enabled    bool       `json:"enabled"`
	Events     []string   `json:"enabled_events"`
	Disabled   bool       `json:"disabled_due_to_error"` // Kisi switches off one that fails
	DisabledAt *time.Time `json:"disabled_due_to_error_at"`
}

// Webhooks lists the event webhooks, complete or an error. Other integrations are none of our business.
func (c *Client) Webhooks(ctx context.Context) ([]Webhook, error) {
	all, err := readList(ctx, c, listing[Webhook]{
		doing: "reading the event webhooks", path: "/integrations", query: url.Values{}, limit: pageRows,
		id: func(webhook Webhook) int64 { return webhook.ID },
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(webhook Webhook) bool { return webhook.Type != webhookType }), nil
}

// NewWebhook is what CreateWebhook sends.
type NewWebhook struct {
	Name string
	URL  string
	Key  string // signs what is sent; never logged
}

// Format prints NewWebhook without the key, whatever the verb.
func (n NewWebhook) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "kisi.NewWebhook{Name: %q, URL: %q}", n.Name, n.URL)
}

// CreateWebhook makes an event webhook for what changes who gets in. An answer that was lost may have worked: list before
// trying again.
func (c *Client) CreateWebhook(ctx context.Context, wanted NewWebhook) (Webhook, error) {
	const doing = "making the event webhook"
	var made Webhook
	_, err := c.do(ctx, call{doing: doing, method: http.MethodPost, path: "/integrations", once: true, into: &made, body: map[string]any{
		"integration": map[string]any{"name": wanted.Name, "type": webhookType, "url": wanted.URL, "enabled": true,
			"enabled_events": WebhookEvents(), "signature_key": wanted.Key}}})
	if err != nil {
		return Webhook{}, err
	}
	if made.ID == 0 {
		return Webhook{}, c.notKisi(doing, http.StatusOK, "it names no webhook")
	}
	return made, nil
}

// DeleteWebhook removes one by its own id; one that is gone already counts as done.
func (c *Client) DeleteWebhook(ctx context.Context, id int64) error {
	const doing = "removing the event webhook"
	if id <= 0 {
		return &Error{Doing: doing, Kind: ErrInvalid, Code: noCode, Reason: fmt.Sprintf("%d is no id", id)}
	}
	_, err := c.do(ctx, call{doing: doing, method: http.MethodDelete, path: "/integrations/" + strconv.FormatInt(id, 10)})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
