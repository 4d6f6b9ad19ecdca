package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTroubleshootingQuotes: a message that was reworded would no longer be found by the person who met it.
func TestTroubleshootingQuotes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/operating/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	source := sourceText(t)
	quotes := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(page), -1)
	if len(quotes) < 50 {
		t.Fatalf("the table quotes only %d messages: is its form another one now?", len(quotes))
	}
	for _, quote := range quotes {
		if !strings.Contains(source, quote[1]) {
			t.Errorf("the table quotes %q, which no source file says", quote[1])
		}
	}
}

// sourceText is all Go source but tests and simulators. Strings joined over two lines count as one.
func sourceText(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasSuffix(path, "test") || entry.Name() == "testdata" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(path)
		text.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`"\s*\+\s*\n\s*"`).ReplaceAllString(text.String(), "")
}
