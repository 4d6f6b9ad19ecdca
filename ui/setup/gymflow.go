package setup

import (
	"cmp"
	"net"
	"net/url"
	"strings"

	"kisiflow/gymflow"
	"kisiflow/reconcile"
	"kisiflow/ui/words"
)

func hasAddress(facts Facts) bool { return facts.Draft.GymflowURL != "" || fromFile(facts) }

func askAddress(facts Facts) Question {
	text := cmp.Or(facts.Typed, facts.knownAddress())
	return Question{
		Title: "Where is your Gymflow?",
		Body: []string{
			"kisiflow reads Gymflow through a bridge, as Gymflow has no public connection of its own. Whoever runs the bridge for your gym " +
				"gives you its address and a token. Nobody does yet? docs/gymflow.md tells a technician how.",
			"Without a bridge: export the members from Gymflow (CSV or XLSX), and type the path of that file or of its folder here.",
			"First switch off Gymflow's own Kisi integration (in Gymflow: Settings > Integrations > Kisi). " +
				"Two programs would fight over the same access rights.",
		},
		Label:   "Address, or path of a file",
		Default: text,
	}
}

func takeAddress(facts Facts, answer Answer) (Facts, string) {
	text := cmp.Or(strings.TrimSpace(answer.Text), facts.knownAddress())
	if isPath(text) {
		return takePath(facts, text), ""
	}
	address, problem := readAddress(text)
	if problem != "" {
		facts.Typed = words.Clean(text)
		return facts, problem
	}
	if address != facts.Draft.GymflowURL {
		facts = forgetGymflow(facts)
		facts.Draft.GymflowURL = address
	}
	facts.Draft.Roster = gymflow.RosterFile{}
	return facts, ""
}

// readAddress checks the form of an address; whether something answers there is CheckGymflow's to find out.
func readAddress(text string) (address, problem string) {
	const example = "Write it like https://gym.example.com, or a file's path like /srv/members.csv"
	switch {
	case text == "":
		return "", "The address is empty. " + example + "."
	case strings.ContainsAny(text, " \t\r\n"):
		return "", "An address holds no blanks. " + example + "."
	case !strings.Contains(text, "://"):
		text = "https://" + text
	}
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Opaque != "" || parsed.Hostname() == "":
		return "", "That is not an address. " + example + "."
	case parsed.User != nil:
		return "", "The address must hold no user name or password; the token is asked for next. " + example + "."
	case parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "":
		return "", "The address ends before any ? or #. " + example + "."
	case parsed.Scheme == "http" && !onThisMachine(parsed.Hostname()):
		return "", "With http:// the token would travel unprotected. Use https:// (http is for this machine only)."
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return "", "The address has to begin with https://. " + example + "."
	}
	path := strings.TrimRight(parsed.EscapedPath(), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/v1"), "/")
	address = parsed.Scheme + "://" + parsed.Host + path
	// The source has the last word on what it will call.
	if _, err := gymflow.NewHTTP(gymflow.HTTPOptions{BaseURL: address, Token: "unset"}); err != nil {
		return "", sentence(err.Error())
	}
	return address, ""
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// forgetGymflow drops what was read from another address or with another token. The answers stay until the
// account turns out to be a different one (takeAccount).
func forgetGymflow(facts Facts) Facts {
	facts.Account, facts.Choices, facts.Roster = nil, nil, nil
	return forgetPlan(facts)
}

// forgetPlan drops what was planned with answers that have changed.
func forgetPlan(facts Facts) Facts {
	facts.Preview, facts.People, facts.PeopleAsked, facts.Approve = nil, nil, false, false
	return facts
}

func hasToken(facts Facts) bool { return facts.Token != "" || fromFile(facts) }

func askToken(facts Facts) Question {
	return Question{
		Title: "Sign in to Gymflow",
		Body: []string{
			"Paste the token that belongs to " + words.Clean(facts.Draft.GymflowURL) + ". Whoever gave you the address has it, too. kisiflow only reads Gymflow.",
			"It is not shown here, and it is kept encrypted on this machine.",
		},
		Label:     "Token",
		HasSecret: facts.knownToken() != "",
	}
}

func takeToken(facts Facts, answer Answer) (Facts, string) {
	token, problem := readSecret(answer.Text, facts.knownToken(), "token", "Bearer ")
	if problem != "" {
		return facts, problem
	}
	if token != facts.Token {
		facts = forgetGymflow(facts)
		facts.Token = token
	}
	return facts, ""
}

// readSecret takes a pasted secret: stray blanks around it and line breaks in it come from copying. scheme is the word
// that services put before it. Nothing of it is ever part of a problem.
func readSecret(text string, stored SecretText, noun, scheme string) (SecretText, string) {
	text = strings.NewReplacer("\r", "", "\n", "", "\u200b", "", "\ufeff", "", "\u00a0", " ").Replace(text)
	text = strings.TrimSpace(text)
	if len(text) > len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
		text = strings.TrimSpace(text[len(scheme):])
	}
	if text == "" {
		if stored != "" {
			return stored, ""
		}
		return "", "The " + noun + " is empty. Paste it here."
	}
	for _, r := range text {
		switch {
		case r == ' ' || r == '\t':
			return "", "The " + noun + " holds a blank in the middle, so it was probably not copied alone. Copy it again."
		case r < ' ' || r > '~':
			return "", "The " + noun + " holds a character that no " + noun + " has. Copy it again."
		}
	}
	return SecretText(text), ""
}

func askCheckGymflow(facts Facts) Question {
	return Question{
		Title: "Signing in to Gymflow",
		Body:  []string{"Asking " + words.Clean(facts.Draft.GymflowURL) + " whose token this is."},
	}
}

func takeAccount(facts Facts, answer Answer) (Facts, string) {
	account := answer.Result.Account
	if account == nil {
		return facts, "Gymflow answered, but named no account. Try again, or check the address."
	}
	if facts.Draft.GymflowName != "" && facts.Draft.GymflowName != account.Name {
		// Memberships of another business mean nothing here.
		facts.Draft.Associations, facts.Choices = nil, nil
		facts = forgetPlan(facts)
	}
	facts.Account = account
	facts.Draft.GymflowName = account.Name
	facts.Draft.GymflowZone, facts.Draft.ClubID = reconcile.ClubZone(*account)
	return facts, ""
}
