package reconcile

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// The incident suite: what went wrong at others in public, done to kisiflow. One test for each incident, driven through a sync
// over real HTTP. Each test's comment has two parts, There and Here; docs/incidents.md is made of them.

// incidentGym is a synced gym of so many members ("m000", "m001", …) in the first of two groups.
func incidentGym(t *testing.T, members int) *world {
	t.Parallel()
	return linked(t, members)
}

// incidentWorld is a gym that is not linked yet.
func incidentWorld(t *testing.T, members, groups int) *world {
	t.Parallel()
	return newWorld(t, members, groups)
}

// is fails unless exactly these members (in order) are in the group.
func (w *world) is(group kisi.Group, members ...string) {
	w.t.Helper()
	if got := w.in(group); !slices.Equal(got, members) {
		w.t.Errorf("in %s are %v, and should be %v", group.Name, got, members)
	}
}

// allIn fails unless all of linked's members are in the group, and theirs are the only rights there.
func (w *world) allIn(group kisi.Group, count int) {
	w.t.Helper()
	if got := len(w.in(group)); got != count {
		w.t.Errorf("%d are in %s, and %d should be", got, group.Name, count)
	}
}

// unchanged fails when Kisi was written to since the mark.
func (w *world) unchanged(mark int) {
	w.t.Helper()
	if _, writes, log := w.calls(mark); writes > 0 {
		w.t.Errorf("Kisi was written to: %v", log)
	}
}

func (w *world) gymFault(name string) {
	w.t.Helper()
	if err := w.gymflow.SetFault(name); err != nil {
		w.t.Fatal(err)
	}
}

// failed runs once and expects an error with the exit code, after which nothing was planned.
func (w *world) failed(exit int) store.Run {
	w.t.Helper()
	run, err := w.engine.Sync(w.t.Context(), store.Request{})
	if ExitCode(err) != exit || run.Granted+run.Revoked > 0 {
		w.t.Fatalf("the run ended with %d (%v), want %d; %+v", ExitCode(err), err, exit, run)
	}
	return run
}

// answerGymflow answers some requests to Gymflow in its place.
func (w *world) answerGymflow(instead func(out http.ResponseWriter, in *http.Request) bool) {
	w.gymflow.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if !instead(out, in) {
				next.ServeHTTP(out, in)
			}
		})
	})
}

// answerKisi answers some requests to Kisi in its place.
func (w *world) answerKisi(instead func(out http.ResponseWriter, in *http.Request) bool) {
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if !instead(out, in) {
				next.ServeHTTP(out, in)
			}
		})
	})
}

// reason is why a member stands as they do; "" with plain access.
func (w *world) reason(member string) access.Reason {
	if reason := w.rows()[member].Reason; reason != nil {
		return *reason
	}
	return ""
}

// standsAs fails unless the member stands so, for that reason.
func (w *world) standsAs(member string, standing access.Standing, reason access.Reason) {
	w.t.Helper()
	if row := w.rows()[member]; row.Standing != standing || w.reason(member) != reason {
		w.t.Errorf("%s stands as %q because of %q (%s), want %q because of %q", member, row.Standing, w.reason(member), row.Detail, standing, reason)
	}
}

// deletes are the paths that were deleted in Kisi since the mark.
func (w *world) deletes(mark int) (paths []string) {
	_, _, log := w.calls(mark)
	for _, line := range log {
		if path, deleted := strings.CutPrefix(line, http.MethodDelete+" "); deleted {
			path, _, _ = strings.Cut(path, " ")
			paths = append(paths, path)
		}
	}
	return paths
}

// inZone is a gym that is linked nowhere yet, in a time zone and with a clock of its own that starts at an instant.
func inZone(t *testing.T, zone, start string) (w *world, moveTo func(string)) {
	t.Helper()
	t.Parallel()
	w = newWorld(t, 0, 1)
	now := clockAt(t, start)
	w.options.Now = func() time.Time { return now }
	w.restart()
	w.associate("ms", w.groups[0])
	w.settings.Zone = zone
	return w, func(instant string) { now = clockAt(t, instant) }
}

func clockAt(t *testing.T, instant string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// dated puts a member whose holding starts and ends on these days ("" for none).
func (w *world) dated(id, starts, ends string) {
	member := w.member(id, "ms")
	for text, into := range map[string]*gymflow.Date{starts: &member.Holdings[0].StartsOn, ends: &member.Holdings[0].EndsOn} {
		if text == "" {
			continue
		}
		day, err := gymflow.ParseDate(text)
		if err != nil {
			w.t.Fatal(err)
		}
		*into = day
	}
	w.gymflow.Gym.Put(member)
}
