package main

import (
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// completed is what a shell is offered. What can't be read offers nothing, and makes no file.
func (a *application) completed(command *cobra.Command, read func(*store.Tx) ([]cobra.Completion, error)) ([]cobra.Completion, cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	if a.readEnvironment(command) != nil {
		return nil, none
	}
	path, err := a.statePath()
	if err != nil {
		return nil, none
	}
	if _, err := os.Stat(path); err != nil {
		return nil, none
	}
	state, err := store.Open(path)
	if err != nil {
		return nil, none
	}
	var offered []cobra.Completion
	if err := state.View(func(tx *store.Tx) (err error) { offered, err = read(tx); return err }); err != nil {
		return nil, none
	}
	return offered, none
}

// completeMember offers the ids of the members, with their names beside them.
func (a *application) completeMember(command *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completed(command, func(tx *store.Tx) (offered []cobra.Completion, err error) {
		rows, _, err := tx.Standings()
		for _, row := range rows {
			if word := kisi.CleanText(row.ID); word == row.ID && strings.HasPrefix(word, begun) {
				offered = append(offered, cobra.CompletionWithDesc(word, kisi.CleanText(row.Name)))
			}
		}
		return offered, err
	})
}

// completeRun offers the last runs that changed something.
func (a *application) completeRun(command *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completed(command, func(tx *store.Tx) (offered []cobra.Completion, err error) {
		runs, err := tx.Runs(50)
		for _, run := range runs {
			if run.Granted+run.Revoked > 0 && strings.HasPrefix(run.ID, begun) {
				offered = append(offered, cobra.CompletionWithDesc(run.ID, "+"+strconv.Itoa(run.Granted)+" -"+strconv.Itoa(run.Revoked)))
			}
		}
		return offered, err
	})
}

// completeAssociation offers memberships, and after the = the groups that are associated already: others are known only to Kisi.
func (a *application) completeAssociation(command *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	offered, directive := a.completed(command, func(tx *store.Tx) (offered []cobra.Completion, err error) {
		memberships, err := tx.Memberships()
		if err != nil {
			return nil, err
		}
		settings, _, err := tx.Settings()
		for _, membership := range memberships {
			if id, _, chosen := strings.Cut(begun, "="); chosen && id == membership.ID {
				return groupsAfter(id, settings.Associations), err
			}
			if word := kisi.CleanText(membership.ID); word == membership.ID && strings.HasPrefix(word, begun) {
				offered = append(offered, cobra.CompletionWithDesc(word+"=", kisi.CleanText(membership.Name)))
			}
		}
		return offered, err
	})
	return offered, directive | cobra.ShellCompDirectiveNoSpace
}

func groupsAfter(membership string, associations []access.Association) (offered []cobra.Completion) {
	seen := map[int64]bool{}
	for _, association := range associations {
		if association.GroupID != 0 && !seen[association.GroupID] {
			seen[association.GroupID] = true
			offered = append(offered, cobra.CompletionWithDesc(membership+"="+strconv.FormatInt(association.GroupID, 10), kisi.CleanText(association.GroupName)))
		}
	}
	return offered
}
