package listen

import (
	"net/http"
	"time"

	"kisiflow/access"
	"kisiflow/store"
)

// Health is what /healthz tells. It names nobody: whoever reaches the listener may read it.
type Health struct {
	Healthy    bool       `json:"healthy"`
	SetUp      bool       `json:"set_up"`
	Disabled   bool       `json:"disabled"`
	InStep     bool       `json:"in_step"`
	InStepAt   *time.Time `json:"in_step_at"` // when both sides were last in step
	ReadAt     *time.Time `json:"read_at"`    // when both sides were last read whole
	AgeSeconds *float64   `json:"age_seconds"`
	Held       int        `json:"held"`   // removals that wait for the admin
	Failed     int        `json:"failed"` // members
	Waiting    int        `json:"waiting"`
	Running    bool       `json:"running"`
	KeyRefused bool       `json:"key_refused"`
	LastError  string     `json:"last_error"` // "" when the last sync went through
}

// facts are what both /healthz and /metrics tell, read in one transaction.
type facts struct {
	now      time.Time
	set      bool
	settings store.Settings
	fresh    store.Freshness
	standing map[access.Standing]int
	failed   int
	ledger   int
	held     int
	looks    int
	running  bool
}

func (s *Server) facts() (known facts, err error) {
	known = facts{now: s.options.Now(), standing: map[access.Standing]int{}}
	err = s.options.Store.View(func(tx *store.Tx) error {
		if known.settings, known.set, err = tx.Settings(); err != nil {
			return err
		}
		if known.fresh, err = tx.Freshness(); err != nil {
			return err
		}
		rows, _, err := tx.Standings()
		if err != nil {
			return err
		}
		for _, row := range rows {
			known.standing[row.Standing]++
			if row.Reason != nil && *row.Reason == access.Failed {
				known.failed++
			}
		}
		ledger, err := tx.Ledger()
		if err != nil {
			return err
		}
		known.ledger = len(ledger)
		list, found, err := tx.HeldList()
		if err != nil {
			return err
		}
		if found {
			known.held = len(list.Removals)
		}
		looks, err := tx.Looks(known.now)
		if err != nil {
			return err
		}
		known.looks = len(looks)
		progress, err := tx.Progress()
		known.running = progress.Running
		return err
	})
	return known, err
}

// tooOld: not in step for longer than two full intervals.
func (s *Server) tooOld(known facts) bool {
	if s.options.Every <= 0 || known.settings.Disabled() {
		return false
	}
	since := known.fresh.InStepAt
	if since.IsZero() {
		since = s.begun
	}
	return known.now.Sub(since) > 2*s.options.Every
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	known, err := s.facts()
	if err != nil {
		s.options.Log.Warn("reading how things stand", "error", err)
		answer(w, http.StatusServiceUnavailable, Health{LastError: "The state file can't be read."})
		return
	}
	health := Health{
		SetUp: known.set, Disabled: known.settings.Disabled(), InStep: known.fresh.InStep(), Held: known.held, Failed: known.failed,
		Waiting: known.looks, Running: known.running, KeyRefused: !known.settings.Key.DiedAt.IsZero(), LastError: lastError(known.fresh.Last),
	}
	health.InStepAt, health.ReadAt = instant(known.fresh.InStepAt), instant(known.fresh.ReadAt)
	if !known.fresh.InStepAt.IsZero() {
		age := max(0, known.now.Sub(known.fresh.InStepAt).Seconds())
		health.AgeSeconds = &age
	}
	health.Healthy = known.set && !health.KeyRefused && !s.tooOld(known)
	status := http.StatusOK
	if !health.Healthy {
		status = http.StatusServiceUnavailable
	}
	answer(w, status, health)
}

func instant(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// lastError says what came of the last sync, in words that hold no name: the run's own notes may.
func lastError(run store.Run) string {
	if run.ID == "" {
		return ""
	}
	switch run.Outcome {
	case store.OutcomeFailed, store.OutcomeStopped:
	case store.OutcomePartial:
		return "Some members failed, or an access group was held. kisiflow status tells more."
	default:
		return ""
	}
	switch run.Exit {
	case 12:
		return "A key or token was refused. kisiflow doctor tells what to do."
	case 75:
		return "A service could not be reached, or its answer was not complete."
	case 130:
		return "The last sync was stopped before its end."
	}
	return "The last sync failed. kisiflow status tells why."
}
