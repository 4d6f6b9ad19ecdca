package kisi_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kisiflow/kisi"
)

// TestAForgedCertificateGetsNoKey: whoever stands in between with a certificate of their own gets no request at all.
func TestAForgedCertificateGetsNoKey(t *testing.T) {
	requests := 0
	forger := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	forger.Config.ErrorLog = log.New(io.Discard, "", 0)
	forger.StartTLS()
	defer forger.Close()
	client, err := kisi.New(kisi.Options{BaseURL: forger.URL, Key: "0123456789abcdef", Rate: 1000, RetryPause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = client.CurrentUser(t.Context())
	if !errors.Is(err, kisi.ErrUnavailable) || !strings.Contains(err.Error(), "certificate") || requests > 0 {
		t.Errorf("%d requests; %v", requests, err)
	}
}

// TestTheClientKnowsNoCallThatDestroys reads the client's own source: it deletes one access right, or one event webhook, by its id, and it
// changes nothing that is there (kisi-api.md trap 25).
func TestTheClientKnowsNoCallThatDestroys(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string][]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			function, isFunction := declaration.(*ast.FuncDecl)
			if !isFunction {
				continue
			}
			ast.Inspect(function, func(node ast.Node) bool {
				if selector, is := node.(*ast.SelectorExpr); is && strings.HasPrefix(selector.Sel.Name, "Method") {
					methods[selector.Sel.Name] = append(methods[selector.Sel.Name], function.Name.Name)
				}
				if literal, is := node.(*ast.BasicLit); is && (literal.Value == `"DELETE"` || literal.Value == `"PATCH"` || literal.Value == `"PUT"`) {
					t.Errorf("%s names the method %s in letters", function.Name.Name, literal.Value)
				}
				return true
			})
		}
	}
	if got := methods["MethodDelete"]; !slices.Equal(got, []string{"DeleteWebhook", "DeleteRight"}) {
		t.Errorf("DELETE is sent by %v", got)
	}
	if len(methods["MethodPatch"])+len(methods["MethodPut"]) > 0 {
		t.Errorf("PATCH is sent by %v, PUT by %v", methods["MethodPatch"], methods["MethodPut"])
	}
	if len(methods["MethodPost"]) == 0 {
		t.Error("no POST was found: this test looks in the wrong place")
	}
}
