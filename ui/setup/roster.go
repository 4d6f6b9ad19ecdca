package setup

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"kisiflow/gymflow"
	"kisiflow/ui/words"
)

// The states of a roster file, in the place of a token. Where the file is named, the first question is AskAddress all the same.
const (
	AskRosterMeaning State = "what a word of the roster file means"
	ReadRoster       State = "reading the roster file"
	AskRoster        State = "how the roster file was understood"
)

// The options of AskRoster; those about one word carry it behind the colon.
const (
	rosterFits     = "fits"
	rosterActive   = "every row is active"
	rosterDayFirst = "dates day first"
	rosterMonth    = "dates month first"
	rosterAgain    = "again"
	rosterOther    = "other"
	rosterStatus   = "status:"
	rosterColumn   = "column:"
)

// shownFaults is how many faults of a file are read out before the rest is counted.
const shownFaults = 10

func fromFile(facts Facts) bool { return facts.Draft.Roster.Given() }

// isPath tells a path from an address: an address never begins like one, nor does it end as a roster file does.
func isPath(text string) bool {
	for _, begin := range []string{"/", "./", "../", "~/"} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	extension := strings.ToLower(filepath.Ext(text))
	return !strings.Contains(text, "://") && (extension == ".csv" || extension == ".xlsx")
}

// takePath puts a file in the place of an address. How another one was read stays: the next export looks the same.
func takePath(facts Facts, path string) Facts {
	if facts.Draft.Roster.Path == path {
		return facts
	}
	facts = forgetGymflow(facts)
	if facts.Draft.GymflowURL != "" {
		facts.Draft.Associations = nil // its memberships have other ids
	}
	facts.Draft.GymflowURL, facts.Draft.GymflowName, facts.Draft.Roster.Path = "", "", path
	return facts
}

func afterAddress(facts Facts) State {
	if fromFile(facts) {
		return ReadRoster
	}
	return AskToken
}

// understandRoster reads the file, and says by which path from anywhere it is found again.
func understandRoster(ctx context.Context, file gymflow.RosterFile) (gymflow.RosterFile, *gymflow.Understanding, error) {
	if rest, home := strings.CutPrefix(file.Path, "~/"); home {
		folder, err := os.UserHomeDir()
		if err != nil {
			return file, nil, fmt.Errorf("finding your home folder: %w", err)
		}
		file.Path = filepath.Join(folder, rest)
	}
	path, err := filepath.Abs(file.Path)
	if err != nil {
		return file, nil, fmt.Errorf("finding the roster file: %w", err)
	}
	file.Path = path
	source, err := gymflow.NewFile(file, nil)
	if err != nil {
		return file, nil, err
	}
	told, err := source.Understand(ctx)
	return file, &told, err
}

func askReadRoster(facts Facts) Question {
	return Question{Title: "Reading the roster file", Body: []string{"Reading " + words.Clean(facts.Draft.Roster.Path) + "."}}
}

func takeRosterRead(facts Facts, answer Answer) (Facts, string) {
	if answer.Result.Roster == nil {
		return facts, "The file was read, but nothing of it is known. Try again."
	}
	facts.Roster = answer.Result.Roster
	if path := answer.Result.RosterPath; path != "" {
		facts.Draft.Roster.Path = path
	}
	return facts, ""
}

// rosterAccepted: it was looked over in an earlier visit, and can still be read.
func rosterAccepted(facts Facts) bool {
	return facts.Draft.GymflowName != "" && facts.Roster != nil && len(facts.Roster.Faults) == 0
}

func askRoster(facts Facts) Question {
	told := facts.Roster
	if told == nil {
		return Question{Title: "The roster file", Label: "Your choice", Options: []Option{{ID: rosterAgain, Label: "Read the file again"}}, Default: rosterAgain}
	}
	question := Question{Title: "Is the roster file understood rightly?", Body: rosterBody(told), Warnings: rosterWarnings(told), Label: "Your choice"}
	if len(told.Faults) > 0 {
		question.Title = "The roster file can't be read yet"
		question.Default = rosterAgain
	} else {
		question.Options = append(question.Options, Option{ID: rosterFits, Label: "Yes, read the members so"})
		question.Default = rosterFits
	}
	question.Options = append(question.Options, rosterChanges(facts)...)
	question.Options = append(question.Options,
		Option{ID: rosterAgain, Label: "Read the file again", Detail: "after it was exported anew"},
		Option{ID: rosterOther, Label: "Name another file, or an address"})
	return question
}

// rosterBody says how the file was understood.
func rosterBody(told *gymflow.Understanding) []string {
	body := []string{fmt.Sprintf("%s is %s, from %s. Rows: %s. Members: %s.", words.Clean(filepath.Base(told.Path)), words.Clean(told.Form),
		told.AsOf.Local().Format("2 Jan 2006 15:04"), words.Number(told.Rows), words.Number(len(told.Members)))}
	var used, unused []string
	for _, column := range told.Columns {
		heading := words.Clean(column.Heading)
		if column.Meaning == "" {
			unused = append(unused, heading)
		} else {
			used = append(used, heading+" is "+column.Meaning)
		}
	}
	if len(used) > 0 {
		body = append(body, "Columns: "+words.Fit(strings.Join(used, "; "), 600)+".")
	}
	if len(unused) > 0 {
		body = append(body, "Not used: "+words.Fit(strings.Join(unused, "; "), 300)+".")
	}
	var statuses []string
	for _, status := range told.Statuses {
		statuses = append(statuses, fmt.Sprintf("%s is %s (%s)", wordOr(status.Word, "no word"), meaningOf(status), words.Number(status.Rows)))
	}
	if len(statuses) > 0 {
		body = append(body, "Status of the rows: "+words.Fit(strings.Join(statuses, "; "), 600)+".")
	}
	if told.Dates != "" {
		body = append(body, "A date like 03/04/2026 is read as "+string(told.Dates)+".")
	}
	for at, row := range told.Sample {
		if at == 3 || len(told.Faults) > 0 {
			break
		}
		body = append(body, fmt.Sprintf("Line %d: %s, %s, %s%s%s.", row.Line, wordOr(words.Clean(row.Name+" "+row.Email), "no name"),
			wordOr(row.Membership, "no membership"), wordOr(string(row.Status), "no status"), dated(", from ", row.StartsOn), dated(", to ", row.EndsOn)))
	}
	return body
}

func dated(before string, day gymflow.Date) string {
	if day.IsZero() {
		return ""
	}
	return before + day.String()
}

func wordOr(text, otherwise string) string {
	if text = strings.TrimSpace(words.Clean(text)); text == "" {
		return otherwise
	}
	return words.Fit(text, 60)
}

func meaningOf(status gymflow.RosterStatus) string {
	if !status.Meaning.Known() {
		return "not known"
	}
	return string(status.Meaning)
}

// rosterWarnings are the faults, with their places, and words that nobody has explained.
func rosterWarnings(told *gymflow.Understanding) []string {
	var warnings []string
	for at, fault := range told.Faults {
		if at == shownFaults {
			warnings = append(warnings, fmt.Sprintf("And %s more faults.", words.Number(len(told.Faults)-at+told.More)))
			break
		}
		warnings = append(warnings, sentence(fault.String()))
	}
	for _, status := range told.Statuses {
		if !status.Meaning.Known() && len(told.Faults) == 0 {
			warnings = append(warnings, fmt.Sprintf("The status %s is not known, so those members stay as they are. Say below what it means.", wordOr(status.Word, "without a word")))
		}
	}
	return warnings
}

// rosterChanges are what the admin can say about the file.
func rosterChanges(facts Facts) []Option {
	var options []Option
	told, has := facts.Roster, map[string]bool{}
	for _, column := range told.Columns {
		has[column.Meaning] = true
	}
	if !has["status"] && facts.Draft.Roster.RowsAre == "" && len(told.Columns) > 0 {
		options = append(options, Option{ID: rosterActive, Label: "Every row is active", Detail: "the file has no status column"})
	}
	if told.Dates != gymflow.DayFirst {
		options = append(options, Option{ID: rosterDayFirst, Label: "Dates are DD/MM/YYYY", Detail: "03/04/2026 is the 3rd of April"})
	}
	if told.Dates != gymflow.MonthFirst {
		options = append(options, Option{ID: rosterMonth, Label: "Dates are MM/DD/YYYY", Detail: "03/04/2026 is the 4th of March"})
	}
	for _, status := range told.Statuses {
		if has["status"] && len(options) < shownStatuses {
			options = append(options, Option{ID: rosterStatus + status.Word, Label: "Status " + wordOr(status.Word, "without a word"), Detail: "now " + meaningOf(status)})
		}
	}
	for _, column := range told.Columns {
		if column.Heading == "" {
			continue
		}
		now := "now not used"
		if column.Meaning != "" {
			now = "now " + column.Meaning
		}
		options = append(options, Option{ID: rosterColumn + column.Heading, Label: "Column " + wordOr(column.Heading, ""), Detail: now})
	}
	return options
}

// shownStatuses bounds the list where a wrong column was taken for the status.
const shownStatuses = 20

func takeRoster(facts Facts, answer Answer) (Facts, string) {
	facts.RosterChoice = answer.Chosen
	switch {
	case answer.Chosen == rosterFits && facts.Roster != nil && len(facts.Roster.Faults) == 0:
		name := words.Clean(filepath.Base(facts.Draft.Roster.Path))
		facts.Account = &gymflow.Account{Name: name}
		facts.Draft.GymflowName, facts.Draft.GymflowZone, facts.Draft.ClubID = name, "", ""
		facts.Draft.Roster.Dates = facts.Roster.Dates // the next export may hold no date that tells
		facts.Token = ""
	case answer.Chosen == rosterActive:
		facts.Draft.Roster.RowsAre = gymflow.Active
		facts = forgetGymflow(facts)
	case answer.Chosen == rosterDayFirst:
		facts.Draft.Roster.Dates = gymflow.DayFirst
		facts = forgetGymflow(facts)
	case answer.Chosen == rosterMonth:
		facts.Draft.Roster.Dates = gymflow.MonthFirst
		facts = forgetGymflow(facts)
	case answer.Chosen == rosterAgain, answer.Chosen == rosterOther,
		strings.HasPrefix(answer.Chosen, rosterStatus), strings.HasPrefix(answer.Chosen, rosterColumn):
	default:
		return facts, "Choose one of the answers."
	}
	return facts, ""
}

func afterRoster(facts Facts) State {
	switch {
	case facts.RosterChoice == rosterFits, facts.Resuming:
		return AskKey
	case facts.RosterChoice == rosterOther:
		return AskAddress
	case strings.HasPrefix(facts.RosterChoice, rosterStatus), strings.HasPrefix(facts.RosterChoice, rosterColumn):
		return AskRosterMeaning
	}
	return ReadRoster
}

// askRosterMeaning asks about the one word or heading that was chosen.
func askRosterMeaning(facts Facts) Question {
	word, isStatus := strings.CutPrefix(facts.RosterChoice, rosterStatus)
	question := Question{Label: "Its meaning"}
	if isStatus {
		question.Title = "What does the status " + wordOr(word, "without a word") + " mean?"
		for _, status := range gymflow.Statuses() {
			question.Options = append(question.Options, Option{ID: string(status), Label: string(status)})
		}
		return question
	}
	heading := strings.TrimPrefix(facts.RosterChoice, rosterColumn)
	question.Title = "What does the column " + wordOr(heading, "") + " hold?"
	for _, column := range gymflow.RosterColumns() {
		label := column
		if column == "ignore" {
			label = "nothing that matters here"
		}
		question.Options = append(question.Options, Option{ID: column, Label: label})
	}
	return question
}

func takeRosterMeaning(facts Facts, answer Answer) (Facts, string) {
	put := func(into map[string]string, word string) map[string]string {
		into = maps.Clone(into)
		if into == nil {
			into = map[string]string{}
		}
		into[word] = answer.Chosen
		return into
	}
	facts = forgetGymflow(facts)
	if word, isStatus := strings.CutPrefix(facts.RosterChoice, rosterStatus); isStatus {
		facts.Draft.Roster.Statuses = put(facts.Draft.Roster.Statuses, word)
	} else {
		facts.Draft.Roster.Columns = put(facts.Draft.Roster.Columns, strings.TrimPrefix(facts.RosterChoice, rosterColumn))
	}
	if err := facts.Draft.Roster.Check(); err != nil {
		return facts, sentence(err.Error())
	}
	return facts, ""
}
