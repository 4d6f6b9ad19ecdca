package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"kisiflow/access"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/reconcile"
	"kisiflow/service"
	"kisiflow/store"
)

var writeDocs = flag.Bool("write-docs", false, "write docs/schema and docs/json.md anew from the documents' types")

// documents are all that commands print with --json, by the name of their schema.
func documents() map[string]reflect.Type {
	return map[string]reflect.Type{
		"activity": reflect.TypeFor[[]store.Entry](), "backup": reflect.TypeFor[backupJSON](), "doctor": reflect.TypeFor[doctorJSON](),
		"doors": reflect.TypeFor[reconcile.PlaceDoors](), "unlocks": reflect.TypeFor[reconcile.Unlocks](),
		"explain": reflect.TypeFor[explanation](), "hooks": reflect.TypeFor[hooksJSON](), "members": reflect.TypeFor[[]access.Row](),
		"override": reflect.TypeFor[reconcile.Overridden](), "plan": reflect.TypeFor[planJSON](), "plan-at": reflect.TypeFor[forecastJSON](),
		"restore": reflect.TypeFor[restoreJSON](), "run": reflect.TypeFor[store.Run](), "service": reflect.TypeFor[serviceJSON](),
		"service-print": reflect.TypeFor[printedUnitJSON](), "service-status": reflect.TypeFor[service.State](),
		"setup-audit": reflect.TypeFor[auditJSON](), "setup-key": reflect.TypeFor[replacedKeyJSON](), "sim": reflect.TypeFor[simJSON](),
		"status": reflect.TypeFor[statusJSON](),
	}
}

// shape writes the schema of a type as OpenAPI 3.0 has it: no other field may be there, and those that are always there must be.
func shape(kind reflect.Type) map[string]any {
	switch kind {
	case reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case reflect.TypeFor[access.Standing]():
		return map[string]any{"type": "string", "enum": []any{"access", "no access", "waiting", "held", "problem"}}
	case reflect.TypeFor[access.Reason]():
		var words []any
		for _, reason := range access.Reasons() {
			words = append(words, string(reason))
		}
		return map[string]any{"type": "string", "enum": words}
	}
	switch kind.Kind() {
	case reflect.Pointer:
		below := shape(kind.Elem())
		below["nullable"] = true
		if words, limited := below["enum"].([]any); limited {
			below["enum"] = append(words, nil)
		}
		return below
	case reflect.Slice:
		return map[string]any{"type": "array", "items": shape(kind.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": shape(kind.Elem())}
	case reflect.Struct:
		properties, required := map[string]any{}, []string{}
		for _, field := range reflect.VisibleFields(kind) {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if field.Anonymous || !field.IsExported() || name == "-" {
				continue
			}
			below := shape(field.Type)
			if told := fieldMeanings()[name]; told != "" {
				below["description"] = told
			}
			properties[name] = below
			if !strings.Contains(options, "omitempty") {
				required = append(required, name)
			}
		}
		slices.Sort(required)
		return map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Float64, reflect.Float32:
		return map[string]any{"type": "number"}
	default:
		return map[string]any{"type": "integer"}
	}
}

func schemaPath(name string) string { return filepath.Join("docs", "schema", name+".json") }

// TestTheSchemasAreThoseOfTheDocuments: a field that comes or goes changes what scripts rely on, so it changes a file in docs.
func TestTheSchemasAreThoseOfTheDocuments(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("docs", "json.md"))
	if err != nil && !*writeDocs {
		t.Fatal(err)
	}
	if *writeDocs {
		if err := os.MkdirAll(filepath.Join("docs", "schema"), 0o755); err != nil {
			t.Fatal(err)
		}
		page = []byte(jsonPage())
		if err := os.WriteFile(filepath.Join("docs", "json.md"), page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, kind := range documents() {
		want, err := json.MarshalIndent(shape(kind), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if *writeDocs {
			if err := os.WriteFile(schemaPath(name), append(want, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(schemaPath(name)); err != nil || !bytes.Equal(bytes.TrimSpace(got), want) {
			t.Errorf("%s is not what the document is (%v). If scripts may see the change: go test -run Schemas -write-docs .", schemaPath(name), err)
		}
		for field, told := range fieldsOf(kind) {
			if told == "" {
				t.Errorf("nothing tells what %q of %s means", field, name)
			}
			if !strings.Contains(string(page), "`"+field+"`") {
				t.Errorf("docs/json.md does not list %q of %s", field, name)
			}
		}
	}
	if string(page) != jsonPage() {
		t.Error("docs/json.md is not what the documents are: go test -run Schemas -write-docs .")
	}
}

// fieldsOf gives every field of a document with its meaning, also those of what lies in it.
func fieldsOf(kind reflect.Type) map[string]string {
	found := map[string]string{}
	var walk func(reflect.Type)
	walk = func(kind reflect.Type) {
		switch {
		case kind == reflect.TypeFor[time.Time]():
		case kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice || kind.Kind() == reflect.Map:
			walk(kind.Elem())
		case kind.Kind() == reflect.Struct:
			for _, field := range reflect.VisibleFields(kind) {
				if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); !field.Anonymous && field.IsExported() && name != "-" {
					found[name] = fieldMeanings()[name]
					walk(field.Type)
				}
			}
		}
	}
	walk(kind)
	return found
}

// documentFits validates an answer with kin-openapi, which knows nothing of the types.
func documentFits(name string, answer []byte) error {
	content, err := os.ReadFile(schemaPath(name))
	if err != nil {
		return err
	}
	var schema openapi3.Schema
	if err := json.Unmarshal(content, &schema); err != nil {
		return err
	}
	if err := schema.Validate(context.Background()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var document any
	if err := json.Unmarshal(answer, &document); err != nil {
		return fmt.Errorf("%s prints no JSON: %w: %s", name, err, answer)
	}
	if err := schema.VisitJSON(document, openapi3.MultiErrors()); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, answer)
	}
	return nil
}

// checkedByScripts are the documents that a script checks with its command schema.
func checkedByScripts(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`(?m)^schema (\S+)`).FindAllStringSubmatch(string(content), -1) {
			checked[call[1]] = true
		}
	}
	return checked
}

// TestEveryDocumentIsAsItsSchemaSays runs the commands against both simulators.
func TestEveryDocumentIsAsItsSchemaSays(t *testing.T) {
	d := newDesk(t)
	t.Setenv("PATH", t.TempDir()) // no systemd
	for i, status := range []string{"active", "active", "cancelled", "overdue", "odd"} {
		d.member("m"+string(rune('0'+i)), gymflowtest.UnlimitedMonthly, memberStatus(status))
	}
	d.setUp(gymflowtest.UnlimitedMonthly + "=All hours")
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(d.world.kisi.Key), 0o600); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	seen := checkedByScripts(t) // one runs until it is stopped, one needs a systemd
	for _, call := range []struct {
		schema string
		code   int
		words  []string
	}{
		{"plan", 0, []string{"plan"}}, {"doctor", 1, []string{"doctor"}}, {"run", 0, []string{"sync"}}, {"doctor", 0, []string{"doctor"}},
		{"members", 0, []string{"members"}}, {"explain", 0, []string{"explain", "m0"}}, {"explain", 0, []string{"explain", "m4"}},
		{"override", 0, []string{"override", "m0", "--block"}}, {"plan", 0, []string{"plan"}}, {"plan-at", 0, []string{"plan", "--at", "2999-12-31"}},
		{"run", 0, []string{"sync", "--audit"}}, {"status", 0, []string{"status"}}, {"run", 0, []string{"undo", "r1"}}, {"activity", 0, []string{"activity"}},
		{"hooks", 0, []string{"hooks"}}, {"doors", 0, []string{"doors"}}, {"unlocks", 0, []string{"unlocks", "m1"}}, {"setup-key", 0, []string{"setup", "--no-input", "--kisi-key-file", key}},
		{"setup-audit", 0, []string{"setup", "--no-input", "--audit"}}, {"plan", 0, []string{"setup", "--no-input", "--associate", "ms_1=All hours"}},
		{"backup", 0, []string{"backup", copied}}, {"restore", 0, []string{"restore", copied}}, {"status", 0, []string{}},
		{"service-print", 0, []string{"service", "print", "--user"}}, {"service-status", 1, []string{"service", "status", "--user"}},
	} {
		var out, errOut bytes.Buffer
		code := run(append([]string{"--state", d.state, "--kisi-url", d.world.kisi.URL, "--rate", "5000", "--json"}, call.words...), strings.NewReader(""), &out, &errOut)
		if code != call.code {
			t.Errorf("%v: exit %d, want %d: %s", call.words, code, call.code, errOut.String())
			continue
		}
		if err := documentFits(call.schema, out.Bytes()); err != nil {
			t.Error(err)
		}
		seen[call.schema] = true
	}
	for name := range documents() {
		if !seen[name] {
			t.Errorf("no call was checked against %s", name)
		}
	}
}

// TestASchemaRefusesWhatIsWrong: the check itself can fail.
func TestASchemaRefusesWhatIsWrong(t *testing.T) {
	content, err := os.ReadFile(schemaPath("setup-audit"))
	if err != nil {
		t.Fatal(err)
	}
	var schema openapi3.Schema
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []map[string]any{{"audit": true}, {"audit": "yes", "before": true}, {"audit": true, "before": true, "more": 1.0}} {
		if schema.VisitJSON(wrong) == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
}
