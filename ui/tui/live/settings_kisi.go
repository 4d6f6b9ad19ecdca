package live

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

func (p *settingsPanel) kisi(c *composer) {
	settings := p.scene.facts.settings
	c.heading("Kisi")
	death := p.scene.keyDeath()
	if death != "" { // before all else that may be said of it
		p.changed(c, "Key", death+" Press enter to put another one in force.", p.replaceKey, c.theme.Error)
		p.shown(c, "", hereInstead(look.Clean(settings.Key.DiedWhy)))
	} else {
		p.changed(c, "Key", strings.Join(nonEmpty(words.Key(settings.Key), words.KeyUse(settings.Key, p.scene.when)), " "), p.replaceKey)
		for _, problem := range append(slices.Clone(settings.Key.Problems), reconcile.KeyWarnings(settings.Key)...) {
			p.warned(c, look.Clean(problem))
		}
	}
	p.changed(c, "Place", look.Clean(settings.PlaceName)+addressOf(settings.PlaceAddress), p.again(setup.StepPlace))
	p.changed(c, "Members", words.Unlocking(settings.Unlocking), p.changeUnlocking)
	p.changed(c, "Requests", words.Requests(settings.Rate), p.changeRate)
}

// hostOf is the address without anything that could be a secret.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return look.Clean(address)
	}
	return parsed.Scheme + "://" + parsed.Host + parsed.Path
}

// keyReplaced is the answer to a new key.
type keyReplaced struct {
	facts store.KeyFacts
	died  bool // the old one did, so that nothing was synced since
	err   error
}

const keyTime = time.Minute

func (p *settingsPanel) replaceKey() tea.Cmd {
	s := p.scene
	question := "Paste the new Kisi API key (in Kisi: My Account > API > Add API Key, as the owner). It is checked before it takes the old one's place."
	return s.enterSecret(question, "New key: ", func(value string) tea.Cmd {
		s.say("Checking the key at Kisi.")
		engine, died := s.engine, s.keyDeath() != ""
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(context.Background(), keyTime)
			defer cancel()
			facts, err := engine.ReplaceKey(ctx, value)
			return keyReplaced{facts, died, err}
		}
	})
}

// keyIsReplaced also asks for the sync that a dead key has kept from running: until then the screen tells of the old one.
func (s *scene) keyIsReplaced(answer keyReplaced) tea.Cmd {
	if answer.err != nil {
		s.complain("The old key stays. " + sentence(answer.err))
		return nil
	}
	inForce := "The new key is in force: " + words.Key(answer.facts)
	if !answer.died {
		s.say(inForce + " Delete the old one in Kisi.")
		return nil
	}
	if s.facts.settings.Disabled() {
		s.say(inForce)
		return nil
	}
	return s.ask(s.request(), inForce+" A sync begins in a moment.")
}

// hereInstead is a text on the key without the command to enter one: here enter does it.
func hereInstead(text string) string {
	for _, elsewhere := range []string{" and enter it: kisiflow setup", ": kisiflow setup"} {
		text = strings.Replace(text, elsewhere, "", 1)
	}
	return text
}

func (p *settingsPanel) changeUnlocking() tea.Cmd {
	if p.scene.facts.settings.Unlocking == store.Invited {
		p.scene.confirm("Add new people as managed from now on? Kisi sends them nothing, and they unlock with the gym's own app, a card or a link. "+
			"Those who are there already stay as they are.", p.set("Managed from now on.", func(settings *store.Settings) { settings.Unlocking = store.Managed }))
		return nil
	}
	p.scene.confirm("Invite new people from now on? Kisi sends an e-mail to each person that is added, which cannot be taken back. "+
		"Those who are there already stay as they are.", p.set("Invited from now on.", func(settings *store.Settings) { settings.Unlocking = store.Invited }))
	return nil
}

func (p *settingsPanel) changeRate() tea.Cmd {
	const least, most = 0.2, 5
	check := func(value string) string {
		if rate, err := strconv.ParseFloat(value, 64); err != nil || rate < least || rate > most {
			return "Write a number from 0.2 to 5."
		}
		return ""
	}
	return p.scene.enter("How many requests to Kisi a second, at most? Fewer where other things use the same key.", "Requests a second: ",
		words.Rate(p.scene.facts.settings.Rate), check, func(value string) tea.Cmd {
			rate, _ := strconv.ParseFloat(value, 64) // it was checked
			return p.set("Stored.", func(settings *store.Settings) { settings.Rate = rate })()
		})
}

func addressOf(address string) string {
	if address == "" {
		return ""
	}
	return ", " + look.Clean(address)
}
