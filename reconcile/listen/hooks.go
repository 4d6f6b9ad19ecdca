package listen

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
)

// refusal is an answer to a push that was not taken.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return r.message }

var _ error = (*refusal)(nil)

func badSignature() error {
	return &refusal{http.StatusUnauthorized, "bad_signature", "The signature or the secret is not the right one."}
}

func malformed(err error) error {
	return &refusal{http.StatusBadRequest, "malformed", err.Error()}
}

// reading turns a verified request into a word. It looks at the signature before anything of the body is believed. nil means
// that there is nothing to do.
type reading func(secret string, r *http.Request, body []byte) (*reconcile.Word, error)

// hook answers one kind of push as soon as it is stored whom to look at. taken is the status that its sender wants then.
func (s *Server) hook(name string, taken int, read reading) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := s.limits.wait(r.RemoteAddr, s.options.Now()); wait > 0 {
			s.options.Metrics.pushed(name, "too many")
			refuseFor(w, wait)
			return
		}
		again, err := s.take(w, r, read)
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			s.options.Metrics.pushed(name, refused.code)
			s.options.Log.Info("refused a push", "hook", name, "status", refused.status, "why", refused.code)
			refuse(w, refused)
		case err != nil: // of the state file; the sender tries again
			s.options.Metrics.pushed(name, "failed")
			s.options.Log.Warn("a push could not be stored", "hook", name, "error", err)
			w.Header().Set("Retry-After", "5")
			refuse(w, &refusal{http.StatusServiceUnavailable, "unavailable", "It could not be stored; try again."})
		case again:
			s.options.Metrics.pushed(name, "again")
			answer(w, taken, map[string]any{"taken": true, "again": true})
		default:
			s.options.Metrics.pushed(name, "taken")
			s.options.Log.Debug("took a push", "hook", name)
			answer(w, taken, map[string]any{"taken": true})
		}
	})
}

func (s *Server) take(w http.ResponseWriter, r *http.Request, read reading) (again bool, err error) {
	secret, err := s.secret.now()
	if err != nil {
		return false, err
	}
	if r.ContentLength > largestBody {
		return false, tooLarge()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return false, tooLarge()
		}
		return false, &refusal{http.StatusBadRequest, "malformed", "The body broke off."}
	}
	word, err := read(secret, r, body)
	if err != nil || word == nil {
		return false, err
	}
	return s.options.Engine.Hear(*word)
}

func tooLarge() error {
	return &refusal{http.StatusRequestEntityTooLarge, "too_large", "The body is longer than 64 KiB."}
}

func (s *Server) fromGymflow(secret string, r *http.Request, body []byte) (*reconcile.Word, error) {
	if !gymflow.VerifyPush(secret, body, r.Header.Get("X-Gymflow-Signature")) {
		return nil, badSignature()
	}
	push, err := gymflow.ParsePush(body)
	if err != nil {
		return nil, malformed(err)
	}
	word := &reconcile.Word{ID: "gymflow " + push.ID, Cause: "push", MemberID: push.MemberID}
	if push.Whole() {
		word.All = "a membership changed in Gymflow"
	}
	return word, nil
}

func (s *Server) fromZapier(secret string, r *http.Request, body []byte) (*reconcile.Word, error) {
	if !sameSecret(secret, r.PathValue("secret")) {
		return nil, badSignature()
	}
	zap, err := gymflow.ParseZap(body)
	if err != nil {
		return nil, malformed(err)
	}
	return &reconcile.Word{Cause: "push", MemberID: zap.MemberID, Email: zap.Email}, nil
}

func (s *Server) fromKisi(secret string, r *http.Request, body []byte) (*reconcile.Word, error) {
	signature := r.Header.Get("X-Signature")
	// The push secret itself counts too: an admin may have pasted it into Kisi by hand.
	if !kisi.VerifyEvent(KisiKey(secret), body, signature) && !kisi.VerifyEvent(secret, body, signature) {
		return nil, badSignature()
	}
	event, err := kisi.ParseEvent(body)
	if err != nil {
		return nil, malformed(err)
	}
	if !event.ChangesAccess() {
		return nil, nil
	}
	word := &reconcile.Word{Cause: reconcile.ChangedInKisi, UserID: event.UserID(), RightID: event.RightID()}
	if event.UUID != "" {
		word.ID = "kisi " + event.UUID
	}
	if word.UserID == 0 && word.RightID == 0 {
		word.All = "somebody changed an access group or a person in Kisi"
	}
	return word, nil
}

// sameSecret compares in constant time, whatever the lengths. Without a secret nothing is right.
func sameSecret(secret, given string) bool {
	one, other := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(given))
	return secret != "" && hmac.Equal(one[:], other[:])
}

// KisiKey is the signature key that Kisi is given. It is made of the push secret, which Kisi itself never learns.
func KisiKey(secret string) string {
	if secret == "" {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte("kisiflow: Kisi's event webhook")) // a hash takes everything
	return hex.EncodeToString(mac.Sum(nil))
}

func refuseFor(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	refuse(w, &refusal{http.StatusTooManyRequests, "too_many", "Too many requests; slow down."})
}

func refuse(w http.ResponseWriter, why *refusal) {
	answer(w, why.status, map[string]any{"error": map[string]string{"code": why.code, "message": why.message}})
}

func answer(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // who is gone needs no answer
}
