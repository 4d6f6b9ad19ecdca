package kisi_test

import (
	"net/http"
	"strings"
	"testing"

	"kisiflow/kisi"
)

func TestNewRefuses(t *testing.T) {
	const good = "0123456789abcdef"
	for name, test := range map[string]struct {
		options kisi.Options
		refused bool
	}{
		"usual":              {kisi.Options{Key: good}, false},
		"stray blanks":       {kisi.Options{Key: "\t " + good + "\r\n"}, false},
		"no key":             {kisi.Options{Key: " \n"}, true},
		"blank inside":       {kisi.Options{Key: "01234 56789"}, true},
		"line inside":        {kisi.Options{Key: "01234\r\nX: y"}, true},
		"control inside":     {kisi.Options{Key: "01234\x1b[A56789"}, true},
		"not ASCII":          {kisi.Options{Key: "01234é"}, true},
		"plain http":         {kisi.Options{Key: good, BaseURL: "http://api.kisi.io"}, true},
		"looks local":        {kisi.Options{Key: good, BaseURL: "http://127.0.0.1.example"}, true},
		"looks local too":    {kisi.Options{Key: good, BaseURL: "http://localhost.example"}, true},
		"network address":    {kisi.Options{Key: good, BaseURL: "http://192.168.0.5"}, true},
		"loopback":           {kisi.Options{Key: good, BaseURL: "http://127.8.9.1:80/"}, false},
		"loopback of six":    {kisi.Options{Key: good, BaseURL: "http://[::1]:8080"}, false},
		"localhost":          {kisi.Options{Key: good, BaseURL: "http://localhost:8080", Rate: 500}, false},
		"with a password":    {kisi.Options{Key: good, BaseURL: "https://me:" + good + "@api.kisi.io"}, true},
		"with a query":       {kisi.Options{Key: good, BaseURL: "https://api.kisi.io?key=" + good}, true},
		"file":               {kisi.Options{Key: good, BaseURL: "file:///etc/" + good}, true},
		"no address":         {kisi.Options{Key: good, BaseURL: good}, true},
		"five a second":      {kisi.Options{Key: good, Rate: 5}, false},
		"too fast":           {kisi.Options{Key: good, Rate: 5.1}, true},
		"negative":           {kisi.Options{Key: good, Rate: -1}, true},
		"gentler than usual": {kisi.Options{Key: good, Rate: 0.1}, false},
	} {
		_, err := kisi.New(test.options)
		if (err != nil) != test.refused {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), good) || strings.Contains(err.Error(), "01234")) {
			t.Errorf("%s shows the key: %v", name, err)
		}
	}
}

func TestHeaders(t *testing.T) {
	var seen http.Header
	client, _ := scriptedClient(t, func(r *http.Request) (*http.Response, error) {
		seen = r.Header.Clone()
		return reply(200, me)(r)
	})
	if _, err := client.CurrentUser(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CurrentUser(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Authorization": "KISI-LOGIN 0123456789abcdef", "Accept": "application/json", "Content-Type": "application/json",
		"X-Kisi-Integration-Identifier": "kisiflow", "X-Kisi-Integration-Contact": "o@x.example",
	} {
		if seen.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, seen.Get(name), want)
		}
	}
}

func TestSameEmail(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"Ann@X.example", " ann@x.EXAMPLE\n", true}, {"ann@x.example", "ann+gym@x.example", false},
		{"a.nn@x.example", "ann@x.example", false}, {"", "", false}, {" ", "", false},
		{"rene\u0301@x.example", "RENÉ@x.example", true}, {"straße@x.example", "STRASSE@x.example", true},
		{"аnn@x.example", "ann@x.example", false}, // a Cyrillic а
	} {
		if kisi.SameEmail(test.a, test.b) != test.same || kisi.SameEmail(test.b, test.a) != test.same {
			t.Errorf("SameEmail(%q, %q) is not %v", test.a, test.b, test.same)
		}
	}
}

func TestCleanText(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "Zoë 🏋": "Zoë 🏋", "a\nb\tc": "a b c", "\x1b[31mred\x1b[0m": "red", "\x1b]0;title\x07x": "x",
		"\x1b]8;;http://x\x1b\\link": "link", "\u009b31mred": "red", "\u009d0;t\u009cx": "x", "bell\x07": "bell",
		"\x1bPq\x1b\\x": "x", "\x1b": "", "\x1b[": "", "\x1b]never ends": "never ends", "\u202egnp.exe": "gnp.exe", "\x7f\x00x": "x",
		"\x1b(Bx": "x", "bad \xff byte": "bad \ufffd byte", "\x9b31m": "\ufffd31m",
	} {
		if got := kisi.CleanText(text); got != want {
			t.Errorf("CleanText(%q) = %q, want %q", text, got, want)
		}
	}
}
