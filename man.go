package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand writes the man pages, for packages.
func (a *application) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write a man page a command into a folder",
		Hidden: true,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 || arguments[0] == "" {
				return usage("man takes one folder")
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := os.MkdirAll(arguments[0], 0o755); err != nil {
				return fmt.Errorf("making the folder: %w", err)
			}
			return writeManPages(arguments[0], command.Root())
		},
	}
}

// writeManPages writes the page of a command and those of its own commands. What is hidden has none.
func writeManPages(folder string, command *cobra.Command) error {
	name := strings.ReplaceAll(command.CommandPath(), " ", "-")
	if err := os.WriteFile(filepath.Join(folder, name+".1"), []byte(manPage(name, command)), 0o644); err != nil { //nolint:gosec // all may read a manual
		return fmt.Errorf("writing the man page: %w", err)
	}
	for _, below := range command.Commands() {
		if below.Hidden || below.Name() == "help" || below.Name() == "completion" {
			continue
		}
		if err := writeManPages(folder, below); err != nil {
			return err
		}
	}
	return nil
}

// manPage is one page in man(7)'s macros.
func manPage(name string, command *cobra.Command) string {
	var page strings.Builder
	line := func(parts ...string) { page.WriteString(strings.Join(parts, "") + "\n") }
	long := command.Long
	if long == "" {
		long = command.Short + "."
	}
	line(`.TH "`, roff(strings.ToUpper(name)), `" 1 "" "`, roff("kisiflow "+version()), `" "kisiflow"`)
	line(".SH NAME")
	line(roff(name), ` \- `, roff(command.Short))
	line(".SH SYNOPSIS")
	line(".B ", roff(command.CommandPath()))
	line(roff(strings.TrimSpace(strings.TrimPrefix(command.UseLine(), command.CommandPath()))))
	line(".SH DESCRIPTION")
	for paragraph := range strings.SplitSeq(long, "\n") {
		line(roff(paragraph))
	}
	manOptions(line, "OPTIONS", command.NonInheritedFlags())
	manOptions(line, "GLOBAL OPTIONS", command.InheritedFlags())
	if command.HasAvailableSubCommands() {
		line(".SH COMMANDS")
		for _, below := range command.Commands() {
			if !below.Hidden && below.Name() != "help" {
				line(".TP")
				line(".B ", roff(below.Name()))
				line(roff(below.Short + "."))
			}
		}
	}
	if command.HasParent() {
		line(".SH SEE ALSO")
		line(".BR ", roff(strings.ReplaceAll(command.Parent().CommandPath(), " ", "-")), " (1)")
		return page.String()
	}
	line(".SH EXIT STATUS")
	for _, status := range exitStatuses() {
		line(".TP")
		line(".B ", status[0])
		line(roff(status[1]))
	}
	return page.String()
}

func manOptions(line func(...string), title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	line(".SH ", title)
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden {
			return
		}
		value, told := pflag.UnquoteUsage(flag)
		line(".TP")
		if value != "" {
			value = `\fR \fI` + roff(value)
		}
		line(`\fB\-\-`, roff(flag.Name), value, `\fR`)
		line(roff(strings.ToUpper(told[:min(1, len(told))]) + told[min(1, len(told)):] + "."))
	})
}

// roff keeps a text from being read as a request or an escape.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// exitStatuses are the documented exit codes (design.md section 8).
func exitStatuses() [][2]string {
	return [][2]string{
		{"0", "All is well."}, {"1", "It failed, or a file was refused."},
		{"2", "The call was wrong, or names a membership, group, place, member or run that is not known."},
		{"3", "Some members failed; the others are done."}, {"4", "Removals are held, or the fingerprint to approve is not known."},
		{"5", "Changes are pending (plan --exit-code)."}, {"10", "Not set up yet, or switched off."},
		{"11", "Another living process is at work on the same state file."}, {"12", "Kisi or Gymflow refused the key or the token."},
		{"75", "A service is down, or its answer was not complete. Try again later."}, {"129, 130, 143", "Ended by a signal. The call in hand was finished."},
	}
}
