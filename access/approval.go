package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// fingerprintLength is short enough to read out, and long enough that two plans of one gym never share it.
const fingerprintLength = 12

// RemovalKeys names the plan's removals one by one, sorted ("right:group:user"); the fingerprint is made of them.
func (p Plan) RemovalKeys() []string {
	keys := make([]string, len(p.Revokes))
	for i, revoke := range p.Revokes {
		keys[i] = fmt.Sprintf("%d:%d:%d", revoke.Entry.RightID, revoke.Entry.GroupID, revoke.Entry.UserID)
	}
	slices.Sort(keys)
	return keys
}

// Fingerprint names a list of removals; the same for any order.
func Fingerprint(keys []string) string {
	sorted := slices.Clone(keys)
	slices.Sort(sorted)
	sum := sha256.Sum256([]byte(strings.Join(sorted, "\n")))
	return hex.EncodeToString(sum[:])[:fingerprintLength]
}

// Covers reports whether every one of keys is in approved: approval is a ceiling.
func Covers(approved, keys []string) bool {
	allowed := make(map[string]bool, len(approved))
	for _, key := range approved {
		allowed[key] = true
	}
	for _, key := range keys {
		if !allowed[key] {
			return false
		}
	}
	return true
}
