package gymflowtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
)

type failing interface {
	Helper()
	Fatal(...any)
}

func newGym(t failing, options gymflowtest.Options) *gymflowtest.Gym {
	t.Helper()
	gym, err := gymflowtest.NewGym(options)
	if err != nil {
		t.Fatal(err)
	}
	return gym
}

// inconsistency tells the first thing about the gym that no gym would say; "" when there is none.
func inconsistency(gym *gymflowtest.Gym, today gymflow.Date) string {
	_, memberships, members := gym.Snapshot()
	sold := map[string]bool{}
	for _, membership := range memberships {
		sold[membership.ID] = true
	}
	byID, holdings := map[string]gymflow.Member{}, map[string]bool{}
	for _, member := range members {
		if _, twice := byID[member.ID]; twice {
			return member.ID + " is there twice"
		}
		byID[member.ID] = member
	}
	for _, member := range members {
		for _, holding := range member.Holdings {
			wrong := holdingFault(member, holding, today)
			if wrong == "" && !sold[holding.MembershipID] {
				wrong = "is of a membership that is not sold"
			}
			if wrong == "" && holdings[holding.ID] {
				wrong = "has the id of another"
			}
			if wrong == "" {
				wrong = linkFault(byID, holding)
			}
			if wrong != "" {
				return fmt.Sprintf("%s (%s): %+v %s", member.ID, member.Name(), holding, wrong)
			}
			holdings[holding.ID] = true
		}
	}
	return ""
}

func holdingFault(member gymflow.Member, holding gymflow.Holding, today gymflow.Date) string {
	over := !holding.EndsOn.IsZero() && holding.EndsOn.Before(today)
	switch status := holding.Status; {
	case holding.StartsOn.IsZero():
		return "has no start"
	case !holding.EndsOn.IsZero() && holding.EndsOn.Before(holding.StartsOn):
		return "ends before it starts"
	case (status == gymflow.Overdue || !holding.OverdueSince.IsZero()) && member.OverdueSince.IsZero():
		return "is overdue, the member is not"
	case status == gymflow.Overdue && holding.OverdueSince.IsZero():
		return "is overdue since never"
	case holding.OverdueSince.After(today) && !holding.OverdueSince.IsZero():
		return "is overdue since a day to come"
	case (status == gymflow.Expired || status == gymflow.Cancelled) && !over:
		return "is gone and has not ended"
	case (status == gymflow.Active || status == gymflow.Cancelling || status == gymflow.Pending) && over:
		return "runs and has ended"
	case status == gymflow.Cancelling && holding.EndsOn.IsZero():
		return "is cancelling without an end"
	case status == gymflow.Pending && !holding.StartsOn.After(today):
		return "is pending and has started"
	case status != gymflow.Pending && holding.StartsOn.After(today):
		return "has not started"
	case status == gymflow.Paused && (holding.PausedFrom.IsZero() || holding.PausedFrom.After(today)):
		return "is paused since no day"
	case !holding.ResumesOn.IsZero() && !holding.ResumesOn.After(holding.PausedFrom):
		return "resumes before its pause"
	case status == gymflow.Paused && !holding.ResumesOn.IsZero() && !holding.ResumesOn.After(today):
		return "should have resumed"
	}
	return ""
}

func linkFault(byID map[string]gymflow.Member, linked gymflow.Holding) string {
	if linked.PrimaryMemberID == "" {
		return ""
	}
	for _, primary := range byID[linked.PrimaryMemberID].Holdings {
		if primary.MembershipID == linked.MembershipID && primary.StartsOn == linked.StartsOn &&
			(primary.EndsOn == linked.EndsOn || primary.Status == gymflow.Cancelled) {
			return ""
		}
	}
	return "is linked to nothing like it"
}

func TestGymIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := noon().Add(time.Duration(rapid.IntRange(0, 3*365*24).Draw(t, "hours")) * time.Hour)
		options := gymflowtest.Options{
			Members: rapid.OneOf(rapid.IntRange(0, 70), rapid.IntRange(60, 400)).Draw(t, "members"),
			Seed:    rapid.Uint64().Draw(t, "seed"),
			Zone:    rapid.SampledFrom([]string{"", "Pacific/Auckland", "America/Los_Angeles"}).Draw(t, "zone"),
			Now:     func() time.Time { return now },
		}
		gym := newGym(t, options)
		account, _, members := gym.Snapshot()
		zone, err := time.LoadLocation(account.TimeZone)
		if err != nil {
			t.Fatal(err)
		}
		if wrong := inconsistency(gym, gymflow.DateOf(now.In(zone))); wrong != "" {
			t.Fatal(wrong)
		}
		if len(members) != options.Members {
			t.Fatalf("%d members, asked were %d", len(members), options.Members)
		}
		unknown, addresses := 0, map[string]int{}
		for _, member := range members {
			addresses[strings.ToLower(member.Email)]++
			if member.UpdatedAt.After(now) {
				t.Fatalf("%s was updated in the future", member.ID)
			}
			for _, r := range member.Email {
				if r > '~' || r <= ' ' {
					t.Fatalf("the address %q", member.Email)
				}
			}
			for _, holding := range member.Holdings {
				if !holding.Status.Known() {
					unknown++
				}
			}
		}
		shared := 0
		for address, count := range addresses {
			if address != "" && count > 1 {
				shared++
			}
		}
		if want := map[bool]int{true: 1}[options.Members >= 60]; unknown != want {
			t.Fatalf("%d unknown status words, want %d", unknown, want)
		}
		if options.Members >= 60 && (shared != 2 || addresses[""] != 2) {
			t.Fatalf("%d shared addresses, %d members without one, want two each", shared, addresses[""])
		}
	})
}

func TestSameSeedSameGym(t *testing.T) {
	at := func(clock time.Time, seed uint64, members int) *gymflowtest.Gym {
		return newGym(t, gymflowtest.Options{Members: members, Seed: seed, Now: func() time.Time { return clock }})
	}
	people := func(gym *gymflowtest.Gym) []gymflow.Member { _, _, members := gym.Snapshot(); return members }
	one, other := at(noon(), 9, 240), at(noon().Add(11*time.Hour), 9, 240)
	if difference := cmp.Diff(people(one), people(other)); difference != "" {
		t.Errorf("the same day: %s", difference)
	}
	for range 200 {
		if a, b := one.Live(), other.Live(); a != b {
			t.Fatalf("lived differently: %q, %q", a, b)
		}
	}
	if cmp.Equal(people(at(noon(), 9, 240)), people(at(noon(), 10, 240))) {
		t.Error("another seed is the same gym")
	}
}

// TestGymIsBelievable holds the shares of standings to what a gym looks like.
func TestGymIsBelievable(t *testing.T) {
	today := gymflow.DateOf(noon())
	for seed := range uint64(5) {
		_, _, members := newGym(t, gymflowtest.Options{Members: 2000, Seed: seed, Now: noon}).Snapshot()
		shares := map[string]int{}
		for _, member := range members {
			shares[outcome(member, today)]++
		}
		for standing, bounds := range map[string][2]float64{
			"good": {70, 82}, "overdue": {3.5, 7}, "paused": {2.5, 6}, "pending": {1, 3.5}, "blocked": {1, 3.5},
			"gone": {4, 11}, "nothing": {1.5, 5},
		} {
			if share := float64(shares[standing]) / 20; share < bounds[0] || share > bounds[1] {
				t.Errorf("seed %d: %.1f %% are %s, want %v", seed, share, standing, bounds)
			}
		}
		for i, member := range members[:4] {
			if outcome(member, today) != "good" {
				t.Errorf("seed %d: member %d is not a plain one: %+v", seed, i+1, member)
			}
		}
	}
}

func outcome(member gymflow.Member, today gymflow.Date) string {
	best := "gone"
	for _, holding := range member.Holdings {
		paused := !holding.PausedFrom.IsZero() && !holding.PausedFrom.After(today)
		switch {
		case holding.Status == gymflow.Paused || paused:
			best = "paused"
		case holding.Status == gymflow.Pending:
			best = "pending"
		case holding.Status == gymflow.Active || holding.Status == gymflow.Cancelling:
			best = "good"
		}
	}
	switch {
	case len(member.Holdings) == 0:
		return "nothing"
	case member.Blocked:
		return "blocked"
	case !member.OverdueSince.IsZero():
		return "overdue"
	}
	return best
}

func TestLifeStaysConsistent(t *testing.T) {
	dublin, err := time.LoadLocation("Europe/Dublin")
	if err != nil {
		t.Fatal(err)
	}
	for _, members := range []int{0, 240} {
		now := noon()
		today := func() gymflow.Date { return gymflow.DateOf(now.In(dublin)) }
		gym := newGym(t, gymflowtest.Options{Members: members, Seed: 5, Now: func() time.Time { return now }})
		told := map[string]int{}
		for step := range 5000 {
			if step%40 == 39 {
				now = now.Add(17 * time.Hour)
			}
			sentence := gym.Live()
			if sentence == "" || strings.ContainsAny(sentence, "\n%{") {
				t.Fatalf("step %d: told %q", step, sentence)
			}
			for _, kind := range []string{"failed", "paid", "paused", "pause of", "joined", "came back", "cancelled ", "is cancelled now", "expired", "started", "changed", "new day"} {
				if strings.Contains(sentence, kind) {
					told[kind]++
				}
			}
			if step%60 == 0 || step%40 == 39 { // a whole look at each step takes long; the first of a day always
				if wrong := inconsistency(gym, today()); wrong != "" {
					t.Fatalf("step %d (%s): %s", step, sentence, wrong)
				}
			}
		}
		if members > 0 && len(told) != 12 {
			t.Errorf("only these things happened: %v", told)
		}
		good := 0
		_, _, all := gym.Snapshot()
		for _, member := range all {
			if outcome(member, today()) == "good" {
				good++
			}
		}
		if share := good * 100 / len(all); share < 30 {
			t.Errorf("after 5,000 steps %d %% of %d members are in good standing", share, len(all))
		}
	}
}

// A gym that is taken up again days later lives on as one that was never put away.
func TestARestoredGymStaysConsistent(t *testing.T) {
	now := noon()
	clock := func() time.Time { return now }
	s := start(t, gymflowtest.Options{Members: 240, Seed: 5, Now: clock})
	for range 300 {
		s.Gym.Live()
	}
	dump, err := s.Dump()
	if err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, 0, 6)
	again, err := gymflowtest.Restore(dump, gymflowtest.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	for range 300 {
		told := again.Gym.Live()
		if wrong := inconsistency(again.Gym, gymflow.DateOf(now)); wrong != "" {
			t.Fatalf("%s: %s", told, wrong)
		}
	}
}

func TestLifeLeavesAnUpdatedMember(t *testing.T) {
	now := noon()
	gym := newGym(t, gymflowtest.Options{Members: 60, Seed: 2, Now: func() time.Time { return now }})
	_, _, before := gym.Snapshot()
	now = now.Add(time.Minute)
	gym.Live()
	_, _, after := gym.Snapshot()
	changed := 0
	for i, member := range after {
		if i >= len(before) || !cmp.Equal(before[i], member) {
			changed++
			if !member.UpdatedAt.Equal(now) {
				t.Errorf("%s changed and was updated at %v", member.ID, member.UpdatedAt)
			}
		}
	}
	if changed != 1 {
		t.Errorf("%d members changed in one step", changed)
	}
}

func TestTwentyThousandAreQuick(t *testing.T) {
	started := time.Now()
	gym := newGym(t, gymflowtest.Options{Members: 20_000, Seed: 1, Now: noon})
	if took := time.Since(started); took > 30*time.Second { // a busy machine gets room
		t.Errorf("making them took %v", took)
	}
	if wrong := inconsistency(gym, gymflow.DateOf(noon())); wrong != "" {
		t.Error(wrong)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, options := range []gymflowtest.Options{{Members: -1}, {Zone: "Nowhere/Land"}} {
		if _, err := gymflowtest.NewGym(options); err == nil {
			t.Errorf("%+v were taken", options)
		}
		if _, err := gymflowtest.Start(options); err == nil {
			t.Errorf("%+v were taken", options)
		}
	}
}
