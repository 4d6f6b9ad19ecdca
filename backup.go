package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kisiflow/reconcile"
	"kisiflow/store"
)

// backupJSON is what `backup --json` prints.
type backupJSON struct {
	File     string `json:"file"`
	Identity string `json:"identity"` // the copy of the identity file, "" without --with-identity
}

func (a *application) backupCommand() *cobra.Command {
	var withIdentity bool
	command := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the state file as it is now, while others go on working",
		Long: "Copies the state file. It overwrites nothing. The Kisi key and the Gymflow token stay encrypted in the copy: only the\n" +
			"identity file beside the state file opens them. Keep that one elsewhere, or copy it along with --with-identity, and\n" +
			"then keep the copy as you would keep the keys themselves.",
		Args: oneFile("backup"),
		RunE: func(_ *cobra.Command, arguments []string) error { return a.backup(arguments[0], withIdentity) },
	}
	command.Flags().BoolVar(&withIdentity, "with-identity", false, "copy the identity file too, as FILE.identity")
	return command
}

func oneFile(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, arguments []string) error {
		if len(arguments) != 1 || arguments[0] == "" {
			return usage("%s takes one file", name)
		}
		return nil
	}
}

func (a *application) backup(path string, withIdentity bool) error {
	state, err := a.existingState()
	if err != nil {
		return err
	}
	identity := path + ".identity"
	if _, err := os.Lstat(identity); withIdentity && err == nil {
		return fmt.Errorf("%s is there already, and a backup overwrites nothing: name a new file", identity)
	}
	if err := state.Backup(path); err != nil {
		return err
	}
	done := backupJSON{File: path}
	if withIdentity {
		if done.Identity, err = state.BackupIdentity(path); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(done)
	}
	_, _ = fmt.Fprintf(a.plain(), "The state is backed up in %s. To go back to it: kisiflow restore %s\n", path, shellWord(path))
	switch {
	case done.Identity != "":
		_, _ = fmt.Fprintf(a.out, "%s opens the Kisi key and the Gymflow token in it. Keep both as you would keep the keys themselves.\n", done.Identity)
	default:
		_, _ = fmt.Fprintf(a.out, "The Kisi key and the Gymflow token in it can be read only with %s. Keep a copy of that file too, in another place, "+
			"or enter both again after going back.\n", state.IdentityPath())
	}
	return nil
}

// existingState opens the state file, and makes none.
func (a *application) existingState() (*store.Store, error) {
	path, err := a.statePath()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, reconcile.ErrNotSetUp
	}
	return store.Open(path)
}

// restoreJSON is what `restore --json` prints.
type restoreJSON struct {
	File         string `json:"file"`
	From         string `json:"from"`
	Kept         string `json:"kept"`
	KeptIdentity string `json:"kept_identity"`
	Identity     bool   `json:"identity"`
}

func (a *application) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Go back to a backup; the replaced file is kept",
		Long: "Puts a backup in the place of the state file, in one step, after every page of it was checked. The replaced file stays\n" +
			"beside it as FILE.before-restore. FILE.identity, where it lies beside the backup, is taken along. It refuses while a run\n" +
			"is at work. Works on a new machine too, where nothing is set up yet.",
		Args: oneFile("restore"),
		RunE: func(_ *cobra.Command, arguments []string) error { return a.restore(arguments[0]) },
	}
}

func (a *application) restore(from string) error {
	path, err := a.statePath()
	if err != nil {
		return err
	}
	if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
		return usage("there is no file %s", from)
	}
	if same, err := sameFile(path, from); err != nil || same {
		return errors.Join(err, usage("%s is the state file itself", from))
	}
	result, err := store.Restore(path, from)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(restoreJSON{path, from, result.Kept, result.KeptIdentity, result.Identity})
	}
	_, _ = fmt.Fprintf(a.out, "%s is now what was in %s.\n", path, from)
	if result.Kept != "" {
		_, _ = fmt.Fprintf(a.out, "What was there before is kept as %s.\n", result.Kept)
	}
	if result.KeptIdentity != "" {
		_, _ = fmt.Fprintf(a.out, "Its identity file is kept as %s.\n", result.KeptIdentity)
	}
	since := "the backup"
	if !result.SyncedAt.IsZero() {
		since = "the backup (its last sync was on " + result.SyncedAt.Local().Format("2 Jan 2006 15:04") + ")"
	}
	_, _ = fmt.Fprintf(a.plain(), "Access rights that kisiflow gave since %s are no longer known as its own: they stay, and can be taken over.\n"+
		"To see where things stand: kisiflow doctor, then kisiflow plan\n", since)
	return nil
}

// sameFile reports whether two paths are one file; a missing one is none.
func sameFile(one, other string) (bool, error) {
	left, err := os.Stat(one)
	if errors.Is(err, os.ErrNotExist) {
		return filepath.Clean(one) == filepath.Clean(other), nil
	}
	if err != nil {
		return false, err
	}
	right, err := os.Stat(other)
	return err == nil && os.SameFile(left, right), err
}
