package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/line"
)

// planned is one removal or grant as `plan --json` prints it.
type planned struct {
	MemberID string `json:"member_id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	GroupID  int64  `json:"group_id"`
	Group    string `json:"group"`
	Why      string `json:"why"`
	Evidence string `json:"evidence,omitempty"`
}

// planJSON is what `plan --json` prints.
type planJSON struct {
	Fingerprint string                  `json:"fingerprint"`
	Members     int                     `json:"members"`
	Grants      []planned               `json:"grants"`
	Revokes     []planned               `json:"revokes"`
	Held        bool                    `json:"held"`
	HeldBecause []string                `json:"held_because"`
	Waiting     []planned               `json:"waiting"`
	Kept        int                     `json:"kept"`
	Foreign     int                     `json:"foreign"`
	Groups      []reconcile.GroupChange `json:"groups"`
	NewUsers    int                     `json:"new_users"`
	Writes      int                     `json:"writes"`
	Seconds     float64                 `json:"seconds"`
	Mails       int                     `json:"mails"`
	Questions   []string                `json:"questions"`
	Warnings    []string                `json:"warnings"`
	Requests    store.Requests          `json:"requests"`
}

func planDocument(preview reconcile.Preview) planJSON {
	document := planJSON{
		Fingerprint: preview.Plan.Fingerprint, Members: preview.Members, Grants: []planned{}, Held: preview.Verdict.Hold,
		HeldBecause: filled(preview.Verdict.Reasons), Kept: len(preview.Plan.Kept) + len(preview.Plan.Unconfirmed), Foreign: len(preview.Plan.Foreign),
		Groups: preview.Groups, NewUsers: preview.NewUsers, Writes: preview.Writes, Seconds: preview.Time.Seconds(),
		Mails: preview.Mails, Questions: []string{}, Warnings: filled(preview.Warnings), Requests: preview.Requests,
	}
	if document.Groups == nil {
		document.Groups = []reconcile.GroupChange{}
	}
	for _, grant := range preview.Plan.Grants {
		document.Grants = append(document.Grants, planned{MemberID: grant.MemberID, Name: grant.Name, Email: grant.Email,
			GroupID: grant.GroupID, Group: grant.GroupName, Why: grant.Why})
	}
	document.Revokes = plannedRevokes(preview.Plan.Revokes)
	document.Waiting = plannedRevokes(preview.Plan.Unconfirmed)
	for _, question := range preview.Plan.Questions {
		document.Questions = append(document.Questions, question.Text)
	}
	return document
}

func plannedRevokes(revokes []access.Revoke) []planned {
	list := []planned{}
	for _, revoke := range revokes {
		list = append(list, planned{MemberID: revoke.Entry.MemberID, Name: revoke.Name, Email: revoke.Entry.Email,
			GroupID: revoke.Entry.GroupID, Group: revoke.GroupName, Why: revoke.Why, Evidence: string(revoke.Evidence)})
	}
	return list
}

// filled makes a missing list an empty one, for JSON.
func filled(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (a *application) planCommand() *cobra.Command {
	var exitCode bool
	var at string
	command := &cobra.Command{
		Use:   "plan",
		Short: "Show what a sync would do, and do nothing",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			open, err := a.openSetUp()
			if err != nil {
				return err
			}
			if command.Flags().Changed("at") {
				return a.planAt(open, at, exitCode)
			}
			engine, err := a.engineFor(open)
			if err != nil {
				return err
			}
			preview, err := engine.PreviewStored(command.Context())
			if err != nil {
				return a.stoppedEarly(err)
			}
			if a.json {
				err = a.printJSON(planDocument(preview))
			} else {
				line.PrintPlan(a.plain(), preview)
				err = a.sayAudit(open)
			}
			if err == nil && exitCode && !preview.Plan.Empty() {
				return &exitError{code: exitChanges}
			}
			return err
		},
	}
	command.Flags().StringVar(&at, "at", "", "what dates alone will have changed by then: a date, or an instant like 2026-12-31T18:00:00Z")
	command.Flags().BoolVar(&exitCode, "exit-code", false, "exit 5 when changes are pending")
	return command
}

// A running watch looks at single members all day, each time for a moment. A sync by hand lets such a look pass; whoever is at
// work for longer keeps it out (exit 11).
const (
	busyPatience = 2 * time.Second
	busyPause    = 50 * time.Millisecond
)

func syncPatiently(ctx context.Context, engine *reconcile.Engine, request store.Request) (store.Run, error) {
	for begun := time.Now(); ; {
		run, err := engine.Sync(ctx, request)
		if !errors.Is(err, store.ErrBusy) || time.Since(begun) > busyPatience {
			return run, err
		}
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-time.After(busyPause):
		}
	}
}

func (a *application) syncCommand() *cobra.Command {
	var approve string
	command := &cobra.Command{
		Use:   "sync",
		Short: "Bring Kisi in step with Gymflow, once",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if command.Flags().Changed("approve") && approve == "" {
				return usage("--approve needs the fingerprint that plan or sync printed")
			}
			open, err := a.openSetUp()
			if err != nil {
				return err
			}
			engine, err := a.engineFor(open)
			if err != nil {
				return err
			}
			request := store.Request{Kind: "sync", Trigger: "command", Approve: approve, By: whoActs()}
			if approve != "" {
				request.Trigger = "approve"
			}
			run, err := syncPatiently(command.Context(), engine, request)
			return a.sayRun(run, err)
		},
	}
	command.Flags().StringVar(&approve, "approve", "", "let the held removals of this fingerprint go, and no more than those")
	return command
}

// sayRun prints the run whenever it got as far as a plan and gives its exit code.
func (a *application) sayRun(run store.Run, failure error) error {
	if run.Planned {
		var err error
		if a.json {
			run.Notes = filled(run.Notes)
			err = a.printJSON(run)
		} else {
			line.PrintRun(a.plain(), run)
		}
		if err != nil {
			return errors.Join(failure, err)
		}
	}
	if failure != nil && run.Planned && a.signals.code() != 0 {
		return &exitError{code: a.signals.code()} // the run's own lines have said how far it got
	}
	if failure != nil {
		return a.stoppedEarly(failure)
	}
	if run.Exit != exitOK {
		return &exitError{code: run.Exit}
	}
	return nil
}

// stoppedEarly says in one line what a signal before the plan left, and how to go on.
func (a *application) stoppedEarly(failure error) error {
	var cause signalCause
	if !errors.Is(failure, context.Canceled) || !errors.As(context.Cause(a.signals.context), &cause) {
		return failure
	}
	return &exitError{code: a.signals.code(), cause: fmt.Errorf(
		"%w while reading, before anything was planned: nothing was changed. To go on, run the same command again", cause)}
}
