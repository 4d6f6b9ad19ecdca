package kisi

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	usualURL    = "https://api.kisi.io"
	usualPause  = 500 * time.Millisecond
	integration = "kisiflow"
)

// Client calls Kisi with one key. All calls share one limiter. Safe for concurrent use; calls are
// sent one after the other (kisi-api.md section 12 asks for serial requests).
type Client struct {
	base      *url.URL
	http      *http.Client
	authorize func(http.Header)   // holds the key, so that printing a Client can't show it
	clean     func(string) string // CleanText that takes the key out too
	contact   string
	pause     time.Duration
	pace      *pace
	turn      chan struct{} // holds one token: calls are serial
	me        atomic.Int64  // the id of the key's user, once known
	author    atomic.Int64  // whom Kisi named as the maker of the last right that this client made

	mutex     sync.Mutex
	stats     Stats
	meAddress string
}

// Options says where and as whom to call.
type Options struct {
	BaseURL    string            // default https://api.kisi.io; plain http to loopback only
	Key        string            // stray blanks and newlines are trimmed; never logged
	Rate       float64           // requests a second; 0 means 4; above 5 only against loopback
	Transport  http.RoundTripper // nil for the default; tests count and break calls here
	Contact    string            // e-mail for Kisi's partner header; "" for that of the key's user
	RetryPause time.Duration     // before the first retry, doubled for each further one; 0 means half a second
}

// Format prints Options without the key, whatever the verb.
func (o Options) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "kisi.Options{BaseURL: %q, Rate: %v}", o.BaseURL, o.Rate)
}

// New checks the options and makes a client; it does not call anything yet.
func New(options Options) (*Client, error) {
	key, err := checkKey(options.Key)
	if err != nil {
		return nil, err
	}
	base, local, err := checkURL(options.BaseURL)
	if err != nil {
		return nil, err
	}
	perSecond := options.Rate
	switch {
	case perSecond == 0:
		perSecond = usualRate
	case perSecond < 0 || perSecond != perSecond:
		return nil, errors.New("the rate for Kisi must be a number of requests a second above 0")
	case perSecond > highest && !local:
		return nil, fmt.Errorf("kisi allows %v requests a second and user; a rate of %v is refused", highest, perSecond)
	}
	transport := options.Transport
	if transport == nil {
		transport = newTransport()
	}
	c := &Client{
		base: base,
		http: &http.Client{
			Transport: transport,
			// The key must not follow a redirect anywhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		authorize: func(header http.Header) { header.Set("Authorization", "KISI-LOGIN "+key) },
		clean:     cleanerWithout(key),
		contact:   strings.TrimSpace(options.Contact),
		pause:     options.RetryPause,
		pace:      newPace(perSecond),
		turn:      make(chan struct{}, 1),
	}
	if c.pause <= 0 {
		c.pause = usualPause
	}
	return c, nil
}

// Close lets go of idle connections. The client can be used again afterwards.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: tryTime, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   1, // calls are serial
		IdleConnTimeout:       time.Minute,
		TLSHandshakeTimeout:   tryTime,
		ExpectContinueTimeout: time.Second,
	}
}

// checkKey trims a pasted key. Its refusals never show it.
func checkKey(key string) (string, error) {
	key = strings.TrimSpace(key)
	if key == "" {
		return "", errors.New("the Kisi API key is empty")
	}
	for _, r := range key {
		switch {
		case r <= ' ' || r == 0x7f:
			return "", errors.New("the Kisi API key has a blank or a line break in its middle; paste the key alone")
		case r > 0x7f:
			return "", errors.New("the Kisi API key holds a character that no key has; paste the key alone")
		}
	}
	return key, nil
}

func checkURL(text string) (base *url.URL, local bool, err error) {
	text = strings.TrimSpace(text)
	if text == "" {
		text = usualURL
	}
	// The address itself is not repeated in refusals: somebody may have pasted the key here.
	base, err = url.Parse(strings.TrimRight(text, "/"))
	switch {
	case err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http"):
		return nil, false, errors.New("the address of Kisi must look like " + usualURL)
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return nil, false, errors.New("the address of Kisi must hold no name, password or question mark")
	}
	host := base.Hostname()
	ip := net.ParseIP(host)
	local = strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
	if base.Scheme == "http" && !local {
		return nil, false, errors.New("the address of Kisi must begin with https: the key would cross the network in the clear")
	}
	return base, local, nil
}

// cleanerWithout cleans text and hides the key wherever a server or a transport repeats it. Cleaning
// comes first: a key with an escape sequence in its middle would otherwise come together again.
func cleanerWithout(key string) func(string) string {
	quoted := strconv.Quote(key)
	hide := strings.NewReplacer(key, "[key]", quoted[1:len(quoted)-1], "[key]", url.QueryEscape(key), "[key]", url.PathEscape(key), "[key]")
	return func(text string) string { return hide.Replace(CleanText(text)) }
}

// Stats is a snapshot of the traffic so far.
func (c *Client) Stats() Stats {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	stats := c.stats
	stats.Rate = c.pace.now()
	return stats
}

// Delay is how long a call would wait for the limiter now; 0 when none. It takes nothing from the limiter.
func (c *Client) Delay() time.Duration { return c.pace.delay() }
