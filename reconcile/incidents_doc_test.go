package reconcile

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// docs/incidents.md is made of the comments of the incident tests: go test ./reconcile -run TestIncidentsDocument -update
var update = flag.Bool("update", false, "write docs/incidents.md anew")

const incidentsDocument = "../docs/incidents.md"

// incident is one test with the two parts of its comment.
type incident struct{ test, file, there, here string }

func TestIncidentsDocument(t *testing.T) {
	incidents := readIncidents(t)
	if len(incidents) < 40 {
		t.Fatalf("only %d incidents were found: are the files still called incident_*_test.go?", len(incidents))
	}
	want := writeIncidents(incidents)
	if *update {
		if err := os.WriteFile(incidentsDocument, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(incidentsDocument)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; run: go test ./reconcile -run TestIncidentsDocument -update", incidentsDocument)
	}
}

// readIncidents takes every test of the incident files; one without its two sentences is a fault.
func readIncidents(t *testing.T) []incident {
	t.Helper()
	files, err := filepath.Glob("incident_*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var incidents []incident
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			function, isFunction := declaration.(*ast.FuncDecl)
			if !isFunction || function.Recv != nil || !strings.HasPrefix(function.Name.Name, "Test") {
				continue
			}
			lines := strings.Split(strings.TrimSpace(function.Doc.Text()), "\n")
			if len(lines) != 2 {
				t.Fatalf("%s in %s: its comment needs two lines, There: and Here:", function.Name.Name, file)
			}
			there, isThere := strings.CutPrefix(lines[0], "There: ")
			here, isHere := strings.CutPrefix(lines[1], "Here: ")
			if !isThere || !isHere || !strings.HasSuffix(there, ".") || !strings.HasSuffix(here, ".") {
				t.Fatalf("%s in %s: its comment needs a sentence after There: and one after Here:", function.Name.Name, file)
			}
			incidents = append(incidents, incident{function.Name.Name, file, there, here})
		}
	}
	slices.SortFunc(incidents, func(a, b incident) int { return strings.Compare(strings.ToLower(a.test), strings.ToLower(b.test)) })
	return incidents
}

func writeIncidents(incidents []incident) string {
	var text strings.Builder
	text.WriteString("# Incidents\n\n" +
		"What went wrong at others in public, and what kisiflow does in the same place. Each line is a test that does it to kisiflow, through a whole\n" +
		"sync against the simulated Gymflow and Kisi over real HTTP: `go test ./reconcile -run NAME`. This page is made of the tests' comments by\n" +
		"`go test ./reconcile -run TestIncidentsDocument -update`, and a test fails when it is out of date.\n\n" +
		"| incident | what happened there | what happens here | test |\n| --- | --- | --- | --- |\n")
	for _, one := range incidents {
		fmt.Fprintf(&text, "| %s | %s | %s | [`%s`](../reconcile/%s) |\n", spelledOut(one.test), cell(withLinks(one.there)), cell(one.here), one.test, one.file)
	}
	fmt.Fprintf(&text, "\n%d incidents.\n", len(incidents))
	return text.String()
}

// brands are the names that a test's name begins with, and what a number after them is.
var brands = []struct{ test, name, number string }{
	{"AccessSync", "AccessSync", ""}, {"Adobe", "Adobe user-sync", "#"}, {"Alta", "Avigilon Alta", ""}, {"ArgoCD", "Argo CD", ""},
	{"Auth0", "Auth0", ""}, {"Bitwarden", "Bitwarden connector", "#"}, {"DoorSync", "door-sync", ""}, {"GLPI", "GLPI", "#"},
	{"GymMaster", "GymMaster", ""}, {"Gymflow", "Gymflow", "article "}, {"NodeCron", "node-cron", "#"}, {"O365Moodle", "o365-moodle", "#"},
	{"PMPro", "Paid Memberships Pro", "#"}, {"PonoFit", "Pono Fit", ""}, {"PushPress", "PushPress", ""}, {"Rclone", "rclone", ""}, {"WrongHost", "A wrong host", ""},
	{"SouthLondonMakerspace", "South London Makerspace", "#"}, {"SreBot", "sre-bot", "#"}, {"Ssosync", "ssosync", "#"},
	{"Tldraw", "tldraw", "#"}, {"WodBoard", "WodBoard", ""}, {"XenOrchestra", "Xen Orchestra", "#"},
}

// spelledOut is a test's name in words: TestGitea4402TimeoutDeactivatesEveryone is "Gitea #4402: timeout deactivates everyone".
func spelledOut(test string) string {
	rest := strings.TrimPrefix(test, "Test")
	name, number := firstWord.FindString(rest), "#"
	for _, brand := range brands {
		if strings.HasPrefix(rest, brand.test) {
			rest, name, number = strings.TrimPrefix(rest, brand.test), brand.name, brand.number
			break
		}
	}
	rest = strings.TrimPrefix(rest, name)
	for range 2 { // a one-letter word ends where it begins
		rest = wordEnds.ReplaceAllString(rest, "$1$3$5 $2$4$6")
	}
	words := strings.Fields(rest)
	if len(words) > 0 && number != "" && unicode.IsDigit(rune(words[0][0])) {
		name, words = name+" "+number+words[0], words[1:]
	}
	for at, word := range words {
		if len(word) == 1 || unicode.IsLower(rune(word[1])) {
			words[at] = strings.ToLower(word)
		}
	}
	return name + ": " + strings.Join(words, " ")
}

var (
	firstWord = regexp.MustCompile(`^[A-Z]+[a-z]*`)
	wordEnds  = regexp.MustCompile(`([A-Z])([A-Z][a-z])|([a-z])([A-Z0-9])|(\d)([A-Z])`)
	addresses = regexp.MustCompile(`github\.com/[\w.-]+/[\w.-]+(?:/(?:issues|pull)/\d+)?[\w]`)
)

// withLinks makes links of the addresses on GitHub.
func withLinks(text string) string {
	return addresses.ReplaceAllStringFunc(text, func(address string) string { return "[" + address + "](https://" + address + ")" })
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
