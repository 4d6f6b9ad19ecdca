package wizard

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/ui/setup"
)

// germanRoster is an export with headings of another language, with a word and a column that nobody knows.
const germanRoster = `Mitgliedsnr.;Vorname;Nachname;E-Mail;Abo;Status;Vertragsbeginn;Vertragsende;Trainer
1001;Anna;Schäfer;anna@example.org;Unlimited Monthly;Aktiv;03/04/2026;;Kim
1002;Bernd;O'Neill;bernd@example.org;Off-peak;Ruhend;15/01/2026;31/12/2026;
1003;小明;王;xiaoming@example.org;Unlimited Monthly;Active;01/02/2026;;Kim
1004;Clara;Nguyễn;;10-Day Trial;Cancelled;01/11/2026;11/11/2026;
`

// rosterColumns are the headings that the admin explained.
func rosterColumns() map[string]string {
	return map[string]string{"Mitgliedsnr.": "member_id", "Vorname": "first_name", "Nachname": "last_name", "E-Mail": "email", "Abo": "membership",
		"Vertragsbeginn": "starts_on", "Vertragsende": "ends_on"}
}

// read is how the real reader understands this content; only its path and its age are made up.
func read(t *testing.T, content string, statuses map[string]string) *gymflow.Understanding {
	t.Helper()
	path, at := filepath.Join(t.TempDir(), "members.csv"), time.Now().Add(-time.Hour) // it has settled
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	file, err := gymflow.NewFile(gymflow.RosterFile{Path: path, Columns: rosterColumns(), Statuses: statuses}, nil)
	if err != nil {
		t.Fatal(err)
	}
	told, err := file.Understand(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told.Path, told.AsOf = "/srv/members.csv", time.Date(2026, 11, 20, 6, 30, 0, 0, time.Local)
	return &told
}

func understood(t *testing.T) *gymflow.Understanding { return read(t, germanRoster, nil) }

func explained(t *testing.T) *gymflow.Understanding {
	return read(t, germanRoster, map[string]string{"Aktiv": "active", "Ruhend": "paused"})
}

func faulty(t *testing.T) *gymflow.Understanding {
	content := strings.Replace(germanRoster, "15/01/2026", "31/02/2026", 1)
	return read(t, strings.Replace(content, "1003;", "1002;", 1)+"1005;Dora\n", nil)
}

// roster is the screen after the file at this path was read, or could not be.
func roster(t *testing.T, failure error, told *gymflow.Understanding) *Wizard {
	t.Helper()
	w := newRiverside().at(t, setup.AskAddress).fed(setup.Answer{Move: setup.Submit, Text: "/srv/members.csv"})
	return w.fed(setup.Answer{Move: setup.Done, Result: setup.Result{State: w.facts.State, Attempt: w.facts.Attempt, At: noon, Err: failure, Roster: told,
		RosterPath: "/srv/members.csv"}})
}
