package reconcile

import (
	"slices"
	"testing"

	"kisiflow/access"
)

func TestFirstSyncGivesWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 240, 3)
	_, memberships, _ := w.gymflow.Gym.Snapshot()
	var pairs []any
	for i, membership := range memberships {
		if i%4 != 3 {
			pairs = append(pairs, membership.ID, w.groups[i%3])
		}
	}
	preview := w.setUp(pairs...)
	run := w.sync(0)
	if run.Granted == 0 || run.Granted != len(preview.Plan.Grants) || run.Members != 240 || run.Fingerprint == "" {
		t.Fatalf("the preview had %d grants, the run %+v", len(preview.Plan.Grants), run)
	}
	known, _, err := w.engine.recall()
	if err != nil {
		t.Fatal(err)
	}
	account, types, members := w.gymflow.Gym.Snapshot()
	s := &survey{remembered: known, engine: w.engine}
	if s.zone, err = zoneOf(known.settings); err != nil {
		t.Fatal(err)
	}
	s.roster.Account, s.roster.Memberships, s.roster.Members = account, types, members
	decisions := access.Decide(w.engine.options.Now(), s.roster, s.rules())
	byEmail := map[string][]int64{}
	for _, right := range w.kisi.Rights() {
		if right.AppliesToType == "Group" {
			byEmail[right.AssigneeEmail] = append(byEmail[right.AssigneeEmail], right.AppliesToID)
		}
	}
	rows := w.rows()
	for _, member := range members {
		got := byEmail[member.Email]
		slices.Sort(got)
		want := decisions[member.ID].Groups()
		if member.Email == "" || decisions[member.ID].Hold {
			want = nil
		}
		if rows[member.ID].Reason != nil && *rows[member.ID].Reason == access.SharedEmail {
			continue
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s (%s) is in %v, deserves %v", member.ID, member.Email, got, want)
		}
		if len(want) > 0 && rows[member.ID].Standing != access.HasAccess {
			t.Errorf("%s stands as %s", member.ID, rows[member.ID].Standing)
		}
	}
	w.consistent()

	mark := len(w.kisi.Log())
	again := w.sync(0)
	if _, writes, log := w.calls(mark); writes > 0 || again.Granted+again.Revoked > 0 {
		t.Errorf("the second sync wrote: %v", log)
	}
	if len(w.kisi.Mails()) > 0 {
		t.Errorf("managed users got e-mails: %v", w.kisi.Mails())
	}
}
