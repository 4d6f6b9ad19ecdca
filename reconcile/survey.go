package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// report tells how far a phase is; total is 0 while unknown.
type report func(phase string, done, total int)

// finding is something that the reads proved and the state file does not know yet. A sync stores it, a preview
// only counts with it.
type finding func(*store.Tx) error

// survey is one reading of both sides, with what is remembered as those reads leave it.
type survey struct {
	remembered
	engine   *Engine
	services *services
	report   report

	zone       *time.Location
	skew       time.Duration // the services' clock minus the process's, the worse of the two
	otherTimes []time.Time   // the services' clocks where they are too far from ours
	me         kisi.CurrentUser
	roster     gymflow.Roster
	groups     map[int64]kisi.Group
	rights     map[int64][]kisi.Right
	gone       map[int64]bool
	withheld   map[int64]string // groups whose rights stay as they are, and why
	missed     map[string]access.Absence
	decisions  map[string]access.Decision
	peopleRead bool          // whole, in this very run
	losses     map[int64]int // by group: rights of ours that somebody else took away since the last run
	stale      string        // why Gymflow's data is too old to take anybody out; "" when it is not
	unanswered int           // missing members for whom Gymflow could not be asked
	trimmed    bool          // a group that should be kept in step could not be
	findings   []finding
	notes      []string

	writerQuestions []access.Question // about a second writer
	also            []int64           // groups to read beside those that matter to the rules
}

func (e *Engine) newSurvey(known remembered, services *services, report report) (*survey, error) {
	zone, err := zoneOf(known.settings)
	if err != nil {
		return nil, err
	}
	if report == nil {
		report = func(string, int, int) {}
	}
	return &survey{
		remembered: known, engine: e, services: services, report: report, zone: zone,
		groups: map[int64]kisi.Group{}, rights: map[int64][]kisi.Right{},
		gone: map[int64]bool{}, withheld: map[int64]string{}, losses: map[int64]int{},
	}, nil
}

// The phases that a report names.
const (
	phaseGymflow  = "reading Gymflow"
	phaseKisi     = "reading Kisi"
	phasePlanning = "planning"
	phaseWriting  = "writing"
	phaseDone     = "done"
)

// readBothSides reads Gymflow and Kisi at the same time; the first failure ends both.
func (s *survey) readBothSides(ctx context.Context) error {
	both, reading := errgroup.WithContext(ctx)
	both.Go(func() error {
		roster, err := s.services.gymflow.Roster(reading, func(read, total int) { s.report(phaseGymflow, read, total) })
		s.roster = roster
		return explainGymflow(err)
	})
	both.Go(func() error { return s.readKisi(reading) })
	if err := both.Wait(); err != nil {
		return err
	}
	s.judgeAge()
	s.compareClocks()
	if err := s.settle(ctx); err != nil {
		return err
	}
	return s.askForUnlisted(ctx)
}

// readKisi is the whole frugal read: whose key, the groups, and each group's rights (design.md 5.10).
func (s *survey) readKisi(ctx context.Context) error {
	me, err := s.services.kisi.CurrentUser(ctx)
	if err != nil {
		return explainKisi(err)
	}
	s.me = me
	if known := s.settings.Key; otherOrganization(known.OrganizationID, cmp.Or(me.OrganizationID, me.Organization.ID)) {
		return fmt.Errorf("%w: it is the key of %s in the organization %s, but this integration was set up for %s. "+
			"Enter a key of that organization (kisiflow setup), or set this one up under another profile",
			kisi.ErrForbidden, cleanName(me.Name), cleanName(me.Organization.Name), cleanName(known.OrganizationName))
	}
	groups, err := s.services.kisi.Groups(ctx)
	if err != nil {
		return explainKisi(err)
	}
	for _, group := range groups {
		s.groups[group.ID] = group
	}
	return s.readRights(ctx)
}

// groupsToRead are the mapped groups, those of the ledger, and those of writes that a crash left open.
func (s *survey) groupsToRead() []int64 {
	wanted := map[int64]bool{}
	for group := range s.mapped() {
		wanted[group] = true
	}
	for _, entry := range s.ledger {
		wanted[entry.GroupID] = true
	}
	for _, intent := range s.intents {
		if intent.GroupID != 0 {
			wanted[intent.GroupID] = true
		}
	}
	for _, group := range s.also {
		wanted[group] = true
	}
	return slices.Sorted(maps.Keys(wanted))
}

// mapped are the groups that an association names, with the name it knows.
func (s *survey) mapped() map[int64]string {
	mapped := map[int64]string{}
	for _, association := range s.settings.Associations {
		if association.GroupID != 0 {
			mapped[association.GroupID] = association.GroupName
		}
	}
	return mapped
}

// groupName is Kisi's name, else the association's.
func (s *survey) groupName(id int64) string {
	if name := cleanName(s.groups[id].Name); name != "" {
		return name
	}
	if name := cleanName(s.mapped()[id]); name != "" {
		return name
	}
	return fmt.Sprintf("group %d", id)
}

func (s *survey) rules() access.Rules {
	return access.Rules{
		Zone: s.zone, Associations: s.settings.Associations, GraceDays: s.settings.GraceDays,
		Overrides: s.overrides, GoneGroups: s.gone,
	}
}

// decide applies the rules; where the services' clock says otherwise than ours, a right stays as it is.
func (s *survey) decide() {
	now := s.engine.options.Now()
	s.decisions = access.Decide(now, s.roster, s.rules())
	for _, other := range s.otherTimes {
		access.HoldWhereClocksDisagree(s.decisions, access.Decide(other, s.roster, s.rules()))
	}
}

// asRead is what the rules compare.
func (s *survey) asRead() access.State {
	users := make(map[int64]kisi.User, len(s.people.Users))
	for _, user := range s.people.Users {
		users[user.ID] = user
	}
	return access.State{
		Now: s.engine.options.Now(), Rules: s.rules(), Roster: s.roster, Decisions: s.decisions,
		Groups: s.groups, Rights: s.rights, HeldGroups: s.withheld, Ledger: s.ledger, Links: s.links, Users: users,
		Absences: s.missed, Lost: s.lost, KeyUserID: s.me.ID, Previous: s.previous,
		Holds: s.holds,
	}
}

func (s *survey) note(format string, values ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, values...))
}

// withhold leaves a group's rights as they are.
func (s *survey) withhold(group int64, format string, values ...any) {
	s.withheld[group] = fmt.Sprintf(format, values...)
	s.trimmed = true
	s.note("%s", s.withheld[group])
}

func isAny(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}
