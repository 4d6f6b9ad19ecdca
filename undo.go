package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"kisiflow/kisi"
	"kisiflow/reconcile"
)

func (a *application) undoCommand() *cobra.Command {
	return &cobra.Command{
		ValidArgsFunction: a.completeRun,

		Use:   "undo RUN",
		Short: "Give back what a run took, and take back what it gave",
		Long: "Undoes one run (kisiflow activity names them): gives back the access rights that it took away, and takes back those that\n" +
			"it gave and that are still kisiflow's. It is a run of its own, and can be undone like any other. Everybody whom it touches\n" +
			"is held as they are until the rules agree, or: kisiflow override WHO --follow\n" +
			"Taking over people who were in a group already is not undone: it changed nothing in Kisi. Users are never deleted.\n" +
			"At a terminal it shows the plan and asks; without one it asks nothing.",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage("undo takes one run, like r12; kisiflow activity names them")
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error { return a.undo(command.Context(), arguments[0]) },
	}
}

func (a *application) undo(ctx context.Context, run string) error {
	open, err := a.openSetUp()
	if err != nil {
		return err
	}
	engine, err := a.engineFor(open)
	if err != nil {
		return err
	}
	plan, err := engine.PlanUndo(run)
	if errors.Is(err, reconcile.ErrNoRun) {
		return usage("%w; kisiflow activity names the runs", err)
	}
	if err != nil {
		return err
	}
	if isTerminal(a.in) {
		said := a.out
		if a.json {
			said = a.errOut // the document stands alone on standard output
		}
		printUndo(hintWriter{said, a.hint}, plan)
		if plan.Empty() {
			return nil
		}
		yes, err := a.confirm(ctx, said, "Undo run "+plan.Run.ID+"?")
		if err != nil {
			return err
		}
		if !yes {
			_, _ = fmt.Fprintln(said, "Nothing was undone.")
			return nil
		}
	}
	undone, err := engine.Undo(ctx, plan.Run.ID, whoActs())
	return a.sayRun(undone, err)
}

// printUndo says by name what would happen.
func printUndo(out io.Writer, plan reconcile.UndoPlan) {
	clean := kisi.CleanText
	_, _ = fmt.Fprintf(out, "Run %s gave %d and took away %d access rights. Undoing it gives back %d and takes back %d.\n",
		plan.Run.ID, plan.Run.Granted, plan.Run.Revoked, len(plan.Give), len(plan.Take))
	for _, grant := range plan.Give {
		_, _ = fmt.Fprintf(out, "  + %s gets %s back\n", clean(grant.Name), clean(grant.GroupName))
	}
	for _, revoke := range plan.Take {
		_, _ = fmt.Fprintf(out, "  - %s loses %s\n", clean(revoke.Name), clean(revoke.GroupName))
	}
	for _, note := range plan.Notes {
		_, _ = fmt.Fprintln(out, "Note:", clean(note))
	}
	if !plan.Empty() {
		_, _ = fmt.Fprintln(out, "They are held like that until the rules agree, or: kisiflow override WHO --follow")
	}
}

// confirm asks a person; no is the default. A signal ends the waiting.
func (a *application) confirm(ctx context.Context, out io.Writer, question string) (bool, error) {
	_, _ = fmt.Fprint(out, question+" [y/N] ")
	answered := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(a.in).ReadString('\n')
		answered <- text
	}()
	select {
	case <-ctx.Done():
		_, _ = fmt.Fprintln(out)
		return false, ctx.Err()
	case text := <-answered:
		text = strings.ToLower(strings.TrimSpace(text))
		return text == "y" || text == "yes", nil
	}
}
