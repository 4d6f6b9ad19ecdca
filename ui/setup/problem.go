package setup

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
	"kisiflow/ui/words"
)

// problemOf turns an error of work into sentences that say what to do.
func problemOf(facts Facts, err error) string {
	var fromGymflow *gymflow.Error
	var fromKisi *kisi.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "Stopped. Nothing was changed; you can try again or go back."
	case errors.Is(err, context.DeadlineExceeded):
		return "No answer came in time. Check the connection of this machine and try again."
	case errors.Is(err, store.ErrBusy):
		return sentence(err.Error()) + " Wait until it has finished, then try again."
	case errors.As(err, &fromGymflow):
		return gymflowProblem(facts, err, fromGymflow)
	case errors.As(err, &fromKisi):
		return kisiProblem(err, fromKisi)
	}
	if text := kindProblem(facts, err); text != "" {
		return text
	}
	return sentence(err.Error())
}

// kindProblem is for errors that wrap a kind without the call.
func kindProblem(facts Facts, err error) string {
	if text := gymflowProblem(facts, err, nil); text != "" {
		return text
	}
	return kisiProblem(err, nil)
}

func gymflowProblem(facts Facts, err error, call *gymflow.Error) string {
	address := words.Clean(facts.Draft.GymflowURL)
	switch {
	case errors.Is(err, gymflow.ErrUnauthorized):
		return "Gymflow refused the token. Copy it again where you got it, or have a new one made, then go back and paste it."
	case errors.Is(err, gymflow.ErrForbidden):
		return "Gymflow knows the token, but it may not read what is needed. It has to read the account, the memberships and the members. " +
			"Have it given these rights, or go back and paste another token."
	case errors.Is(err, gymflow.ErrUnavailable):
		return "Gymflow can't be reached at " + address + because(call) + ". Check the address and that the bridge is running, then try again."
	case errors.Is(err, gymflow.ErrNotGymflow), errors.Is(err, gymflow.ErrNotFound):
		return "Something answers at " + address + ", but not with what Gymflow's contract says. Check the address: it is the one before /v1. Go back to change it."
	case errors.Is(err, gymflow.ErrThrottled):
		return "Gymflow asks to slow down. Wait a minute, then try again."
	case errors.Is(err, gymflow.ErrIncomplete):
		return "Gymflow's answer was not complete, so it is not used. Try again; if it stays so, whoever runs the bridge has to look at it. (" +
			sentence(err.Error()) + ")"
	case call != nil:
		return sentence(call.Error()) + " Try again, or go back and check the address."
	}
	return ""
}

// because is the cause of a call that came to nothing, as far as the system says one.
func because(call *gymflow.Error) string {
	switch {
	case call == nil:
		return ""
	case call.Cause != nil:
		return " (" + words.Clean(call.Cause.Error()) + ")"
	case call.Status != 0 && call.Message != "":
		return " (" + words.Clean(call.Message) + ")"
	}
	return ""
}

func kisiProblem(err error, call *kisi.Error) string {
	switch {
	case errors.Is(err, kisi.ErrUnauthorized):
		return "Kisi refused the key. Copy it again; Kisi shows a key only once, so if it was not copied whole, make a new one " +
			"(My Account > API > Add API Key)."
	case errors.Is(err, kisi.ErrForbidden):
		if call == nil { // the check of the key says itself what is missing, and to whom
			missing := strings.TrimPrefix(err.Error(), kisi.ErrForbidden.Error()+": ")
			return "Kisi knows the key, but its rights are too few. " + sentence(missing)
		}
		return "Kisi knows the key, but its rights are too few. " + useOwnerKey + " (" + sentence(call.Error()) + ")"
	case errors.Is(err, kisi.ErrUnavailable):
		reason := ""
		if call != nil && call.Cause != nil {
			reason = " (" + words.Clean(call.Cause.Error()) + ")"
		}
		return "Kisi can't be reached" + reason + ". Check that this machine may call api.kisi.io, then try again."
	case errors.Is(err, kisi.ErrNotKisi):
		return "What answers is not Kisi. Check --kisi-url and whether a proxy stands in between, then try again."
	case errors.Is(err, kisi.ErrThrottled):
		return "Kisi asks to slow down; something else may be using the same person's keys. Wait a minute, then try again."
	case errors.Is(err, kisi.ErrIncomplete):
		return "Kisi's list was not complete, so it is not used. Try again. (" + sentence(err.Error()) + ")"
	case call != nil:
		return sentence(call.Error()) + " Try again."
	}
	return ""
}

// hide is the last guard: no secret stands in a problem, whatever a service sent back.
func hide(facts Facts, text string) string {
	for _, secret := range []SecretText{facts.Token, facts.Key} {
		if secret != "" {
			text = strings.ReplaceAll(text, string(secret), secret.String())
		}
	}
	return text
}

// sentence makes an error's text read as one: a capital first, a stop at the end.
func sentence(text string) string {
	text = words.Fit(words.Clean(text), 400)
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "…") {
		text += "."
	}
	return text
}

func blameAlways(state State) func(error) State { return func(error) State { return state } }

// blameGymflow: a refused token is the token's fault, all else more likely the address's.
func blameGymflow(err error) State {
	if errors.Is(err, gymflow.ErrUnauthorized) || errors.Is(err, gymflow.ErrForbidden) {
		return AskToken
	}
	return AskAddress
}

// blameReading is for work that reads both sides; otherwise names the state that is at fault when neither side is.
func blameReading(otherwise State) func(error) State {
	return func(err error) State {
		var fromGymflow *gymflow.Error
		var refused *gymflow.Refused
		switch {
		case errors.As(err, &refused), errors.Is(err, gymflow.ErrNoFile):
			return AskAddress
		case errors.Is(err, kisi.ErrUnauthorized), errors.Is(err, kisi.ErrForbidden):
			return AskKey
		case errors.Is(err, gymflow.ErrUnauthorized), errors.Is(err, gymflow.ErrForbidden):
			return AskToken
		case errors.Is(err, gymflow.ErrNotGymflow), errors.As(err, &fromGymflow) && errors.Is(err, gymflow.ErrUnavailable):
			return AskAddress
		}
		return otherwise
	}
}
