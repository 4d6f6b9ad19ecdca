// Package setup is the wizard's state machine: steps, questions, answers and facts, with no screen in it. Both
// fronts (ui/tui, ui/line) drive it. Next is pure; what needs the network or the disk is done by Load, Save, Perform
// and Confirm, which fronts call outside of their event loop.
package setup

import (
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// Step is one of the six steps that the frame shows.
type Step int

// The steps, in order.
const (
	StepGymflow Step = iota + 1
	StepKey
	StepPlace
	StepAssociate
	StepReview
	StepSync
)

// Steps lists them; String names them ("Gymflow", "Kisi API key", …).
func Steps() []Step {
	return []Step{StepGymflow, StepKey, StepPlace, StepAssociate, StepReview, StepSync}
}

// String is the step's name on screen.
func (s Step) String() string {
	switch s {
	case StepGymflow:
		return "Gymflow"
	case StepKey:
		return "Kisi API key"
	case StepPlace:
		return "Place"
	case StepAssociate:
		return "Associate"
	case StepReview:
		return "Review"
	case StepSync:
		return "Sync"
	}
	return ""
}

// State is where exactly the wizard stands.
type State string

// The states. Work states (see Kind Work) do I/O through Perform.
const (
	AskAddress      State = "gymflow address"
	AskToken        State = "gymflow token"
	CheckGymflow    State = "checking gymflow"
	AskKey          State = "kisi key"
	CheckKey        State = "checking the key"
	WarnKey         State = "key warning" // works, but is not the owner's, expires, or is a device login
	LoadPlaces      State = "reading places"
	AskPlace        State = "place"
	AskZone         State = "time zone" // only where neither side gives one, or the two differ
	LoadChoices     State = "reading memberships and groups"
	AskAssociations State = "associations"
	AskUnlocking    State = "how members unlock"
	LoadReview      State = "planning"
	AskPeople       State = "people already there" // only when there are any
	AskReview       State = "review"
	Syncing         State = "sync"
	Finished        State = "finished"
)

// Kind tells a front how to show a question.
type Kind int

// The kinds of question.
const (
	Text      Kind = iota + 1 // a line of text
	Secret                    // a line that is not shown
	Choose                    // one of Options
	Work                      // wait for Perform; cancellable; Problem set: it failed, offer retry and back
	Associate                 // a group (or none) for every membership
	People                    // tick who is taken over
	Review                    // the plan, to confirm
	Run                       // the sync's progress, from the state file
	End                       // nothing more to ask
)

// Option is one choice.
type Option struct {
	ID      string
	Label   string
	Detail  string
	Warning string
}

// Question is what the person sees now.
type Question struct {
	State     State
	Step      Step
	Kind      Kind
	Title     string   // "Sign in to Gymflow"
	Body      []string // paragraphs: what this is, how to get it
	Label     string   // of the field
	Default   string   // what Enter takes (Text, Choose: option id); never a secret
	HasSecret bool     // a secret is stored already: Enter keeps it
	Options   []Option
	Choices   *reconcile.Choices // Associate; also with GoBack, to keep what was chosen so far
	Chosen    map[string]int64   // Associate: membership id → group id so far (0: no access); suggestions are not in it
	Suggested map[string]int64   // Associate: where names match; taken only when accepted
	Preview   *reconcile.Preview // People, Review
	Left      map[int64]bool     // People: rights that were unticked
	Words     string             // Review: what must be typed to approve the removals that would be held; "" where choosing is enough
	MayNot    string             // Review: why the removals that would be held can't be approved now; "" where they can
	Warnings  []string
	Notice    string // something to know that is no fault: "Nothing is associated yet. Press enter again to …"
	Problem   string // what was wrong with the last answer, or why the work failed; a sentence with what to do
	Refused   bool   // Work: the answer was refused as such, so that going back to it is the way on and the same again is not
	CanGoBack bool
	Attempt   int // Work: grows with each new try; a front starts Perform when State or Attempt changed and Problem is empty
}

// Move is what the person did.
type Move int

// The moves.
const (
	Submit Move = iota + 1
	GoBack
	Retry // of failed Work; at Associate: read again, keeping what was chosen; at Review: plan again
	Done  // Perform ended (its result is in the answer)
	Keep  // stay at the question, and keep what was chosen so far (Save does it for good)
)

// Answer is one move with its content.
type Answer struct {
	Move    Move
	Text    string           // Text, Secret; at Review the words that a question with Words asks for
	Chosen  string           // Choose: option id
	Groups  map[string]int64 // Associate; also with GoBack, Keep and Retry, to keep what was chosen so far
	Leave   []int64          // People: right ids left alone; also with GoBack and Keep, where nil keeps the ticks as they are
	Approve bool             // Review: removals that the guard would hold are approved as well
	Result  Result           // Done
}

// Result is what Perform found; Err is shown as Problem.
type Result struct {
	State   State // for which state the work was done; a stale one is dropped
	Attempt int   // which try it was (Perform fills it in); 0 passes for the current one
	At      time.Time
	Err     error // in State Syncing: Confirm refused, or the run could not be followed
	Account *gymflow.Account
	Health  *kisi.Health
	Places  []kisi.Place
	Choices *reconcile.Choices
	Preview *reconcile.Preview
	Run     *store.Run

	Roster     *gymflow.Understanding // how the roster file was understood
	RosterPath string                 // where it is, from anywhere
}

// Facts is everything known: the durable draft, secrets in memory, and what checks found in this session.
type Facts struct {
	State   State // "" until Start derived it
	Update  bool  // "Update Integration": begins at Associate with what is in force
	Draft   store.Settings
	Token   SecretText
	Key     SecretText
	Account *gymflow.Account
	Health  *kisi.Health
	Places  []kisi.Place
	Choices *reconcile.Choices
	Preview *reconcile.Preview
	Run     *store.Run
	Problem string
	Notice  string
	History []State // answered states, for Back

	Roster       *gymflow.Understanding // how the roster file was understood, as the draft says to read it
	RosterChoice string                 // what was chosen about it

	Prefill     *Prefill           // answers that the caller brings along; nil for none
	AskAll      bool               // set before Start: ask from the first step on, what is known being the default (demo, setup run again)
	From        Step               // set before Start: go through the set-up again from this step on (see Entries), what is known being the default
	Resuming    bool               // Start is catching up: what was answered before is not asked again
	Typed       string             // a line of text that was refused, to be mended
	Blame       State              // of failed work: the state whose answer is at fault
	Refused     bool               // of failed work: that answer was refused as such
	Attempt     int                // counts tries of work, so that a late result is told from a current one
	FoundKey    store.KeyFacts     // what the last check found; it comes into the draft when accepted
	KeyAccepted bool               // the warning about the key was answered
	Offered     bool               // the suggestions were pointed out; the next plain Submit takes them
	Rereading   bool               // the choices are being read again: going back leads to the ones at hand
	PeopleAsked bool               // for the associations as they are
	People      *reconcile.Preview // what People was asked about: the plan before anybody was unticked
	Approve     bool               // Review was answered with approval of the removals that would be held
}

// SecretText prints as bullets wherever it is formatted, logged or marshalled.
type SecretText string

// String never gives the secret.
func (s SecretText) String() string { return "••••" }

// GoString never gives the secret.
func (s SecretText) GoString() string { return "••••" }

// MarshalText never gives the secret.
func (s SecretText) MarshalText() ([]byte, error) { return []byte("••••"), nil }
