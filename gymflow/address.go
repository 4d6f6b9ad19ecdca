package gymflow

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// readAddress checks the address of a bridge and gives it without a trailing slash or "/v1". No
// error repeats the part of the address that may hold a password or a token.
func readAddress(text string) (address *url.URL, err error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errors.New("reading the Gymflow address: it is empty")
	}
	address, err = url.Parse(text)
	if err != nil {
		return nil, errors.New("reading the Gymflow address: it is not an address like https://gym.example.com")
	}
	shown := clean(fmt.Sprintf("%s://%s%s", address.Scheme, address.Host, address.EscapedPath()))
	switch {
	case address.User != nil:
		return nil, fmt.Errorf("reading the Gymflow address %s: a user name or password can't be part of it", shown)
	case address.RawQuery != "" || address.ForceQuery || address.Fragment != "":
		return nil, fmt.Errorf("reading the Gymflow address %s: it ends before any ? or #", shown)
	case address.Scheme != "https" && address.Scheme != "http", address.Opaque != "", address.Hostname() == "":
		return nil, fmt.Errorf("reading the Gymflow address %q: it has to begin with https:// and name a host",
			cut(clean(withoutUser(text)), 200))
	case address.Scheme == "http" && !loopback(address.Hostname()):
		return nil, fmt.Errorf("reading the Gymflow address %s: "+
			"plain http would send the token unprotected, use https (http is for this machine only)", shown)
	}
	path := strings.TrimRight(address.EscapedPath(), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/v1"), "/")
	return url.Parse(address.Scheme + "://" + address.Host + path)
}

// withoutUser cuts everything up to the last @, where a password could stand.
func withoutUser(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		text = text[at+1:]
	}
	before, _, _ := strings.Cut(text, "?")
	return before
}

// loopback tells the hosts that never leave this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// readToken takes a pasted token; its value is never part of an error.
func readToken(text string) (string, error) {
	token := strings.TrimSpace(text)
	if token == "" {
		return "", errors.New("reading the Gymflow token: it is empty")
	}
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return "", errors.New("reading the Gymflow token: it holds a blank, a line break or another character " +
				"that no token has, so it was probably not copied whole")
		}
	}
	return token, nil
}
