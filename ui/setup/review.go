package setup

import (
	"slices"
	"strconv"
	"strings"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/words"
)

func hasUnlocking(facts Facts) bool { return facts.Draft.Unlocking != "" }

func askUnlocking(facts Facts) Question {
	question := Question{
		Title: "How will members unlock the doors?",
		Label: "Members unlock with",
		Body: []string{
			"This decides whether Kisi writes e-mails to the people whom kisiflow adds. An e-mail cannot be taken back, " +
				"so the choice without e-mails comes first.",
			"Gymflow does not say whether its members app still opens doors when its own Kisi integration is off. Ask Gymflow's support " +
				"before you rely on it.",
		},
		Default: string(store.Managed),
		Options: []Option{
			{ID: string(store.Managed), Label: "The gym's own app, a card or a link", Detail: "Kisi sends no e-mails. Kisi calls these people managed users."},
			{ID: string(store.Invited), Label: "Kisi's app", Detail: "Kisi sends each new person an e-mail to sign up. These are invited users.",
				Warning: "With the first sync, everyone who is new in Kisi gets an e-mail."},
		},
	}
	if facts.Draft.Unlocking != "" {
		question.Default = string(facts.Draft.Unlocking)
	}
	return question
}

func takeUnlocking(facts Facts, answer Answer) (Facts, string) {
	unlocking := store.Unlocking(answer.Chosen)
	if answer.Chosen == "" {
		unlocking = store.Unlocking(askUnlocking(facts).Default)
	}
	if unlocking != store.Managed && unlocking != store.Invited {
		return facts, notAnOption
	}
	if unlocking != facts.Draft.Unlocking {
		facts.Draft.Unlocking = unlocking
		facts.Preview = nil
	}
	return facts, ""
}

func askLoadReview(Facts) Question {
	return Question{
		Title: "Making the plan",
		Body:  []string{"Reading who holds which membership and who has which access right, and comparing the two. Nothing is changed."},
	}
}

func takePreview(facts Facts, answer Answer) (Facts, string) {
	if answer.Result.Preview == nil {
		return facts, "There is no plan to show. Try again."
	}
	facts.Preview = answer.Result.Preview
	if !facts.PeopleAsked || facts.People == nil {
		facts.People = answer.Result.Preview
	}
	return facts, ""
}

func peopleAsked(facts Facts) bool { return facts.PeopleAsked }

func afterLoadReview(facts Facts) State {
	if !facts.PeopleAsked && len(facts.Preview.Adoptable)+len(facts.Preview.Others) > 0 {
		return AskPeople
	}
	return AskReview
}

func askPeople(facts Facts) Question {
	question := Question{Title: "People who are in these groups already", Preview: facts.People, Left: map[int64]bool{}}
	if facts.People == nil {
		return question
	}
	if n := len(facts.People.Adoptable); n > 0 {
		question.Body = append(question.Body, words.Count(n, "access right")+" that "+isAre(n)+" there already "+match(n)+
			" a membership. What is taken over ends with the membership; what is left alone stays.")
	}
	if n := len(facts.People.Others); n > 0 && len(facts.People.Adoptable) == 0 {
		question.Body = append(question.Body, words.Count(n, "access right")+" that "+isAre(n)+" there already "+match(n)+
			" no membership (staff, guests, another e-mail address) and "+isAre(n)+" left alone. There is nothing to decide here: go on. "+
			"You can take "+itThem(n)+" over later.")
	} else if n > 0 {
		question.Body = append(question.Body, words.Number(n)+" more "+match(n)+" no membership (staff, guests, another e-mail address) and "+isAre(n)+
			" left alone. You can take "+itThem(n)+" over later.")
	}
	for _, foreign := range facts.People.Adoptable {
		if facts.Draft.AdoptNone || slices.Contains(facts.Draft.LeaveRights, foreign.Right.ID) {
			question.Left[foreign.Right.ID] = true
		}
	}
	return question
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func match(n int) string {
	if n == 1 {
		return "matches"
	}
	return "match"
}

func itThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

func takePeople(facts Facts, answer Answer) (Facts, string) {
	if facts.People == nil {
		return facts, "There is no plan to show. Go back and on again."
	}
	facts = leaveAlone(facts, answer.Leave)
	facts.PeopleAsked = true
	return facts, ""
}

// leaveAlone writes into the draft who is not taken over.
func leaveAlone(facts Facts, rights []int64) Facts {
	var leave []int64
	for _, foreign := range facts.People.Adoptable {
		if slices.Contains(rights, foreign.Right.ID) {
			leave = append(leave, foreign.Right.ID)
		}
	}
	slices.Sort(leave)
	leave = slices.Compact(leave)
	before := slices.Sorted(slices.Values(facts.Draft.LeaveRights))
	if !slices.Equal(leave, before) || facts.Draft.AdoptNone {
		facts.Draft.LeaveRights, facts.Draft.AdoptNone = leave, false
		facts.Preview = nil // its counts are of the ticks before
	}
	return facts
}

func afterPeople(facts Facts) State {
	if facts.Preview == nil {
		return LoadReview
	}
	return AskReview
}

func askReview(facts Facts) Question {
	question := Question{Title: "Review: what the sync will do", Preview: facts.Preview}
	if facts.Preview == nil {
		return question
	}
	preview := *facts.Preview
	question.Body = append(question.Body, planSentence(preview))
	if there := alreadyThere(facts); there != "" {
		question.Body = append(question.Body, there)
	}
	mails := "Kisi will send no e-mails."
	if preview.Mails > 0 {
		mails = ""
		question.Warnings = append(question.Warnings, "Kisi will send "+words.Count(preview.Mails, "e-mail")+". That cannot be taken back.")
	}
	if preview.Writes > 0 {
		takes := "It takes " + words.Duration(preview.Time) + " (" + words.Count(preview.Writes, "request") + " to Kisi)."
		mails = strings.TrimSpace(takes + " " + mails)
	}
	if mails != "" {
		question.Body = append(question.Body, mails)
	}
	question.Body = append(question.Body, "Nothing is changed until you confirm.")
	question.Warnings = append(question.Warnings, guardWarnings(preview)...)
	question.Warnings = append(question.Warnings, preview.Warnings...)
	question.Words, question.MayNot = approval(preview)
	return question
}

// guardWarnings is the guard's word, and what it means here.
func guardWarnings(preview reconcile.Preview) []string {
	verdict := preview.Verdict
	if !verdict.Hold {
		return nil
	}
	warnings := slices.Clone(verdict.Reasons)
	if verdict.Stale {
		return append(warnings, "So nobody is taken out now. Everything else goes on.")
	}
	return append(warnings, "So "+theRemovals(len(preview.Plan.Revokes))+" held until you approve. Everything else goes on.")
}

func theRemovals(n int) string {
	if n == 1 {
		return "the removal is"
	}
	return "the " + words.Count(n, "removal") + " are"
}

// approval is what must be typed to approve the removals, and why they can't be approved.
func approval(preview reconcile.Preview) (typed, mayNot string) {
	removals := len(preview.Plan.Revokes)
	switch verdict := preview.Verdict; {
	case !verdict.Hold || removals == 0:
		return "", ""
	case verdict.Stale:
		return "", "Gymflow's data is too old to take anybody out. Plan again when it is fresh."
	case verdict.Untrusted:
		return "REMOVE " + strconv.Itoa(removals), ""
	}
	return "", ""
}

// alreadyThere says what happens to the access rights that were in the groups before kisiflow.
func alreadyThere(facts Facts) string {
	taken := len(adopted(facts))
	alone := len(facts.Preview.Others)
	if facts.People != nil {
		alone = len(facts.People.Others) + len(facts.People.Adoptable) - taken
	}
	switch {
	case taken > 0 && alone > 0:
		return "Of those there already, " + words.Number(taken) + " " + isAre(taken) + " taken over and " + words.Number(alone) + " left alone."
	case taken > 0:
		return words.Count(taken, "access right") + " that " + isAre(taken) + " there already: taken over."
	case alone > 0:
		return words.Count(alone, "access right") + " that " + isAre(alone) + " there already: left alone."
	}
	return ""
}

// adopted are the rights that Confirm takes over.
func adopted(facts Facts) []access.Foreign {
	if facts.People == nil || facts.Draft.AdoptNone {
		return nil
	}
	var taken []access.Foreign
	for _, foreign := range facts.People.Adoptable {
		if !slices.Contains(facts.Draft.LeaveRights, foreign.Right.ID) {
			taken = append(taken, foreign)
		}
	}
	return taken
}

func planSentence(preview reconcile.Preview) string {
	grants, revokes := len(preview.Plan.Grants), len(preview.Plan.Revokes)
	text := words.Count(preview.Members, "member") + ": "
	if grants == 0 && revokes == 0 {
		text += "nothing has to change."
	} else {
		text += words.Count(grants, "access right") + " to give, " + words.Number(revokes) + " to take away"
		if preview.Verdict.Hold && revokes > 0 {
			text += ", held for now"
		}
		text += "."
	}
	if preview.NewUsers > 0 {
		text += " " + words.Count(preview.NewUsers, "person") + " will be new in Kisi."
	}
	return text
}

func takeReview(facts Facts, answer Answer) (Facts, string) {
	if facts.Preview == nil {
		return facts, "There is no plan to confirm. Plan again first."
	}
	if answer.Approve {
		typed, mayNot := approval(*facts.Preview)
		switch {
		case mayNot != "":
			return facts, mayNot
		case typed != "" && !strings.EqualFold(strings.Join(strings.Fields(answer.Text), " "), typed):
			return facts, "To approve, type exactly: " + typed
		}
	}
	facts.Approve = answer.Approve && facts.Preview.Verdict.Hold
	return facts, ""
}

func askSyncing(facts Facts) Question {
	title := "The first sync"
	if facts.Update || facts.From != 0 { // an integration in force has been synced before
		title = "Sync"
	}
	return Question{Title: title, Body: []string{"The link is in force, and kisiflow now gives the access rights. You need not wait here."}}
}

func takeRun(facts Facts, answer Answer) (Facts, string) {
	facts.Run = answer.Result.Run
	return facts, ""
}

func askFinished(facts Facts) Question {
	question := Question{Title: "In step"}
	run := facts.Run
	if run == nil {
		question.Body = []string{"The link is set up."}
		return question
	}
	question.Body = []string{words.Count(run.Granted, "access right") + " given, " + words.Number(run.Revoked) + " taken away, " +
		words.Number(run.Kept) + " kept."}
	switch run.Outcome {
	case store.OutcomeDone:
	case store.OutcomeHeld:
		question.Title = "In step, with removals held"
		question.Warnings = append(question.Warnings, words.Count(run.Held, "removal")+" "+isAre(run.Held)+" held until you approve. The live view lists who and why, under Sync.")
	case store.OutcomePartial:
		question.Title = "Done, with problems"
		question.Warnings = append(question.Warnings, words.Count(run.Failed, "member")+" could not be brought in step. The next sync tries again.")
	default:
		question.Title = "The sync did not finish"
		question.Warnings = append(question.Warnings, "The link is set up, but the sync stopped early. The next one does the rest.")
	}
	question.Warnings = append(question.Warnings, run.Notes...)
	return question
}
