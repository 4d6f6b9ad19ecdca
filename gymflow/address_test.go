package gymflow

import (
	"strings"
	"testing"
)

func TestAddressIsTakenAsPasted(t *testing.T) {
	for given, want := range map[string]string{
		"https://gym.example.com":                "https://gym.example.com",
		" https://gym.example.com/ \n":           "https://gym.example.com",
		"https://gym.example.com/v1":             "https://gym.example.com",
		"https://gym.example.com/v1/":            "https://gym.example.com",
		"https://gym.example.com:8443/bridge/v1": "https://gym.example.com:8443/bridge",
		"https://gym.example.com/bridge/":        "https://gym.example.com/bridge",
		"HTTPS://gym.example.com":                "https://gym.example.com",
		"http://127.0.0.1:8080/v1":               "http://127.0.0.1:8080",
		"http://127.9.9.9":                       "http://127.9.9.9",
		"http://[::1]:99/":                       "http://[::1]:99",
		"http://localhost:1":                     "http://localhost:1",
	} {
		address, err := readAddress(given)
		if err != nil {
			t.Errorf("%q: %v", given, err)
		} else if address.String() != want {
			t.Errorf("%q became %q, want %q", given, address, want)
		}
	}
}

func TestAddressIsRefused(t *testing.T) {
	for given, says := range map[string]string{
		"":                                 "empty",
		"gym.example.com":                  "https://",
		"localhost:8080":                   "https://",
		"ftp://gym.example.com":            "https://",
		"https://":                         "name a host",
		"https:///v1":                      "name a host",
		"http://gym.example.com/bridge":    "http://gym.example.com/bridge",
		"http://localhost.example.com":     "http://localhost.example.com",
		"http://128.0.0.1":                 "plain http",
		"https://ann:hush@gym.example.com": "user name",
		"https://hush@gym.example.com":     "user name",
		"https://gym.example.com?key=hush": "before any ?",
		"https://gym.example.com/#hush":    "before any ?",
		"https://ann:hu sh@gym example":    "not an address",
		"ann:hush@gym.example.com":         "https://",
	} {
		_, err := readAddress(given)
		if err == nil {
			t.Errorf("%q was taken", given)
			continue
		}
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %q does not say %q", given, err, says)
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "hu sh") {
			t.Errorf("%q: the error tells the secret: %v", given, err)
		}
	}
}

func TestToken(t *testing.T) {
	for _, given := range []string{"abc", "  abc\n", "\tabc\r\n"} {
		if token, err := readToken(given); err != nil || token != "abc" {
			t.Errorf("%q: %q, %v", given, token, err)
		}
	}
	for _, given := range []string{"", " \n", "secret one", "secret\none", "secret\x1b[0m", "secrét"} {
		_, err := readToken(given)
		if err == nil {
			t.Errorf("%q was taken", given)
		} else if strings.Contains(err.Error(), "secr") {
			t.Errorf("%q: the error tells the token: %v", given, err)
		}
	}
}
