package reconcile

import (
	"strings"
	"testing"

	"kisiflow/store"
)

func TestOneWordingOfWhatMayEndAKey(t *testing.T) {
	for name, test := range map[string]struct {
		key  store.KeyFacts
		want []string
	}{
		"the owner's":        {store.KeyFacts{UserID: 1, Owner: true, LoginType: "api"}, nil},
		"nobody looked yet":  {store.KeyFacts{}, nil},
		"an administrator's": {store.KeyFacts{UserID: 2, UserName: "Adam", RoleName: "Administrator", LoginType: "api"}, []string{"belongs to Adam (role: Administrator)"}},
		"without a name":     {store.KeyFacts{UserID: 2}, []string{"belongs to somebody,"}},
		"a phone's":          {store.KeyFacts{UserID: 1, Owner: true, LoginType: "device"}, []string{"the login of a device"}},
		"one that expires":   {store.KeyFacts{UserID: 1, Owner: true, LoginType: "api", Expires: true}, []string{"expires"}},
	} {
		warnings := KeyWarnings(test.key)
		if len(warnings) != len(test.want) {
			t.Errorf("%s: %q, want %q", name, warnings, test.want)
			continue
		}
		for i, warning := range warnings {
			if !strings.Contains(warning, test.want[i]) {
				t.Errorf("%s: %q, want %q", name, warning, test.want[i])
			}
		}
	}
}
