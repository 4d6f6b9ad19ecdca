package line_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestARosterFileInLines: its path in the place of an address, what was understood, a status that the admin explains, the sync.
func TestARosterFileInLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.furnish()
	path := filepath.Join(t.TempDir(), "members.csv")
	const content = "Email,Plan,Status,Start date\nann@x.example,All day,Active,2026-01-31\nbo@x.example,All day,Frozen,2026-01-31\nbo,,,\n"
	at := time.Now().Add(-time.Hour)
	put := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	put(content)
	output, err := w.wizard(t, path, "quit")
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	expect(t, output, "The roster file can't be read yet", `Warning: Line 4, column 1 (Email): "bo" is not an e-mail address.`,
		"Warning: Line 4, column 2 (Plan): the membership is empty.", "Plan is membership", "Your answers are kept")
	put(content[:len(content)-len("bo,,,\n")])
	output, err = w.wizard(t, "2", "3", // the status Frozen: paused
		"", w.kisi.Key, "", "1", "1", "", "", "", "")
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	expect(t, output, "Warning: The status Frozen is not known", "What does the status Frozen mean?", "Frozen is paused (1)",
		"Line 2: ann@x.example, All day, active, from 2026-01-31.", "Step 6 of 6, Sync.")
	settings, set := w.settings(t)
	if !set || settings.Roster.Path != path || settings.GymflowName != "members.csv" || settings.Roster.Statuses["Frozen"] != "paused" {
		t.Errorf("in force: %+v", settings)
	}
	for _, right := range w.kisi.Rights() {
		if right.AppliesToID == w.allDay.ID && right.AssigneeEmail == "ann@x.example" {
			return
		}
	}
	t.Errorf("ann has no right\n%s", output)
}
