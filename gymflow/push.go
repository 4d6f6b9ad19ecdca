package gymflow

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LargestPush is how long the body of a push may be (gymflow-api.md, "Push").
const LargestPush = 64 << 10

// longestPushField: an id or an address that is longer names nobody.
const longestPushField = 320

// Push is what a push says. It tells whom to look at and never what holds: that is read again.
type Push struct {
	ID       string // the same id may come again and counts once
	Type     string // "member.updated", "member.deleted", "membership.updated"
	MemberID string // "" where everything may have changed
}

// Whole reports that the push is about a membership, so about everybody who holds it.
func (p Push) Whole() bool { return strings.HasPrefix(p.Type, "membership.") }

// ErrMalformed says that the body of a push can't be understood.
var ErrMalformed = errors.New("the push can't be understood")

// ParsePush reads the body of POST /hooks/gymflow. Fields that it does not know are ignored.
func ParsePush(body []byte) (Push, error) {
	var sent struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		MemberID string `json:"member_id"`
	}
	if err := oneObject(body, &sent); err != nil {
		return Push{}, err
	}
	push := Push{ID: sent.ID, Type: sent.Type, MemberID: sent.MemberID}
	if err := soundFields(map[string]string{"id": push.ID, "type": push.Type, "member_id": push.MemberID}); err != nil {
		return Push{}, err
	}
	switch {
	case push.ID == "":
		return Push{}, fmt.Errorf("%w: it has no id", ErrMalformed)
	case push.Type == "":
		return Push{}, fmt.Errorf("%w: it has no type", ErrMalformed)
	case push.MemberID == "" && !push.Whole():
		return Push{}, fmt.Errorf("%w: it names no member", ErrMalformed)
	}
	return push, nil
}

// Zap is what Zapier sends: an e-mail, a member id, or both.
type Zap struct {
	Email    string
	MemberID string
}

// ParseZap reads the body of POST /hooks/zapier/{secret}: any JSON object that holds an email or a member_id. An id may be a
// number: Zapier's forms make one of what looks like it.
func ParseZap(body []byte) (Zap, error) {
	var sent struct {
		Email    *string         `json:"email"`
		MemberID json.RawMessage `json:"member_id"`
	}
	if err := oneObject(body, &sent); err != nil {
		return Zap{}, err
	}
	zap := Zap{}
	if sent.Email != nil {
		zap.Email = strings.TrimSpace(*sent.Email)
	}
	if id := bytes.TrimSpace(sent.MemberID); len(id) > 0 && !bytes.Equal(id, []byte("null")) {
		var number json.Number
		var text string
		switch {
		case json.Unmarshal(id, &text) == nil:
			zap.MemberID = strings.TrimSpace(text)
		case json.Unmarshal(id, &number) == nil:
			zap.MemberID = number.String()
		default:
			return Zap{}, fmt.Errorf("%w: its member_id is neither a text nor a number", ErrMalformed)
		}
	}
	if err := soundFields(map[string]string{"email": zap.Email, "member_id": zap.MemberID}); err != nil {
		return Zap{}, err
	}
	if zap.Email == "" && zap.MemberID == "" {
		return Zap{}, fmt.Errorf("%w: it holds neither an email nor a member_id", ErrMalformed)
	}
	return zap, nil
}

// oneObject reads a JSON object and nothing behind it.
func oneObject(body []byte, into any) error {
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) || !utf8.Valid(body) {
		return fmt.Errorf("%w: it is no JSON object", ErrMalformed)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: it is no JSON object of the right shape", ErrMalformed)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something stands behind the object", ErrMalformed)
	}
	return nil
}

// soundFields refuses what can't be an id or an address, before it becomes a key of the state file or a part of an address.
func soundFields(fields map[string]string) error {
	for name, value := range fields {
		if len(value) > longestPushField {
			return fmt.Errorf("%w: its %s is too long", ErrMalformed, name)
		}
		if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			return fmt.Errorf("%w: its %s holds characters that none has", ErrMalformed, name)
		}
	}
	return nil
}

// SignPush gives the value of X-Gymflow-Signature for a body.
func SignPush(secret string, body []byte) string {
	return "sha256=" + hex.EncodeToString(sum(secret, body))
}

// VerifyPush compares the value of X-Gymflow-Signature in constant time. Without a secret nothing is verified.
func VerifyPush(secret string, body []byte, signature string) bool {
	given, prefixed := strings.CutPrefix(strings.TrimSpace(signature), "sha256=")
	mac, err := hex.DecodeString(given)
	return secret != "" && prefixed && err == nil && hmac.Equal(mac, sum(secret, body))
}

func sum(secret string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body) // a hash takes everything
	return mac.Sum(nil)
}
