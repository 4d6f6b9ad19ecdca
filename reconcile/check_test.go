package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"kisiflow/gymflow"
)

// What is wrong with every answer is not tried again in some minutes; what may pass is.
func TestAFaultOfFormIsToldApartFromOneThatPasses(t *testing.T) {
	for name, test := range map[string]struct {
		err      gymflow.Error
		contract bool
	}{
		"ids as numbers": {gymflow.Error{Doing: "reading the members", Kind: gymflow.ErrNotGymflow, Status: 200, Message: "id is no text"}, true},
		"a proxy's page": {gymflow.Error{Doing: "reading the members", Kind: gymflow.ErrNotGymflow, Status: 302}, false},
		"a short list":   {gymflow.Error{Doing: "reading the members", Kind: gymflow.ErrIncomplete, Status: 200}, false},
		"down":           {gymflow.Error{Doing: "reading the members", Kind: gymflow.ErrUnavailable, Status: 503}, false},
	} {
		err := explainGymflow(fmt.Errorf("as it came: %w", &test.err))
		text := err.Error()
		if strings.Contains(text, "docs/gymflow.md") != test.contract || strings.Contains(text, "some minutes") == test.contract || ExitCode(err) != 75 {
			t.Errorf("%s: exit %d, %s", name, ExitCode(err), text)
		}
	}
}
