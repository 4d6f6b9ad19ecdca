package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// promised are the exit codes that design.md section 8 documents for each command, beside those of every command.
func promised() map[string][]string {
	return map[string][]string{
		"kisiflow": {"2", "10"}, "demo": {"0", "2"}, "sim": {"2", "143", "130", "129"}, "setup": {"0", "1", "2", "12", "75"},
		"plan": {"0", "2", "5", "10", "12", "75"}, "sync": {"0", "2", "3", "4", "10", "11", "12", "75"}, "watch": {"2", "10", "143"},
		"status": {"0", "2", "10"}, "members": {"0", "2", "10"}, "explain": {"0", "2", "10"}, "activity": {"0", "2", "10"},
		"undo": {"0", "1", "2", "10", "11", "12", "75"}, "override": {"0", "2", "10"}, "doctor": {"0", "1", "10", "12", "75"},
		"backup": {"0", "1", "2", "10"}, "restore": {"0", "1", "2", "11"}, "hooks": {"0", "2", "10"}, "doors": {"0", "2", "10", "75"}, "unlocks": {"0", "2", "10", "12"}, "man": {"0", "1", "2"},
		"completion": {"0", "2"}, "completion bash": {"0", "2"}, "completion zsh": {"0", "2"}, "completion fish": {"0", "2"}, "completion powershell": {"0", "2"},
		"service": {"2"}, "service install": {"0", "1", "10"}, "service remove": {"0", "1"}, "service status": {"0", "1"}, "service print": {"0", "2"},
	}
}

// TestNobodyPromisesForACommandThatIsNotThere: the list above names commands that can be called.
func TestNobodyPromisesForACommandThatIsNotThere(t *testing.T) {
	app := &application{}
	root := app.rootCommand()
	for name := range promised() {
		if name == "kisiflow" {
			continue
		}
		if found, rest, err := root.Find(strings.Fields(name)); err != nil || len(rest) > 0 || found == root {
			t.Errorf("there is no command %q", name)
		}
	}
}

// TestEveryCommandHasAScenarioForEachExitCode reads the scripts: what is promised is played by a real process.
func TestEveryCommandHasAScenarioForEachExitCode(t *testing.T) {
	played := playedCodes(t)
	app := &application{}
	var walk func(*cobra.Command)
	walk = func(command *cobra.Command) {
		name := strings.TrimPrefix(strings.TrimPrefix(command.CommandPath(), "kisiflow"), " ")
		if name == "" {
			name = "kisiflow"
		}
		codes, known := promised()[name]
		if !known {
			t.Errorf("nobody says which exit codes %s has", name)
		}
		for _, code := range codes {
			if !slices.Contains(played[name], code) {
				t.Errorf("no script plays %s ending with %s; there are %v", name, code, played[name])
			}
		}
		for _, below := range command.Commands() {
			walk(below)
		}
	}
	walk(app.rootCommand())
}

// playedCodes gives, by command, the exit codes that the scripts expect.
func playedCodes(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no scripts", err)
	}
	call := regexp.MustCompile(`^(?:exec|code (\d+)|daemon \w+ (\d+)) kisiflow(?: (.*))?$`)
	stops := regexp.MustCompile(`^watcher stop \w+ (\d+)$`)
	played := map[string][]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			if stopped := stops.FindStringSubmatch(strings.TrimSpace(line)); stopped != nil {
				played["watch"] = append(played["watch"], stopped[1])
			}
			found := call.FindStringSubmatch(strings.TrimSpace(line))
			if found == nil {
				continue
			}
			code := found[1] + found[2]
			if code == "" {
				code = "0"
			}
			name := calledCommand(found[3])
			played[name] = append(played[name], code)
		}
	}
	return played
}

// calledCommand is the command in a line of a script: its first words that are no flags of kisiflow itself.
func calledCommand(line string) string {
	words := strings.Fields(line)
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		values := 1
		if slices.Contains([]string{"--state", "--profile", "--rate", "--kisi-url", "--theme"}, words[0]) {
			values = 2
		}
		words = words[min(values, len(words)):]
	}
	switch {
	case len(words) == 0:
		return "kisiflow"
	case (words[0] == "service" || words[0] == "completion") && len(words) > 1 && promised()[words[0]+" "+words[1]] != nil:
		return words[0] + " " + words[1]
	case promised()[words[0]] == nil:
		return "kisiflow"
	}
	return words[0]
}
