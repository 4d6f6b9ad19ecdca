package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/line"
	"kisiflow/ui/setup"
)

// setupFlags are the answers that `setup --no-input` takes instead of asking.
type setupFlags struct {
	noInput          bool
	kisiKeyFile      string
	gymflowURL       string
	gymflowTokenFile string
	pushSecretFile   string
	roster           rosterFlags
	place            string
	timeZone         string
	associate        []string
	managed          bool
	invited          bool
	noAdopt          bool
	audit            *bool // nil: as stored
}

func (a *application) setupCommand() *cobra.Command {
	var given setupFlags
	command := &cobra.Command{
		Use:   "setup",
		Short: "Link Gymflow with Kisi: the wizard, or all answers as flags with --no-input",
		Long: "The wizard: Gymflow, Kisi API key, place, associations, review, sync.\n" +
			"With --no-input it takes all answers from flags, checks them, stores them, and writes nothing to Kisi.\n" +
			"MEMBERSHIP and GROUP are ids or exact names, split at the last =. The list is the whole list: run again, it\n" +
			"replaces what is stored.",
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if given.managed && given.invited {
				return usage("--managed and --invited exclude each other; give one of them")
			}
			if command.Flags().Changed("audit") {
				given.audit = &a.audit
			}
			if given.noInput || a.json {
				return a.setupFromFlags(command.Context(), given)
			}
			return a.wizard(command.Context(), given)
		},
	}
	flags := command.Flags()
	flags.BoolVar(&given.noInput, "no-input", false, "ask nothing: take all answers from the flags")
	flags.StringVar(&given.kisiKeyFile, "kisi-key-file", "", "file that holds the Kisi API key")
	flags.StringVar(&given.gymflowURL, "gymflow-url", "", "Gymflow's address, before /v1")
	flags.StringVar(&given.gymflowTokenFile, "gymflow-token-file", "", "file that holds the Gymflow token")
	flags.StringVar(&given.pushSecretFile, "push-secret-file", "", "file that holds the secret of pushes")
	given.roster.add(flags)
	flags.StringVar(&given.place, "place", "", "the Kisi place, by id or exact name")
	flags.StringVar(&given.timeZone, "time-zone", "", "where neither Kisi nor Gymflow gives one (Europe/Dublin)")
	flags.StringArrayVar(&given.associate, "associate", nil, "MEMBERSHIP=GROUP; repeat for every membership that opens doors")
	flags.BoolVar(&given.managed, "managed", false, "Kisi sends new people no e-mail (the default)")
	flags.BoolVar(&given.invited, "invited", false, "Kisi invites new people by e-mail")
	_ = command.RegisterFlagCompletionFunc("associate", a.completeAssociation) // it fails only for a flag that is not there
	flags.BoolVar(&given.noAdopt, "no-adopt", false, "leave people who are in the groups already alone")
	return command
}

// wizard asks the person, in full screen or as lines.
func (a *application) wizard(ctx context.Context, given setupFlags) error {
	state, err := a.openStore()
	if err != nil {
		return err
	}
	settings, set, err := settingsOf(state)
	if err != nil {
		return err
	}
	if set {
		if err := a.storedKeyStays(settings); err != nil {
			return err
		}
	}
	engine, err := a.engine(state, settings.GymflowURL, settings.KisiURL)
	if err != nil {
		return err
	}
	if set && given.audit != nil && !*given.audit { // --audit itself is stored when the wizard ends
		if err := engine.SetAudit(whoActs(), false); err != nil {
			return err
		}
	}
	return a.converse(ctx, conversation{state: state, engine: engine, wizard: true, again: set, every: everyFiveMinutes, poll: usualPoll, prefill: a.prefill()})
}

// prefill gives the wizard what the flags say, to be stored with its answers: what runs later without these flags must use the same
// Kisi.
func (a *application) prefill() *setup.Prefill {
	if a.kisiURL == "" {
		return nil
	}
	return &setup.Prefill{KisiURL: a.kisiURL}
}

// answers are checked flags.
type answers struct {
	access   reconcile.Access
	settings store.Settings
	choices  reconcile.Choices
}

// setupFromFlags checks, stores, and writes nothing to Kisi.
func (a *application) setupFromFlags(ctx context.Context, given setupFlags) error {
	state, err := a.openStore()
	if err != nil {
		return err
	}
	stored, set, err := settingsOf(state)
	if err != nil {
		return err
	}
	if set {
		if done, err := a.changeOneThing(ctx, state, stored, given); done {
			return err
		}
	}
	to, err := a.credentials(ctx, state, stored, given)
	if err != nil {
		return err
	}
	if len(given.associate) == 0 {
		return usage("--associate MEMBERSHIP=GROUP is missing; the list is the whole list")
	}
	if given.place == "" && set && stored.PlaceID != 0 {
		given.place = strconv.FormatInt(stored.PlaceID, 10)
	}
	if given.place == "" {
		return usage("--place is missing: the Kisi place, by id or exact name")
	}
	if given.pushSecretFile != "" { // before anything is stored
		if _, err = readSecretFile("push-secret-file", given.pushSecretFile); err != nil {
			return err
		}
	}
	engine, err := a.engine(state, to.GymflowURL, to.KisiURL)
	if err != nil {
		return err
	}
	switch {
	case a.rate > 0:
		stored.Rate = a.rate
	case stored.Rate > mostRequests && !isLoopback(to.KisiURL): // from a simulator; the real Kisi would refuse it
		stored.Rate = 0
	}
	checked, err := checkAnswers(ctx, engine, to, given, stored)
	if err != nil {
		return err
	}
	preview, err := engine.Preview(ctx, checked.settings, to, nil)
	if err != nil {
		return err
	}
	err = engine.Confirm(reconcile.Confirmation{Settings: checked.settings, Access: to, Preview: preview, By: whoActs()})
	if err != nil {
		return err
	}
	if given.pushSecretFile != "" {
		if _, err := a.pushSecret(state, hooksFlags{secretFile: given.pushSecretFile}); err != nil {
			return fmt.Errorf("storing the push secret: %w", err)
		}
	}
	return a.saySetUp(checked.settings, preview)
}

// saySetUp tells what was stored and what a sync would do.
func (a *application) saySetUp(settings store.Settings, preview reconcile.Preview) error {
	if a.json {
		return a.printJSON(planDocument(preview))
	}
	_, _ = fmt.Fprintf(a.out, "%s is linked with %s. Nothing was written to Kisi yet.\n\n", settings.GymflowName, settings.PlaceName)
	for _, warning := range preview.Warnings { // once, and apart from what a script reads
		_, _ = fmt.Fprintln(a.errOut, "Warning:", kisi.CleanText(warning))
	}
	preview.Warnings = nil
	line.PrintPlan(a.plain(), preview)
	if settings.Audit || a.audit {
		_, _ = fmt.Fprintln(a.plain(), "\nAudit only: kisiflow changes nothing in Kisi. To let it work: kisiflow setup --no-input --audit=false")
		return nil
	}
	_, _ = fmt.Fprintln(a.plain(), "\nTo do this now: kisiflow sync")
	_, _ = fmt.Fprintln(a.plain(), "To keep it so: kisiflow watch\nWhat to paste into Zapier and Kisi, so that changes count at once: kisiflow hooks")
	return nil
}

// credentials come from the files, else from what is stored.
func (a *application) credentials(ctx context.Context, state *store.Store, stored store.Settings, given setupFlags) (reconcile.Access, error) {
	to := reconcile.Access{GymflowURL: given.gymflowURL, KisiURL: a.kisiURL}
	roster, err := given.rosterFile(stored)
	if err != nil {
		return to, err
	}
	if to.GymflowURL == "" && !roster.Given() {
		to.GymflowURL = stored.GymflowURL
	}
	if to.KisiURL == "" {
		to.KisiURL = stored.KisiURL
	}
	if to.GymflowURL == "" && !roster.Given() {
		return to, usage("--gymflow-url is missing: Gymflow's address, before /v1; or --roster: a roster file")
	}
	if given.kisiKeyFile == "" && (stored.GymflowURL != "" || !stored.SetUpAt.IsZero()) && !sameHost(kisiAddress(stored.KisiURL), kisiAddress(to.KisiURL)) {
		return to, usage("--kisi-key-file is missing: %s is not the stored address, and the stored key is sent nowhere else", hostOf(kisiAddress(to.KisiURL)))
	}
	if given.gymflowTokenFile == "" && stored.GymflowURL != "" && !sameHost(stored.GymflowURL, to.GymflowURL) {
		return to, usage("--gymflow-token-file is missing: %s is not the stored address, and the stored token is sent nowhere else", hostOf(to.GymflowURL))
	}
	if to.KisiKey, err = secretFrom(state, "kisi-key-file", given.kisiKeyFile, store.KisiKey); err != nil {
		return to, err
	}
	if roster.Given() {
		if _, err := kisi.New(kisi.Options{BaseURL: to.KisiURL, Key: to.KisiKey}); err != nil {
			return to, usage("--kisi-url, --kisi-key-file: %w", err)
		}
		to.Roster, err = a.lookOver(ctx, roster)
		return to, err
	}
	if to.GymflowToken, err = secretFrom(state, "gymflow-token-file", given.gymflowTokenFile, store.GymflowToken); err != nil {
		return to, err
	}
	return to, soundAddresses(to)
}

// soundAddresses refuses what no request could be sent to, before any is: that is a mistake in the call, not a service that is down.
func soundAddresses(to reconcile.Access) error {
	if _, err := gymflow.NewHTTP(gymflow.HTTPOptions{BaseURL: to.GymflowURL, Token: to.GymflowToken}); err != nil {
		return usage("--gymflow-url, --gymflow-token-file: %w", err)
	}
	if _, err := kisi.New(kisi.Options{BaseURL: to.KisiURL, Key: to.KisiKey}); err != nil {
		return usage("--kisi-url, --kisi-key-file: %w", err)
	}
	return nil
}

func secretFrom(state *store.Store, flag, path string, name store.SecretName) (string, error) {
	if path != "" {
		return readSecretFile(flag, path)
	}
	var secret string
	err := state.View(func(tx *store.Tx) error {
		var failure error
		secret, failure = tx.Secret(name)
		return failure
	})
	if err != nil {
		return "", err
	}
	if secret == "" {
		return "", usage("--%s is missing: a file that holds the secret", flag)
	}
	return secret, nil
}

// checkAnswers asks both services and resolves names.
func checkAnswers(ctx context.Context, engine *reconcile.Engine, to reconcile.Access, given setupFlags, stored store.Settings) (answers, error) {
	checked := answers{access: to, settings: stored}
	account, err := engine.CheckGymflow(ctx, to)
	if err != nil {
		return checked, err
	}
	health, err := engine.CheckKey(ctx, to)
	if err != nil {
		return checked, err
	}
	places, err := engine.Places(ctx, to)
	if err != nil {
		return checked, err
	}
	place, err := findPlace(places, given.place)
	if err != nil {
		return checked, err
	}
	settings := &checked.settings
	settings.GymflowURL, settings.KisiURL, settings.Roster = to.GymflowURL, to.KisiURL, to.Roster
	settings.GymflowName = account.Name
	settings.GymflowZone, settings.ClubID = reconcile.ClubZone(account)
	settings.Key = reconcile.FactsOfKey(health, time.Now())
	settings.PlaceID, settings.PlaceName, settings.PlaceAddress = place.ID, place.Name, place.Address
	settings.PlaceZone = place.TimeZone
	if settings.Zone, err = chooseZone(place, settings.GymflowZone, given.timeZone); err != nil {
		return checked, err
	}
	settings.AdoptNone = given.noAdopt
	if given.audit != nil {
		settings.Audit = *given.audit
	}
	switch {
	case given.invited:
		settings.Unlocking = store.Invited
	case given.managed, settings.Unlocking == "":
		settings.Unlocking = store.Managed
	}
	if settings.Limits == (access.Limits{}) {
		settings.Limits = access.DefaultLimits()
	}
	if checked.choices, err = engine.ReadChoices(ctx, to, place.ID, settings.Zone, nil); err != nil {
		return checked, err
	}
	settings.Associations, err = resolveAssociations(checked.choices, given.associate)
	return checked, err
}

// chooseZone is the place's, else the club's, else the admin's word (design.md section 4).
func chooseZone(place kisi.Place, clubZone, given string) (string, error) {
	for _, zone := range []string{given, place.TimeZone, clubZone} {
		if zone == "" {
			continue
		}
		if _, err := time.LoadLocation(zone); err != nil {
			return "", usage("%q is not a time zone like Europe/Dublin; give one with --time-zone", zone)
		}
		return zone, nil
	}
	return "", usage("neither Kisi nor Gymflow says in which time zone %s is; give it with --time-zone Europe/Dublin", place.Name)
}

func findPlace(places []kisi.Place, wanted string) (kisi.Place, error) {
	found, err := findOne("place", wanted, places,
		func(place kisi.Place) string { return strconv.FormatInt(place.ID, 10) },
		func(place kisi.Place) string { return place.Name })
	return found, err
}

// resolveAssociations reads MEMBERSHIP=GROUP, split at the last =. Memberships that are not named get no access.
func resolveAssociations(choices reconcile.Choices, pairs []string) ([]access.Association, error) {
	var associations []access.Association
	for _, pair := range pairs {
		at := strings.LastIndex(pair, "=")
		if at <= 0 || at == len(pair)-1 {
			return nil, usage("--associate %q: write MEMBERSHIP=GROUP, ids or exact names", pair)
		}
		membership, err := findOne("membership", pair[:at], choices.Memberships,
			func(m reconcile.MembershipFacts) string { return m.ID },
			func(m reconcile.MembershipFacts) string { return m.Name })
		if err != nil {
			return nil, err
		}
		group, err := findOne("group", pair[at+1:], choices.Groups,
			func(g kisi.Group) string { return strconv.FormatInt(g.ID, 10) },
			func(g kisi.Group) string { return g.Name })
		if err != nil {
			return nil, err
		}
		for _, earlier := range associations {
			if earlier.MembershipID == membership.ID && earlier.GroupID != group.ID {
				return nil, usage("--associate %q: %s is associated with %s already, and a membership has at most one group",
					pair, membership.Name, earlier.GroupName)
			}
		}
		associations = append(associations, access.Association{
			MembershipID: membership.ID, MembershipName: membership.Name, GroupID: group.ID, GroupName: group.Name})
	}
	return slices.CompactFunc(associations, func(one, other access.Association) bool {
		return one.MembershipID == other.MembershipID
	}), nil
}

// findOne finds by id, else by exact name; a name that two things share is refused with their ids.
func findOne[T any](what, wanted string, all []T, id, name func(T) string) (T, error) {
	var none T
	var named []T
	for _, one := range all {
		if id(one) == wanted {
			return one, nil
		}
		if name(one) == wanted {
			named = append(named, one)
		}
	}
	switch len(named) {
	case 1:
		return named[0], nil
	case 0:
		known := make([]string, 0, len(all))
		for _, one := range all {
			known = append(known, fmt.Sprintf("%s (%s)", name(one), id(one)))
		}
		return none, usage("there is no %s %q; there are: %s", what, wanted, strings.Join(known, ", "))
	}
	ids := make([]string, 0, len(named))
	for _, one := range named {
		ids = append(ids, id(one))
	}
	return none, usage("%d %ss are called %q; name one by its id: %s", len(named), what, wanted, strings.Join(ids, ", "))
}
