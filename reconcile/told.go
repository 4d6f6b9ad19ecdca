package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kisiflow/store"
)

// pushCause is the cause of looks that Gymflow, a bridge or Zapier asked for.
const pushCause = "push"

// noteTold keeps, where a roster file is read, whom a push was about: the file can't tell what changed since it was written, and
// an admin who saw the push go out must not take the file's silence for an answer.
func (e *Engine) noteTold(tx *store.Tx, word Word, looks []store.Look, unknown bool) error {
	if word.Cause != pushCause || len(looks) == 0 && !unknown {
		return nil
	}
	settings, _, err := tx.Settings()
	if err != nil || !settings.Roster.Given() {
		return err
	}
	told, err := tx.Told()
	if err != nil {
		return err
	}
	// A file's time is the host's own, whatever KISIFLOW_NOW says of the process's.
	now := e.host()
	for _, look := range looks {
		told[look.MemberID] = now
	}
	if unknown {
		told[""] = now
	}
	return tx.PutTold(told)
}

// judgeTold forgets what the roster that was read is new enough to answer, and says what it can't know.
func (r *syncRun) judgeTold(tx *store.Tx) error {
	told, err := tx.Told()
	if err != nil || len(told) == 0 {
		return err
	}
	before := len(told)
	maps.DeleteFunc(told, func(_ string, at time.Time) bool { return !r.to.Roster.Given() || !at.After(r.roster.AsOf) })
	if len(told) < before {
		if err := tx.PutTold(told); err != nil {
			return err
		}
	}
	if len(told) == 0 {
		return nil
	}
	known := map[string]string{"": "somebody whom the file does not have"}
	for i := range r.roster.Members {
		known[r.roster.Members[i].ID] = cleanName(r.roster.Members[i].Name())
	}
	var names []string
	for id := range told {
		names = append(names, cmp.Or(known[id], "member "+cleanName(id)))
	}
	slices.Sort(names)
	shown := strings.Join(names[:min(len(names), mostTold)], ", ")
	if more := len(names) - mostTold; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	r.note("Since the roster file was written (as of %s), pushes told of changes: %s. What changed the file can't know. Export a new one from Gymflow.",
		r.roster.AsOf.In(r.zone).Format("2 Jan 15:04"), shown)
	return nil
}

// mostTold is how many are named.
const mostTold = 10

// ToldWords says to whoever looks at a member what the roster file can't know; "" when nothing.
func ToldWords(at, asOf time.Time, zone *time.Location) string {
	if at.IsZero() || !at.After(asOf) {
		return ""
	}
	return fmt.Sprintf("A push told of a change at %s. The roster file is older (as of %s) and can't say what changed; export a new one from Gymflow.",
		at.In(zone).Format("2 Jan 15:04"), asOf.In(zone).Format("2 Jan 15:04"))
}
