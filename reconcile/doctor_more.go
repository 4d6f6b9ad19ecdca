package reconcile

import (
	"context"

	"kisiflow/store"
)

// checkMode says what an admin may have forgotten: that kisiflow only looks, or does nothing.
func checkMode(known remembered) []Check {
	switch {
	case known.settings.Disabled():
		return []Check{unwell("mode", "the integration is switched off, so nothing is kept in step. Switch it on in the live view (kisiflow, under Settings)")}
	case known.settings.Audit:
		return []Check{well("mode", "audit only: both sides are read, and nothing is changed in Kisi. To let kisiflow work: kisiflow setup --no-input --audit=false")}
	}
	return nil
}

// checkWebhook looks whether Kisi still tells about changes made there by hand. Only where pushes are used at all: without them
// the next sync sees the same.
func (e *Engine) checkWebhook(ctx context.Context, services *services) ([]Check, error) {
	const name = "webhook"
	var secret string
	err := e.store.View(func(tx *store.Tx) (err error) { secret, err = tx.Secret(store.PushSecret); return err })
	if err != nil {
		return nil, err
	}
	if secret == "" {
		return nil, nil
	}
	webhooks, err := ourWebhooks(ctx, services.kisi)
	switch {
	case err != nil:
		return []Check{failed(name, err)}, nil
	case len(webhooks) == 0:
		return []Check{well(name, "Kisi has none for kisiflow, so what is changed there by hand shows with the next sync; kisiflow hooks tells how to make one")}, nil
	}
	checks := make([]Check, 0, len(webhooks))
	for _, webhook := range webhooks {
		if webhook.Disabled || !webhook.Enabled {
			checks = append(checks, unwell(name, "Kisi has switched off the webhook to %s because it could not be reached. "+
				"See that kisiflow watch --listen runs and that the address leads to it, then make it anew: kisiflow hooks", cleanLine(webhook.URL)))
			continue
		}
		checks = append(checks, well(name, "Kisi tells %s about changes made by hand", cleanLine(webhook.URL)))
	}
	return checks, nil
}
