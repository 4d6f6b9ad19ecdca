package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// When a second writer is asked about. One or two rights changed by hand are a person at a desk; three between two runs, or
// five within two days, are a program: Gymflow's own integration acts whenever a member joins or leaves. The question goes
// by itself when nothing of the kind was seen for two days.
const (
	manyAtOnce   = 3
	manyOverTime = 5
	traceAge     = 48 * time.Hour
)

// noteSecondWriter reports rights that came or went under another author since the last run: most likely Gymflow's own
// Kisi integration is still on (design.md 5.3, kisi-api.md trap 20).
func (s *survey) noteSecondWriter(foreign []access.Foreign) {
	now := s.engine.options.Now()
	traces := slices.DeleteFunc(slices.Clone(s.traces), func(trace store.Trace) bool { return now.Sub(trace.At) > traceAge })
	if len(s.previous) > 0 { // else there is nothing to compare with
		traces = append(traces, s.trace(now, foreign)...)
	}
	s.writerQuestions = s.askAboutWriters(traces)
	if len(traces) > 0 || len(s.traces) > 0 {
		s.findings = append(s.findings, func(tx *store.Tx) error { return tx.PutTraces(traces) })
	}
}

// trace compares with the last run, group by group, and notes what it finds.
func (s *survey) trace(now time.Time, foreign []access.Foreign) []store.Trace {
	known := map[int64]bool{}
	for _, other := range s.foreign {
		known[other.Right.ID] = true
	}
	found := map[int64]*store.Trace{}
	of := func(group int64) *store.Trace {
		if found[group] == nil {
			found[group] = &store.Trace{GroupID: group, At: now, By: map[int64]int{}}
		}
		return found[group]
	}
	came, went := 0, 0
	for _, other := range foreign {
		right := other.Right
		if known[right.ID] || other.MemberID == "" || right.RoleID != kisi.RoleBasic || right.CreatedByID == s.me.ID {
			continue
		}
		came++
		of(other.GroupID).Came++
		of(other.GroupID).By[right.CreatedByID]++
	}
	for group, losses := range s.losses {
		went += losses
		of(group).Went += losses
	}
	if came+went > 0 {
		s.note("Since the last run %s came and %s went in Kisi by another hand than kisiflow's. If Gymflow's own Kisi integration is still "+
			"switched on, switch it off: two writers undo each other's work.", countRights(came), countRights(went))
	}
	traces := make([]store.Trace, 0, len(found))
	for _, group := range slices.Sorted(maps.Keys(found)) {
		traces = append(traces, *found[group])
	}
	return traces
}

// askAboutWriters asks once a group, and only about more than a person does by hand.
func (s *survey) askAboutWriters(traces []store.Trace) []access.Question {
	type sum struct {
		came, went, most int
		by               map[int64]int
	}
	sums := map[int64]*sum{}
	for _, trace := range traces {
		all := sums[trace.GroupID]
		if all == nil {
			all = &sum{by: map[int64]int{}}
			sums[trace.GroupID] = all
		}
		all.came, all.went = all.came+trace.Came, all.went+trace.Went
		all.most = max(all.most, trace.Came+trace.Went)
		for user, count := range trace.By {
			all.by[user] += count
		}
	}
	var questions []access.Question
	for _, group := range slices.Sorted(maps.Keys(sums)) {
		all := sums[group]
		if all.most < manyAtOnce && all.came+all.went < manyOverTime {
			continue
		}
		questions = append(questions, access.Question{GroupID: group, Reason: access.IsHeld, Text: fmt.Sprintf(
			"Somebody else changes who is in %s: lately %s came%s and %s of kisiflow's went. Is Gymflow's own Kisi integration still on? "+
				"Switch it off (Gymflow: Settings > Integrations > Kisi), or find out who does this in Kisi.",
			s.groupName(group), countRights(all.came), s.madeBy(all.by), countRights(all.went))})
	}
	return questions
}

// madeBy names who made the rights, where Kisi tells.
func (s *survey) madeBy(by map[int64]int) string {
	var makers []string
	for _, user := range slices.Sorted(maps.Keys(by)) {
		if user == 0 {
			continue
		}
		name := ""
		if at := slices.IndexFunc(s.people.Users, func(known kisi.User) bool { return known.ID == user }); at >= 0 {
			name = cmp.Or(cleanName(s.people.Users[at].Name), cleanName(s.people.Users[at].Email))
		}
		makers = append(makers, cmp.Or(name, fmt.Sprintf("Kisi's user %d", user)))
	}
	if len(makers) == 0 {
		return ""
	}
	return " (made by " + strings.Join(makers, ", ") + ")"
}
