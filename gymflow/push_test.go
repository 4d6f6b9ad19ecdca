package gymflow

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParsePush(t *testing.T) {
	for body, want := range map[string]Push{
		`{"id":"evt_1","type":"member.updated","member_id":"m_123","created_at":"2026-01-01T00:00:00Z"}`: {"evt_1", "member.updated", "m_123"},
		` {"id":"e","type":"member.deleted","member_id":"ü","more":[1,{}]} `:                             {"e", "member.deleted", "ü"},
		`{"id":"e","type":"membership.updated"}`:                                                         {"e", "membership.updated", ""},
		`{"id":"e","type":"member.joined","member_id":"m"}`:                                              {"e", "member.joined", "m"},
	} {
		if got, err := ParsePush([]byte(body)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{
		``, `null`, `[]`, `"x"`, `{`, `{}`, `{"id":"e"}`, `{"id":"e","type":"member.updated"}`, `{"type":"member.updated","member_id":"m"}`,
		`{"id":"e","member_id":"m"}`, `{"id":1,"type":"member.updated","member_id":"m"}`, `{"id":"e","type":"member.updated","member_id":["m"]}`,
		`{"id":"e","type":"membership.updated"}{}`, "{\"id\":\"e\",\"type\":\"member.updated\",\"member_id\":\"\xff\"}",
		`{"id":"e","type":"member.updated","member_id":"m\u001b[2J"}`, `{"id":"e","type":"member.updated","member_id":"` + strings.Repeat("m", 400) + `"}`,
		"<html>", strings.Repeat("[", 60_000),
	} {
		if got, err := ParsePush([]byte(body)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.80s: %+v, %v", body, got, err)
		}
	}
}

func TestParseZap(t *testing.T) {
	for body, want := range map[string]Zap{
		`{"email":" Ann@X.example ","name":"Ann"}`:     {"Ann@X.example", ""},
		`{"member_id":"m_1"}`:                          {"", "m_1"},
		`{"member_id":12345678901234567890}`:           {"", "12345678901234567890"},
		`{"email":"a@x.example","member_id":"m"}`:      {"a@x.example", "m"},
		`{"email":"a@x.example","member_id":null}`:     {"a@x.example", ""},
		`{"Email":"a@x.example"}`:                      {"a@x.example", ""},
		`{"email":null,"member_id":"m","x":{"y":"z"}}`: {"", "m"},
	} {
		if got, err := ParseZap([]byte(body)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{``, `[]`, `{}`, `{"email":""}`, `{"email":" "}`, `{"email":1}`, `{"member_id":{}}`, `{"member_id":true}`, `{"member_id":"m"} x`} {
		if got, err := ParseZap([]byte(body)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

func TestVerifyPush(t *testing.T) {
	body := []byte(`{"id":"evt_1"}`)
	// echo -n '{"id":"evt_1"}' | openssl dgst -sha256 -hmac secret
	const known = "sha256=16abb10adb33ff9cff34f6a57fc2c0b902c11ea19fe73dae86f2940c235e7ed5"
	sound := SignPush("secret", body)
	if sound != known || !VerifyPush("secret", body, sound) || !VerifyPush("secret", body, "sha256="+strings.ToUpper(sound[7:])) {
		t.Errorf("%s is refused", sound)
	}
	for _, wrong := range []string{"", "sha256=", sound[7:], "sha1=" + sound[7:], sound[:len(sound)-2], sound + "00", SignPush("other", body), SignPush("secret", append(body, ' '))} {
		if VerifyPush("secret", body, wrong) {
			t.Errorf("%q is taken", wrong)
		}
	}
	if VerifyPush("", body, SignPush("", body)) {
		t.Error("without a secret everybody could sign")
	}
}

func FuzzParsePush(f *testing.F) {
	for _, seed := range []string{`{"id":"evt_1","type":"member.updated","member_id":"m_1"}`, `{"id":"e","type":"membership.updated"}`, `{"id":null}`, `[`, "\xff", `{"ID":"x"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		push, err := ParsePush(body)
		if err != nil {
			if push != (Push{}) || len(err.Error()) > 300 {
				t.Errorf("%+v, %v", push, err)
			}
			return
		}
		if push.ID == "" || push.Type == "" || push.MemberID == "" && !push.Whole() || !utf8.ValidString(push.ID+push.MemberID) || len(push.ID+push.Type+push.MemberID) > 3*longestPushField {
			t.Errorf("%q gives %+v", body, push)
		}
	})
}

func FuzzParseZap(f *testing.F) {
	for _, seed := range []string{`{"email":"a@x.example"}`, `{"member_id":12}`, `{"member_id":1e400}`, `{"email":null}`, `{"member_id":"m`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		zap, err := ParseZap(body)
		if err == nil && zap == (Zap{}) || err != nil && zap != (Zap{}) || len(zap.Email) > longestPushField || len(zap.MemberID) > longestPushField {
			t.Errorf("%q gives %+v, %v", body, zap, err)
		}
	})
}

func FuzzVerifyPush(f *testing.F) {
	f.Add([]byte("body"), "sha256=00")
	f.Add([]byte(""), "sha256=")
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		if VerifyPush("a secret nobody knows", body, signature) {
			t.Errorf("%q is taken for %q", signature, body)
		}
	})
}
