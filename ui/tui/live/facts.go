package live

import (
	"fmt"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

// facts is what was read from the state file, cleaned, in the shape in which panels show it.
type facts struct {
	loaded    bool
	changes   store.Change
	settings  settingsFacts
	standings standingsFacts
	progress  progressFacts
	runs      runsFacts
}

type settingsFacts struct {
	store.Settings
	set       bool
	zone      *time.Location
	overrides map[string]access.Override
	groups    map[int64]string // names of associated groups
	byType    map[string]int64 // membership id → group id
}

type standingsFacts struct {
	people      []person
	at          time.Time
	foreign     []access.Foreign
	questions   []access.Question
	memberships []gymflow.Membership
	members     int
	readAt      time.Time
	ours        int // access rights in the ledger
}

type progressFacts struct {
	store.Progress
	holder store.Holder
	alive  bool
}

type runsFacts struct {
	runs     []store.Run
	held     store.Approvable
	isHeld   bool
	lastSync time.Time // the last time that both sides were read
	synced   bool
	inStep   bool
	newest   []store.Entry
}

// parts names the parts of the facts.
type parts struct{ settings, standings, progress, runs bool }

func (p parts) any() bool { return p.settings || p.standings || p.progress || p.runs }

// changed compares the counters with those of the last read.
func changed(before, now store.Change) parts {
	return parts{
		settings:  before.Settings != now.Settings,
		standings: before.Standings != now.Standings,
		progress:  before.Progress != now.Progress,
		runs:      before.Runs != now.Runs,
	}
}

const (
	runsShown   = 50
	journalPage = 200
)

// readSettings reads the integration and the overrides.
func readSettings(tx *store.Tx) (settingsFacts, error) {
	settings, set, err := tx.Settings()
	if err != nil {
		return settingsFacts{}, fmt.Errorf("can't read the settings: %w", err)
	}
	overrides, err := tx.Overrides()
	if err != nil {
		return settingsFacts{}, fmt.Errorf("can't read the overrides: %w", err)
	}
	zone, err := time.LoadLocation(settings.Zone)
	if err != nil {
		zone = time.UTC
	}
	read := settingsFacts{
		Settings: settings, set: set, zone: zone, overrides: overrides, groups: map[int64]string{}, byType: map[string]int64{},
	}
	read.GymflowName, read.PlaceName = look.Clean(settings.GymflowName), look.Clean(settings.PlaceName)
	read.Associations = make([]access.Association, len(settings.Associations))
	for index, association := range settings.Associations {
		association.MembershipName = look.Clean(association.MembershipName)
		association.GroupName = look.Clean(association.GroupName)
		read.Associations[index] = association
		read.byType[association.MembershipID] = association.GroupID
		if association.GroupID != 0 {
			read.groups[association.GroupID] = association.GroupName
		}
	}
	return read, nil
}

// readStandings reads every member's row and what belongs to the last roster.
func readStandings(tx *store.Tx) (read standingsFacts, err error) {
	rows, at, err := tx.Standings()
	if err != nil {
		return read, fmt.Errorf("can't read the standings: %w", err)
	}
	read.at, read.people = at, make([]person, len(rows))
	for index, row := range rows {
		read.people[index] = newPerson(row)
	}
	if read.foreign, err = tx.Foreign(); err != nil {
		return read, fmt.Errorf("can't read the people already in the groups: %w", err)
	}
	for index := range read.foreign {
		read.foreign[index].Name = look.Clean(read.foreign[index].Name)
		read.foreign[index].Right.AssigneeName = look.Clean(read.foreign[index].Right.AssigneeName)
		read.foreign[index].Right.AssigneeEmail = look.Clean(read.foreign[index].Right.AssigneeEmail)
	}
	if read.questions, err = tx.Questions(); err != nil {
		return read, fmt.Errorf("can't read the open questions: %w", err)
	}
	for index := range read.questions {
		read.questions[index].Name = look.Clean(read.questions[index].Name)
		read.questions[index].Text = look.Clean(read.questions[index].Text)
	}
	if read.memberships, err = tx.Memberships(); err != nil {
		return read, fmt.Errorf("can't read the memberships: %w", err)
	}
	if read.members, read.readAt, err = tx.RosterFacts(); err != nil {
		return read, fmt.Errorf("can't read the size of the roster: %w", err)
	}
	ledger, err := tx.Ledger()
	if err != nil {
		return read, fmt.Errorf("can't read which access rights are kisiflow's: %w", err)
	}
	read.ours = len(ledger)
	return read, nil
}

// readProgress reads how far the run is, and who runs it.
func readProgress(tx *store.Tx) (read progressFacts, err error) {
	if read.Progress, err = tx.Progress(); err != nil {
		return read, fmt.Errorf("can't read the progress: %w", err)
	}
	read.Troubles = cleanTroubles(read.Troubles)
	if read.holder, read.alive, err = tx.Leased(); err != nil {
		return read, fmt.Errorf("can't read who is at work: %w", err)
	}
	return read, nil
}

// readRuns reads the past runs, what is held and the newest of the journal.
func readRuns(tx *store.Tx) (read runsFacts, err error) {
	if read.runs, err = tx.Runs(runsShown); err != nil {
		return read, fmt.Errorf("can't read the past runs: %w", err)
	}
	for index := range read.runs {
		read.runs[index].Problems = cleanTroubles(read.runs[index].Problems)
		read.runs[index].Notes = cleanAll(read.runs[index].Notes)
		read.runs[index].Trigger = look.Clean(read.runs[index].Trigger)
	}
	if read.held, read.isHeld, err = tx.HeldList(); err != nil {
		return read, fmt.Errorf("can't read the held removals: %w", err)
	}
	read.held.Why = cleanAll(read.held.Why)
	for index := range read.held.Removals {
		removal := &read.held.Removals[index]
		removal.Name, removal.GroupName, removal.Why = look.Clean(removal.Name), look.Clean(removal.GroupName), look.Clean(removal.Why)
	}
	fresh, err := tx.Freshness()
	if err != nil {
		return read, fmt.Errorf("can't read when the last sync was: %w", err)
	}
	read.lastSync, read.synced, read.inStep = fresh.ReadAt, !fresh.ReadAt.IsZero(), fresh.InStep()
	if read.newest, err = readJournal(tx, 0, journalPage, ""); err != nil {
		return read, err
	}
	return read, nil
}

func readJournal(tx *store.Tx, before uint64, limit int, memberID string) ([]store.Entry, error) {
	entries, err := tx.Journal(before, limit, memberID)
	if err != nil {
		return nil, fmt.Errorf("can't read the journal: %w", err)
	}
	for index := range entries {
		entry := &entries[index]
		for _, text := range []*string{&entry.By, &entry.Name, &entry.Group, &entry.Before, &entry.After, &entry.Evidence} {
			*text = look.Clean(*text)
		}
	}
	return entries, nil
}

func cleanTroubles(troubles []store.Trouble) []store.Trouble {
	for index := range troubles {
		troubles[index].Name, troubles[index].Text = look.Clean(troubles[index].Name), look.Clean(troubles[index].Text)
	}
	return troubles
}

func cleanAll(texts []string) []string {
	cleaned := make([]string, len(texts))
	for index, text := range texts {
		cleaned[index] = look.Clean(text)
	}
	return cleaned
}
