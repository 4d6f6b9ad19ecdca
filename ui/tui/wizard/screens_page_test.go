package wizard

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// screensPage is made of the golden files, so that it shows what the program shows.
const screensPage = "../../../docs/screens.md"

const screensIntroduction = `# The screens

What a person sees at 80×24, without colour: the wizard in the order of its steps, then the live view. Every picture is a golden
file that the tests compare with the program. This page is made of them:
` + "`go test ./ui/tui/... -update`" + ` writes it anew (run it twice when screens changed), and a test fails while it is stale.
`

// TestTheScreensPageIsNotStale compares docs/screens.md with the golden files; with -update it writes the page.
func TestTheScreensPageIsNotStale(t *testing.T) {
	var page strings.Builder
	page.WriteString(screensIntroduction)
	page.WriteString("\n## The wizard\n")
	for _, each := range scenes(t) {
		add(t, &page, each.name, filepath.Join("testdata", "TestScenes", "80x24", strings.ReplaceAll(each.name, " ", "_")+".golden"))
	}
	page.WriteString("\n## The live view\n")
	for _, name := range liveScreens(t) {
		add(t, &page, name, filepath.Join("..", "live", "testdata", "TestScreens", name, "80x24.golden"))
	}
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		if err := os.WriteFile(screensPage, []byte(page.String()), 0o644); err != nil { //nolint:gosec // a page of the docs
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(screensPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.String(), string(stored)); diff != "" {
		t.Errorf("docs/screens.md is stale; run go test ./ui/tui/wizard -update:\n%s", diff)
	}
}

// add is one screen with its name. Blank lines at the end of a screen say nothing.
func add(t *testing.T, page *strings.Builder, name, file string) {
	t.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // a golden file of ours
	if err != nil {
		t.Fatal(err)
	}
	page.WriteString("\n### " + strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " ") + "\n\n```\n" +
		strings.TrimRight(string(text), "\n") + "\n```\n")
}

// liveScreens are all that the live view has golden files for, the tabs first in their order.
func liveScreens(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("..", "live", "testdata", "TestScreens"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, first := range []string{"members", "member", "sync", "associations", "activity", "settings"} {
		if slices.ContainsFunc(entries, func(entry os.DirEntry) bool { return entry.Name() == first }) {
			names = append(names, first)
		}
	}
	for _, entry := range entries {
		if entry.IsDir() && !slices.Contains(names, entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names
}
