package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// lateSync is how old the last sync may be: whoever watches syncs every few minutes, and by hand once a day is usual.
const lateSync = 24 * time.Hour

// Check is one thing that Doctor looked at: that it is well, or what to do.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	Exit int    `json:"exit"` // the exit code that it stands for; 0 when well
}

func well(name, format string, values ...any) Check {
	return Check{Name: name, OK: true, Text: sentence(fmt.Sprintf(format, values...))}
}

func unwell(name, format string, values ...any) Check {
	return Check{Name: name, Text: sentence(fmt.Sprintf(format, values...)), Exit: exitFailed}
}

// failed is a check that a service's answer ended.
func failed(name string, err error) Check {
	return Check{Name: name, Text: sentence(err.Error()), Exit: ExitCode(err)}
}

// Doctor looks at the integration in force: both services, the key, the groups, the clocks, how fresh things are. It changes
// nothing, and goes on after a failure. ErrNotSetUp when there is nothing to look at.
func (e *Engine) Doctor(ctx context.Context) ([]Check, error) {
	known, set, err := e.recall()
	if err != nil {
		return nil, err
	}
	if !set {
		return nil, ErrNotSetUp
	}
	checks := append([]Check{checkZone(known.settings)}, checkMode(known)...)
	services, err := e.connect(known.to, known.settings.Rate)
	if err != nil {
		return append(checks, failed("services", err)), nil
	}
	defer services.close()
	checks = append(checks, patiently(ctx, func(ctx context.Context) []Check {
		return []Check{checkGymflow(ctx, services, known.settings)}
	})...)
	ofKisi := patiently(ctx, func(ctx context.Context) []Check { return checkKisi(ctx, services, known) })
	checks = append(checks, ofKisi...)
	if ofKisi[0].OK { // else its webhook can't be asked for either
		webhook, err := e.checkWebhook(ctx, services)
		if err != nil {
			return nil, err
		}
		checks = append(checks, webhook...)
	}
	checks = append(checks, e.checkClocks(services, known.settings)...)
	return append(checks, e.checkSyncs(known)...), nil
}

// doctorsPatience is how long one service may take: an admin waits for the answer.
const doctorsPatience = 20 * time.Second

func patiently(ctx context.Context, look func(context.Context) []Check) []Check {
	ctx, cancel := context.WithTimeout(ctx, doctorsPatience)
	defer cancel()
	return look(ctx)
}

func checkZone(settings store.Settings) Check {
	zone, err := zoneOf(settings)
	if err != nil {
		return failed("time zone", err)
	}
	return well("time zone", "days are those of %s", zone)
}

func checkGymflow(ctx context.Context, services *services, settings store.Settings) Check {
	account, err := services.gymflow.Account(ctx)
	switch {
	case settings.Roster.Given() && err != nil:
		return failed(rosterLine, explainGymflow(err))
	case settings.Roster.Given():
		return checkRosterFile(settings)
	case err != nil:
		return failed("Gymflow", explainGymflow(err))
	}
	return well("Gymflow", "it answers at %s, as %s", cleanLine(settings.GymflowURL), cleanName(account.Name))
}

// rosterLine is the name of the check of a roster file.
const rosterLine = "roster file"

// checkRosterFile says which file is read, and how old it is; it was read just now.
func checkRosterFile(settings store.Settings) Check {
	const name = rosterLine
	stamp, err := gymflow.StampRoster(settings.Roster.Path)
	if err != nil {
		return failed(name, explainGymflow(err))
	}
	when := stamp.ModTime.Local().Format("2 Jan 2006 15:04")
	if age := time.Since(stamp.ModTime); age > staleAfter(settings) {
		return unwell(name, "%s is from %s, older than %s, so no removal is made because of it: export a new one from Gymflow",
			cleanLine(stamp.Path), when, inHours(staleAfter(settings)))
	}
	return well(name, "%s can be read; it is from %s", cleanLine(stamp.Path), when)
}

// checkKisi is reachability, the key, its rights, and the mapped groups. Where the key is refused the rest can't be seen.
func checkKisi(ctx context.Context, services *services, known remembered) []Check {
	health, err := services.kisi.Health(ctx)
	if isAny(err, kisi.ErrUnauthorized, kisi.ErrForbidden) {
		whose := ""
		if died := KeyDeath(known.settings.Key, nil); died != "" {
			whose = died + " "
		} else if name := cleanName(known.settings.Key.UserName); name != "" {
			whose = "It was the key of " + name + ". "
		}
		return []Check{well("Kisi", "it answers"), {Name: "Kisi key", Text: whose + sentence(explainKisi(err).Error()), Exit: exitRefused}}
	}
	if err != nil {
		return []Check{failed("Kisi", explainKisi(err))}
	}
	checks := []Check{well("Kisi", "it answers, as %s", cleanName(health.Organization.Name)), checkKey(health, known.settings.Key)}
	if err := mayWork(health); err != nil {
		return append(checks, failed("rights of the key", err))
	}
	checks = append(checks, well("rights of the key", "it reads places, groups and people, and writes people and access rights"))
	return append(checks, checkGroups(ctx, services, known)...)
}

func checkKey(health kisi.Health, before store.KeyFacts) Check {
	const name = "Kisi key"
	found := FactsOfKey(health, time.Time{})
	if otherOrganization(before.OrganizationID, found.OrganizationID) {
		check := unwell(name, "it opens the organization %s, but this integration belongs to %s: enter a key of that one with kisiflow setup",
			found.OrganizationName, cleanName(before.OrganizationName))
		check.Exit = exitRefused
		return check
	}
	says := keyWords(found)
	if !found.LastUsedAt.IsZero() {
		says += ", last used on " + found.LastUsedAt.Local().Format("2 Jan 2006 15:04")
	}
	for _, wrong := range found.Problems {
		if mayWork(health) == nil { // what it may not do has a line of its own
			return unwell(name, "%s", wrong)
		}
	}
	if found.Expires {
		return unwell(name, "%s: it expires by itself. Make an API key that does not (My Account > API > Add API Key) and enter it: kisiflow setup", says)
	}
	if !found.Owner {
		return well(name, "%s. It stops working the day they lose that role; the owner's key does not", says)
	}
	return well(name, "%s", says)
}

// checkGroups looks whether each mapped group is there and opens something.
func checkGroups(ctx context.Context, services *services, known remembered) []Check {
	groups, err := services.kisi.Groups(ctx)
	if err != nil {
		return []Check{failed("access groups", explainKisi(err))}
	}
	s := &survey{remembered: known}
	mapped := s.mapped()
	if len(mapped) == 0 {
		return []Check{unwell("access groups", "no membership is associated with a group, so nobody is given access: kisiflow setup")}
	}
	var checks []Check
	for _, id := range slices.Sorted(maps.Keys(mapped)) {
		at := slices.IndexFunc(groups, func(group kisi.Group) bool { return group.ID == id })
		name := "access group " + cleanName(mapped[id])
		switch {
		case at < 0:
			checks = append(checks, unwell(name, "Kisi no longer has it: choose another one under Associations, or with kisiflow setup"))
		case groups[at].LocksCount == 0:
			checks = append(checks, unwell(name, "it has no doors, so it opens nothing: give it doors in Kisi"))
		case !groups[at].LoginEnabled:
			checks = append(checks, unwell(name, "app access is switched off, so nobody can unlock with the app: switch it on in Kisi"))
		default:
			checks = append(checks, well(name, "it is there, with %s", counted(groups[at].LocksCount, "door")))
		}
	}
	return checks
}

// checkClocks compares with both services, as a sync does.
func (e *Engine) checkClocks(services *services, settings store.Settings) []Check {
	now := e.options.Now()
	moved := time.Since(now)
	check := func(service string, skew time.Duration, seen bool) Check {
		name := "clock, against " + service
		if other := skew + moved; other.Abs() < skew.Abs() {
			skew = other
		}
		switch {
		case !seen:
			return Check{Name: name, Text: service + " did not say what time it is.", Exit: 0, OK: true}
		case skew.Abs() > clockTolerance:
			return unwell(name, "it is off by %s: set it right with timedatectl set-ntp true", skew.Abs().Round(time.Second))
		}
		return well(name, "it is off by no more than %s", max(time.Second, skew.Abs().Round(time.Second)))
	}
	kisiTraffic, gymflowTraffic := services.kisi.Stats(), services.gymflow.Stats()
	checks := []Check{check("Kisi", kisiTraffic.ClockSkew, kisiTraffic.ClockSeen)}
	if settings.Roster.Given() {
		return checks // a file has no clock
	}
	return append(checks, check("Gymflow", gymflowTraffic.ClockSkew, gymflowTraffic.ClockSeen))
}

// checkSyncs is how fresh the doors are, and what waits for a person.
func (e *Engine) checkSyncs(known remembered) []Check {
	var fresh store.Freshness
	err := e.store.View(func(tx *store.Tx) (err error) { fresh, err = tx.Freshness(); return err })
	checks := []Check{}
	age := e.options.Now().Sub(fresh.ReadAt)
	switch {
	case err != nil:
		checks = append(checks, failed("last sync", err))
	case fresh.ReadAt.IsZero():
		checks = append(checks, unwell("last sync", "there was none yet: kisiflow sync"))
	case age > lateSync:
		checks = append(checks, unwell("last sync", "it was %s ago; the doors have stayed as they were since: kisiflow sync", inHours(age)))
	default:
		checks = append(checks, well("last sync", "it was %s ago", max(0, age).Round(time.Second)))
	}
	if !known.held.Held {
		return append(checks, well("held removals", "none"))
	}
	text := fmt.Sprintf("%d wait for you: kisiflow plan shows them, kisiflow sync --approve %s lets them go", len(known.held.Keys), known.held.Fingerprint)
	if known.held.Stale {
		text = fmt.Sprintf("%d wait for fresh data from Gymflow", len(known.held.Keys))
	}
	return append(checks, unwell("held removals", "%s", text))
}
