package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheSecurityPageNamesTestsThatExist: each line of the threat model is held by tests, and they are there.
func TestTheSecurityPageNamesTestsThatExist(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	there := testsOfTheTree(t)
	named := regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")
	rows := 0
	for number, text := range strings.Split(string(page), "\n") {
		cells := strings.Split(text, " | ")
		isRow := strings.HasPrefix(text, "| ") && !strings.HasPrefix(text, "| who ") && !strings.HasPrefix(text, "| ---")
		found := named.FindAllStringSubmatch(text, -1)
		for _, test := range found {
			if !there[test[1]] {
				t.Errorf("line %d names %s, which does not exist", number+1, test[1])
			}
		}
		if !isRow {
			continue
		}
		rows++
		if len(cells) != 5 || len(found) == 0 {
			t.Errorf("line %d has %d cells and names %d tests: %.60s", number+1, len(cells), len(found), text)
		}
	}
	if rows < 30 {
		t.Errorf("only %d lines were found", rows)
	}
}

// testsOfTheTree are the names of all tests in the module.
func testsOfTheTree(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // somebody else's file that does not compile is that package's trouble
		}
		for _, declaration := range file.Decls {
			if function, is := declaration.(*ast.FuncDecl); is && function.Recv == nil && strings.HasPrefix(function.Name.Name, "Test") {
				found[function.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
