package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// CheckState is how one thing that was looked at stands.
type CheckState string

// The three words of a check.
const (
	CheckOK      CheckState = "ok"
	CheckDiffers CheckState = "differs"
	CheckUnclear CheckState = "cannot tell"
)

// CheckLine is one finding of a step, in a sentence.
type CheckLine struct {
	State CheckState
	Text  string
}

// Step is one step of the check of a member. Its state is the worst of its lines; "cannot tell" outweighs nothing else.
type Step struct {
	Number int
	Title  string
	State  CheckState
	Lines  []CheckLine
}

// MemberCheck is the whole check.
type MemberCheck struct {
	MemberID string
	Name     string
	Steps    []Step
	Mends    bool // a sync would change this member's rights, and nothing holds it back
}

// stepTime is how long one step may wait for a service, retries included.
const stepTime = 25 * time.Second

// The steps, in order.
const (
	stepGymflow = iota + 1
	stepMember
	stepRules
	stepPerson
	stepKisi
	stepDifference
)

func stepTitle(number int) string {
	return [...]string{"", "Gymflow answers", "This member in Gymflow now", "The rules", "Who they are in Kisi", "What Kisi has", "What differs"}[number]
}

// CheckMember reads both sides anew for this one member, step by step, and calls step (not nil) as each ends. It changes
// nothing, neither in Kisi nor in the state file: what it finds amiss is mended by a sync, behind the guard. A service that
// does not answer is a step that can't tell, and the rest goes on with what the last sync read. Errors: ErrNotSetUp,
// ErrNoMember for an id that neither side has, and ctx's own.
func (e *Engine) CheckMember(ctx context.Context, memberID string, step func(Step)) (MemberCheck, error) {
	known, set, err := e.recall()
	if err != nil {
		return MemberCheck{}, err
	}
	if !set {
		return MemberCheck{}, ErrNotSetUp
	}
	services, err := e.connect(known.to, known.settings.Rate)
	if err != nil {
		return MemberCheck{}, err
	}
	defer services.close()
	survey, err := e.newSurvey(known, services, nil)
	if err != nil {
		return MemberCheck{}, err
	}
	c := &memberCheck{survey: survey, id: memberID, report: step, result: MemberCheck{MemberID: memberID}}
	if err := e.store.View(c.recallRoster); err != nil {
		return MemberCheck{}, err
	}
	for number, look := range []func(context.Context){
		stepGymflow: c.askGymflow, stepMember: c.readMember, stepRules: c.applyRules,
		stepPerson: c.findPerson, stepKisi: c.readKisi, stepDifference: c.compare,
	} {
		if look == nil {
			continue
		}
		c.begin(number)
		within, cancel := context.WithTimeout(ctx, stepTime)
		look(within)
		cancel()
		if err := ctx.Err(); err != nil {
			return c.result, err
		}
		c.end()
		if c.unknown {
			return c.result, ErrNoMember
		}
	}
	return c.result, nil
}

// memberCheck is one check under way. The survey holds the last roster with this member as they are now, and of Kisi only
// what is about this one person.
type memberCheck struct {
	*survey
	id     string
	report func(Step)
	result MemberCheck
	step   Step

	before  *gymflow.Member // of the last sync; nil: it did not have them
	member  *gymflow.Member // as Gymflow has them now, or as it had them when it can't tell; nil: gone
	fresh   bool            // member was read now
	unknown bool            // nobody ever had this id
	person  kisi.User
	found   bool
	seen    bool // Kisi's side was read
	held    map[int64]bool
}

func (c *memberCheck) recallRoster(tx *store.Tx) error {
	roster, err := tx.Roster()
	if err != nil {
		return err
	}
	c.roster = roster
	at := slices.IndexFunc(roster.Members, func(member gymflow.Member) bool { return member.ID == c.id })
	if at >= 0 {
		before := roster.Members[at]
		c.before, c.member = &before, &before
		c.result.Name = cleanName(before.Name())
	}
	c.held = map[int64]bool{}
	if c.remembered.held.Held {
		for _, revoke := range c.remembered.held.Removals {
			c.held[revoke.Entry.RightID] = true
		}
	}
	return nil
}

func (c *memberCheck) begin(number int) {
	c.step = Step{Number: number, Title: stepTitle(number), State: CheckOK}
}

func (c *memberCheck) end() {
	c.result.Steps = append(c.result.Steps, c.step)
	if c.report != nil {
		c.report(c.step)
	}
}

// say adds a finding. What differs outweighs what can't be told, and that outweighs what is in order.
func (c *memberCheck) say(state CheckState, format string, values ...any) {
	c.line(state, sentence(fmt.Sprintf(format, values...)))
}

func (c *memberCheck) line(state CheckState, text string) {
	c.step.Lines = append(c.step.Lines, CheckLine{state, text})
	if state == CheckDiffers || state == CheckUnclear && c.step.State == CheckOK {
		c.step.State = state
	}
}

func (c *memberCheck) askGymflow(ctx context.Context) {
	account, err := c.services.gymflow.Account(ctx)
	if err != nil {
		c.say(CheckUnclear, "%v", explainGymflow(err))
		return
	}
	if c.settings.Roster.Given() {
		c.say(CheckOK, "%s can be read.", cleanName(account.Name))
		return
	}
	c.say(CheckOK, "Gymflow answers for %s.", cleanName(account.Name))
}

func (c *memberCheck) readMember(ctx context.Context) {
	member, err := c.services.gymflow.Member(ctx, c.id)
	switch {
	case errors.Is(err, gymflow.ErrNotFound):
		c.fresh, c.member = true, nil
		c.unknown = c.before == nil && !c.isOurs()
		c.replace(nil)
		c.say(CheckDiffers, "Gymflow has no member with this id any more.")
		return
	case err != nil:
		c.say(CheckUnclear, "%v", explainGymflow(err))
		c.unknown = c.before == nil && !c.isOurs() && ctx.Err() == nil
		if c.before != nil {
			c.say(CheckUnclear, "The rest of this check goes by what the last sync read.")
		}
		return
	}
	c.fresh, c.member = true, &member
	c.result.Name = cleanName(member.Name())
	c.replace(&member)
	c.say(CheckOK, "%s, %s.", cleanName(member.Name()), addressWords(member.Email))
	switch {
	case c.before == nil:
		c.say(CheckDiffers, "The last sync did not know this member yet.")
	case !sameMember(*c.before, member):
		c.say(CheckDiffers, "Gymflow changed something about this member after the last sync.")
	default:
		c.say(CheckOK, "As the last sync read them.")
	}
}

// isOurs: we gave this id a right once.
func (c *memberCheck) isOurs() bool {
	return c.links[c.id] != 0 || slices.ContainsFunc(c.ledger, func(entry access.LedgerEntry) bool { return entry.MemberID == c.id })
}

// replace puts the member as they are now into the roster; nil takes them out.
func (c *memberCheck) replace(member *gymflow.Member) {
	members := slices.DeleteFunc(slices.Clone(c.roster.Members), func(one gymflow.Member) bool { return one.ID == c.id })
	if member != nil {
		members = append(members, *member)
	}
	c.roster.Members = members
}

// sameMember compares what the rules look at.
func sameMember(a, b gymflow.Member) bool {
	return a.Email == b.Email && a.OverdueSince == b.OverdueSince && a.Blocked == b.Blocked && slices.Equal(a.Holdings, b.Holdings)
}

func addressWords(email string) string {
	if email == "" {
		return "without an e-mail address"
	}
	return cleanName(email)
}

func (c *memberCheck) applyRules(context.Context) {
	c.decide()
	if c.member == nil {
		c.say(CheckDiffers, "Whom Gymflow does not have deserves no access.")
		return
	}
	for _, condition := range access.Conditions(c.engine.options.Now(), c.roster, c.rules(), c.id) {
		state := CheckOK
		if !condition.Holds {
			state = CheckDiffers
		}
		c.line(state, cleanLine(condition.Text)) // it begins with a membership's name as it is
	}
	c.step.State = CheckOK // false conditions are an answer, not a fault
	decision := c.decisions[c.id]
	switch {
	case decision.Hold:
		c.say(CheckUnclear, "So the access stays as it is. %s", decision.Detail)
	case len(decision.Entitled) == 0:
		c.step.State = CheckDiffers
		c.say(CheckDiffers, "So no access is deserved. %s", decision.Detail)
	default:
		c.say(CheckOK, "So access to %s is deserved.", c.groupWords(decision.Groups()))
	}
}
