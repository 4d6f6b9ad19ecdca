package setup

import (
	"slices"
	"strconv"

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
			"This decides whether Kisi writes e-mails to the people whom kisiflow adds. An e-mail to everyone cannot be taken back, " +
				"so the quiet choice stands first.",
			"Whether Gymflow's members app still unlocks when Gymflow's own Kisi integration is switched off is not documented. " +
				"Ask Gymflow's support before you rely on it.",
		},
		Default: string(store.Managed),
		Options: []Option{
			{ID: string(store.Managed), Label: "The gym's own app, a card or a link", Detail: "Managed users: Kisi sends them no e-mail."},
			{ID: string(store.Invited), Label: "Kisi's app", Detail: "Invited users: Kisi sends each new person an e-mail to sign up.",
				Warning: "Everyone whom Kisi does not know yet gets an e-mail with the first sync."},
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
		Title: "Planning",
		Body:  []string{"Reading Gymflow and Kisi once and comparing them. Nothing is written to Kisi."},
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
		question.Body = append(question.Body, words.Count(n, "person")+" in the chosen groups "+deserve(n)+" it by a membership. "+
			"Whoever is taken over (all, unless you say otherwise) loses the access, too, when the membership ends. "+
			"Whoever is left alone keeps it, whatever Gymflow says.")
	}
	if n := len(facts.People.Others); n > 0 {
		question.Body = append(question.Body, words.Count(n, "person")+" "+isAre(n)+" not entitled by any membership (staff, guests, or no match by e-mail). "+
			"They keep their access; kisiflow does not touch them. You can take them over one by one later.")
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

func deserve(n int) string {
	if n == 1 {
		return "deserves"
	}
	return "deserve"
}

func takePeople(facts Facts, answer Answer) (Facts, string) {
	if facts.People == nil {
		return facts, "There is no plan to show. Go back and on again."
	}
	var leave []int64
	for _, foreign := range facts.People.Adoptable {
		if slices.Contains(answer.Leave, foreign.Right.ID) {
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
	facts.PeopleAsked = true
	return facts, ""
}

func afterPeople(facts Facts) State {
	if facts.Preview == nil {
		return LoadReview
	}
	return AskReview
}

func askReview(facts Facts) Question {
	question := Question{Title: "Review", Preview: facts.Preview}
	if facts.Preview == nil {
		return question
	}
	preview := *facts.Preview
	question.Body = append(question.Body, planSentence(preview, len(adopted(facts))))
	if preview.Writes > 0 {
		question.Body = append(question.Body, words.Count(preview.Writes, "request")+" to Kisi, "+words.Duration(preview.Time)+" at the allowed rate.")
	}
	if preview.Mails > 0 {
		question.Warnings = append(question.Warnings, "Kisi will send "+words.Count(preview.Mails, "e-mail")+". That cannot be taken back.")
	} else {
		question.Body = append(question.Body, "Kisi will send no e-mails.")
	}
	question.Body = append(question.Body, "Nothing was written yet. Nothing is, until you confirm.")
	if preview.Verdict.Hold {
		question.Warnings = append(question.Warnings, preview.Verdict.Reasons...)
		question.Warnings = append(question.Warnings, "The removals are held until you approve them; everything else goes on.")
	}
	question.Warnings = append(question.Warnings, preview.Warnings...)
	return question
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

func planSentence(preview reconcile.Preview, takenOver int) string {
	grants, revokes := len(preview.Plan.Grants), len(preview.Plan.Revokes)
	text := "Of " + words.Count(preview.Members, "member") + ": "
	if grants == 0 && revokes == 0 {
		text += "nothing has to change."
	} else {
		text += words.Count(grants, "access right") + " to give, " + strconv.Itoa(revokes) + " to take away."
	}
	if preview.NewUsers > 0 {
		text += " " + words.Count(preview.NewUsers, "person") + " will be new in Kisi."
	}
	if takenOver > 0 {
		text += " " + words.Count(takenOver, "access right") + " that " + isAre(takenOver) + " there already will be taken over."
	}
	return text
}

func takeReview(facts Facts, answer Answer) (Facts, string) {
	if facts.Preview == nil {
		return facts, "There is no plan to confirm. Plan again first."
	}
	facts.Approve = answer.Approve
	return facts, ""
}

func askSyncing(Facts) Question {
	return Question{
		Title: "Sync",
		Body: []string{
			"The link is in force. The sync runs now. If you leave before it has ended, the request in hand is finished, and the " +
				"rest is done when kisiflow runs next.",
		},
	}
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
	question.Body = []string{words.Count(run.Granted, "access right") + " given, " + strconv.Itoa(run.Revoked) + " taken away, " +
		strconv.Itoa(run.Kept) + " kept."}
	switch run.Outcome {
	case store.OutcomeDone:
		question.Body = append(question.Body, "kisiflow keeps both sides in step while the live view is open. Without a screen: kisiflow sync, from a timer for example.")
	case store.OutcomeHeld:
		question.Title = "In step, with removals held"
		question.Warnings = append(question.Warnings, words.Count(run.Held, "removal")+" held until you approve them in the live view or with: kisiflow sync --approve "+run.Fingerprint)
	case store.OutcomePartial:
		question.Title = "Done, with problems"
		question.Warnings = append(question.Warnings, words.Count(run.Failed, "member")+" could not be brought in step; the next sync tries again.")
	default:
		question.Title = "The sync did not end"
		question.Warnings = append(question.Warnings, "The link is set up, but the first sync stopped. Start it again with s in the live view or with: kisiflow sync")
	}
	question.Warnings = append(question.Warnings, run.Notes...)
	return question
}
