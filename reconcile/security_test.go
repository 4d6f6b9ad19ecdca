package reconcile

import (
	"os"
	"testing"

	"kisiflow/access"
)

// TestARestoredBackupPutsNobodyOut: a state file of yesterday knows nothing of the rights that were given since. They are not
// revoked, not given twice, and who leaves with such a right is shown as a problem.
func TestARestoredBackupPutsNobodyOut(t *testing.T) {
	t.Parallel()
	w := linked(t, 5)
	backup, err := os.ReadFile(w.store.Path())
	if err != nil {
		t.Fatal(err)
	}
	w.member("since", "ms")
	w.cancel("m001")
	w.sync(0)
	if err := os.WriteFile(w.store.Path(), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	w.restart()
	mark := len(w.kisi.Log())
	if run := w.sync(0); run.Revoked+run.Granted > 0 {
		t.Errorf("%+v", run)
	}
	w.unchanged(mark)
	w.is(w.groups[0], "m000", "m002", "m003", "m004", "since")
	w.cancel("since")
	w.sync(0)
	w.is(w.groups[0], "m000", "m002", "m003", "m004", "since")
	w.standsAs("since", access.Problem, access.IsCancelled)
}
