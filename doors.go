package main

import (
	"context"

	"github.com/spf13/cobra"

	"kisiflow/reconcile"
	"kisiflow/ui/line"
)

func (a *application) doorsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doors",
		Short: "Show the place's doors and which access groups open them; opens none",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			_, engine, err := a.toLook()
			if err != nil {
				return err
			}
			found, err := engine.Doors(command.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(found)
			}
			line.PrintDoors(a.plain(), found)
			return nil
		},
	}
}

func (a *application) unlocksCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "unlocks WHO",
		Short: "Show a member's last attempts at the doors, and why one was refused; WHO is a member id or an e-mail",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage("unlocks takes one member: an id or an e-mail")
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			return a.unlocks(command.Context(), arguments[0])
		},
	}
}

func (a *application) unlocks(ctx context.Context, who string) error {
	open, engine, err := a.toLook()
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
	found, err := engine.LastUnlocks(ctx, row.ID)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(found)
	}
	_, now, err := a.openToShow()
	if err != nil {
		return err
	}
	line.PrintUnlocks(a.plain(), found, now)
	return nil
}

// toLook is what is set up, and the engine for it.
func (a *application) toLook() (opened, *reconcile.Engine, error) {
	open, err := a.openSetUp()
	if err != nil {
		return opened{}, nil, err
	}
	engine, err := a.engineFor(open)
	return open, engine, err
}
