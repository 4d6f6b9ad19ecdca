// Package setup is the wizard's state machine: steps, questions, answers and facts, with no screen in it. Both
// fronts (ui/tui, ui/line) drive it. Next is pure; what needs the network or the disk is done by Load, Save, Perform
// and Confirm, which fronts call outside of their event loop.
package setup

import (
	"context"

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
func Steps() []Step { panic("unwritten") }

// String is the step's name on screen.
func (s Step) String() string { panic("unwritten") }

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
	Choices   *reconcile.Choices // Associate
	Chosen    map[string]int64   // Associate: membership id → group id so far (0: no access); suggestions are not in it
	Suggested map[string]int64   // Associate: where names match; taken only when accepted
	Preview   *reconcile.Preview // People, Review
	Left      map[int64]bool     // People: rights that were unticked
	Warnings  []string
	Problem   string // what was wrong with the last answer, or why the work failed; a sentence with what to do
	CanGoBack bool
}

// Move is what the person did.
type Move int

// The moves.
const (
	Submit Move = iota + 1
	GoBack
	Retry // of failed Work
	Done  // Perform ended (its result is in the answer)
)

// Answer is one move with its content.
type Answer struct {
	Move    Move
	Text    string           // Text, Secret
	Chosen  string           // Choose: option id
	Groups  map[string]int64 // Associate
	Leave   []int64          // People: right ids left alone
	Approve bool             // Review: removals that the guard would hold are approved as well
	Result  Result           // Done
}

// Result is what Perform found; Err is shown as Problem.
type Result struct {
	State   State // for which state the work was done; a stale one is dropped
	Err     error
	Account *gymflow.Account
	Health  *kisi.Health
	Places  []kisi.Place
	Choices *reconcile.Choices
	Preview *reconcile.Preview
	Run     *store.Run
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
	History []State // answered states, for Back
}

// SecretText prints as bullets wherever it is formatted, logged or marshalled.
type SecretText string

// String never gives the secret.
func (s SecretText) String() string { return "••••" }

// GoString never gives the secret.
func (s SecretText) GoString() string { return "••••" }

// MarshalText never gives the secret.
func (s SecretText) MarshalText() ([]byte, error) { return []byte("••••"), nil }

// Load reads the draft (or, for update, what is in force) and the secrets.
func Load(state *store.Store, update bool) (Facts, error) { panic("unwritten") }

// Start derives the state from the facts: the first step whose answer is missing or unproven.
func Start(facts Facts) (Facts, Question) { panic("unwritten") }

// Next answers the question that the facts stand at. It is pure.
func Next(facts Facts, answer Answer) (Facts, Question) { panic("unwritten") }

// Ask gives the question for the facts as they stand, without answering anything.
func Ask(facts Facts) Question { panic("unwritten") }

// Save keeps the draft and its secrets, so that a lost link resumes here.
func Save(state *store.Store, facts Facts) error { panic("unwritten") }

// Perform does the work of a Work state and gives the answer to feed to Next (Move Done). progress may be nil.
func Perform(ctx context.Context, engine *reconcile.Engine, facts Facts, progress func(phase string, done, total int)) Answer {
	panic("unwritten")
}

// Confirm puts the reviewed draft in force and queues the first sync. Called by fronts when the state has become Syncing.
func Confirm(engine *reconcile.Engine, facts Facts, approve bool, by string) error {
	panic("unwritten")
}
