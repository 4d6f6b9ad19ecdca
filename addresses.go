package main

import (
	"cmp"
	"net/url"
	"strings"

	"kisiflow/kisi"
	"kisiflow/store"
)

// kisiAddress is the address that is used where none is stored or given.
func kisiAddress(address string) string {
	return cmp.Or(strings.TrimSpace(address), "https://api.kisi.io")
}

// hostOf is the part of an address that decides who gets the secret: scheme, host and port.
func hostOf(address string) string {
	parsed, err := url.Parse(strings.TrimSpace(address))
	if err != nil || parsed.Host == "" {
		return ""
	}
	return kisi.CleanText(strings.ToLower(parsed.Scheme + "://" + parsed.Host))
}

func sameHost(one, other string) bool { return hostOf(one) != "" && hostOf(one) == hostOf(other) }

// storedKeyStays refuses --kisi-url (or KISIFLOW_KISI_URL) of another host than the one for which the key was stored: whoever
// can set a variable could have the key sent anywhere. Simulators change their ports on this machine.
func (a *application) storedKeyStays(settings store.Settings) error {
	stored := kisiAddress(settings.KisiURL)
	if a.kisiURL == "" || sameHost(a.kisiURL, stored) || isLoopback(a.kisiURL) && isLoopback(stored) {
		return nil
	}
	return usage("--kisi-url %s: the stored key belongs to %s and is sent nowhere else; to move the integration: kisiflow setup --no-input --kisi-url with --kisi-key-file",
		hostOf(a.kisiURL), hostOf(stored))
}
