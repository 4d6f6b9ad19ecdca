package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/reconcile/listen"
	"kisiflow/store"
)

// hooksFlags are those of `kisiflow hooks`.
type hooksFlags struct {
	public     string
	showSecret bool
	newSecret  bool
	secretFile string
	createKisi bool
	removeKisi int64
}

// shortSecret is how long a push secret should be at least; the one that --new-secret makes has 130 bits.
const shortSecret = 20

// placeholder stands for the secret where it is not shown.
const placeholder = "SECRET"

// hooksJSON is what `hooks --json` prints.
type hooksJSON struct {
	Public  string        `json:"public_url"`
	Secret  bool          `json:"secret"` // one is stored
	Gymflow string        `json:"gymflow"`
	Zapier  string        `json:"zapier"` // with SECRET in the secret's place, unless it is asked for
	Kisi    string        `json:"kisi"`
	KisiKey string        `json:"kisi_signature_key,omitempty"`
	Shown   bool          `json:"secret_shown"`
	Webhook []webhookJSON `json:"kisi_webhooks"`
}

type webhookJSON struct {
	ID         int64      `json:"id"`
	URL        string     `json:"url"`
	Enabled    bool       `json:"enabled"`
	Disabled   bool       `json:"disabled_due_to_error"`
	DisabledAt *time.Time `json:"disabled_due_to_error_at"`
}

func (a *application) hooksCommand() *cobra.Command {
	var given hooksFlags
	command := &cobra.Command{
		Use:   "hooks",
		Short: "Show what to paste into Zapier and Kisi, so that changes are pushed to `kisiflow watch --listen`",
		Long: "Shows the addresses of the three hooks. The one for Zapier holds the push secret, so it is shown whole only with --show-secret.\n" +
			"Kisi's event webhook can be made and removed from here; kisiflow takes its events where a web server with TLS passes them on.",
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return a.hooks(command.Context(), given) },
	}
	flags := command.Flags()
	flags.StringVar(&given.public, "public-url", "", "the address by which the internet reaches the listener, like https://kisiflow.gym.example")
	flags.BoolVar(&given.showSecret, "show-secret", false, "show the secret in what is to be pasted")
	flags.BoolVar(&given.newSecret, "new-secret", false, "make and store a new push secret; the old one no longer counts")
	flags.StringVar(&given.secretFile, "push-secret-file", "", "file that holds the push secret to store")
	flags.BoolVar(&given.createKisi, "create-kisi", false, "make Kisi's event webhook for --public-url, in the place of an older one there")
	flags.Int64Var(&given.removeKisi, "remove-kisi", 0, "remove Kisi's event webhook with this id")
	return command
}

func (a *application) hooks(ctx context.Context, given hooksFlags) error {
	if given.newSecret && given.secretFile != "" {
		return usage("--new-secret and --push-secret-file exclude each other; give one of them")
	}
	if given.public != "" || given.createKisi {
		if _, err := reconcile.HookAddress(given.public); err != nil {
			return usage("--public-url: %w", err)
		}
	}
	open, err := a.openSetUp()
	if err != nil {
		return err
	}
	engine, err := a.engineFor(open)
	if err != nil {
		return err
	}
	secret, err := a.pushSecret(open.store, given)
	if err != nil {
		return err
	}
	if err := a.changeWebhooks(ctx, engine, secret, given); err != nil {
		return err
	}
	webhooks, err := engine.Webhooks(ctx)
	document := hooksDocument(given, secret, webhooks)
	if a.json {
		if err != nil {
			return err
		}
		return a.printJSON(document)
	}
	a.sayHooks(document)
	return err
}

// pushSecret stores a new one where that is asked for, and gives the one in force.
func (a *application) pushSecret(state *store.Store, given hooksFlags) (secret string, err error) {
	switch {
	case given.newSecret:
		secret = rand.Text()
	case given.secretFile != "":
		if secret, err = readSecretFile("push-secret-file", given.secretFile); err != nil {
			return "", err
		}
		if len(secret) < shortSecret {
			_, _ = fmt.Fprintf(a.errOut, "Warning: this push secret is short; use %d characters at least, or --new-secret\n", shortSecret)
		}
	default:
		err = state.View(func(tx *store.Tx) (err error) { secret, err = tx.Secret(store.PushSecret); return err })
		return secret, err
	}
	err = state.Update(func(tx *store.Tx) error { return tx.PutSecret(store.PushSecret, secret) })
	return secret, err
}

func (a *application) changeWebhooks(ctx context.Context, engine *reconcile.Engine, secret string, given hooksFlags) error {
	if given.removeKisi != 0 {
		found, err := engine.RemoveWebhook(ctx, given.removeKisi)
		if err != nil {
			return err
		}
		if !found {
			return usage("--remove-kisi %d: Kisi has no event webhook of kisiflow with this id", given.removeKisi)
		}
	}
	if !given.createKisi {
		return nil
	}
	if secret == "" {
		return usage("no push secret is stored, and Kisi's events are signed with a key made of it; give --new-secret as well")
	}
	_, err := engine.CreateWebhook(ctx, given.public, listen.KisiKey(secret))
	return err
}

func hooksDocument(given hooksFlags, secret string, webhooks []kisi.Webhook) hooksJSON {
	base := strings.TrimSuffix(strings.TrimRight(strings.TrimSpace(given.public), "/"), reconcile.HookPath)
	document := hooksJSON{Public: base, Secret: secret != "", Shown: given.showSecret && secret != "", Webhook: []webhookJSON{}}
	document.Gymflow, document.Kisi = base+"/hooks/gymflow", base+reconcile.HookPath
	document.Zapier = base + "/hooks/zapier/" + placeholder
	if document.Shown {
		document.Zapier = base + "/hooks/zapier/" + url.PathEscape(secret)
		document.KisiKey = listen.KisiKey(secret)
	}
	for _, webhook := range webhooks {
		document.Webhook = append(document.Webhook, webhookJSON{webhook.ID, kisi.CleanText(webhook.URL), webhook.Enabled, webhook.Disabled, webhook.DisabledAt})
	}
	return document
}

func (a *application) sayHooks(document hooksJSON) {
	say := func(format string, arguments ...any) { _, _ = fmt.Fprintf(a.plain(), format+"\n", arguments...) }
	if !document.Secret {
		say("No push secret is stored, so every push is refused. To make one: kisiflow hooks --new-secret")
		return
	}
	if document.Public == "" {
		say("The addresses below begin with the one by which the internet reaches the listener: give it with --public-url.")
	}
	say("Start the listener on this machine, behind a web server that speaks TLS: kisiflow watch --listen 8080")
	say("")
	say("Zapier   Make a Zap: a Gymflow trigger, then \"Webhooks by Zapier\", POST, payload type json, with email (or member_id) of the")
	say("         member, to %s", document.Zapier)
	if !document.Shown {
		say("         %s stands for the push secret. To see the whole address, where nobody looks over your shoulder: --show-secret", placeholder)
	}
	say("Gymflow  Or a bridge of your own: POST to %s, signed with the push secret (see docs/gymflow.md)", document.Gymflow)
	say("Kisi     %s", document.Kisi)
	if document.Shown {
		say("         Made by hand in Kisi, its signature key is %s", document.KisiKey)
	}
	if len(document.Webhook) == 0 {
		say("         Kisi has no event webhook for it. To make it, so that changes made by hand in Kisi show at once:")
		say("         kisiflow hooks --create-kisi --public-url https://YOUR-ADDRESS")
	}
	for _, webhook := range document.Webhook {
		switch {
		case webhook.Disabled:
			say("         Kisi switched off webhook %d to %s because it failed%s. See that the listener can be reached, then make it", webhook.ID, webhook.URL, since(webhook.DisabledAt))
			say("         anew: kisiflow hooks --create-kisi --public-url https://YOUR-ADDRESS")
		case !webhook.Enabled:
			say("         Webhook %d to %s is switched off in Kisi.", webhook.ID, webhook.URL)
		default:
			say("         Webhook %d to %s is on. After a new push secret, make it anew.", webhook.ID, webhook.URL)
		}
	}
}

// onlyPushSecret: the secret of pushes and nothing that would change the integration.
func (s setupFlags) onlyPushSecret() bool {
	return s.pushSecretFile != "" && len(s.associate) == 0 && s.place == "" && s.timeZone == "" && s.kisiKeyFile == "" &&
		s.gymflowURL == "" && s.gymflowTokenFile == "" && !s.managed && !s.invited && !s.noAdopt
}

func since(at *time.Time) string {
	if at == nil {
		return ""
	}
	return ", " + at.Local().Format("2 Jan 15:04")
}
