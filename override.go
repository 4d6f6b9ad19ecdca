package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// overrideFlags are the ways to decide outside the rules; exactly one of them.
type overrideFlags struct {
	allowUntil string
	block      bool
	follow     bool
	note       string
}

func (a *application) overrideCommand() *cobra.Command {
	var given overrideFlags
	command := &cobra.Command{
		ValidArgsFunction: a.completeMember,

		Use:   "override WHO",
		Short: "Decide about one member outside the rules; WHO is a member id or an e-mail",
		Long: "Allows a member until a date (that day included), blocks them, or lets the rules decide again. Acts at the next run,\n" +
			"at once where kisiflow watch runs.\n" +
			"--allow-until gives the groups of the member's associated memberships, whatever their status. --follow ends an --allow-until or\n" +
			"a --block. It also lets go of what an undo holds, and forgets that somebody removed the member's rights by hand in Kisi;\n" +
			"--allow-until does that, too, and so keeps an allow that is set.",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage("override takes one member: an id or an e-mail")
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			override, err := given.read(command.Flags().Changed("allow-until"))
			if err != nil {
				return err
			}
			return a.override(arguments[0], override)
		},
	}
	command.Flags().StringVar(&given.allowUntil, "allow-until", "", "the last day of access, like 2026-12-31")
	command.Flags().BoolVar(&given.block, "block", false, "no access, whatever the rules say")
	command.Flags().BoolVar(&given.follow, "follow", false, "let the rules decide again")
	command.Flags().StringVar(&given.note, "note", "", "why, for the journal and the member's page")
	return command
}

// read checks that exactly one decision was given.
func (o overrideFlags) read(dated bool) (access.Override, error) {
	override := access.Override{Note: o.note}
	given := 0
	for _, one := range []struct {
		set  bool
		kind access.OverrideKind
	}{{dated, access.Allow}, {o.block, access.Block}, {o.follow, access.Follow}} {
		if one.set {
			given++
			override.Kind = one.kind
		}
	}
	if given != 1 {
		return override, usage("give exactly one of --allow-until DATE, --block and --follow")
	}
	if dated {
		day, err := gymflow.ParseDate(o.allowUntil)
		if err != nil || day.IsZero() {
			return override, usage("--allow-until %q is not a date like 2026-12-31", o.allowUntil)
		}
		override.Until = day
	}
	return override, nil
}

func (a *application) override(who string, override access.Override) error {
	open, err := a.openSetUp()
	if err != nil {
		return err
	}
	rows, err := standings(open.store)
	if err != nil {
		return err
	}
	row, err := findMember(rows, who)
	if err != nil {
		return err
	}
	engine, err := a.engineFor(open)
	if err != nil {
		return err
	}
	override.MemberID = row.ID
	told, err := engine.Override(override, false)
	if errors.Is(err, reconcile.ErrPastDay) || errors.Is(err, reconcile.ErrNoMember) {
		return usage("%w", err)
	}
	if err != nil {
		return err
	}
	watched, err := askWatcher(open.store, engine, override.MemberID)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(told)
	}
	acts := "It acts at the next run; to act now: kisiflow sync"
	if watched {
		acts = "The running kisiflow watch acts on it now."
	}
	_, _ = fmt.Fprintf(a.plain(), "%s: %s, before: %s. %s\n", told.Name, told.After, told.Before, acts)
	if told.Released > 0 {
		_, _ = fmt.Fprintln(a.out, "What an undo held for this member, or somebody removed by hand in Kisi, no longer stands in the way.")
	}
	return nil
}

// askWatcher lets a running watch look at the member at once: whoever blocks somebody does not want to wait for the next complete
// sync. Where nobody watches, nothing is left behind, and the next run decides.
func askWatcher(state *store.Store, engine *reconcile.Engine, memberID string) (watched bool, err error) {
	err = state.View(func(tx *store.Tx) (err error) { _, watched, _, err = tx.Watched(); return err })
	if err != nil || !watched {
		return false, err
	}
	return true, engine.Ask(store.Look{MemberID: memberID, Urgency: store.LookAsked, Cause: "admin"})
}
