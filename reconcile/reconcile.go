// Package reconcile reads both sides, plans, guards, applies and settles. It knows no screen:
// progress, standings and requests all pass through the state file, so that the engine may run in this process or in
// another one.
package reconcile

import (
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"kisiflow/gymflow"
	"kisiflow/store"
)

// ErrNotSetUp says that there is nothing to run yet.
var ErrNotSetUp = errors.New("kisiflow is not set up yet; run: kisiflow setup")

// ErrDisabled says that an admin switched the integration off.
var ErrDisabled = errors.New("this integration is switched off, so nothing is read or changed. Switch it on in the live view (kisiflow, under Settings)")

// Options are what an engine needs beside the state file.
type Options struct {
	Now              func() time.Time  // the process's clock; nil for time.Now
	KisiURL          string            // overrides the stored address (--kisi-url)
	Rate             float64           // overrides the stored rate (--rate); 0: as stored
	Audit            bool              // change nothing in Kisi, whatever the settings say (--audit)
	KisiKey          string            // in place of the stored one (a credential of the service); "" as stored
	GymflowToken     string            // the same
	KisiTransport    http.RoundTripper // nil for the default; tests break calls here
	GymflowTransport http.RoundTripper
	By               string // who acts: user@host
	Log              *slog.Logger
	Witness          Witness // is told what was done; nil for nobody
}

// Engine does the work for one state file. It holds no connection: every run reads settings and secrets anew, so that
// a new key or association takes effect with the next run.
type Engine struct {
	store   *store.Store
	options Options

	retryPause time.Duration                                   // before Kisi's first retry; 0 as Kisi's client has it
	poll       time.Duration                                   // how often Loop looks for requests
	pollAsked  atomic.Bool                                     // a word asks for a question to Gymflow before its time
	woken      chan struct{}                                   // there is work in the state file
	kept       kept                                            // services that stay open while Loop runs
	people     remembering                                     // between the previews of one wizard
	host       func() time.Time                                // the clock by which files are stamped, never a simulated one
	newWatcher func() (*fsnotify.Watcher, error)               // of the roster file's folder; tests break it here
	commits    func(*store.Lease, func(*store.Tx) error) error // tests break the state file's writes here; nil for Lease.Update
}

// New makes an engine.
func New(state *store.Store, options Options) *Engine {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{store: state, options: options, poll: pollEvery, woken: make(chan struct{}, 1),
		host: time.Now, newWatcher: fsnotify.NewWatcher}
}

// Access names the two services and the secrets for calls that the wizard makes before anything is in force.
type Access struct {
	GymflowURL   string
	GymflowToken string
	Roster       gymflow.RosterFile // in the place of address and token
	KisiURL      string
	KisiKey      string
	Audit        bool // nothing may be changed in Kisi
}

// same reports whether both lead to the same services by the same way.
func (a Access) same(other Access) bool {
	return a.GymflowURL == other.GymflowURL && a.GymflowToken == other.GymflowToken && a.Roster.Same(other.Roster) &&
		a.KisiURL == other.KisiURL && a.KisiKey == other.KisiKey
}
