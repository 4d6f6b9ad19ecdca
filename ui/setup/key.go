package setup

import (
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/words"
)

func hasKey(facts Facts) bool { return facts.Key != "" }

func askKey(facts Facts) Question {
	body := []string{
		"Make the key in Kisi (web.kisi.io), signed in as the organization's owner: your name at the top right > " +
			"My Account > API > Add API Key. Name it kisiflow and copy it at once, as Kisi shows it only once.",
		"Why the owner: a key made by an administrator stops working when that person loses their rights or leaves.",
		"The key is not shown here, and it is kept encrypted on this machine.",
	}
	if facts.Account != nil {
		body = append([]string{readFrom(facts)}, body...)
	}
	return Question{Title: "Kisi API key", Body: body, Label: "API key", HasSecret: facts.knownKey() != ""}
}

// readFrom says that the step before was done: nobody signs in to a file.
func readFrom(facts Facts) string {
	switch {
	case !fromFile(facts):
		return "Signed in to " + named(facts.Account.Name, "Gymflow") + "."
	case facts.Roster == nil:
		return "The members come from " + named(facts.Account.Name, "the roster file") + "."
	}
	return "Read " + named(facts.Account.Name, "the roster file") + ": " + words.Count(len(facts.Roster.Members), "member") + ", as of " +
		facts.Roster.AsOf.Local().Format("2 Jan 2006 15:04") + "."
}

func takeKey(facts Facts, answer Answer) (Facts, string) {
	key, problem := readSecret(answer.Text, facts.knownKey(), "key", "KISI-LOGIN ")
	if problem != "" {
		return facts, problem
	}
	if key != facts.Key {
		facts.Key = key
		// Whose key it is stays unknown until the check; the organization stays, to notice that it is another one.
		facts.Draft.Key = store.KeyFacts{OrganizationID: facts.Draft.Key.OrganizationID, OrganizationName: facts.Draft.Key.OrganizationName}
		facts.Health, facts.Places, facts.Choices, facts.KeyAccepted = nil, nil, nil, false
		facts = forgetPlan(facts)
	}
	return facts, ""
}

func askCheckKey(Facts) Question {
	return Question{
		Title: "Checking the key",
		Body:  []string{"Asking Kisi whose key this is, and whether it may read access groups and write access rights."},
	}
}

func takeHealth(facts Facts, answer Answer) (Facts, string) {
	health := answer.Result.Health
	switch {
	case health == nil:
		return facts, "Kisi answered, but did not say whose key this is. Try again."
	case !health.CanRead:
		return facts, "Kisi knows the key, but it may not read places, access groups and users. " + useOwnerKey
	case !health.CanWrite:
		return facts, "Kisi knows the key, but it may not give or take access rights. " + useOwnerKey
	}
	organization := health.Organization.ID
	if organization == 0 {
		organization = health.User.OrganizationID
	}
	if before := facts.Draft.Key.OrganizationID; before != 0 && before != organization {
		facts = forgetOrganization(facts)
	}
	facts.Health = health
	facts.FoundKey = reconcile.FactsOfKey(*health, answer.Result.At)
	if !mustWarn(facts) {
		facts.Draft.Key = facts.FoundKey
	}
	return facts, ""
}

// mustWarn: the key has a drawback that nobody has accepted yet.
func mustWarn(facts Facts) bool {
	return len(reconcile.KeyWarnings(facts.FoundKey)) > 0 && !facts.KeyAccepted
}

// forgetOrganization drops what belongs to another tenant: its place, groups and people.
func forgetOrganization(facts Facts) Facts {
	facts.Draft.PlaceID, facts.Draft.PlaceName, facts.Draft.PlaceAddress = 0, "", ""
	facts.Draft.PlaceZone, facts.Draft.Zone = "", ""
	facts.Draft.Associations, facts.Draft.LeaveRights = nil, nil
	facts.Places, facts.Choices = nil, nil
	return forgetPlan(facts)
}

func keyAccepted(facts Facts) bool { return facts.KeyAccepted }

func afterCheckKey(facts Facts) State {
	if len(reconcile.KeyWarnings(facts.FoundKey)) > 0 {
		return WarnKey // passed over when resuming, if it was answered
	}
	return LoadPlaces
}

// The options of WarnKey.
const (
	optionContinue = "continue"
	optionAnother  = "another"
)

func askWarnKey(facts Facts) Question {
	return Question{
		Title:    "The key works, with a warning",
		Body:     []string{keySentence(facts)},
		Warnings: reconcile.KeyWarnings(facts.FoundKey),
		Label:    "What now",
		Default:  optionContinue,
		Options: []Option{
			{ID: optionContinue, Label: "Go on with this key", Detail: "You can replace it later, in the live view under Settings."},
			{ID: optionAnother, Label: "Enter another key", Detail: "Best is one that the organization's owner made."},
		},
	}
}

func takeWarnKey(facts Facts, answer Answer) (Facts, string) {
	switch answer.Chosen {
	case optionContinue, "":
		facts.KeyAccepted = true
		facts.Draft.Key = facts.FoundKey
	case optionAnother:
		facts.KeyAccepted = false
	default:
		return facts, notAnOption
	}
	return facts, ""
}

func afterWarnKey(facts Facts) State {
	if facts.KeyAccepted {
		return LoadPlaces
	}
	return AskKey
}

const (
	notAnOption = "That is not one of the choices."
	useOwnerKey = "Use a key of the organization's owner, or of an administrator of the whole organization."
)

// keySentence says whose key it is.
func keySentence(facts Facts) string {
	key := facts.FoundKey
	text := "The key belongs to " + named(key.UserName, "somebody")
	if email := words.Clean(key.UserEmail); email != "" {
		text += " (" + email + ")"
	}
	if key.Owner {
		text += ", the owner"
	} else if role := words.Clean(key.RoleName); role != "" {
		text += ", " + role
	}
	return text + " of " + named(key.OrganizationName, "the organization") + "."
}

// ReadKey takes a Kisi API key as it was pasted; a problem says what is wrong with it.
func ReadKey(text string) (key SecretText, problem string) {
	return readSecret(text, "", "key", "KISI-LOGIN ")
}
