package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/line"
	"kisiflow/ui/sheet"
)

// journalForMember is how many journal entries `explain` shows.
const journalForMember = 20

func (a *application) membersCommand() *cobra.Command {
	var asCSV bool
	command := &cobra.Command{
		Use:   "members",
		Short: "List every member's access with the reason, as of the last run",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			open, now, err := a.openToShow()
			if err != nil {
				return err
			}
			rows, err := standings(open.store)
			if err != nil {
				return err
			}
			if asCSV && a.json {
				return usage("--csv and --json exclude each other; give one of them")
			}
			if asCSV {
				return a.membersCSV(open.settings, rows)
			}
			if a.json {
				// One row a member of the last roster (design.md section 8): who is missing from it is shown elsewhere.
				return a.printJSON(utcTimes(slices.DeleteFunc(rows, func(row access.Row) bool { return row.Missing })))
			}
			line.PrintMembers(a.out, rows, now)
			return a.sayAudit(open)
		},
	}
	command.Flags().BoolVar(&asCSV, "csv", false, "print a table for a spreadsheet, as the live view exports it")
	return command
}

// membersCSV prints everybody whom the live view lists, with times as the place's clock shows them.
func (a *application) membersCSV(settings store.Settings, rows []access.Row) error {
	zone, err := reconcile.ZoneInForce(settings)
	if err != nil {
		return err
	}
	cells := make([][]string, 0, len(rows))
	for _, row := range rows {
		cells = append(cells, sheet.MemberCells(row, zone))
	}
	if err := sheet.WriteCSV(a.out, sheet.MemberHeader(), cells); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

// utcTimes puts the instants of rows into one zone, so that scripts can compare them as text.
func utcTimes(rows []access.Row) []access.Row {
	for i := range rows {
		rows[i].Since = rows[i].Since.UTC()
		if at := rows[i].NextChange; at != nil {
			next := at.UTC()
			rows[i].NextChange = &next
		}
	}
	return rows
}

// standings reads all rows; an empty list is never null in JSON.
func standings(state *store.Store) ([]access.Row, error) {
	rows := []access.Row{}
	err := state.View(func(tx *store.Tx) error {
		stored, _, err := tx.Standings()
		rows = append(rows, stored...)
		return err
	})
	return rows, err
}

// explanation is what `explain --json` prints: the member's row, and what a person wants to know beside it.
type explanation struct {
	access.Row
	Sentence string        `json:"sentence"`
	Fix      string        `json:"fix"`
	Detail   string        `json:"detail"`
	Told     string        `json:"told"`    // what a push told that the roster file can't know; "" when nothing
	Missing  bool          `json:"missing"` // in the last roster, while a right is still there
	Timeline []store.Entry `json:"timeline"`
}

func (a *application) explainCommand() *cobra.Command {
	return &cobra.Command{
		ValidArgsFunction: a.completeMember,

		Use:   "explain WHO",
		Short: "Say why one member has access or not; WHO is a member id or an e-mail",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage("explain takes one member: an id or an e-mail")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, arguments []string) error { return a.explain(arguments[0]) },
	}
}

func (a *application) explain(who string) error {
	open, now, err := a.openToShow()
	if err != nil {
		return err
	}
	rows, err := standings(open.store)
	if err != nil {
		return err
	}
	row, err := findMember(rows, who)
	if err != nil {
		return err
	}
	var member gymflow.Member
	var memberships []gymflow.Membership
	timeline, told := []store.Entry{}, ""
	err = open.store.View(func(tx *store.Tx) error {
		var failure error
		if member, _, failure = tx.Member(row.ID); failure != nil {
			return failure
		}
		if memberships, failure = tx.Memberships(); failure != nil {
			return failure
		}
		if told, failure = toldOf(tx, row.ID, now.Location()); failure != nil {
			return failure
		}
		entries, failure := tx.Journal(0, journalForMember, row.ID)
		timeline = append(timeline, entries...)
		return failure
	})
	if err != nil {
		return err
	}
	if !a.json {
		line.PrintExplain(a.plain(), row, member, memberships, timeline, now)
		if told != "" {
			_, _ = fmt.Fprintln(a.plain(), "\n"+told)
		}
		return a.sayAudit(open)
	}
	document := explanation{Row: utcTimes([]access.Row{row})[0], Told: told, Missing: row.Missing, Detail: row.Detail, Fix: row.Fix(), Timeline: timeline}
	if row.Reason != nil {
		document.Sentence = row.Reason.Sentence()
	}
	return a.printJSON(document)
}

// toldOf says what a push told about a member that the roster file is too old to know.
func toldOf(tx *store.Tx, memberID string, zone *time.Location) (string, error) {
	told, err := tx.Told()
	if err != nil {
		return "", err
	}
	asOf, err := tx.RosterAsOf()
	return reconcile.ToldWords(told[memberID], asOf, zone), err
}

// findMember finds by id, else by e-mail; an address that several members share is refused with their ids.
func findMember(rows []access.Row, who string) (access.Row, error) {
	var sharing []access.Row
	for _, row := range rows {
		if row.ID == who {
			return row, nil
		}
		if row.Email != "" && kisi.SameEmail(row.Email, who) {
			sharing = append(sharing, row)
		}
	}
	switch len(sharing) {
	case 0:
		return access.Row{}, usage("no member has the id or e-mail %q in the last roster", kisi.CleanText(who))
	case 1:
		return sharing[0], nil
	}
	ids := make([]string, 0, len(sharing))
	for _, row := range sharing {
		ids = append(ids, fmt.Sprintf("%s (%s)", row.ID, row.Name))
	}
	return access.Row{}, usage("%d members share %s; name one by id: %s", len(sharing), kisi.CleanText(who), strings.Join(ids, ", "))
}

func (a *application) activityCommand() *cobra.Command {
	limit := 50
	command := &cobra.Command{
		Use:   "activity",
		Short: "Show what was changed, newest first",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if limit < 1 {
				return usage("--limit %d: give a number above 0", limit)
			}
			open, err := a.openSetUp()
			if err != nil {
				return err
			}
			entries := []store.Entry{}
			err = open.store.View(func(tx *store.Tx) error {
				stored, failure := tx.Journal(0, limit, "")
				entries = append(entries, stored...)
				return failure
			})
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(entries)
			}
			line.PrintActivity(a.out, entries)
			return nil
		},
	}
	command.Flags().IntVar(&limit, "limit", limit, "how many entries")
	return command
}

// statusJSON is what `status --json` prints.
type statusJSON struct {
	Gymflow   string                  `json:"gymflow"`
	Place     string                  `json:"place"`
	Key       statusKey               `json:"key"`
	Members   int                     `json:"members"`
	Missing   int                     `json:"missing"` // not in the last roster, but with a right that is still there; part of standings
	Standings map[access.Standing]int `json:"standings"`
	Reasons   map[access.Reason]int   `json:"reasons"`
	OffSince  *time.Time              `json:"switched_off_at"` // null while the integration is on
	OffBy     string                  `json:"switched_off_by"`
	Audit     bool                    `json:"audit"`         // nothing is changed in Kisi
	Found     reconcile.AuditFinding  `json:"compared"`      // who should have access, and who does
	InStep    bool                    `json:"in_step"`       // never while it is switched off
	InStepAt  *time.Time              `json:"in_step_at"`    // when a sync last left nothing held, withheld or failed
	ReadAt    *time.Time              `json:"read_at"`       // when both sides were last read
	AsOf      *time.Time              `json:"gymflow_as_of"` // of the members read last, by Gymflow's own word: of a roster file, the file's time
	Running   bool                    `json:"running"`
	Holder    string                  `json:"holder"`
	Watcher   string                  `json:"watcher"` // "" when no kisiflow watch gives signs of life
	Held      int                     `json:"held"`
	Approve   string                  `json:"approve"`
	HeldWhy   []string                `json:"held_because"`
	Questions []string                `json:"questions"`
	Ledger    int                     `json:"ledger"`
	LastRun   *store.Run              `json:"last_run"`
	Notes     []string                `json:"notes"` // of the last run
}

type statusKey struct {
	Of           string `json:"of"`
	Role         string `json:"role"`
	Owner        bool   `json:"owner"`
	Organization string `json:"organization"`

	LastUsedAt *time.Time `json:"last_used_at"`
	CheckedAt  *time.Time `json:"checked_at"`
	DiedAt     *time.Time `json:"died_at"` // when Kisi refused it first; null while it works
	DiedWhy    string     `json:"died_why"`
}

func keyDocument(key store.KeyFacts) statusKey {
	return statusKey{Of: key.UserName, Role: roleOf(key), Owner: key.Owner, Organization: key.OrganizationName,
		LastUsedAt: known(key.LastUsedAt), CheckedAt: known(key.CheckedAt), DiedAt: known(key.DiedAt), DiedWhy: key.DiedWhy}
}

// roleOf: Kisi names no role for whoever owns the organization.
func roleOf(key store.KeyFacts) string {
	if key.RoleName == "" && key.Owner {
		return "owner"
	}
	return key.RoleName
}

// known is nil for a time that is not known, so that JSON says null.
func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func (a *application) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say what is linked, how fresh it is, and what needs you",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			open, now, err := a.openToShow()
			if err != nil {
				return err
			}
			if !a.json {
				err := errors.Join(line.PrintStatus(a.plain(), open.store, now), a.sayAudit(open))
				if died := reconcile.KeyDeath(open.settings.Key, now.Location()); died != "" {
					_, _ = fmt.Fprintln(a.plain(), "Needs you: "+died)
				}
				return err
			}
			document, err := statusDocument(open)
			if err != nil {
				return err
			}
			document.Audit = document.Audit || a.audit
			return a.printJSON(document)
		},
	}
}

func statusDocument(open opened) (statusJSON, error) {
	document := statusJSON{Gymflow: open.settings.GymflowName, Place: open.settings.PlaceName,
		Key: keyDocument(open.settings.Key), OffSince: known(open.settings.DisabledAt), OffBy: open.settings.DisabledBy, Audit: open.settings.Audit,
		Standings: map[access.Standing]int{}, Reasons: map[access.Reason]int{}, HeldWhy: []string{}, Questions: []string{}, Notes: []string{}}
	err := open.store.View(func(tx *store.Tx) error {
		rows, _, err := tx.Standings()
		if err != nil {
			return err
		}
		document.countRows(rows)
		foreign, err := tx.Foreign()
		if err != nil {
			return err
		}
		document.Found = reconcile.FindingOf(rows, foreign)
		return document.readRuns(tx)
	})
	return document, err
}

func (s *statusJSON) countRows(rows []access.Row) {
	for _, row := range rows {
		if row.Missing {
			s.Missing++
		} else {
			s.Members++
		}
		s.Standings[row.Standing]++
		if row.Reason != nil {
			s.Reasons[*row.Reason]++
		}
	}
}

func (s *statusJSON) readWatcher(tx *store.Tx) error {
	asOf, err := tx.RosterAsOf()
	if err != nil {
		return err
	}
	s.AsOf = known(asOf)
	watcher, alive, _, err := tx.Watched()
	if alive {
		s.Watcher = fmt.Sprintf("process %d on %s", watcher.PID, watcher.Host)
	}
	return err
}

func (s *statusJSON) readRuns(tx *store.Tx) error {
	ledger, err := tx.Ledger()
	if err != nil {
		return err
	}
	s.Ledger = len(ledger)
	runs, err := tx.Runs(1)
	if err != nil {
		return err
	}
	if len(runs) > 0 {
		runs[0].Notes = filled(runs[0].Notes)
		s.LastRun, s.Notes = &runs[0], runs[0].Notes
	}
	fresh, err := tx.Freshness()
	if err != nil {
		return err
	}
	s.InStep, s.InStepAt, s.ReadAt = fresh.InStep() && s.OffSince == nil, known(fresh.InStepAt), known(fresh.ReadAt)
	if holder, alive, err := tx.Leased(); err != nil {
		return err
	} else if alive {
		s.Running, s.Holder = true, fmt.Sprintf("%s, process %d on %s", holder.Purpose, holder.PID, holder.Host)
	}
	if err := s.readWatcher(tx); err != nil {
		return err
	}
	held, found, err := tx.HeldList()
	if err != nil {
		return err
	}
	if found {
		s.Held, s.Approve, s.HeldWhy = len(held.Keys), held.Fingerprint, filled(held.Why)
	}
	questions, err := tx.Questions()
	for _, question := range questions {
		s.Questions = append(s.Questions, question.Text)
	}
	return err
}
